#include "shape/xml_check.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "model/quote.hpp"

namespace fanfare::shape {
namespace {

constexpr std::size_t kMaxDepth = 512;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool IsCharacter(std::uint32_t point) {
    if (point < 0x20) return point == '\t' || point == '\n' || point == '\r';
    return point < 0xD800 || (point > 0xDFFF && point < 0xFFFE) || (point > 0xFFFF && point < 0x110000);
}

// Productions 4 and 4a.
bool StartsName(std::uint32_t c) {
    if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
    return (c >= 0xC0 && c <= 0x2FF && c != 0xD7 && c != 0xF7) || (c >= 0x370 && c <= 0x1FFF && c != 0x37E) ||
           c == 0x200C || c == 0x200D || (c >= 0x2070 && c <= 0x218F) || (c >= 0x2C00 && c <= 0x2FEF) ||
           (c >= 0x3001 && c <= 0xD7FF) || (c >= 0xF900 && c <= 0xFDCF) || (c >= 0xFDF0 && c <= 0xFFFD) ||
           (c >= 0x10000 && c <= 0xEFFFF);
}

bool ContinuesName(std::uint32_t c) {
    return StartsName(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == 0xB7 || (c >= 0x300 && c <= 0x36F) ||
           c == 0x203F || c == 0x2040;
}

std::size_t LengthOf(char lead) {
    const auto byte = static_cast<unsigned char>(lead);
    return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

// Of well-formed UTF-8.
std::uint32_t CodePointAt(std::string_view text, std::size_t at) {
    const std::size_t length = LengthOf(text[at]);
    std::uint32_t point = static_cast<unsigned char>(text[at]);
    if (length > 1) point &= 0x7Fu >> length;
    for (std::size_t i = 1; i < length; ++i) point = point << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3Fu);
    return point;
}

// Each step reads on from at_ and returns false, with error_ written, if the text is not XML there.
class Checker {
public:
    explicit Checker(std::string_view text) : text_(text) {}

    base::Status Run() {
        if (Document()) return {};
        return base::MakeError(base::Code::kUnprocessable, std::move(error_));
    }

private:
    bool Document() {
        if (!base::IsUtf8(text_)) return Fail(0, "the text is not UTF-8");
        if (const std::size_t bad = FindForbiddenInXml(text_); bad != std::string_view::npos) {
            return Fail(bad, "a character that XML 1.0 forbids");
        }
        Take("\xEF\xBB\xBF");
        if (At("<?xml") && at_ + 5 < text_.size() && IsSpace(text_[at_ + 5]) && !Past("?>", "an XML declaration")) {
            return false;
        }
        while (at_ < text_.size()) {
            if (text_[at_] == '<' ? !Markup() : !Characters()) return false;
        }
        if (!open_.empty())
            return Fail(at_, "ends where the end tag of " + model::Quote(open_.back()) + " was expected");
        return seen_root_ || Fail(at_, "there is no element");
    }

    bool Markup() {
        if (Take("<!--")) return Comment();
        if (Take("<![CDATA[")) {
            if (open_.empty()) return Fail(at_, "CDATA outside of an element");
            return Past("]]>", "a CDATA section");
        }
        if (At("<!")) return Fail(at_, "a document type is not allowed");
        if (Take("<?")) return Instruction();
        if (Take("</")) return EndTag();
        ++at_;
        return StartTag();
    }

    bool Comment() {
        const std::size_t dashes = text_.find("--", at_);
        if (dashes == std::string_view::npos) return Fail(at_, "a comment does not end");
        at_ = dashes + 2;
        return Take(">") || Fail(dashes, "'--' inside of a comment");
    }

    bool Instruction() {
        std::string_view target;
        const std::size_t start = at_;
        if (!Name(target)) return false;
        if (base::EqualsIgnoreCase(target, "xml")) return Fail(start, "an XML declaration that is not at the start");
        if (Take("?>")) return true;
        if (at_ < text_.size() && !IsSpace(text_[at_])) return Expected("white space or '?>'");
        return Past("?>", "a processing instruction");
    }

    bool StartTag() {
        const std::size_t start = at_;
        std::string_view name;
        if (!Name(name)) return false;
        if (open_.empty() && seen_root_) return Fail(start, "a second element at the top");
        seen_root_ = true;
        if (!Attributes()) return false;
        if (Take("/>")) return true;
        if (!Take(">")) return Expected("'>' or '/>'");
        if (open_.size() == kMaxDepth)
            return Fail(start, "nested deeper than " + std::to_string(kMaxDepth) + " levels");
        open_.push_back(name);
        return true;
    }

    bool EndTag() {
        const std::size_t start = at_;
        std::string_view name;
        if (!Name(name)) return false;
        if (open_.empty()) return Fail(start, "the end tag of " + model::Quote(name) + " closes nothing");
        if (open_.back() != name) {
            return Fail(start, "the end tag of " + model::Quote(name) + " stands where that of " +
                                   model::Quote(open_.back()) + " was expected");
        }
        open_.pop_back();
        SkipSpace();
        return Take(">") || Expected("'>'");
    }

    bool Attributes() {
        std::vector<std::string_view> names;
        const std::size_t start = at_;
        for (;;) {
            const bool spaced = SkipSpace();
            if (at_ == text_.size() || text_[at_] == '>' || text_[at_] == '/') break;
            if (!spaced) return Expected("white space before an attribute");
            if (!Attribute(names.emplace_back())) return false;
        }
        std::sort(names.begin(), names.end());
        const auto twice = std::adjacent_find(names.begin(), names.end());
        return twice == names.end() || Fail(start, "the attribute " + model::Quote(*twice) + " stands there twice");
    }

    bool Attribute(std::string_view& name) {
        if (!Name(name)) return false;
        SkipSpace();
        if (!Take("=")) return Expected("'='");
        SkipSpace();
        if (at_ == text_.size() || (text_[at_] != '"' && text_[at_] != '\'')) return Expected("a value in quotes");
        const char quote = text_[at_++];
        while (at_ < text_.size() && text_[at_] != quote) {
            if (text_[at_] == '<') return Fail(at_, "'<' inside of an attribute");
            if (text_[at_] != '&') {
                ++at_;
            } else if (!Reference()) {
                return false;
            }
        }
        if (at_ == text_.size()) return Fail(at_, "ends inside of an attribute");
        ++at_;
        return true;
    }

    bool Characters() {
        const char c = text_[at_];
        if (open_.empty() && !IsSpace(c)) return Fail(at_, "text outside of an element");
        if (c == '&') return Reference();
        if (At("]]>")) return Fail(at_, "']]>' outside of a CDATA section");
        ++at_;
        return true;
    }

    // No entity name and no number of a character is longer than this.
    bool Reference() {
        constexpr std::size_t kLongest = 10;
        const std::size_t start = at_++;
        const std::size_t end = text_.substr(at_, kLongest + 1).find(';');
        if (end == std::string_view::npos) return Fail(start, "'&' that starts no entity; write &amp;");
        const std::string_view name = text_.substr(at_, end);
        at_ += end + 1;
        const bool known = name == "amp" || name == "lt" || name == "gt" || name == "quot" || name == "apos";
        if (known || IsCharacterNumber(name)) return true;
        return Fail(start, "unknown entity " + model::Quote(name));
    }

    static bool IsCharacterNumber(std::string_view name) {
        if (!name.starts_with('#')) return false;
        const bool hex = name.starts_with("#x");
        name.remove_prefix(hex ? 2 : 1);
        std::uint32_t point = 0;
        for (const char c : name) {
            const std::size_t digit = std::string_view("0123456789abcdef").find(static_cast<char>(c | 0x20));
            if (digit >= (hex ? 16u : 10u)) return false;
            point = std::min<std::uint32_t>(point * (hex ? 16 : 10) + static_cast<std::uint32_t>(digit), 0x110000);
        }
        return !name.empty() && IsCharacter(point);
    }

    bool Name(std::string_view& name) {
        const std::size_t start = at_;
        while (at_ < text_.size()) {
            const std::uint32_t point = CodePointAt(text_, at_);
            if (at_ == start ? !StartsName(point) : !ContinuesName(point)) break;
            at_ += LengthOf(text_[at_]);
        }
        if (at_ == start) return Expected("a name");
        name = text_.substr(start, at_ - start);
        return true;
    }

    bool At(std::string_view what) const { return text_.substr(at_).starts_with(what); }
    bool Take(std::string_view what) {
        if (!At(what)) return false;
        at_ += what.size();
        return true;
    }
    bool Past(std::string_view end, std::string_view what) {
        const std::size_t found = text_.find(end, at_);
        if (found == std::string_view::npos) return Fail(at_, std::string(what) + " does not end");
        at_ = found + end.size();
        return true;
    }
    bool SkipSpace() {
        const std::size_t start = at_;
        while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
        return at_ != start;
    }

    bool Expected(std::string_view what) {
        if (at_ == text_.size()) return Fail(at_, "ends where " + std::string(what) + " was expected");
        return Fail(at_, "expected " + std::string(what) + ", found " + model::Quote(text_.substr(at_, 1)));
    }
    bool Fail(std::size_t at, std::string message) {
        error_ = "byte " + std::to_string(at) + ": " + std::move(message);
        return false;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<std::string_view> open_;
    bool seen_root_ = false;
    std::string error_;
};

}  // namespace

base::Status CheckXml(std::string_view text) { return Checker(text).Run(); }

std::size_t FindForbiddenInXml(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); at += LengthOf(text[at])) {
        if (!IsCharacter(CodePointAt(text, at))) return at;
    }
    return std::string_view::npos;
}

}  // namespace fanfare::shape
