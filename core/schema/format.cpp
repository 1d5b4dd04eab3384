#include "schema/format.hpp"

#include <arpa/inet.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <string>

namespace fanfare::schema {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Whether `text` has a digit at every 0 of `form`, a hexadecimal one at every x, and elsewhere what `form` has.
bool IsOf(std::string_view text, std::string_view form) {
    constexpr std::string_view kHex = "0123456789abcdefABCDEF";
    if (text.size() != form.size()) return false;
    for (std::size_t i = 0; i < form.size(); ++i) {
        const bool fits = form[i] == '0'   ? IsDigit(text[i])
                          : form[i] == 'x' ? kHex.find(text[i]) != std::string_view::npos
                                           : text[i] == form[i];
        if (!fits) return false;
    }
    return true;
}

int Number(std::string_view digits) {
    int number = 0;
    for (const char digit : digits) number = number * 10 + (digit - '0');
    return number;
}

bool IsDate(std::string_view text) {
    if (!IsOf(text, "0000-00-00")) return false;
    return std::chrono::year_month_day(std::chrono::year(Number(text.substr(0, 4))),
                                       std::chrono::month(static_cast<unsigned>(Number(text.substr(5, 2)))),
                                       std::chrono::day(static_cast<unsigned>(Number(text.substr(8, 2)))))
        .ok();
}

bool IsOffset(std::string_view text) {
    if (text == "Z" || text == "z") return true;
    if (!IsOf(text, "+00:00") && !IsOf(text, "-00:00")) return false;
    return Number(text.substr(1, 2)) < 24 && Number(text.substr(4, 2)) < 60;
}

bool IsTime(std::string_view text) {
    if (!IsOf(text.substr(0, 8), "00:00:00")) return false;
    // 60: leap seconds.
    if (Number(text.substr(0, 2)) > 23 || Number(text.substr(3, 2)) > 59 || Number(text.substr(6, 2)) > 60)
        return false;
    text.remove_prefix(8);
    if (text.starts_with('.')) {
        const std::size_t end = text.find_first_not_of("0123456789", 1);
        if (end == 1 || end == std::string_view::npos) return false;
        text.remove_prefix(end);
    }
    return IsOffset(text);
}

bool IsDateTime(std::string_view text) {
    return text.size() > 11 && (text[10] == 'T' || text[10] == 't') && IsDate(text.substr(0, 10)) &&
           IsTime(text.substr(11));
}

bool IsUuid(std::string_view text) { return IsOf(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"); }

bool IsAddress(std::string_view text, int family) {
    std::array<unsigned char, sizeof(in6_addr)> address{};
    if (text.size() > INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return false;
    return inet_pton(family, std::string(text).c_str(), address.data()) == 1;
}

bool IsIpv4(std::string_view text) { return IsAddress(text, AF_INET); }
bool IsIpv6(std::string_view text) { return IsAddress(text, AF_INET6); }

struct Format {
    std::string_view name;
    bool (*holds)(std::string_view);
};
constexpr std::array kFormats{Format{"date", IsDate}, Format{"date-time", IsDateTime}, Format{"time", IsTime},
                              Format{"uuid", IsUuid}, Format{"ipv4", IsIpv4},          Format{"ipv6", IsIpv6}};

const Format* Find(std::string_view name) {
    for (const Format& format : kFormats) {
        if (format.name == name) return &format;
    }
    return nullptr;
}

}  // namespace

bool IsCheckedFormat(std::string_view format) { return Find(format) != nullptr; }

bool HasFormat(std::string_view text, std::string_view format) { return Find(format)->holds(text); }

}  // namespace fanfare::schema
