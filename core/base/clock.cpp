#include "base/clock.hpp"

#include <cstdio>

namespace fanfare::base {

std::string FormatTime(Time time) {
    using namespace std::chrono;
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const auto rest = time - day;
    const long long micros = rest.count();
    const int seconds = static_cast<int>(micros / 1'000'000);
    const int fraction = static_cast<int>(micros % 1'000'000);
    char text[48];
    int length = std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                               static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), seconds / 3600,
                               seconds / 60 % 60, seconds % 60);
    if (fraction != 0) length += std::snprintf(text + length, sizeof text - length, ".%06d", fraction);
    return std::string(text, length) + "Z";
}

}  // namespace fanfare::base
