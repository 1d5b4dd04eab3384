// A clock that stands still until a test moves it, wall and steady time together; the wall clock can be set wrong.
// Threads: any.
#pragma once

#include <atomic>

#include "base/clock.hpp"

namespace fanfare::support {

class ManualClock final : public base::Clock {
public:
    base::Time Now() const override { return kNow + passed_.load() + wrong_by_.load(); }
    base::SteadyTime SteadyNow() const override { return kSteady + passed_.load(); }
    void Advance(base::Duration by) { passed_ = passed_.load() + by; }
    // How far the wall clock is from the truth.
    void SetWrongBy(base::Duration by) { wrong_by_ = by; }

private:
    static constexpr base::Time kNow{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
    static constexpr base::SteadyTime kSteady{std::chrono::hours(1)};
    std::atomic<base::Duration> passed_{base::Duration::zero()};
    std::atomic<base::Duration> wrong_by_{base::Duration::zero()};
};

}  // namespace fanfare::support
