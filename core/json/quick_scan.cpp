#include "json/quick_scan.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/text.hpp"
#include "json/bytes.hpp"
#include "json/levels.hpp"

namespace fanfare::json {
namespace {

// Where tokens start: brackets, colons, commas, strings, and whatever else stands between them.
class Tokens {
public:
    explicit Tokens(std::string_view text) : text_(text) {}

    // The first byte of the next token; 0 at the end, and where no token can follow.
    char Next() {
        while (starts_ == 0) {
            if (!Load()) return 0;
        }
        at_ = block_ + static_cast<std::size_t>(std::countr_zero(starts_));
        starts_ &= starts_ - 1;
        return text_[at_];
    }
    // Where the token that Next gave stands.
    std::size_t at() const { return at_; }
    // Whether the text has ended, and nothing in it was wrong so far.
    bool ended() const { return next_ >= text_.size() && !failed_ && !strings_.open(); }
    bool is_ascii() const { return is_ascii_; }

private:
    bool Load() {
        if (failed_ || next_ >= text_.size()) return false;
        block_ = next_;
        next_ += bytes::kBlock;
        if (next_ <= text_.size()) return Read(text_.data() + block_);
        char rest[bytes::kBlock];
        std::memset(rest, ' ', sizeof rest);
        std::memcpy(rest, text_.data() + block_, text_.size() - block_);
        return Read(rest);
    }

    bool Read(const char* block) {
        using bytes::Bits;
        using bytes::Chunk;
        const bytes::Strings::Found strings = strings_.In(block);
        const std::uint64_t outside = ~strings.inside;
        const std::uint64_t marks =
            outside & Bits(block, [](const Chunk& chunk) {
                const Chunk folded = chunk.Folded();
                return folded.Equal('{') | folded.Equal('}') | chunk.Equal(':') | chunk.Equal(',');
            });
        std::uint64_t spaces = Bits(block, [](const Chunk& chunk) { return chunk.Equal(' '); });
        const std::uint64_t unusual =
            Bits(block, [](const Chunk& chunk) { return chunk.Control() | chunk.AboveAscii(); });
        if (unusual != 0) spaces |= Unusual(block, unusual, outside);
        if (strings.escaped != 0) failed_ |= !HasPlainEscapes(block, strings.escaped & strings.inside);
        const std::uint64_t others = outside & ~(marks | spaces | strings.quotes);
        const std::uint64_t other_starts = others & ~(others << 1 | other_goes_on_);
        other_goes_on_ = others >> 63;
        starts_ = marks | (strings.quotes & strings.inside) | other_starts;
        return !failed_;
    }

    // Control characters and those above ASCII; returns those that are white space. Of indented text nearly every block
    // comes here, with nothing but the ends of its lines: it is looked at once more, not three times.
    std::uint64_t Unusual(const char* block, std::uint64_t unusual, std::uint64_t outside) {
        using bytes::Bits;
        using bytes::Chunk;
        const std::uint64_t spaces =
            Bits(block, [](const Chunk& chunk) { return chunk.Equal('\n') | chunk.Equal('\r') | chunk.Equal('\t'); });
        const std::uint64_t rest = unusual & ~(spaces & outside);
        if (rest == 0) return spaces;
        const std::uint64_t controls = Bits(block, [](const Chunk& chunk) { return chunk.Control(); });
        failed_ |= (rest & controls) != 0;
        is_ascii_ &= (rest & ~controls) == 0;
        return spaces;
    }

    // Those of code points are left to whoever knows surrogates.
    static bool HasPlainEscapes(const char* block, std::uint64_t escaped) {
        for (; escaped != 0; escaped &= escaped - 1) {
            if (std::string_view("\"\\/bfnrt").find(block[std::countr_zero(escaped)]) == std::string_view::npos)
                return false;
        }
        return true;
    }

    std::string_view text_;
    std::size_t block_ = 0;
    std::size_t next_ = 0;
    std::size_t at_ = 0;
    std::uint64_t starts_ = 0;         // of the block, from at_ on
    std::uint64_t other_goes_on_ = 0;  // the lowest bit or none
    bytes::Strings strings_;
    bool is_ascii_ = true;
    bool failed_ = false;
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Behind the number, true, false or null that stands at `at`; nullptr if there is none.
const char* BehindNumber(const char* at, const char* end) {
    const auto digits = [&] {
        const char* const first = at;
        while (at != end && IsDigit(*at)) ++at;
        return at != first;
    };
    if (*at == '-') ++at;
    const bool leads_with_zero = at != end && *at == '0';
    const char* const first = at;
    if (!digits() || (leads_with_zero && at - first > 1)) return nullptr;
    if (at != end && *at == '.') {
        ++at;
        if (!digits()) return nullptr;
    }
    if (at != end && (*at | 0x20) == 'e') {
        ++at;
        if (at != end && (*at == '+' || *at == '-')) ++at;
        if (!digits()) return nullptr;
    }
    return at;
}

bool IsScalar(std::string_view text) {
    const char* at = nullptr;
    if (text.starts_with("true") || text.starts_with("null")) {
        at = text.data() + 4;
    } else if (text.starts_with("false")) {
        at = text.data() + 5;
    } else {
        at = BehindNumber(text.data(), text.data() + text.size());
    }
    if (at == nullptr) return false;
    return at == text.data() + text.size() || *at == ',' || *at == '}' || *at == ']' || bytes::IsSpace(*at);
}

class Checker {
public:
    Checker(std::string_view text, std::size_t depth_limit) : text_(text), depth_limit_(depth_limit), tokens_(text) {}

    bool Run() {
        char c = tokens_.Next();
        do {
            if (!Value(c) || !Behind(c)) return false;
        } while (levels_.depth() != 0);
        return c == 0 && tokens_.ended() && (tokens_.is_ascii() || base::IsUtf8(text_));
    }

private:
    // One scalar, or an empty object or array, and all that opens before it. From its first token to the one behind it.
    bool Value(char& c) {
        for (;;) {
            switch (c) {
                case '{':
                    if (!Open(true, c)) return false;
                    if (c == '}') return Close(c);
                    if (!Name(c)) return false;
                    continue;
                case '[':
                    if (!Open(false, c)) return false;
                    if (c == ']') return Close(c);
                    continue;
                case '"':
                    c = tokens_.Next();
                    return true;
            }
            if (c == 0 || !IsScalar(text_.substr(tokens_.at()))) return false;
            c = tokens_.Next();
            return true;
        }
    }

    // What follows a value: closing brackets, then a comma and, in an object, the next name.
    bool Behind(char& c) {
        while (levels_.depth() != 0) {
            const bool object = levels_.object();
            if (c == ',') {
                c = tokens_.Next();
                return !object || Name(c);
            }
            if (c != (object ? '}' : ']')) return false;
            Close(c);
        }
        return true;
    }

    bool Open(bool object, char& c) {
        if (levels_.depth() == depth_limit_) return false;
        levels_.Push(object);
        c = tokens_.Next();
        return true;
    }

    bool Close(char& c) {
        levels_.Pop();
        c = tokens_.Next();
        return true;
    }

    bool Name(char& c) {
        if (c != '"' || tokens_.Next() != ':') return false;
        c = tokens_.Next();
        return true;
    }

    std::string_view text_;
    std::size_t depth_limit_;
    Tokens tokens_;
    Levels levels_;
};

}  // namespace

bool IsSurelyJson(std::string_view text, std::size_t depth_limit) { return Checker(text, depth_limit).Run(); }

}  // namespace fanfare::json
