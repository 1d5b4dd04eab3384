// What the loops of one server have in common.
#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

#include "http/address_counts.hpp"
#include "http/listener.hpp"
#include "http/server.hpp"

namespace fanfare::http::impl {

class Loop;

struct Shared {
    Shared(const Limits& the_limits, Handler& the_handler) : limits(the_limits), handler(the_handler) {}

    const Limits limits;
    Handler& handler;          // called only while the server lives
    std::vector<Loop*> loops;  // complete before the first loop runs
    AddressCounts addresses;
    std::atomic<std::size_t> connections{0};
    std::atomic<std::size_t> buffered_body_bytes{0};

    bool IsOverBodyLimit() const {
        return buffered_body_bytes.load(std::memory_order_relaxed) > limits.buffered_body_bytes;
    }
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
