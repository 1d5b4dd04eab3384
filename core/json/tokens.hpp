// Finds where the tokens of JSON text start: brackets, colons, commas, strings, and whatever else stands between them.
// 64 bytes at a time. Inside of the room.
//
// The widest instructions that the processor has look at the bytes: AVX-512 or AVX2 where an x86-64 has them, which is
// asked at run time, else what bytes.hpp has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "json/bytes.hpp"

namespace fanfare::json {

// What stands in a block of text, as bits, one a byte, the first byte lowest.
struct Block {
    static constexpr std::size_t kSize = 64;

    std::uint64_t quotes = 0;
    std::uint64_t backslashes = 0;
    std::uint64_t marks = 0;        // brackets, colons and commas
    std::uint64_t spaces = 0;       // the four that JSON knows
    std::uint64_t controls = 0;     // below 0x20, so some of the spaces too
    std::uint64_t above_ascii = 0;  // 0x80 and on
};

// What is known of a text up to some block.
class TokenState {
public:
    static constexpr std::size_t kMore = 8;
    // Reads the next block and writes from `out` on where tokens start in it, of which the first byte is the text's
    // byte `at`. Returns behind the last of them, where up to kMore that do not count were written too.
    std::uint32_t* Read(const Block& block, const char* text, std::uint32_t at, std::uint32_t* out);

    // Whether a control character or an escape that JSON does not know was there.
    bool failed() const { return wrong_controls_ != 0 || has_unknown_escapes_; }
    // Whether a string is open.
    bool in_string() const { return strings_.open(); }
    bool is_ascii() const { return above_ascii_ == 0; }
    bool has_escapes() const { return has_escapes_; }
    // "\u" and anything behind it.
    bool has_unicode_escapes() const { return has_unicode_escapes_; }

private:
    void ReadEscapes(const char* text, std::uint64_t escaped);

    bytes::Strings strings_;
    std::uint64_t other_goes_on_ = 0;  // the lowest bit or none
    std::uint64_t above_ascii_ = 0;
    std::uint64_t wrong_controls_ = 0;
    bool has_escapes_ = false;
    bool has_unicode_escapes_ = false;
    bool has_unknown_escapes_ = false;
};

// Reads `count` blocks in a row.
using FindTokens = std::uint32_t* (*)(TokenState& state, const char* text, std::size_t count, std::uint32_t at,
                                      std::uint32_t* out);

// What this processor does fastest.
FindTokens FastestFindTokens();

// All ways that this processor has; for tests, which hold them against each other.
struct NamedFindTokens {
    std::string_view name;
    FindTokens find = nullptr;
};
std::vector<NamedFindTokens> AllFindTokens();

}  // namespace fanfare::json
