#include "shape/filter.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.hpp"
#include "json/reader.hpp"
#include "model/quote.hpp"
#include "shape/escape.hpp"

namespace fanfare::shape {
namespace {

// More in one tag is a mistake, and each is a pass over the value.
constexpr std::size_t kMostFilters = 16;

enum class Takes { kNothing, kScalar, kText, kCount };

struct Known {
    std::string_view name;
    FilterKind kind;
    Takes takes;
};

constexpr std::array<Known, 9> kKnown = {{{"json", FilterKind::kJson, Takes::kNothing},
                                          {"string", FilterKind::kString, Takes::kNothing},
                                          {"default", FilterKind::kDefault, Takes::kScalar},
                                          {"upper", FilterKind::kUpper, Takes::kNothing},
                                          {"lower", FilterKind::kLower, Takes::kNothing},
                                          {"truncate", FilterKind::kTruncate, Takes::kCount},
                                          {"urlencode", FilterKind::kUrlEncode, Takes::kNothing},
                                          {"base64", FilterKind::kBase64, Takes::kNothing},
                                          {"join", FilterKind::kJoin, Takes::kText}}};

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    std::variant<std::vector<Filter>, FilterFault> Run() {
        for (SkipSpace(); at_ < text_.size(); SkipSpace()) {
            if (!One()) return std::move(fault_);
        }
        return std::move(filters_);
    }

private:
    bool One() {
        if (text_[at_] != '|') return Fail(at_, "expected '|' and a filter behind the name", "");
        ++at_;
        SkipSpace();
        const std::size_t start = at_;
        const std::string_view name = Word();
        const auto* const known =
            std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& filter) { return filter.name == name; });
        if (known == kKnown.end()) return Unknown(start, name);
        if (filters_.size() == kMostFilters) {
            return Fail(start, "more than " + std::to_string(kMostFilters) + " filters in one tag", "");
        }
        filters_.push_back({known->kind, {}, json::Kind::kString, 0});
        SkipSpace();
        return Argument(*known, filters_.back());
    }

    bool Unknown(std::size_t start, std::string_view name) {
        if (name.empty()) return Fail(start, "a filter is missing behind '|'", "");
        std::vector<std::string_view> names;
        for (const Known& filter : kKnown) names.push_back(filter.name);
        const std::string_view meant = base::DidYouMean(name, names);
        std::string hint = meant.empty() ? "filters are" : "did you mean '" + std::string(meant) + "'?";
        for (std::size_t i = 0; meant.empty() && i < names.size(); ++i) hint += " " + std::string(names[i]);
        return Fail(start, "there is no filter " + model::Quote(name), std::move(hint));
    }

    bool Argument(const Known& known, Filter& filter) {
        const std::size_t start = at_;
        const std::string_view word = at_ < text_.size() && text_[at_] == '"' ? Quoted() : Word();
        if (known.takes == Takes::kNothing) {
            if (word.empty()) return true;
            return Fail(start, std::string(known.name) + " takes no argument", "");
        }
        const auto raw = json::Scan(word);
        if (!raw || raw->kind == json::Kind::kObject || raw->kind == json::Kind::kArray) return Bad(known, start, word);
        filter.text = raw->text;
        filter.text_kind = raw->kind;
        if (known.takes == Takes::kScalar) return true;
        if (known.takes == Takes::kCount) {
            const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), filter.count);
            const bool whole = error == std::errc() && end == word.data() + word.size();
            return whole || Bad(known, start, word);
        }
        if (raw->kind != json::Kind::kString) return Bad(known, start, word);
        filter.text = json::Unescape(*raw);
        return true;
    }

    bool Bad(const Known& known, std::size_t start, std::string_view word) {
        const std::string found = word.empty() ? "nothing" : model::Quote(word);
        const std::string name(known.name);
        switch (known.takes) {
            case Takes::kNothing:
                break;
            case Takes::kScalar:
                return Fail(start, name + " needs a value, found " + found,
                            "write " + name + " \"text\", or a number, true, false or null");
            case Takes::kText:
                return Fail(start, name + " needs a text, found " + found, "write " + name + " \", \"");
            case Takes::kCount:
                return Fail(start, name + " needs a number of characters, found " + found, "write " + name + " 20");
        }
        return false;
    }

    std::string_view Word() {
        const std::size_t start = at_;
        while (at_ < text_.size() && !IsSpace(text_[at_]) && text_[at_] != '|') ++at_;
        return text_.substr(start, at_ - start);
    }

    // With its quotes; to the end if the second is missing, which is not JSON then.
    std::string_view Quoted() {
        const std::size_t start = at_++;
        while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
        at_ = std::min(at_ + 1, text_.size());
        return text_.substr(start, at_ - start);
    }

    void SkipSpace() {
        while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
    }

    bool Fail(std::size_t at, std::string message, std::string hint) {
        fault_ = {at, std::move(message), std::move(hint)};
        return false;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<Filter> filters_;
    FilterFault fault_;
};

