#include "schema/pattern.hpp"

#include <re2/re2.h>

#include <cstdint>
#include <stdexcept>

#include "schema/iso8601.hpp"

namespace fanfare::schema {
namespace {

// Compiled program and the states that matching caches; past it RE2 goes on with less memory, not with more time.
constexpr std::int64_t kMaxMemory = 4 << 20;

// \s and \S of ECMA 262: white space, the byte order mark and line ends of Unicode. RE2 knows five ASCII characters.
constexpr std::string_view kSpace =
    R"(\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff})";
constexpr std::string_view kNotSpace =
    R"(\x{0}-\x{8}\x{e}-\x{1f}!-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}\x{202a}-\x{202e})"
    R"(\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff})";

[[noreturn]] void Refuse(const std::string& pattern, const std::string& why) {
    throw std::invalid_argument("the pattern " + pattern + " cannot be used: " + why);
}

bool IsHex(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

// Writes a pattern of ECMA 262 in the words of RE2 where the two differ.
class Translation {
public:
    explicit Translation(const std::string& pattern) : pattern_(pattern), rest_(pattern) {}

    std::string Run() {
        while (!rest_.empty()) {
            if (rest_[0] == '\\') {
                Escape();
            } else if (in_class_) {
                InClass();
            } else {
                Outside();
            }
        }
        return std::move(out_);
    }

private:
    void Copy(std::size_t count) { Replace(count, rest_.substr(0, count)); }

    void Replace(std::size_t count, std::string_view by) {
        out_ += by;
        rest_.remove_prefix(std::min(count, rest_.size()));
    }

    void Class(std::size_t count, std::string_view members) {
        if (!in_class_) out_ += '[';
        Replace(count, members);
        if (!in_class_) out_ += ']';
    }

    void Escape() {
        const char what = rest_.size() < 2 ? '\0' : rest_[1];
        switch (what) {
            case 's':
                return Class(2, kSpace);
            case 'S':
                return Class(2, kNotSpace);
            case 'u':
                return CodePoint();
            case 'c':
                return Control();
            case '0':
                return Replace(2, R"(\x00)");
            case 'A':
            case 'z':
            case 'Z':
                Refuse(pattern_, std::string("\\") + what + " is not of ECMA 262; write ^ or $");
            case 'Q':
            case 'E':
            case 'C':
            case 'a':
                Refuse(pattern_, std::string("\\") + what + " is not of ECMA 262");
            default:
                return in_class_ && what == 'b' ? Replace(2, R"(\x08)") : Copy(2);
        }
    }

    void CodePoint() {
        if (rest_.size() > 2 && rest_[2] == '{') return Replace(2, R"(\x)");
        if (rest_.size() < 6 || !IsHex(rest_.substr(2, 4))) Refuse(pattern_, "\\u needs four hexadecimal digits");
        out_ += R"(\x{)" + std::string(rest_.substr(2, 4));
        Replace(6, "}");
    }

    void Control() {
        constexpr std::string_view kDigits = "0123456789abcdef";
        if (rest_.size() < 3) Refuse(pattern_, "\\c needs a letter");
        const unsigned code = static_cast<unsigned char>(rest_[2]) % 32;
        out_ += R"(\x)";
        Replace(3, std::string{kDigits[code / 16], kDigits[code % 16]});
    }

    void InClass() {
        // RE2 would take [: for the beginning of a named class.
        if (rest_[0] == '[') return Replace(1, R"(\[)");
        in_class_ = rest_[0] != ']';
        Copy(1);
    }

    void Outside() {
        if (rest_.starts_with("[^]")) return Replace(3, R"([\x{0}-\x{10ffff}])");
        if (rest_.starts_with("[]")) return Replace(2, R"([^\x{0}-\x{10ffff}])");
        if (rest_[0] == '[') {
            in_class_ = true;
            return Copy(rest_.starts_with("[^") ? 2 : 1);
        }
        if (rest_[0] == '.') return Replace(1, R"([^\n\r\x{2028}\x{2029}])");
        if (rest_.starts_with("(?=") || rest_.starts_with("(?!") || rest_.starts_with("(?<=") ||
            rest_.starts_with("(?<!")) {
            Refuse(pattern_, "look-ahead and look-behind take time without bound; write what may stand there instead");
        }
        if (rest_.starts_with("(?<") && rest_.find('>') != std::string_view::npos) {
            return Replace(rest_.find('>') + 1, "(?:");  // the name of a group
        }
        Copy(1);
    }

    const std::string& pattern_;
    std::string_view rest_;
    std::string out_;
    bool in_class_ = false;
};

std::string Reason(const re2::RE2& re2) {
    if (re2.error_code() == re2::RE2::ErrorBadEscape && re2.error_arg().find_first_of("123456789k") == 1) {
        return "the back-reference " + re2.error_arg() + " takes time without bound; write out what may repeat";
    }
    return re2.error();
}

}  // namespace

Pattern::Pattern(const std::string& ecma) {
    if (ecma == kIso8601Pattern) return;
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_never_capture(true);
    options.set_max_mem(kMaxMemory);
    auto re2 = std::make_unique<const re2::RE2>(Translation(ecma).Run(), options);
    if (!re2->ok()) Refuse(ecma, Reason(*re2));
    re2_ = std::move(re2);
}

Pattern::~Pattern() = default;
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;

bool Pattern::Matches(std::string_view text) const {
    if (re2_ == nullptr) return IsIso8601(text);
    return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *re2_);
}

}  // namespace fanfare::schema
