// fanfare/text.hpp: strings over the border, UTF-8, and text that may be shown to an operator.
//
// Everything of the C++ side lives in an inline namespace of hidden visibility: two plugins built with different
// versions of these headers share no symbol, whatever their build flags are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <fanfare/plugin.h>

#define FANFARE_SDK_BEGIN \
    namespace fanfare {   \
    inline namespace sdk1 __attribute__((visibility("hidden"))) {
#define FANFARE_SDK_END \
    }                   \
    }

FANFARE_SDK_BEGIN

constexpr std::string_view view(fanfare_str text) noexcept { return {text.ptr, text.len}; }
constexpr fanfare_str border(std::string_view text) noexcept { return {text.data(), text.size()}; }

inline std::string_view view(fanfare_bytes bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.ptr), bytes.len};
}
inline fanfare_bytes border_bytes(std::string_view bytes) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

// Length of the well-formed UTF-8 sequence at `at` (Unicode 15, table 3-7); 0 if there is none.
inline std::size_t utf8_sequence(std::string_view text, std::size_t at) noexcept {
    const auto byte = [&](std::size_t i) -> unsigned {
        return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
    };
    const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
    const unsigned lead = byte(0);
    if (lead < 0x80) return at < text.size() ? 1 : 0;
    if (lead < 0xC2 || lead > 0xF4 || !tail(1)) return 0;
    if (lead < 0xE0) return 2;
    if (!tail(2)) return 0;
    if (lead < 0xF0) {
        const bool overlong = lead == 0xE0 && byte(1) < 0xA0;
        const bool surrogate = lead == 0xED && byte(1) > 0x9F;
        return overlong || surrogate ? 0 : 3;
    }
    const bool overlong = lead == 0xF0 && byte(1) < 0x90;
    const bool beyond = lead == 0xF4 && byte(1) > 0x8F;
    return overlong || beyond || !tail(3) ? 0 : 4;
}

inline bool is_utf8(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = utf8_sequence(text, at);
        if (length == 0) return false;
        at += length;
    }
    return true;
}

// At most `max_bytes` of `bytes` as UTF-8: what is not UTF-8 becomes U+FFFD, no character is cut in two.
inline std::string to_utf8(std::string_view bytes, std::size_t max_bytes) {
    std::string out;
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t length = utf8_sequence(bytes, at);
        const std::string_view piece = length > 0 ? bytes.substr(at, length) : std::string_view("\xEF\xBF\xBD");
        if (out.size() + piece.size() > max_bytes) break;
        out += piece;
        at += length > 0 ? length : 1;
    }
    return out;
}

// The first line of `bytes` that is not blank, fit for a reason or a log line: UTF-8, control characters as spaces.
inline std::string first_line(std::string_view bytes, std::size_t max_bytes) {
    const std::size_t begin = bytes.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return {};
    bytes.remove_prefix(begin);
    std::string line = to_utf8(bytes.substr(0, bytes.find_first_of("\r\n")), max_bytes);
    for (char& c : line) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    }
    return line;
}

constexpr char ascii_lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (ascii_lower(a[i]) != ascii_lower(b[i])) return false;
    }
    return true;
}

constexpr bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) noexcept {
    return text.size() >= prefix.size() && equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

FANFARE_SDK_END
