// Durations, sizes and rates as the operator writes them. All pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "model/rate.hpp"

namespace fanfare::config {

// "500ms" "5s" "10m" "2h" "3d", or several from the largest unit to the smallest: "1h30m". No fraction, no sign, no
// space. nullopt also for what a Duration cannot hold.
std::optional<base::Duration> ParseDuration(std::string_view text);
// The shortest form that ParseDuration reads back; whole milliseconds.
std::string FormatDuration(base::Duration duration);

// "4096" "4096B" "8MiB" "64KiB" "1GiB", and the decimal "8MB" "64kB" (or "KB") "1GB". Bytes.
std::optional<std::uint64_t> ParseSize(std::string_view text);
std::string FormatSize(std::uint64_t bytes);

// "100/s" "600/m" "5000/h": 1 to 1,000,000,000 in a second, a minute, an hour.
std::optional<model::Rate> ParseRate(std::string_view text);

}  // namespace fanfare::config
