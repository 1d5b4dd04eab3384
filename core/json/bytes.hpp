// Looks at eight bytes of JSON text at a time. Inside of the room.
// A mask has the high bit set of each byte that is meant; only its lowest byte is exact, the ones above may be false,
// which is why a search goes on from the lowest (Hacker's Delight, section 6-1).
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace fanfare::json::bytes {

inline constexpr std::uint64_t kOnes = 0x0101010101010101;
inline constexpr std::uint64_t kHighs = 0x8080808080808080;

inline std::uint64_t Load(const char* at) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    return word;
}

inline std::uint64_t Equal(std::uint64_t word, char c) {
    const std::uint64_t zeros = word ^ (kOnes * static_cast<unsigned char>(c));
    return (zeros - kOnes) & ~zeros & kHighs;
}

// Quote, backslash, control characters and everything above ASCII.
inline std::uint64_t EndsPlainText(std::uint64_t word) {
    const std::uint64_t controls = (word - kOnes * 0x20) & ~word;
    return ((controls | word) & kHighs) | Equal(word, '"') | Equal(word, '\\');
}

inline std::uint64_t QuoteOrBackslash(std::uint64_t word) { return Equal(word, '"') | Equal(word, '\\'); }

// '[' and '{', ']' and '}' differ in one bit only.
inline std::uint64_t QuoteOrBracket(std::uint64_t word) {
    const std::uint64_t folded = word | kOnes * 0x20;
    return Equal(word, '"') | Equal(folded, '{') | Equal(folded, '}');
}

// The first byte from `at` that Mask means, or a place less than eight bytes before `end`.
template <auto Mask>
const char* SkipWords(const char* at, const char* end) {
    while (end - at >= 8) {
        if (const std::uint64_t mask = Mask(Load(at))) return at + std::countr_zero(mask) / 8;
        at += 8;
    }
    return at;
}

inline bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

inline const char* SkipSpace(const char* at, const char* end) {
    while (at < end && IsSpace(*at)) {
        ++at;
        while (end - at >= 8 && Load(at) == kOnes * 0x20) at += 8;
    }
    return at;
}

}  // namespace fanfare::json::bytes
