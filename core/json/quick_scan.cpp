#include "json/quick_scan.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>

#include "base/text.hpp"
#include "json/bytes.hpp"
#include "json/levels.hpp"
#include "json/tokens.hpp"

namespace fanfare::json {
namespace {

// Finds the tokens of a text, a kilobyte at a time.
class Window {
public:
    // A text that is not near yet comes line by line while it is read; asked for at once, its lines come together.
    explicit Window(std::string_view text) : text_(text) {
        constexpr std::size_t kLine = 64;
        constexpr std::size_t kMost = 32 * kLine;
        for (std::size_t at = 0; at < std::min(text.size(), kMost); at += kLine) __builtin_prefetch(text.data() + at);
    }

    // Positions of the next tokens; none at the end, and where something was found that no token is.
    std::span<const std::uint32_t> More() {
        std::span<const std::uint32_t> found;
        while (found.empty() && read_ < text_.size() && !state_.failed()) found = {positions_, Read()};
        return state_.failed() ? std::span<const std::uint32_t>() : found;
    }
    // Whether the text has ended, and nothing in it was wrong so far.
    bool ended() const { return read_ >= text_.size() && !state_.failed() && !state_.in_string(); }
    const TokenState& state() const { return state_; }

private:
    static constexpr std::size_t kBlocks = 16;

    std::uint32_t* Read() {
        const char* const text = text_.data() + read_;
        const auto at = static_cast<std::uint32_t>(read_);
        const std::size_t left = text_.size() - read_;
        const std::size_t blocks = std::min(kBlocks, left / Block::kSize);
        read_ += std::max<std::size_t>(blocks, 1) * Block::kSize;
        if (blocks != 0) return find_(state_, text, blocks, at, positions_);
        char rest[Block::kSize];
        std::memset(rest, ' ', sizeof rest);
        std::memcpy(rest, text, left);
        return find_(state_, rest, 1, at, positions_);
    }

    std::string_view text_;
    std::size_t read_ = 0;  // up to there
    FindTokens find_ = FastestFindTokens();
    TokenState state_;
    std::uint32_t positions_[kBlocks * Block::kSize + TokenState::kMore];
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

// The unit that the escape "\uXXXX" at the head of `text` stands for; -1 if it is none.
int UnicodeEscape(std::string_view text) {
    if (text.size() < 6 || !text.starts_with("\\u")) return -1;
    int unit = 0;
    for (const char c : text.substr(2, 4)) {
        const char folded = static_cast<char>(c | 0x20);
        if (!IsDigit(c) && (folded < 'a' || folded > 'f')) return -1;
        unit = unit * 16 + (IsDigit(c) ? c - '0' : folded - 'a' + 10);
    }
    return unit;
}

// Whether those of code points, in a text whose escapes are known otherwise, have four digits and no half of a pair.
bool HasGoodUnicodeEscapes(std::string_view text) {
    for (std::size_t at = text.find('\\'); at < text.size(); at = text.find('\\', at)) {
        if (text[at + 1] != 'u') {
            at += 2;
            continue;
        }
        const int unit = UnicodeEscape(text.substr(at));
        if (unit < 0) return false;
        at += 6;
        if (unit < 0xD800 || unit > 0xDFFF) continue;
        const int low = unit < 0xDC00 ? UnicodeEscape(text.substr(at)) : -1;
        if (low < 0xDC00 || low > 0xDFFF) return false;
        at += 6;
    }
    return true;
}

// Takes no notes.
struct NoWriter {
    void MakeRoom(std::size_t) {}
    void Finish() {}
    void Name(std::size_t, std::size_t, bool) {}
    void Scalar(std::size_t) {}
    void Open(std::size_t) {}
    void Close() {}
};

// From token to token. What changes with each of them the compiler can keep in registers: for what is called for a
// token is inlined, and nothing else gets a pointer to this.
template <class Writer>
class Checker {
public:
    Checker(std::string_view text, std::size_t depth_limit, Window& window, Levels& levels, const Writer& writer)
        : text_(text), depth_limit_(depth_limit), window_(window), levels_(levels), writer_(writer) {}

