#include "cli/look.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string_view>

namespace fanfare::cli {
namespace {

constexpr std::size_t kUsualWidth = 80;

std::size_t WidthOfStdout() {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsualWidth;
    return size.ws_col;
}

std::optional<base::Time> ParseTime(const std::string& text) {
    std::tm parts{};
    const char* const rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    if (rest == nullptr || !text.ends_with('Z')) return std::nullopt;
    return base::Time(std::chrono::seconds(timegm(&parts)));
}

}  // namespace

Look LookOfStdout() {
    if (isatty(STDOUT_FILENO) == 0) return {};
    const char* const none = std::getenv("NO_COLOR");
    const char* const terminal = std::getenv("TERM");
    const bool plain =
        (none != nullptr && *none != '\0') || terminal == nullptr || std::string_view(terminal) == "dumb";
    return {WidthOfStdout(), !plain, base::SystemClock().Now()};
}

std::string Distance(const std::string& absolute, base::Time now) {
    const auto time = ParseTime(absolute);
    if (!time) return absolute;
    const long long seconds = std::chrono::duration_cast<std::chrono::seconds>(now - *time).count();
    const long long far = seconds < 0 ? -seconds : seconds;
    struct Unit {
        long long seconds;
        const char* name;
    };
    constexpr std::array<Unit, 4> kUnits = {{{86'400, "d"}, {3'600, "h"}, {60, "min"}, {1, "s"}}};
    for (const Unit& unit : kUnits) {
        if (far < unit.seconds) continue;
        const std::string amount = std::to_string(far / unit.seconds) + " " + unit.name;
        return seconds < 0 ? "in " + amount : amount + " ago";
    }
    return "now";
}

std::string HumanSize(std::uint64_t bytes) {
    constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
    double size = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (size >= 1024 && unit + 1 < kUnits.size()) {
        size /= 1024;
        ++unit;
    }
    std::array<char, 32> out{};
    std::snprintf(out.data(), out.size(), unit == 0 ? "%.0f %s" : "%.1f %s", size, kUnits[unit]);
    return out.data();
}

}  // namespace fanfare::cli
