// fanfare.http/1 for one instance: requests go to the host's client, answers wait here until the instance's thread
// takes them. A request still open when the instance stops is answered as stopped; its real answer is then dropped.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include <fanfare/http.h>

#include "http_client/client.hpp"

namespace fanfare::plugin {

// Threads: safe from every thread.
class HttpService : public std::enable_shared_from_this<HttpService> {
public:
    struct Ready {
        fanfare_http_done done = nullptr;
        void* user = nullptr;
        http_client::Response response;
    };

    // `settings` go with every request. `wake` is called on any thread when answers have arrived. Client and wake
    // are used until Close returns, and not after.
    HttpService(http_client::Client& client, std::shared_ptr<const http_client::Settings> settings,
                std::function<void()> wake)
        : settings_(std::move(settings)), client_(&client), wake_(std::move(wake)) {}

    void Send(const fanfare_http_request& request, fanfare_http_done done, void* user);
    bool has_ready() const { return ready_count_.load(std::memory_order_acquire) > 0; }
    std::vector<Ready> Take();
    // Every request without an answer, as stopped.
    std::vector<Ready> StopAll();
    void Close();

private:
    struct Open {
        fanfare_http_done done = nullptr;
        void* user = nullptr;
    };

    void Arrive(http_client::Client& client, std::uint64_t token, http_client::Response response);

    const std::shared_ptr<const http_client::Settings> settings_;
    std::mutex gate_mutex_;  // guards client_
    http_client::Client* client_;
    std::mutex wake_mutex_;  // guards wake_
    std::function<void()> wake_;
    std::mutex mutex_;  // guards all below
    std::map<std::uint64_t, Open> open_;
    std::uint64_t next_token_ = 0;
    std::vector<Ready> ready_;
    std::atomic<std::size_t> ready_count_{0};
};

// Calls the plugin's `done` with the answer as the C ABI has it.
void Hand(const HttpService::Ready& ready);

}  // namespace fanfare::plugin
