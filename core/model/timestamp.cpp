#include "model/timestamp.hpp"

#include <array>

namespace fanfare::model {
namespace {

constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd";  // d: a digit
constexpr int kMinutesOfDay = 24 * 60;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool HasShape(std::string_view text) {
    if (text.size() < kShape.size()) return false;
    for (std::size_t i = 0; i < kShape.size(); ++i) {
        const bool fits = kShape[i] == 'd'   ? IsDigit(text[i])
                          : kShape[i] == 'T' ? (text[i] | 0x20) == 't'
                                             : text[i] == kShape[i];
        if (!fits) return false;
    }
    return true;
}

int Two(std::string_view text, std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); }

bool IsLeapYear(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

bool IsDate(int year, int month, int day) {
    constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1) return false;
    return day <= kDays[static_cast<std::size_t>(month - 1)] + (month == 2 && IsLeapYear(year) ? 1 : 0);
}

// Reads "Z" or "+hh:mm" as minutes east of UTC.
bool ReadOffset(std::string_view text, int& minutes) {
    minutes = 0;
    if (text == "Z" || text == "z") return true;
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return false;
    if (!IsDigit(text[1]) || !IsDigit(text[2]) || !IsDigit(text[4]) || !IsDigit(text[5])) return false;
    const int hour = Two(text, 1);
    const int minute = Two(text, 4);
    if (hour > 23 || minute > 59) return false;
    minutes = (hour * 60 + minute) * (text[0] == '-' ? -1 : 1);
    return true;
}

}  // namespace

bool IsTimestamp(std::string_view text) {
    if (!HasShape(text)) return false;
    if (!IsDate(Two(text, 0) * 100 + Two(text, 2), Two(text, 5), Two(text, 8))) return false;
    const int hour = Two(text, 11);
    const int minute = Two(text, 14);
    const int second = Two(text, 17);
    if (hour > 23 || minute > 59 || second > 60) return false;
    std::string_view rest = text.substr(kShape.size());
    if (rest.starts_with('.')) {
        std::size_t digits = 1;
        while (digits < rest.size() && IsDigit(rest[digits])) ++digits;
        if (digits == 1) return false;
        rest.remove_prefix(digits);
    }
    int offset = 0;
    if (!ReadOffset(rest, offset)) return false;
    return second < 60 || (hour * 60 + minute - offset + 2 * kMinutesOfDay) % kMinutesOfDay == kMinutesOfDay - 1;
}

}  // namespace fanfare::model
