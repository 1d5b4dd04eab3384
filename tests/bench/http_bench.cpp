// What the HTTP server costs: answers every request at once, or from another thread; or the same with Poco's own
// HTTPServer, to compare. Measure with wrk or h2load.
//
//   http_bench inline|thread|poco ADDRESS [THREADS]
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <signal.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <istream>
#include <limits>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "http/server.hpp"

namespace {

using fanfare::http::Exchange;
using fanfare::http::Request;
using fanfare::http::RequestHead;
using fanfare::http::Response;

Response Answer() {
    Response response;
    response.status = 202;
    response.content_type = "application/json";
    response.body = R"({"id":"0190d1a0-0000-7000-8000-000000000000"})";
    return response;
}

class InlineHandler : public fanfare::http::Handler {
public:
    std::optional<Response> OnHead(const RequestHead&) override { return std::nullopt; }
    void OnRequest(const Request&, Exchange exchange) override { exchange.Respond(Answer()); }
};

class ThreadHandler : public fanfare::http::Handler {
public:
    ThreadHandler() : thread_([this] { Run(); }) {}
    ~ThreadHandler() override {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        changed_.notify_one();
        thread_.join();
    }
    std::optional<Response> OnHead(const RequestHead&) override { return std::nullopt; }
    void OnRequest(const Request&, Exchange exchange) override {
        {
            const std::lock_guard lock(mutex_);
            waiting_.push_back(std::move(exchange));
            if (waiting_.size() > 1) return;
        }
        changed_.notify_one();
    }

private:
    void Run() {
        std::vector<Exchange> taken;
        std::unique_lock lock(mutex_);
        while (!stopping_) {
            changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
            taken.swap(waiting_);
            lock.unlock();
            for (Exchange& exchange : taken) exchange.Respond(Answer());
            taken.clear();
            lock.lock();
        }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Exchange> waiting_;
    bool stopping_ = false;
    std::thread thread_;
};

class PocoHandler : public Poco::Net::HTTPRequestHandler {
    void handleRequest(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response) override {
        request.stream().ignore(
            std::numeric_limits<std::streamsize>::max());  // else the next request begins in its body
        const Response answer = Answer();
        response.setStatus(Poco::Net::HTTPResponse::HTTP_ACCEPTED);
        response.setContentType(answer.content_type);
        response.sendBuffer(answer.body.data(), answer.body.size());
    }
};

class PocoFactory : public Poco::Net::HTTPRequestHandlerFactory {
    Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override {
        return new PocoHandler;
    }
};

void WaitForSignal() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    int received = 0;
    sigwait(&signals, &received);
}

int Serve(const std::string& address, std::size_t threads, fanfare::http::Handler& handler) {
    auto server = fanfare::http::Server::Open(address, {}, handler, threads);
    if (!server) {
        std::fprintf(stderr, "%s\n", server.error().message.c_str());
        return 1;
    }
    (*server)->Start();
    WaitForSignal();
    (*server)->Stop(std::chrono::milliseconds(100));
    const fanfare::http::ServerStats stats = (*server)->stats();
    std::printf("connections %lu requests %lu refused %lu evicted %lu\n", stats.connections, stats.requests,
                stats.refused, stats.evicted);
    return 0;
}

// Poco parks a thread for each connection: with fewer than there are connections, some are never served. As many may
// wait for one: those of the load before may not all have been closed yet, and beyond its 64 Poco hangs up. Its listener
// has room for 64 too: a connection more is tried anew by the kernel, after seconds.
int ServeWithPoco(const std::string& address, int threads) {
    auto* const parameters = new Poco::Net::HTTPServerParams;
    parameters->setMaxThreads(threads);
    parameters->setMaxQueued(threads);
    parameters->setKeepAlive(true);
    parameters->setMaxKeepAliveRequests(0);
    Poco::ThreadPool pool(threads, threads);
    const Poco::Net::ServerSocket listener(Poco::Net::SocketAddress(address), threads);
    Poco::Net::HTTPServer server(new PocoFactory, pool, listener, parameters);
    server.start();
    WaitForSignal();
    server.stopAll(true);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: http_bench inline|thread|poco ADDRESS [THREADS]\n");
        return 64;
    }
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    const std::string mode = argv[1];
    const std::size_t threads = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : mode == "poco" ? 64 : 2;
    if (mode == "poco") return ServeWithPoco(argv[2], static_cast<int>(threads));
    if (mode == "thread") {
        ThreadHandler handler;
        return Serve(argv[2], threads, handler);
    }
    InlineHandler handler;
    return Serve(argv[2], threads, handler);
}