// ASCII only: the case of other letters depends on the language.
std::string Upper(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
    return out;
}

// The first `count` code points.
std::string Truncate(std::string_view text, std::size_t count) {
    std::size_t at = 0;
    for (; at < text.size(); ++at) {
        const bool starts = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
        if (starts && count-- == 0) break;
    }
    return std::string(text.substr(0, at));
}

std::string UrlEncode(std::string_view text) {
    std::string out;
    AppendUrl(out, text);
    return out;
}

// What is no list is a list of itself.
std::string Join(const Value& value, std::string_view between) {
    std::string out;
    if (value.kind != json::Kind::kArray) {
        AppendText(out, value);
        return out;
    }
    json::Reader reader(value.text);
    reader.Enter();
    for (bool first = true; reader.NextElement() && out.size() <= kMaxOutput; first = false) {
        if (!first) out += between;
        AppendText(out, OfJson(reader.Take()));
    }
    return out;
}

std::string AsText(const Value& value) {
    std::string out;
    AppendText(out, value);
    return out;
}

std::string Make(const Filter& filter, const Value& value) {
    switch (filter.kind) {
        case FilterKind::kUpper:
            return Upper(AsText(value));
        case FilterKind::kLower:
            return base::ToLower(AsText(value));
        case FilterKind::kTruncate:
            return Truncate(AsText(value), filter.count);
        case FilterKind::kUrlEncode:
            return UrlEncode(AsText(value));
        case FilterKind::kBase64:
            return base::EncodeBase64(AsText(value));
        case FilterKind::kJoin:
            return Join(value, filter.text);
        case FilterKind::kString:
        case FilterKind::kJson:
        case FilterKind::kDefault:
            break;
    }
    return AsText(value);
}

}  // namespace

std::variant<std::vector<Filter>, FilterFault> ParseFilters(std::string_view text) { return Parser(text).Run(); }

// What is missing stays so until a default.
base::Status Filtered::Apply(const Filter& filter, Work& work) {
    if (filter.kind == FilterKind::kDefault) {
        if (!value_ || value_->kind == json::Kind::kNull) value_ = Value{filter.text_kind, filter.text, false, false};
        return {};
    }
    if (!value_) return {};
    work.Charge(value_->text.size());
    if (filter.kind == FilterKind::kJson && !value_->plain) {
        value_->as_json = true;
        return {};
    }
    std::string made;
    if (filter.kind != FilterKind::kJson) {
        made = Make(filter, *value_);
    } else if (base::IsUtf8(value_->text)) {
        AppendJson(made, *value_);
    } else {
        return base::MakeError(base::Code::kUnprocessable, "is not UTF-8, so it has no JSON");
    }
    work.Charge(made.size());
    if (made.size() > kMaxOutput) {
        return base::MakeError(base::Code::kUnprocessable, "grows beyond 4 MiB in its filters");
    }
    made_ = std::move(made);
    const bool json = filter.kind == FilterKind::kJson;
    value_ = Value{json::Kind::kString, made_, !json, json};
    return {};
}

}  // namespace fanfare::shape
