// Time as the house sees it: wall time for what is stored and shown, steady time for waiting.
#pragma once

#include <chrono>
#include <string>

namespace fanfare::base {

using Duration = std::chrono::microseconds;
using Time = std::chrono::sys_time<Duration>;            // wall clock, UTC
using SteadyTime = std::chrono::steady_clock::time_point;  // CLOCK_MONOTONIC

// Threads: safe from every thread.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Time Now() const = 0;
    virtual SteadyTime SteadyNow() const = 0;
};

class SystemClock final : public Clock {
public:
    Time Now() const override { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }
    SteadyTime SteadyNow() const override { return std::chrono::steady_clock::now(); }
};

// "2026-01-31T23:59:59.123456Z"; whole seconds print without a fraction (RFC 3339).
std::string FormatTime(Time time);

}  // namespace fanfare::base
