// Some of the connections: one libcurl multi handle, driven by socket events and a timer.
//
// Why more than one: libcurl walks over all connections of a multi handle when a request ends, and over all busy ones
// of a host when a request begins. Targets are spread over shards by their name, so that a thousand connections that
// wait for a slow destination do not make the requests of the others dearer.
//
// Threads: one. Source: libcurl 7.88, curl_multi_socket_action(3).
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "http_client/sockets.hpp"

namespace fanfare::http_client {

class Exchange;

class Shard final : public Watcher {
public:
    // max_connections: how many are kept, in use or idle. max_to_host: how many there may be to one host; 0: any
    // number.
    static base::Result<std::unique_ptr<Shard>> Make(Sockets& sockets, long max_connections, long max_to_host);
    // Closes its connections. No exchange may be in it.
    ~Shard() override = default;
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;

    bool Add(Exchange& exchange);
    void Remove(Exchange& exchange);

    void OnSocket(int fd, std::uint32_t events) override;
    void OnTimer(base::SteadyTime now);  // if it is due
    std::optional<base::SteadyTime> due() const { return due_; }

    // Takes ended exchanges out and hands each over. `ended` may call Add.
    void Collect(const std::function<void(Exchange&, CURLcode)>& ended);

    std::size_t running() const { return running_; }
    base::SteadyTime last_used() const { return last_used_; }

private:
    struct FreeMulti {
        void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
    };

    explicit Shard(Sockets& sockets) : sockets_(sockets) {}
    static int OnWant(CURL*, curl_socket_t fd, int what, void* self, void*) noexcept;
    static int OnSetTimer(CURLM*, long timeout_ms, void* self) noexcept;

    Sockets& sockets_;
    std::optional<base::SteadyTime> due_;
    base::SteadyTime last_used_;
    std::size_t running_ = 0;
    bool acted_ = false;                       // there may be something to collect
    std::unique_ptr<CURLM, FreeMulti> multi_;  // last: its end calls back
};

}  // namespace fanfare::http_client
