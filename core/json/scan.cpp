#include "json/scan.hpp"

#include <cstdint>

#include "base/text.hpp"
#include "json/bytes.hpp"
#include "json/levels.hpp"
#include "json/quick_scan.hpp"

namespace fanfare::json {
namespace {

std::string Show(char c) {
    if (c > 0x20 && c < 0x7F) return {'\'', c, '\''};
    return "byte 0x" + base::EncodeHex({&c, 1});
}

int HexValue(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Says of a text that is not well-formed what is wrong with it, byte by byte. Each step reads on from at_ and returns
// false, with error_ written, if the text is not JSON there.
class Explainer {
public:
    Explainer(std::string_view text, const ScanLimits& limits)
        : begin_(text.data()), at_(begin_), end_(begin_ + text.size()), depth_limit_(limits.depth) {}

    base::Error Run() {
        if (!Text()) return {base::Code::kInvalid, std::move(error_)};
        return {base::Code::kInvalid,
                std::to_string(end_ - begin_) + " bytes are more than fanfare reads as one JSON text"};
    }

private:
    bool Text() {
        do {
            if (!Value() || !Behind()) return false;
        } while (levels_.depth() != 0);
        SkipSpace();
        return at_ == end_ || Trailing();
    }

    // One scalar, or an empty object or array, and all that opens before it.
    bool Value() {
        for (;;) {
            SkipSpace();
            if (at_ == end_) return EndsWhere("a value was expected");
            switch (*at_) {
                case '{':
                    if (!Open(true)) return false;
                    if (at_ != end_ && *at_ == '}') return Close();
                    if (!Name("a name in quotes or '}'")) return false;
                    continue;
                case '[':
                    if (!Open(false)) return false;
                    if (at_ != end_ && *at_ == ']') return Close();
                    continue;
                case '"':
                    return String();
                case 't':
                    return Literal("true");
                case 'f':
                    return Literal("false");
                case 'n':
                    return Literal("null");
            }
            if (*at_ == '-' || IsDigit(*at_)) return Number();
            return NoValue();
        }
    }

    // What follows a value: closing brackets, then a comma and, in an object, the next name.
    bool Behind() {
        while (levels_.depth() != 0) {
            SkipSpace();
            const bool object = levels_.object();
            if (at_ == end_) return EndsWhere(object ? "',' or '}' was expected" : "',' or ']' was expected");
            if (*at_ == ',') {
                ++at_;
                if (!object) return true;
                SkipSpace();
                return Name("a name in quotes");
            }
            if (*at_ != (object ? '}' : ']')) return Expected(object ? "',' or '}'" : "',' or ']'");
            Close();
        }
        return true;
    }

    bool Open(bool object) {
        if (levels_.depth() == depth_limit_) {
            return Fail(at_, ": nested deeper than " + std::to_string(depth_limit_) + " levels");
        }
        levels_.Push(object);
        ++at_;
        SkipSpace();
        return true;
    }

    bool Close() {
        levels_.Pop();
        ++at_;
        return true;
    }

    bool Name(std::string_view what) {
        if (at_ == end_) return EndsWhere(std::string(what) + " was expected");
        if (*at_ != '"') return Expected(what);
        if (!String()) return false;
        SkipSpace();
        if (at_ == end_) return EndsWhere("':' was expected");
        if (*at_ != ':') return Expected("':'");
        ++at_;
        return true;
    }

    bool String() {
        ++at_;
        for (;;) {
            at_ = bytes::SkipChunks<bytes::EndsPlainText>(at_, end_);
            if (at_ == end_) return EndsInside("string");
            const auto c = static_cast<unsigned char>(*at_);
            if (c == '"') {
                ++at_;
                return true;
            }
            if (c == '\\') {
                if (!Escape()) return false;
            } else if (c >= 0x80) {
                if (!Multibyte()) return false;
            } else if (c < 0x20) {
                return Fail(at_, ": control character 0x" + base::EncodeHex({at_, 1}) + " in a string must be escaped");
            } else {
                ++at_;
            }
        }
    }

    // Everything above ASCII in a row: whole sequences, as ASCII never continues one.
    bool Multibyte() {
        const char* const first = at_;
        while (at_ != end_ && static_cast<unsigned char>(*at_) >= 0x80) ++at_;
        if (base::IsUtf8({first, static_cast<std::size_t>(at_ - first)})) return true;
        const char* bad = first;
        for (std::size_t length = 1; length <= 4 && bad + length <= at_;) {
            const bool whole = base::IsUtf8({bad, length});
            bad += whole ? length : 0;
            length = whole ? 1 : length + 1;
        }
        return Fail(bad, " is not UTF-8");
    }

    bool Escape() {
        const char* const start = at_++;
        if (at_ == end_) return EndsInside("string");
        if (*at_ != 'u') {
            if (std::string_view("\"\\/bfnrt").find(*at_) == std::string_view::npos) {
                return Fail(start, ": no such escape: '\\' and " + Show(*at_));
            }
            ++at_;
            return true;
        }
        std::uint32_t unit = 0;
        if (!HexUnit(unit)) return false;
        if (unit < 0xD800 || unit > 0xDFFF) return true;
        std::uint32_t low = 0;
        if (unit < 0xDC00 && end_ - at_ >= 2 && at_[0] == '\\' && at_[1] == 'u') {
            ++at_;
            if (!HexUnit(low)) return false;
        }
        if (low < 0xDC00 || low > 0xDFFF) return Fail(start, ": half of a surrogate pair stands alone");
        return true;
    }

    // From the 'u' of an escape to behind its four digits.
    bool HexUnit(std::uint32_t& unit) {
        ++at_;
        for (int i = 0; i < 4; ++i, ++at_) {
            if (at_ == end_) return EndsInside("string");
            const int digit = HexValue(*at_);
            if (digit < 0) return Expected("four hexadecimal digits behind '\\u'");
            unit = unit << 4 | static_cast<std::uint32_t>(digit);
        }
        return true;
    }

    bool Number() {
        if (*at_ == '-') ++at_;
        if (at_ != end_ && *at_ == 'I') return Fail(at_, ": Infinity is not JSON");
        if (at_ != end_ && *at_ == '0') {
            ++at_;
            if (at_ != end_ && IsDigit(*at_)) return Fail(at_ - 1, ": a number must not start with a needless 0");
        } else if (!Digits()) {
            return false;
        }
        if (at_ != end_ && *at_ == '.') {
            ++at_;
            if (!Digits()) return false;
        }
        if (at_ != end_ && (*at_ | 0x20) == 'e') {
            ++at_;
            if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
            return Digits();
        }
        return true;
    }

    bool Digits() {
        if (at_ == end_) return EndsInside("number");
        if (!IsDigit(*at_)) return Expected("a digit");
        while (at_ != end_ && IsDigit(*at_)) ++at_;
        return true;
    }

    bool Literal(std::string_view word) {
        const std::string_view left(at_, static_cast<std::size_t>(end_ - at_));
        if (left.starts_with(word)) {
            at_ += word.size();
            return true;
        }
        if (word.starts_with(left)) return Fail(end_, ": ends in the middle of '" + std::string(word) + "'");
        return Expected("a value");
    }

    bool NoValue() {
        const std::string_view left(at_, static_cast<std::size_t>(end_ - at_));
        if (left.starts_with("NaN")) return Fail(at_, ": NaN is not JSON");
        if (left.starts_with("Infinity")) return Fail(at_, ": Infinity is not JSON");
        if (left.starts_with("//") || left.starts_with("/*")) return Fail(at_, ": a comment is not JSON");
        if (left.starts_with("\xEF\xBB\xBF")) return Fail(at_, ": a byte order mark is not JSON");
        return Expected("a value");
    }

    bool Trailing() {
        if (std::string_view("{[\"-0123456789tfn").find(*at_) != std::string_view::npos) {
            return Fail(at_, ": a second value follows");
        }
        return Expected("the end");
    }

    bool Expected(std::string_view what) {
        return Fail(at_, ": expected " + std::string(what) + ", found " + Show(*at_));
    }
    bool EndsWhere(std::string_view what) { return Fail(at_, ": ends where " + std::string(what)); }
    bool EndsInside(std::string_view what) { return Fail(at_, ": ends in the middle of a " + std::string(what)); }

    bool Fail(const char* where, std::string_view cause) {
        error_ = "byte " + std::to_string(where - begin_) + std::string(cause);
        return false;
    }

    void SkipSpace() { at_ = bytes::SkipSpace(at_, end_); }

    const char* begin_;
    const char* at_;
    const char* end_;
    std::size_t depth_limit_;
    Levels levels_;
    std::string error_;
};

}  // namespace

std::string_view Name(Kind kind) {
    switch (kind) {
        case Kind::kObject:
            return "an object";
        case Kind::kArray:
            return "an array";
        case Kind::kString:
            return "a string";
        case Kind::kNumber:
            return "a number";
        case Kind::kBoolean:
            return "a boolean";
        case Kind::kNull:
            return "null";
    }
    return "";
}

base::Result<Raw> Scan(std::string_view text, const ScanLimits& limits, Outline* outline) {
    if (!IsWellFormed(text, limits.depth, outline)) return Explainer(text, limits).Run();
    while (bytes::IsSpace(text.front())) text.remove_prefix(1);
    while (bytes::IsSpace(text.back())) text.remove_suffix(1);
    return Raw{text, KindOf(text.front())};
}

}  // namespace fanfare::json
