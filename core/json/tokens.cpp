#include "json/tokens.hpp"

#include <array>
#include <bit>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace fanfare::json {
namespace {

// In eights, of which the next block overwrites what is too much: where that ends is guessed wrong less often than
// where single bits do.
[[gnu::always_inline]] inline std::uint32_t* WritePositions(std::uint64_t bits, std::uint32_t at, std::uint32_t* out) {
    constexpr std::uint64_t kNeverZero = std::uint64_t{1} << 63;  // spares the question, changes no bit that counts
    std::uint32_t* const end = out + std::popcount(bits);
    do {
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i) {
            *out++ = at + static_cast<std::uint32_t>(std::countr_zero(bits | kNeverZero));
            bits &= bits - 1;
        }
    } while (out < end);
    return end;
}

// In chunks of whatever bytes.hpp has.
template <class Chunk>
Block LookByChunks(const char* text) {
    const auto bits = [&](const auto& look) { return bytes::Bits<Chunk>(text, look); };
    Block block;
    block.quotes = bits([](const Chunk& chunk) { return chunk.Equal('"'); });
    block.backslashes = bits([](const Chunk& chunk) { return chunk.Equal('\\'); });
    block.marks = bits([](const Chunk& chunk) {
        const Chunk folded = chunk.Folded();
        return folded.Equal('{') | folded.Equal('}') | chunk.Equal(':') | chunk.Equal(',');
    });
    block.spaces = bits([](const Chunk& chunk) { return chunk.Space(); });
    block.controls = bits([](const Chunk& chunk) { return chunk.Control(); });
    block.above_ascii = bits([](const Chunk& chunk) { return chunk.AboveAscii(); });
    return block;
}

template <class Chunk>
std::uint32_t* FindByChunks(TokenState& state, const char* text, std::size_t count, std::uint32_t at,
                            std::uint32_t* out) {
    TokenState current = state;  // a copy can stay in registers
    for (; count != 0; --count, text += Block::kSize, at += Block::kSize) {
        out = current.Read(LookByChunks<Chunk>(text), text, at, out);
    }
    state = current;
    return out;
}

#if defined(__x86_64__)

// What a byte of that low half is if it is of the class. For a shuffle, which lets each byte choose among 16; one above
// ASCII gets 0, and no other is kNone.
constexpr char kNone = '\x80';
using Table = std::array<char, Block::kSize>;
constexpr Table Repeat(const std::array<char, 16>& bytes) {
    Table table{};
    for (std::size_t i = 0; i < table.size(); ++i) table[i] = bytes[i % bytes.size()];
    return table;
}
constexpr Table kSpaces =
    Repeat({' ', kNone, kNone, kNone, kNone, kNone, kNone, kNone, kNone, '\t', '\n', kNone, kNone, '\r', kNone, kNone});
// Brackets as 0x20 folds them. It folds two control characters to a colon and a comma, too.
constexpr Table kMarks =
    Repeat({kNone, kNone, kNone, kNone, kNone, kNone, kNone, kNone, kNone, kNone, ':', '{', ',', '}', kNone, kNone});

#define FANFARE_AVX2 gnu::target("avx2,bmi,popcnt")
#define FANFARE_AVX512 gnu::target("avx512bw,bmi,popcnt")

[[FANFARE_AVX2]] __m256i Load256(const char* at) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)); }

[[FANFARE_AVX2]] std::uint64_t Join(__m256i low, __m256i high) {
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(low)) |
           std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(high))} << 32;
}

[[FANFARE_AVX2]] std::uint64_t Equal(__m256i low, __m256i high, char c) {
    const __m256i same = _mm256_set1_epi8(c);
    return Join(_mm256_cmpeq_epi8(low, same), _mm256_cmpeq_epi8(high, same));
}

[[FANFARE_AVX2]] std::uint64_t InTable(__m256i low, __m256i high, __m256i table) {
    return Join(_mm256_cmpeq_epi8(low, _mm256_shuffle_epi8(table, low)),
                _mm256_cmpeq_epi8(high, _mm256_shuffle_epi8(table, high)));
}

