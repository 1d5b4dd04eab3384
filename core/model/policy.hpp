// How a destination wants its deliveries made. Values; every field has the default that the documentation states.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "model/rate.hpp"

namespace fanfare::model {

struct RetryPolicy {
    base::Duration base = std::chrono::seconds(5);
    double factor = 2;
    base::Duration max_delay = std::chrono::hours(1);
    double jitter = 0.2;  // share of the delay that is drawn at random, 0..1
    std::uint32_t max_attempts = 48;
    base::Duration max_age = std::chrono::hours(72);
    std::vector<base::Duration> schedule;  // not empty: replaces base, factor and max_delay; its last entry repeats

    friend bool operator==(const RetryPolicy&, const RetryPolicy&) = default;
};

// When a destination counts as unreachable, and how often it is tried then.
struct BreakerPolicy {
    std::uint32_t failures = 5;                          // deliveries in a row that reached nobody
    base::Duration probe = std::chrono::seconds(30);     // between two tries while it is unreachable, give or take a fifth

    friend bool operator==(const BreakerPolicy&, const BreakerPolicy&) = default;
};

struct DeliveryPolicy {
    RetryPolicy retry;
    base::Duration timeout = std::chrono::seconds(30);  // of one attempt
    std::uint32_t concurrency = 8;                      // batches in flight at the plugin, at most
    std::optional<Rate> rate{};                         // deliveries handed over; nullopt: as fast as they go
    BreakerPolicy breaker{};
    bool error_history = false;                         // what is sent carries the failures before

    friend bool operator==(const DeliveryPolicy&, const DeliveryPolicy&) = default;
};

}  // namespace fanfare::model
