// fanfare/json_text.hpp: JSON as text: is it well-formed, without its white space, a string of it. No values, no tree.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <fanfare/text.hpp>

FANFARE_SDK_BEGIN

namespace detail {

// One pass over a JSON text (RFC 8259); copies its tokens to `out`, if there is one, exactly as they stand.
class JsonPass {
public:
    JsonPass(std::string_view text, std::string* out) : text_(text), out_(out) {}

    bool run() {
        skip_space();
        if (!value(0)) return false;
        skip_space();
        return at_ == text_.size();
    }

private:
    static constexpr int kMaxDepth = 256;

    char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
    void put(std::size_t begin) {
        if (out_ != nullptr) out_->append(text_, begin, at_ - begin);
    }
    void skip_space() noexcept {
        while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
    }
    bool take(char c) {
        if (peek() != c) return false;
        ++at_;
        put(at_ - 1);
        return true;
    }

    bool value(int depth) {
        if (depth > kMaxDepth) return false;
        switch (peek()) {
            case '{':
                return container('}', depth, true);
            case '[':
                return container(']', depth, false);
            case '"':
                return string();
            case 't':
                return word("true");
            case 'f':
                return word("false");
            case 'n':
                return word("null");
            default:
                return number();
        }
    }

    bool container(char close, int depth, bool named) {
        ++at_;
        put(at_ - 1);
        skip_space();
        if (take(close)) return true;
        do {
            skip_space();
            if (named && !name()) return false;
            if (!value(depth + 1)) return false;
            skip_space();
        } while (take(','));
        return take(close);
    }

    bool name() {
        if (!string()) return false;
        skip_space();
        if (!take(':')) return false;
        skip_space();
        return true;
    }

    bool word(std::string_view expected) {
        if (text_.substr(at_, expected.size()) != expected) return false;
        at_ += expected.size();
        put(at_ - expected.size());
        return true;
    }

    std::size_t digits() noexcept {
        const std::size_t begin = at_;
        while (peek() >= '0' && peek() <= '9') ++at_;
        return at_ - begin;
    }

    bool number() {
        const std::size_t begin = at_;
        if (peek() == '-') ++at_;
        const bool zero = peek() == '0';
        const std::size_t whole = digits();
        if (whole == 0 || (zero && whole > 1)) return false;
        if (peek() == '.') {
            ++at_;
            if (digits() == 0) return false;
        }
        if (peek() == 'e' || peek() == 'E') {
            ++at_;
            if (peek() == '+' || peek() == '-') ++at_;
            if (digits() == 0) return false;
        }
        put(begin);
        return true;
    }

    bool string() {
        const std::size_t begin = at_;
        if (peek() != '"') return false;
        ++at_;
        while (at_ < text_.size() && text_[at_] != '"') {
            const auto c = static_cast<unsigned char>(text_[at_]);
            if (c < 0x20) return false;
            if (c == '\\') {
                if (!escape()) return false;
            } else {
                const std::size_t length = utf8_sequence(text_, at_);
                if (length == 0) return false;
                at_ += length;
            }
        }
        if (at_ == text_.size()) return false;
        ++at_;
        put(begin);
        return true;
    }

    bool escape() {
        ++at_;
        const char c = peek();
        if (c != 'u') {
            ++at_;
            return c != '\0' && std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
        }
        const long unit = code_unit();
        if (unit < 0xD800 || unit > 0xDFFF) return unit >= 0;
        if (unit > 0xDBFF || text_.substr(at_, 2) != "\\u") return false;
        ++at_;
        const long low = code_unit();
        return low >= 0xDC00 && low <= 0xDFFF;
    }

    // "uXXXX" at the cursor; -1 if it is not that.
    long code_unit() {
        long unit = 0;
        for (std::size_t i = 1; i <= 4; ++i) {
            const char c = at_ + i < text_.size() ? ascii_lower(text_[at_ + i]) : '\0';
            const bool digit = c >= '0' && c <= '9';
            if (!digit && (c < 'a' || c > 'f')) return -1;
            unit = unit * 16 + (digit ? c - '0' : c - 'a' + 10);
        }
        at_ += 5;
        return unit;
    }

    std::string_view text_;
    std::string* out_;
    std::size_t at_ = 0;
};

}  // namespace detail

// One well-formed JSON value, UTF-8 throughout, no lone surrogates, nested at most 256 deep.
inline bool is_json(std::string_view text) { return detail::JsonPass(text, nullptr).run(); }

// Appends the value without insignificant white space: one line, numbers and strings exactly as written. False if it is
// not well-formed; `out` is as before then.
inline bool append_compact_json(std::string& out, std::string_view text) {
    const std::size_t before = out.size();
    if (detail::JsonPass(text, &out).run()) return true;
    out.resize(before);
    return false;
}

// Appends the value for a reader: a line for each member and element, indented by two spaces a level; numbers and
// strings exactly as written. False if it is not well-formed; `out` is as before then.
inline bool append_readable_json(std::string& out, std::string_view text) {
    std::string compact;
    if (!append_compact_json(compact, text)) return false;
    std::size_t depth = 0;
    const auto line = [&] { out.append(1, '\n').append(2 * depth, ' '); };
    bool quoted = false;
    for (std::size_t i = 0; i < compact.size(); ++i) {
        const char c = compact[i];
        const bool closes = !quoted && (c == '}' || c == ']');
        const bool empty = closes && i > 0 && (compact[i - 1] == '{' || compact[i - 1] == '[');
        if (closes) --depth;
        if (closes && !empty) line();
        out += c;
        if (quoted && c == '\\') {
            out += compact[++i];
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && c == ':') {
            out += ' ';
        } else if (!quoted && (c == '{' || c == '[')) {
            ++depth;
            if (compact[i + 1] != '}' && compact[i + 1] != ']') line();
        } else if (!quoted && c == ',') {
            line();
        }
    }
    return true;
}

// Appends `text` as a JSON string. What is not UTF-8 becomes U+FFFD.
inline void append_json_string(std::string& out, std::string_view text) {
    constexpr char kHex[] = "0123456789abcdef";
    out += '"';
    for (std::size_t at = 0; at < text.size();) {
        const auto c = static_cast<unsigned char>(text[at]);
        const std::size_t length = utf8_sequence(text, at);
        if (length == 0) {
            out += "\xEF\xBF\xBD";
        } else if (c == '"' || c == '\\') {
            out += {'\\', text[at]};
        } else if (c == '\n') {
            out += "\\n";
        } else if (c < 0x20) {
            out += "\\u00";
            out += {kHex[c >> 4], kHex[c & 15]};
        } else {
            out.append(text, at, length);
        }
        at += length > 0 ? length : 1;
    }
    out += '"';
}

FANFARE_SDK_END
