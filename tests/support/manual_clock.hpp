// A clock that stands still until a test moves it: wall and steady time together.
#pragma once

#include "base/clock.hpp"

namespace fanfare::support {

class ManualClock final : public base::Clock {
public:
    base::Time Now() const override { return now_; }
    base::SteadyTime SteadyNow() const override { return steady_; }
    void Advance(base::Duration by) {
        now_ += by;
        steady_ += by;
    }

private:
    base::Time now_{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
    base::SteadyTime steady_{std::chrono::hours(1)};
};

}  // namespace fanfare::support