[[FANFARE_AVX2]] Block LookByAvx2(const char* text) {
    const __m256i low = Load256(text);
    const __m256i high = Load256(text + 32);
    const __m256i fold = _mm256_set1_epi8(0x20);
    const __m256i last_control = _mm256_set1_epi8(0x1F);
    Block block;
    block.quotes = Equal(low, high, '"');
    block.backslashes = Equal(low, high, '\\');
    block.spaces = InTable(low, high, Load256(kSpaces.data()));
    block.controls = Join(_mm256_cmpeq_epi8(_mm256_min_epu8(low, last_control), low),
                          _mm256_cmpeq_epi8(_mm256_min_epu8(high, last_control), high));
    block.marks =
        InTable(_mm256_or_si256(low, fold), _mm256_or_si256(high, fold), Load256(kMarks.data())) & ~block.controls;
    block.above_ascii = Join(low, high);
    return block;
}

[[FANFARE_AVX2]] std::uint32_t* FindByAvx2(TokenState& state, const char* text, std::size_t count, std::uint32_t at,
                                           std::uint32_t* out) {
    TokenState current = state;  // a copy can stay in registers
    for (; count != 0; --count, text += Block::kSize, at += Block::kSize) {
        out = current.Read(LookByAvx2(text), text, at, out);
    }
    state = current;
    return out;
}

[[FANFARE_AVX512]] Block LookByAvx512(const char* text) {
    const __m512i bytes = _mm512_loadu_si512(text);
    const __m512i folded = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
    const __m512i spaces = _mm512_shuffle_epi8(_mm512_loadu_si512(kSpaces.data()), bytes);
    const __m512i marks = _mm512_shuffle_epi8(_mm512_loadu_si512(kMarks.data()), folded);
    Block block;
    block.quotes = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('"'));
    block.backslashes = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\\'));
    block.spaces = _mm512_cmpeq_epi8_mask(bytes, spaces);
    block.controls = _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20));
    block.marks = _mm512_cmpeq_epi8_mask(folded, marks) & ~block.controls;
    block.above_ascii = _mm512_movepi8_mask(bytes);
    return block;
}

[[FANFARE_AVX512]] std::uint32_t* FindByAvx512(TokenState& state, const char* text, std::size_t count, std::uint32_t at,
                                               std::uint32_t* out) {
    TokenState current = state;  // a copy can stay in registers
    for (; count != 0; --count, text += Block::kSize, at += Block::kSize) {
        out = current.Read(LookByAvx512(text), text, at, out);
    }
    state = current;
    return out;
}

bool HasAvx2() {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
}
bool HasAvx512() { return HasAvx2() && __builtin_cpu_supports("avx512bw"); }

#endif

}  // namespace

[[gnu::always_inline]] inline std::uint32_t* TokenState::Read(const Block& block, const char* text, std::uint32_t at,
                                                              std::uint32_t* out) {
    const bytes::Strings::Found strings = strings_.In(block.quotes, block.backslashes);
    const std::uint64_t outside = ~strings.inside;
    above_ascii_ |= block.above_ascii;
    // In a string all of them, outside those that are no white space.
    wrong_controls_ |= block.controls & ~(block.spaces & outside);
    if (strings.escaped != 0) ReadEscapes(text, strings.escaped & strings.inside);
    const std::uint64_t others = outside & ~(block.marks | block.spaces | strings.quotes);
    const std::uint64_t other_starts = others & ~(others << 1 | other_goes_on_);
    other_goes_on_ = others >> 63;
    return WritePositions((block.marks & outside) | (strings.quotes & strings.inside) | other_starts, at, out);
}

// Those of code points are looked at when the text has ended, since two of them may belong together.
void TokenState::ReadEscapes(const char* text, std::uint64_t escaped) {
    has_escapes_ = true;
    for (; escaped != 0; escaped &= escaped - 1) {
        const char c = text[std::countr_zero(escaped)];
        has_unicode_escapes_ |= c == 'u';
        has_unknown_escapes_ |= std::string_view("\"\\/bfnrtu").find(c) == std::string_view::npos;
    }
}

std::vector<NamedFindTokens> AllFindTokens() {
    std::vector<NamedFindTokens> all = {{"words", FindByChunks<bytes::Word>}, {"chunks", FindByChunks<bytes::Chunk>}};
#if defined(__x86_64__)
    if (HasAvx2()) all.push_back({"AVX2", FindByAvx2});
    if (HasAvx512()) all.push_back({"AVX-512", FindByAvx512});
#endif
    return all;
}

FindTokens FastestFindTokens() {
    static const FindTokens fastest = AllFindTokens().back().find;
    return fastest;
}

}  // namespace fanfare::json
