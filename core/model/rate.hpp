// How many events in how much time, and the token bucket that holds to it.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace fanfare::model {

struct Rate {
    std::int64_t events = 0;  // 1 to 1,000,000,000
    base::Duration period{};  // 1 second to 1 hour

    bool operator==(const Rate&) const = default;
};

// Holds one second's worth of events, but at least one; starts full. Exact: no rounding adds up over time.
//
// Who finds one event's worth may take more than there is, as a batch is not cut: the bucket is then in debt, and
// whoever comes next waits until it is paid off. In the long run no more passes than the rate.
// Threads: one at a time.
class TokenBucket {
public:
    TokenBucket(Rate rate, base::SteadyTime now);

    // How long until an event may pass; nullopt: now.
    std::optional<base::Duration> Wait(base::SteadyTime now);
    // Whether Wait allows it or not. At most 1,000,000 events at once.
    void Take(std::int64_t events, base::SteadyTime now);

private:
    void Refill(base::SteadyTime now);

    // Levels are in events times microseconds of the period, so that a microsecond adds `rate_.events` of them.
    std::int64_t CostOf(std::int64_t events) const { return events * rate_.period.count(); }

    Rate rate_;
    std::int64_t capacity_;
    std::int64_t level_;
    base::SteadyTime filled_at_;
};

}  // namespace fanfare::model
