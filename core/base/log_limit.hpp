// How many lines one source may log: a burst, then a steady rate. What is left out is counted.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.hpp"

namespace fanfare::log {

// Threads: safe from every thread.
class LogLimit {
public:
    LogLimit(double burst, double per_second) : burst_(burst), per_second_(per_second), tokens_(burst) {}

    // The number of lines left out since the last one that passed; nullopt if this one must not pass.
    std::optional<std::uint64_t> Pass(base::SteadyTime now) {
        const std::lock_guard lock(mutex_);
        const double seconds = std::chrono::duration<double>(now - refilled_).count();
        tokens_ = std::min(burst_, tokens_ + std::max(0.0, seconds) * per_second_);
        refilled_ = now;
        if (tokens_ < 1) {
            ++left_out_;
            return std::nullopt;
        }
        --tokens_;
        return std::exchange(left_out_, 0);
    }

private:
    const double burst_;
    const double per_second_;
    std::mutex mutex_;
    double tokens_;
    std::uint64_t left_out_ = 0;
    base::SteadyTime refilled_{};
};

}  // namespace fanfare::log
