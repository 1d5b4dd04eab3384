// fanfare/base64.hpp: base64 with the standard alphabet and padding (RFC 4648, section 4), read strictly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <fanfare/text.hpp>

FANFARE_SDK_BEGIN

inline void append_base64(std::string& out, std::string_view bytes) {
    constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])); };
    std::size_t i = 0;
    for (; i + 3 <= bytes.size(); i += 3) {
        const std::uint32_t group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
        out += {kAlphabet[group >> 18], kAlphabet[group >> 12 & 63], kAlphabet[group >> 6 & 63], kAlphabet[group & 63]};
    }
    if (bytes.size() - i == 1) {
        out += {kAlphabet[byte(i) >> 2], kAlphabet[byte(i) << 4 & 63], '=', '='};
    } else if (bytes.size() - i == 2) {
        const std::uint32_t group = byte(i) << 8 | byte(i + 1);
        out += {kAlphabet[group >> 10], kAlphabet[group >> 4 & 63], kAlphabet[group << 2 & 63], '='};
    }
}

inline std::string base64(std::string_view bytes) {
    std::string out;
    append_base64(out, bytes);
    return out;
}

// Takes exactly what append_base64 writes: no white space, no missing padding, no stray bits (RFC 4648, 3.2, 3.5).
inline std::optional<std::string> parse_base64(std::string_view text) {
    const auto value = [](char c) -> int {
        if (c >= 'A' && c <= 'Z') return c - 'A';
        if (c >= 'a' && c <= 'z') return c - 'a' + 26;
        if (c >= '0' && c <= '9') return c - '0' + 52;
        return c == '+' ? 62 : c == '/' ? 63 : -1;
    };
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t length = text.size();
    while (length > 0 && text.size() - length < 2 && text[length - 1] == '=') --length;
    std::string out;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : text.substr(0, length)) {
        const int six = value(c);
        if (six < 0) return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(six);
        held += 6;
        if (held >= 8) {
            held -= 8;
            out += static_cast<char>(bits >> held & 0xFF);
        }
    }
    const bool stray_bits = (bits & ((1u << held) - 1)) != 0;
    if (stray_bits) return std::nullopt;
    return out;
}

FANFARE_SDK_END
