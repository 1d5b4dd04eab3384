// Time in the simulator: it stands still until the world moves it, and the wall clock can be set wrong.
// Threads: safe from every thread.
#pragma once

#include <atomic>

#include "base/clock.hpp"

namespace fanfare::simulator {

class Clock final : public base::Clock {
public:
    base::Time Now() const override { return kStart + base::Duration(run_us_ + wrong_us_); }
    base::SteadyTime SteadyNow() const override {
        return base::SteadyTime(std::chrono::hours(1) + base::Duration(run_us_.load()));
    }
    void Advance(base::Duration by) { run_us_ += by.count(); }
    // How far the wall clock is from the truth.
    void SetWrongBy(base::Duration by) { wrong_us_ = by.count(); }

private:
    static constexpr base::Time kStart{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};

    std::atomic<std::int64_t> run_us_{0};
    std::atomic<std::int64_t> wrong_us_{0};
};

}  // namespace fanfare::simulator
