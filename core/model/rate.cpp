#include "model/rate.hpp"

#include <algorithm>

namespace fanfare::model {

TokenBucket::TokenBucket(Rate rate, base::SteadyTime now)
    : rate_(rate),
      capacity_(std::max(CostOf(1), rate.events * base::Duration(std::chrono::seconds(1)).count())),
      level_(capacity_),
      filled_at_(now) {}

void TokenBucket::Refill(base::SteadyTime now) {
    const auto passed = std::chrono::duration_cast<base::Duration>(now - filled_at_);
    if (passed.count() <= 0) return;
    // By whole microseconds only: the rest of this one counts next time.
    filled_at_ += passed;
    // What it takes to be full, rounded up: a longer pause must not overflow.
    const std::int64_t to_full = (capacity_ - level_ + rate_.events - 1) / rate_.events;
    level_ = passed.count() >= to_full ? capacity_ : level_ + passed.count() * rate_.events;
}

std::optional<base::Duration> TokenBucket::Wait(base::SteadyTime now) {
    Refill(now);
    const std::int64_t missing = CostOf(1) - level_;
    if (missing <= 0) return std::nullopt;
    return base::Duration((missing + rate_.events - 1) / rate_.events);
}

void TokenBucket::Take(std::int64_t events, base::SteadyTime now) {
    Refill(now);
    level_ -= CostOf(events);
}

}  // namespace fanfare::model