    [[gnu::always_inline]] bool Run() {
        Next();
        do {
            if (!Value()) return false;
            Next();
            if (!Behind()) return false;
        } while (levels_.depth() != 0);
        if (c_ != 0 || !window_.ended()) return false;
        if (!window_.state().is_ascii() && !base::IsUtf8(text_)) return false;
        if (window_.state().has_unicode_escapes() && !HasGoodUnicodeEscapes(text_)) return false;
        writer_.Finish();
        return true;
    }

private:
    // The first byte of the next token; 0 where there is none.
    [[gnu::always_inline]] void Next() {
        if (next_ == end_) {
            const std::span<const std::uint32_t> more = window_.More();
            // A token makes one mark at most; a colon makes none, so that of the name before it has room too.
            writer_.MakeRoom(more.size());
            if (more.empty()) {
                c_ = 0;
                return;
            }
            next_ = more.data();
            end_ = next_ + more.size();
        }
        at_ = *next_++;
        c_ = text_[at_];
    }

    // One scalar, or an empty object or array, and all that opens before it. Up to its last token.
    [[gnu::always_inline]] bool Value() {
        for (;;) {
            if (c_ == '{') {
                if (!Open(true)) return false;
                if (c_ == '}') return Close();
                if (!Name()) return false;
            } else if (c_ == '[') {
                if (!Open(false)) return false;
                if (c_ == ']') return Close();
            } else {
                if (c_ != '"' && (c_ == 0 || !IsScalar(text_.substr(at_)))) return false;
                writer_.Scalar(at_);
                return true;
            }
        }
    }

    // What follows a value: closing brackets, then a comma and, in an object, the next name.
    [[gnu::always_inline]] bool Behind() {
        while (levels_.depth() != 0) {
            const bool object = levels_.object();
            if (c_ == ',') {
                Next();
                return !object || Name();
            }
            if (c_ != (object ? '}' : ']')) return false;
            Close();
            Next();
        }
        return true;
    }

    [[gnu::always_inline]] bool Open(bool object) {
        if (levels_.depth() == depth_limit_) return false;
        levels_.Push(object);
        writer_.Open(at_);
        Next();
        return true;
    }

    [[gnu::always_inline]] bool Close() {
        levels_.Pop();
        writer_.Close();
        return true;
    }

    // Up to the first token of its value.
    [[gnu::always_inline]] bool Name() {
        if (c_ != '"') return false;
        const std::size_t first = at_ + 1;
        Next();
        if (c_ != ':') return false;
        std::size_t last = at_ - 1;
        while (text_[last] != '"') --last;
        const bool is_escaped =
            window_.state().has_escapes() && std::memchr(text_.data() + first, '\\', last - first) != nullptr;
        writer_.Name(first, last - first, is_escaped);
        Next();
        return true;
    }

    const std::string_view text_;
    const std::size_t depth_limit_;
    Window& window_;
    Levels& levels_;
    Writer writer_;
    const std::uint32_t* next_ = nullptr;
    const std::uint32_t* end_ = nullptr;
    std::size_t at_ = 0;
    char c_ = 0;
};

template <class Writer>
bool Check(std::string_view text, std::size_t depth_limit, const Writer& writer) {
    Window window(text);
    Levels levels;
    return Checker(text, depth_limit, window, levels, writer).Run();
}

}  // namespace

bool IsWellFormed(std::string_view text, std::size_t depth_limit, Outline* outline) {
    if (text.size() > std::numeric_limits<std::uint32_t>::max()) return false;
    return outline == nullptr ? Check(text, depth_limit, NoWriter())
                              : Check(text, depth_limit, OutlineWriter(*outline));
}

}  // namespace fanfare::json
