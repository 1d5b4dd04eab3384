#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "model/quote.hpp"
#include "shape/program.hpp"

namespace fanfare::shape {
namespace {

using model::Quote;

// Of open sections, and of parts of a name. What more is, is a mistake; rendering recurses to this depth.
constexpr std::size_t kMaxDepth = 32;

bool IsBlank(char c) { return c == ' ' || c == '\t'; }
bool IsSpace(char c) { return IsBlank(c) || c == '\n' || c == '\r'; }

std::string_view TrimSpace(std::string_view text) {
    while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
    while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
    return text;
}

// Whether the text of a JSON template stands inside of a string literal.
struct JsonPlace {
    bool in_string = false;
    bool escaped = false;

    void Feed(std::string_view text) {
        for (const char c : text) {
            if (escaped) {
                escaped = false;
            } else if (c == '"') {
                in_string = !in_string;
            } else {
                escaped = in_string && c == '\\';
            }
        }
    }
};

class Parser {
public:
    Parser(Program& program, std::string part, NameTree& names, std::vector<Fault>& faults)
        : program_(program), source_(program.source), part_(std::move(part)), names_(names), faults_(faults) {}

    void Run() {
        while (at_ < source_.size() && Next()) {
        }
        for (const Open& open : open_) {
            Report(open.at, "the section " + Quote(open.name) + " is never closed",
                   "write {{/" + std::string(open.name) + "}} at its end");
        }
    }

private:
    struct Open {
        std::size_t node;
        std::size_t at;
        std::string_view name;
        bool inverted;
        JsonPlace place;
    };

    // The text up to the next tag, and the tag; false where nothing can be read on.
    bool Next() {
        const std::size_t start = at_;
        tag_ = source_.find(left_, start);
        if (tag_ == std::string_view::npos) {
            Text(start, source_.size());
            at_ = source_.size();
            return true;
        }
        const std::size_t inside = tag_ + left_.size();
        const char sigil = inside < source_.size() ? source_[inside] : '\0';
        const bool has_sigil = std::string_view("#^/!=&{>").find(sigil) != std::string_view::npos && sigil != '\0';
        const std::string close = sigil == '{' ? "}" + right_ : sigil == '=' ? "=" + right_ : right_;
        const std::size_t content = inside + (has_sigil ? 1 : 0);
        const std::size_t end = source_.find(close, content);
        if (end == std::string_view::npos) {
            Report(tag_, "this tag is never closed", "write " + close + " at its end");
            return false;
        }
        at_ = end + close.size();
        const bool standalone = std::string_view("#^/!=").find(sigil) != std::string_view::npos && sigil != '\0';
        Text(start, standalone ? StripLine(start) : tag_);
        Tag(has_sigil ? sigil : '\0', source_.substr(content, end - content));
        return true;
    }

    // If the tag has its line for itself, the line goes: reads on behind it, and returns where it starts.
    std::size_t StripLine(std::size_t start) {
        std::size_t line = tag_;
        while (line > start && IsBlank(source_[line - 1])) --line;
        if (line > 0 && source_[line - 1] != '\n') return tag_;
        std::size_t behind = at_;
        while (behind < source_.size() && IsBlank(source_[behind])) ++behind;
        if (source_.substr(behind).starts_with("\r\n")) {
            at_ = behind + 2;
        } else if (behind == source_.size() || source_[behind] == '\n') {
            at_ = std::min(behind + 1, source_.size());
        } else {
            return tag_;
        }
        return line;
    }

    void Text(std::size_t begin, std::size_t end) {
        if (begin == end) return;
        Node& node = program_.nodes.emplace_back();
        node.begin = static_cast<std::uint32_t>(begin);
        node.end = static_cast<std::uint32_t>(end);
        place_.Feed(source_.substr(begin, end - begin));
    }

    void Tag(char sigil, std::string_view content) {
        switch (sigil) {
            case '!':
                return;
            case '=':
                return SetDelimiters(content);
            case '#':
            case '^':
                return Section(sigil == '^', content);
            case '/':
                return Close(TrimSpace(content));
            case '>':
                return Report(tag_, "fanfare has no partials", "write the text of the partial here");
            case '&':
            case '{':
                return Value(content, true);
        }
        Value(content, false);
    }

