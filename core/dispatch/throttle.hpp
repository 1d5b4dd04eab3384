// How many batches may be in flight, between one and the destination's `concurrency`, by what it can bear. Pure.
//
// Additive increase, multiplicative decrease, as TCP does it (RFC 5681, 3.1): half at a sign of overload, at most once in
// a second, since one overload shows in everything that is in flight; one more for each window of successes. After the
// destination was unreachable it starts with one and doubles, so that what comes back is not buried by the backlog.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.hpp"

namespace fanfare::dispatch {

class Throttle {
public:
    explicit Throttle(std::uint32_t most) : most_(most), limit_(most), doubles_below_(most) {}

    std::uint32_t limit() const { return limit_; }

    void OnSuccess() {
        if (limit_ >= most_ || ++successes_ < limit_) return;
        successes_ = 0;
        limit_ = limit_ < doubles_below_ ? std::min(most_, limit_ * 2) : limit_ + 1;
    }

    void OnOverload(base::SteadyTime now) {
        if (halved_ && now < halved_at_ + std::chrono::seconds(1)) return;
        halved_ = true;
        halved_at_ = now;
        limit_ = std::max(1u, limit_ / 2);
        doubles_below_ = 0;
        successes_ = 0;
    }

    void StartSlowly() {
        limit_ = 1;
        doubles_below_ = most_;
        successes_ = 0;
    }

private:
    const std::uint32_t most_;
    std::uint32_t limit_;
    std::uint32_t doubles_below_;
    std::uint32_t successes_ = 0;  // since the last change
    bool halved_ = false;
    base::SteadyTime halved_at_{};
};

}  // namespace fanfare::dispatch
