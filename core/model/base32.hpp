// Crockford's base 32: no letters that are mistaken for digits, sorts like the number (crockford.com/base32.html).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fanfare::model {

// Exactly `digits` digits, 5 bits each, most significant first.
inline void AppendBase32(std::string& out, std::uint64_t value, std::size_t digits) {
    constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";
    for (std::size_t i = digits; i-- > 0;) out += kDigits[value >> (5 * i) & 31];
}

inline std::optional<std::uint64_t> ParseBase32(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";
    std::uint64_t value = 0;
    for (const char c : text) {
        const auto digit = kDigits.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        value = value << 5 | digit;
    }
    return value;
}

}  // namespace fanfare::model