    void SetDelimiters(std::string_view content) {
        content = TrimSpace(content);
        const std::size_t gap = content.find_first_of(" \t\r\n");
        const std::string_view left = content.substr(0, gap);
        const std::string_view right = gap == std::string_view::npos ? "" : TrimSpace(content.substr(gap));
        const bool legal = !left.empty() && !right.empty() &&
                           right.find_first_of(" \t\r\n=") == std::string_view::npos &&
                           left.find('=') == std::string_view::npos;
        if (!legal) {
            return Report(tag_, "delimiters are two words without '='", "write {{=<% %>=}}");
        }
        left_ = left;
        right_ = right;
    }

    void Section(bool inverted, std::string_view content) {
        if (content.find('|') != std::string_view::npos) {
            return Report(tag_, "a section takes no filters", "use the filter inside of the section");
        }
        const std::string_view name = TrimSpace(content);
        CheckPlace();
        if (open_.size() == kMaxDepth) {
            return Report(tag_, "more than " + std::to_string(kMaxDepth) + " sections inside of each other", "");
        }
        open_.push_back({program_.nodes.size(), tag_, name, inverted, place_});
        Node& node = program_.nodes.emplace_back();
        node.kind = inverted ? Node::Kind::kInverted : Node::Kind::kSection;
        Name(node, name);  // does not stand inside of itself
        sections_ += inverted ? 0 : 1;
    }

    void Close(std::string_view name) {
        if (open_.empty()) return Report(tag_, "nothing is open that " + Quote(name) + " could close", "");
        const Open open = open_.back();
        if (open.name != name) {
            Report(tag_, "closes " + Quote(name) + ", but " + Quote(open.name) + " is open",
                   "write {{/" + std::string(open.name) + "}}");
        }
        if (program_.format == Format::kJson && (open.place.in_string != place_.in_string || place_.escaped)) {
            Report(tag_, "a JSON string starts or ends inside of the section, so it is open or not by chance",
                   "put both of its quotes into the section, or none");
        }
        open_.pop_back();
        sections_ -= open.inverted ? 0 : 1;
        program_.nodes[open.node].behind = static_cast<std::uint32_t>(program_.nodes.size());
    }

    void Value(std::string_view content, bool raw) {
        CheckPlace();
        if (raw && program_.format == Format::kUrl) {
            Report(tag_, "a value in a URL is always encoded", "write {{" + std::string(TrimSpace(content)) + "}}");
        }
        const std::string_view whole = TrimSpace(content);
        const std::size_t length = std::min(whole.find_first_of(" \t\r\n|"), whole.size());
        Node node;
        node.kind = Node::Kind::kValue;
        node.escape = raw ? Escape::kNone : EscapeHere();
        Name(node, whole.substr(0, length));
        Filters(node, whole.substr(length));
        program_.nodes.push_back(std::move(node));
    }

    void Filters(Node& node, std::string_view text) {
        auto parsed = ParseFilters(text);
        if (const auto* const fault = std::get_if<FilterFault>(&parsed)) {
            return Report(OffsetOf(text) + fault->at, fault->message, fault->hint);
        }
        node.filters = std::get<std::vector<Filter>>(std::move(parsed));
        const bool encodes = std::any_of(node.filters.begin(), node.filters.end(),
                                         [](const Filter& filter) { return filter.kind == FilterKind::kUrlEncode; });
        if (encodes && program_.format == Format::kUrl) {
            Report(tag_, "a value in a URL is encoded anyway, and would be twice", "remove the filter urlencode");
        }
    }

    Escape EscapeHere() const {
        switch (program_.format) {
            case Format::kText:
                return Escape::kNone;
            case Format::kJson:
                return place_.in_string ? Escape::kJsonString : Escape::kJsonValue;
            case Format::kXml:
                return Escape::kXml;
            case Format::kHtml:
                return Escape::kHtml;
            case Format::kUrl:
                return Escape::kUrl;
        }
        return Escape::kNone;
    }

