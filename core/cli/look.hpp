// How output looks: on a terminal fitted, coloured, with times as distances; anywhere else whole, plain and absolute,
// for the program that reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"

namespace fanfare::cli {

struct Look {
    std::size_t width = 0;  // characters a line may have; 0: as many as it needs
    bool colour = false;
    std::optional<base::Time> now;  // set: times are shown as distances from it
};

// Colour only without NO_COLOR (no-color.org) and if TERM is not "dumb".
Look LookOfStdout();

// `absolute` is RFC 3339 in UTC, as the admin API writes it; "3 min ago", "in 2 h". Anything else stays as it is.
std::string Distance(const std::string& absolute, base::Time now);

// "1.5 GiB"
std::string HumanSize(std::uint64_t bytes);

}  // namespace fanfare::cli
