// What a request through the HTTP client costs: so many POSTs to one URL, so many of them under way at a time. For a
// far side, `http_bench inline 127.0.0.1:PORT`.
//
//   client_bench URL [REQUESTS] [AT_A_TIME]
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <string>

#include "http_client/client.hpp"

namespace {

using fanfare::http_client::Client;
using fanfare::http_client::End;
using fanfare::http_client::Request;
using fanfare::http_client::Response;

double CpuSeconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class Load {
public:
    Load(Client& client, std::string url, int count)
        : client_(client), url_(std::move(url)), to_send_(count), open_(count) {}

    void Run(int at_a_time) {
        for (int i = 0; i < at_a_time; ++i) SendOne();
        over_.get_future().wait();
    }
    int failed() const { return failed_; }

private:
    void SendOne() {
        if (to_send_.fetch_sub(1) <= 0) return;
        Request request;
        request.method = "POST";
        request.url = url_;
        request.headers = {{"content-type", "application/json"}, {"ce-id", "0190d1a0"}, {"ce-type", "bench"}};
        request.body.assign(512, 'x');
        request.deadline = std::chrono::steady_clock::now() + std::chrono::minutes(10);
        client_.Send(std::move(request), [this](Response response) {
            if (response.end != End::kDone) ++failed_;
            SendOne();
            if (open_.fetch_sub(1) == 1) over_.set_value();
        });
    }

    Client& client_;
    const std::string url_;
    std::atomic<int> to_send_;
    std::atomic<int> open_;
    std::atomic<int> failed_ = 0;
    std::promise<void> over_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: client_bench URL [REQUESTS] [AT_A_TIME]\n");
        return 64;
    }
    const int count = argc > 2 ? std::atoi(argv[2]) : 200'000;
    auto client = Client::Open({"fanfare-bench", {}});
    if (!client) return 1;
    Load load(**client, argv[1], count);
    const auto begun = std::chrono::steady_clock::now();
    const double cpu_before = CpuSeconds();
    load.Run(argc > 3 ? std::atoi(argv[3]) : 64);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    std::printf("%d requests, %d failed, %.2f s, %.0f/s, %.2f us of CPU each\n", count, load.failed(), took.count(),
                count / took.count(), (CpuSeconds() - cpu_before) * 1e6 / count);
    return load.failed() == 0 ? 0 : 1;
}