    void CheckPlace() {
        if (program_.format != Format::kJson || !place_.escaped) return;
        Report(tag_, "a tag stands behind a backslash in a JSON string",
               "write \\\\ for a backslash that is to be sent");
        place_.escaped = false;
    }

    void Name(Node& node, std::string_view name) {
        if (name.empty()) return Report(tag_, "an empty tag", "write the name of a value, such as {{type}}");
        node.begin = static_cast<std::uint32_t>(OffsetOf(name));
        node.end = static_cast<std::uint32_t>(node.begin + name.size());
        if (name == ".") {
            if (sections_ == 0) Report(tag_, "'.' is the value of a section, and none is open here", "write {{data}}");
            return;
        }
        const auto parts = Split(name);
        if (parts.empty()) return;
        if (sections_ == 0) CheckFirst(name, parts);
        node.name = names_.Add(parts);
    }

    // Empty if it is not a name.
    std::vector<std::string_view> Split(std::string_view name) {
        std::vector<std::string_view> parts;
        const bool plain = std::none_of(name.begin(), name.end(), [](char c) {
            return IsSpace(c) || c == '"' || static_cast<unsigned char>(c) < 0x20;
        });
        for (std::size_t start = 0; plain && start <= name.size();) {
            const std::size_t end = std::min(name.find('.', start), name.size());
            parts.push_back(name.substr(start, end - start));
            start = end + 1;
        }
        const bool empty = std::any_of(parts.begin(), parts.end(), [](std::string_view part) { return part.empty(); });
        if (!plain || empty) {
            Report(tag_, Quote(name) + " is not a name", "write names as in data.tags.0.name");
            return {};
        }
        if (parts.size() > kMaxDepth) {
            Report(tag_, "a name of more than " + std::to_string(kMaxDepth) + " parts", "");
            return {};
        }
        return parts;
    }

    // Where a section is open the name may be one of its value, which nobody knows before.
    void CheckFirst(std::string_view name, const std::vector<std::string_view>& parts) {
        const std::string_view first = parts.front();
        if (IsEventName(first) && (parts.size() == 1 || HasMembers(first))) return;
        const std::string_view meant = IsEventName(first) ? "" : base::DidYouMean(first, EventNames());
        const bool fits = !meant.empty() && (parts.size() == 1 || HasMembers(meant));
        const std::string rest(name.substr(first.size()));
        Report(tag_, Quote(name) + " is not a name that an event can have",
               fits ? "did you mean " + std::string(meant) + rest + "?" : "write data." + std::string(name));
    }

    std::size_t OffsetOf(std::string_view piece) const {
        return static_cast<std::size_t>(piece.data() - source_.data());
    }

    void Report(std::size_t at, std::string message, std::string hint) {
        const Position position = Locate(source_, at);
        faults_.push_back({part_, position.line, position.column, std::move(message), std::move(hint)});
    }

    Program& program_;
    std::string_view source_;
    std::string part_;
    NameTree& names_;
    std::vector<Fault>& faults_;
    std::string left_ = "{{";
    std::string right_ = "}}";
    std::size_t at_ = 0;
    std::size_t tag_ = 0;  // where the tag that is read starts
    std::vector<Open> open_;
    std::size_t sections_ = 0;  // open ones that are not inverted
    JsonPlace place_;
};

}  // namespace

bool Program::IsConstant() const {
    return std::all_of(nodes.begin(), nodes.end(), [](const Node& node) { return node.kind == Node::Kind::kText; });
}

Program Parse(std::string source, Format format, std::string part, NameTree& names, std::vector<Fault>& faults) {
    Program program;
    program.source = std::move(source);
    program.format = format;
    Parser(program, std::move(part), names, faults).Run();
    return program;
}

Position Locate(std::string_view source, std::size_t offset) {
    Position position;
    for (const char c : source.substr(0, offset)) {
        if (c == '\n') {
            ++position.line;
            position.column = 1;
        } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
            ++position.column;
        }
    }
    return position;
}

}  // namespace fanfare::shape
