// Looks at many bytes of JSON text at a time. Inside of the room.
//
// A Chunk is what one instruction compares: 16 bytes with SSE2, which every x86-64 has, else the 8 of a Word. What
// stands in it comes out as bits, one a byte, the first byte lowest. Only whole chunks are loaded: what is left of a
// text at its end is looked at byte by byte.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace fanfare::json::bytes {

class Word {
public:
    static constexpr std::ptrdiff_t kSize = 8;
    // The high bit of each byte that is meant.
    class Hits {
    public:
        explicit Hits(std::uint64_t highs) : highs_(highs) {}
        friend Hits operator|(Hits a, Hits b) { return Hits(a.highs_ | b.highs_); }
        std::uint32_t bits() const {
            return static_cast<std::uint32_t>(((highs_ & kHighs) >> 7) * 0x0102040810204080u >> 56);
        }

    private:
        std::uint64_t highs_;
    };

    explicit Word(const char* at) {
        std::memcpy(&word_, at, sizeof word_);
        if constexpr (std::endian::native == std::endian::big) word_ = __builtin_bswap64(word_);
    }

    // Zero bytes exactly (Hacker's Delight, 6-1): no carry leaves its byte.
    Hits Equal(char c) const {
        const std::uint64_t zeros = word_ ^ (kOnes * static_cast<unsigned char>(c));
        return Hits(~(((zeros & ~kHighs) + ~kHighs) | zeros));
    }
    Hits Control() const { return Hits(~(((word_ & ~kHighs) + kOnes * 0x60) | word_)); }
    Hits AboveAscii() const { return Hits(word_); }
    Hits Space() const { return Equal(' ') | Equal('\n') | Equal('\r') | Equal('\t'); }
    Word Folded() const {
        Word folded = *this;
        folded.word_ |= kOnes * 0x20;
        return folded;
    }

private:
    static constexpr std::uint64_t kOnes = 0x0101010101010101;
    static constexpr std::uint64_t kHighs = 0x8080808080808080;
    std::uint64_t word_ = 0;
};

#if defined(__SSE2__)

class Chunk {
public:
    static constexpr std::ptrdiff_t kSize = 16;
    class Hits {
    public:
        explicit Hits(__m128i bytes) : bytes_(bytes) {}
        friend Hits operator|(Hits a, Hits b) { return Hits(_mm_or_si128(a.bytes_, b.bytes_)); }
        std::uint32_t bits() const { return static_cast<std::uint32_t>(_mm_movemask_epi8(bytes_)); }

    private:
        __m128i bytes_;
    };

    explicit Chunk(const char* at) : bytes_(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))) {}

    Hits Equal(char c) const { return Hits(_mm_cmpeq_epi8(bytes_, _mm_set1_epi8(c))); }
    Hits Control() const { return Hits(_mm_cmpeq_epi8(_mm_min_epu8(bytes_, _mm_set1_epi8(0x1F)), bytes_)); }
    Hits AboveAscii() const { return Hits(bytes_); }
    Hits Space() const { return Equal(' ') | Equal('\n') | Equal('\r') | Equal('\t'); }
    // '[' becomes '{' and ']' becomes '}': they differ in one bit only.
    Chunk Folded() const { return Chunk(_mm_or_si128(bytes_, _mm_set1_epi8(0x20))); }

private:
    explicit Chunk(__m128i bytes) : bytes_(bytes) {}
    __m128i bytes_;
};

#else

using Chunk = Word;

#endif

// Quote, backslash, control characters and everything above ASCII.
inline Chunk::Hits EndsPlainText(const Chunk& chunk) {
    return chunk.Equal('"') | chunk.Equal('\\') | chunk.Control() | chunk.AboveAscii();
}

inline Chunk::Hits QuoteOrBackslash(const Chunk& chunk) { return chunk.Equal('"') | chunk.Equal('\\'); }

// The first byte from `at` that Meant finds, or a place less than a chunk before `end`.
template <auto Meant>
const char* SkipChunks(const char* at, const char* end) {
    while (end - at >= Chunk::kSize) {
        if (const std::uint32_t bits = Meant(Chunk(at)).bits()) return at + std::countr_zero(bits);
        at += Chunk::kSize;
    }
    return at;
}

inline bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

inline const char* SkipSpace(const char* at, const char* end) {
    if (at == end || *at > ' ') return at;
    // The one space behind a colon or a comma.
    if (*at == ' ' && end - at >= 2 && at[1] > ' ') return at + 1;
    constexpr std::uint32_t kAll = (1u << Chunk::kSize) - 1;
    while (end - at >= Chunk::kSize) {
        if (const std::uint32_t others = ~Chunk(at).Space().bits() & kAll) return at + std::countr_zero(others);
        at += Chunk::kSize;
    }
    while (at < end && IsSpace(*at)) ++at;
    return at;
}

// 64 bytes of text; what stands in it as bits, one a byte.
constexpr std::ptrdiff_t kBlock = 64;
template <class Chunk, class Look>
std::uint64_t Bits(const char* at, const Look& look) {
    std::uint64_t bits = 0;
#pragma GCC unroll 8
    for (std::ptrdiff_t i = 0; i < kBlock; i += Chunk::kSize) {
        bits |= std::uint64_t{look(Chunk(at + i)).bits()} << i;
    }
    return bits;
}

// Tells strings from what stands between them, block after block.
class Strings {
public:
    struct Found {
        std::uint64_t quotes = 0;   // that open or close a string
        std::uint64_t inside = 0;   // from an opening quote to before the closing one
        std::uint64_t escaped = 0;  // behind a backslash that is not itself escaped
    };

    // Of the next block, which has those quotes and backslashes.
    Found In(std::uint64_t quotes, std::uint64_t backslashes) {
        Found found;
        if ((backslashes | escape_goes_on_) != 0) found.escaped = Escaped(backslashes);
        found.quotes = quotes & ~found.escaped;
        found.inside = Parities(found.quotes) ^ string_goes_on_;
        string_goes_on_ = static_cast<std::uint64_t>(static_cast<std::int64_t>(found.inside) >> 63);
        return found;
    }
    // Whether a string is open behind the last block.
    bool open() const { return string_goes_on_ != 0; }

private:
    // Each bit the parity of the bits up to it.
    static std::uint64_t Parities(std::uint64_t bits) {
        bits ^= bits << 1;
        bits ^= bits << 2;
        bits ^= bits << 4;
        bits ^= bits << 8;
        bits ^= bits << 16;
        return bits ^ bits << 32;
    }

    std::uint64_t Escaped(std::uint64_t backslashes) {
        std::uint64_t escaped = std::exchange(escape_goes_on_, 0);
        backslashes &= ~escaped;
        while (backslashes != 0) {
            const std::uint64_t first = backslashes & -backslashes;
            const std::uint64_t next = first << 1;
            escape_goes_on_ = next == 0;
            escaped |= next;
            backslashes &= ~(first | next);
        }
        return escaped;
    }

    std::uint64_t string_goes_on_ = 0;  // all bits or none
    std::uint64_t escape_goes_on_ = 0;  // the lowest bit or none
};

}  // namespace fanfare::json::bytes
