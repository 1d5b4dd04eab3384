// What the loops of one server have in common.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "http/address_counts.hpp"
#include "http/listener.hpp"
#include "http/server.hpp"
#include "http/tls.hpp"

namespace fanfare::http::impl {

class Loop;

struct Shared {
    Shared(const Limits& the_limits, Handler& the_handler, std::shared_ptr<const Tls> the_tls)
        : limits(the_limits), handler(the_handler), has_tls(the_tls != nullptr), tls_(std::move(the_tls)) {}

    const Limits limits;
    Handler& handler;          // called only while the server lives
    const bool has_tls;
    std::vector<Loop*> loops;  // complete before the first loop runs
    AddressCounts addresses;
    std::atomic<std::size_t> connections{0};
    std::atomic<std::size_t> buffered_body_bytes{0};

    bool IsOverBodyLimit() const {
        return buffered_body_bytes.load(std::memory_order_relaxed) > limits.buffered_body_bytes;
    }

    // For the connections that come from now on.
    void SetTls(std::shared_ptr<const Tls> tls) {
        const std::lock_guard lock(mutex_);
        tls_ = std::move(tls);
    }
    std::shared_ptr<const Tls> tls() {
        const std::lock_guard lock(mutex_);
        return tls_;
    }

private:
    std::mutex mutex_;
    std::shared_ptr<const Tls> tls_;  // guarded by mutex_
};

// A counter that one thread raises and every thread reads.
class Counter {
public:
    void Raise() { value_.store(value_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }
    std::uint64_t Get() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

struct Counters {
    Counter connections;
    Counter requests;
    Counter refused;
    Counter evicted;
};

}  // namespace fanfare::http::impl
