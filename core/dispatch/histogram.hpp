// How often something took how long: counts by upper bounds, as Prometheus has them. Threads: one at a time.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/clock.hpp"

namespace fanfare::dispatch {

struct Histogram {
    // Seconds, each included.
    static constexpr std::array<double, 18> kBounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                                    1,     2.5,    5,     10,   30,    60,   300, 3600, 86400};

    std::array<std::uint64_t, kBounds.size() + 1> counts{};  // the last: above every bound
    double sum = 0;

    void Add(base::Duration took) {
        const double seconds = std::chrono::duration<double>(took).count();
        const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
        ++counts[static_cast<std::size_t>(bound - kBounds.begin())];
        sum += seconds;
    }
};

}  // namespace fanfare::dispatch
