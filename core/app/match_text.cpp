#include "app/match_text.hpp"

namespace fanfare::app {
namespace {

constexpr std::size_t kMaxLine = 72;
constexpr std::size_t kMaxLines = 6;

std::string Join(const std::vector<std::string>& parts, std::string_view between) {
    std::string out;
    for (const std::string& part : parts) {
        if (!out.empty()) out += between;
        out += part;
    }
    return out;
}

// A value, or an operator: {"prefix": "a"} is `prefix "a"`.
std::string Wanted(const json::Value& pattern) {
    if (!pattern.is_object() || pattern.size() != 1) return json::Dump(pattern);
    return pattern.begin().key() + " " + Wanted(pattern.begin().value());
}

std::string AnyOf(const json::Value& values) {
    if (!values.is_array()) return Wanted(values);
    std::vector<std::string> wanted;
    for (const json::Value& value : values) wanted.push_back(Wanted(value));
    return Join(wanted, " | ");
}

std::vector<std::string> Clauses(const json::Value& match, const std::string& path);

std::string Alternatives(const json::Value& branches, const std::string& path) {
    std::vector<std::string> texts;
    for (const json::Value& branch : branches) texts.push_back("(" + Join(Clauses(branch, path), " and ") + ")");
    return "any of " + Join(texts, " or ");
}

std::vector<std::string> Clauses(const json::Value& match, const std::string& path) {
    std::vector<std::string> clauses;
    for (const auto& [name, below] : match.items()) {
        const std::string here = path.empty() ? name : path + "." + name;
        if (name == "$or" && below.is_array()) {
            clauses.push_back(Alternatives(below, path));
        } else if (below.is_object()) {
            for (std::string& clause : Clauses(below, here)) clauses.push_back(std::move(clause));
        } else {
            clauses.push_back(here + ": " + AnyOf(below));
        }
    }
    return clauses;
}

}  // namespace

std::string ShortText(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool starts_character = (byte & 0xC0) != 0x80;
        if (out.size() >= kMaxLine && starts_character) return out + "...";
        out += byte < 0x20 || byte == 0x7F ? '?' : c;
    }
    return out;
}

std::vector<std::string> MatchLines(const json::Value& match) {
    if (!match.is_object()) return {};
    std::vector<std::string> lines;
    const std::vector<std::string> clauses = Clauses(match, "");
    for (const std::string& clause : clauses) {
        if (lines.size() == kMaxLines) {
            lines.push_back("and " + std::to_string(clauses.size() - kMaxLines) + " more fields");
            break;
        }
        lines.push_back(ShortText(clause));
    }
    return lines;
}

}  // namespace fanfare::app
