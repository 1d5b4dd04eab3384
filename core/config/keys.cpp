#include "config/keys.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <sstream>
#include <tuple>

#include "base/text.hpp"
#include "config/file.hpp"
#include "config/quantity.hpp"

namespace fanfare::config {
namespace {

std::string Join(const std::vector<std::string_view>& words) {
    std::string out;
    for (const std::string_view word : words) {
        if (!out.empty()) out += ", ";
        out += word;
    }
    return out;
}

std::string WrongType(std::string_view key, std::string_view wanted, const toml::node& node) {
    return Quoted(key) + " must be " + std::string(wanted) + ", not " + std::string(KindOf(node));
}

std::string Between(std::string_view key, const std::string& min, const std::string& max) {
    return Quoted(key) + " must be between " + min + " and " + max;
}

std::string FormatNumber(double number) {
    std::ostringstream out;
    out << number;
    return out.str();
}

// A number in quotes is the usual slip.
std::string UnquoteHint(std::string_view key, const toml::node& node) {
    const auto text = node.value<std::string_view>();
    if (!text || text->empty() || text->find_first_not_of("0123456789") != std::string_view::npos) return {};
    return "write it without quotes: " + std::string(key) + " = " + std::string(*text);
}

std::string UnitHint(std::string_view key, const toml::node& node) {
    const auto number = node.value_exact<std::int64_t>();
    if (!number)
        return "write a number and its unit in quotes, as in \"500ms\", \"30s\", \"5m\", \"2h\", \"3d\" or \"1h30m\"";
    const std::string digits = std::to_string(std::abs(*number));
    return "write the unit: " + std::string(key) + " = \"" + digits + "s\" for seconds; also ms, m, h, d";
}

}  // namespace

std::string AbsolutePath(const Document& document, const std::string& path) {
    std::error_code fault;
    const std::filesystem::path base = std::filesystem::absolute(document.file, fault).parent_path();
    return (base / path).lexically_normal().string();
}

std::string_view KindOf(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::none:
            return "nothing";
        case toml::node_type::table:
            return "a table";
        case toml::node_type::array:
            return "a list";
        case toml::node_type::string:
            return "a string";
        case toml::node_type::integer:
            return "an integer";
        case toml::node_type::floating_point:
            return "a number with a fraction";
        case toml::node_type::boolean:
            return "a boolean";
        case toml::node_type::date:
            return "a date";
        case toml::node_type::time:
            return "a time";
        case toml::node_type::date_time:
            return "a date and time";
    }
    return "nothing";
}

std::string Quoted(std::string_view name) { return "'" + std::string(name) + "'"; }

std::string DidYouMeanHint(std::string_view word, const std::vector<std::string_view>& candidates) {
    const std::string_view meant = base::DidYouMean(word, candidates);
    return meant.empty() ? std::string() : "did you mean " + Quoted(meant) + "?";
}

std::vector<Member> Members(const toml::table& table, const Document& document) {
    std::vector<Member> members;
    for (auto&& [key, value] : table) members.push_back({key.str(), document.PositionOf(key), &value});
    std::stable_sort(members.begin(), members.end(), [](const Member& a, const Member& b) {
        return std::tie(a.where.line, a.where.column) < std::tie(b.where.line, b.where.column);
    });
    return members;
}

const toml::node* Keys::Find(std::string_view key) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);
    return table_.get(key);
}

Position Keys::PositionOf(std::string_view key) const {
    const auto found = table_.find(key);
    return found == table_.end() ? scope_.document.PositionOf(table_) : scope_.document.PositionOf(found->first);
}

const toml::table* Keys::FindTable(std::string_view key) {
    const toml::node* node = Find(key);
    if (!node) return nullptr;
    if (!node->is_table()) scope_.Error(*node, WrongType(key, "a table", *node));
    return node->as_table();
}

bool Keys::String(std::string_view key, std::string& out) {
    const toml::node* node = Find(key);
    return node && ReadString(scope_, *node, key, out);
}

bool Keys::Boolean(std::string_view key, bool& out) {
    const toml::node* node = Find(key);
    if (!node) return false;
    const auto value = node->value_exact<bool>();
    if (!value) scope_.Error(*node, WrongType(key, "true or false", *node));
    return value && (out = *value, true);
}

bool Keys::Number(std::string_view key, double min, double max, double& out) {
    const toml::node* node = Find(key);
    if (!node) return false;
    if (!node->is_number()) {
        scope_.Error(*node, WrongType(key, "a number", *node), UnquoteHint(key, *node));
        return false;
    }
    const double value = node->value<double>().value_or(std::nan(""));
    if (!(value >= min && value <= max)) {
        scope_.Error(*node, Between(key, FormatNumber(min), FormatNumber(max)));
        return false;
    }
    out = value;
    return true;
}

bool Keys::Duration(std::string_view key, base::Duration min, base::Duration max, base::Duration& out) {
    const toml::node* node = Find(key);
    return node && ReadDuration(scope_, *node, key, min, max, out);
}

bool Keys::Rate(std::string_view key, model::Rate& out) {
    std::string text;
    if (!String(key, text)) return false;
    const auto rate = ParseRate(text);
    if (!rate) {
        scope_.Error(*table_.get(key), Quoted(key) + " is not a rate",
                     "write events and the time for them, as in \"100/s\", \"600/m\" or \"5000/h\"");
        return false;
    }
    out = *rate;
    return true;
}

std::optional<std::int64_t> Keys::ReadInteger(std::string_view key, std::int64_t min, std::int64_t max) {
    const toml::node* node = Find(key);
    if (!node) return std::nullopt;
    const auto value = node->value_exact<std::int64_t>();
    if (!value) {
        scope_.Error(*node, WrongType(key, "an integer", *node), UnquoteHint(key, *node));
    } else if (*value < min || *value > max) {
        scope_.Error(*node, Between(key, std::to_string(min), std::to_string(max)));
        return std::nullopt;
    }
    return value;
}

std::optional<std::int64_t> Keys::ReadSize(std::string_view key, std::int64_t min, std::int64_t max) {
    const toml::node* node = Find(key);
    if (!node) return std::nullopt;
    auto bytes = node->value_exact<std::int64_t>();
    const auto text = node->value_exact<std::string_view>();
    constexpr std::string_view kHow =
        "write bytes as an integer, or a number and its unit: \"64KiB\", \"8MiB\", \"1GiB\"";
    if (!bytes && !text) {
        scope_.Error(*node, WrongType(key, "a size", *node), std::string(kHow));
        return std::nullopt;
    }
    if (text) {
        const auto parsed = ParseSize(*text);
        if (!parsed) {
            scope_.Error(*node, Quoted(key) + " is not a size", std::string(kHow));
            return std::nullopt;
        }
        bytes = static_cast<std::int64_t>(*parsed);
    }
    if (*bytes < min || *bytes > max) {
        scope_.Error(*node, Between(key, FormatSize(static_cast<std::uint64_t>(min)),
                                    FormatSize(static_cast<std::uint64_t>(max))));
        return std::nullopt;
    }
    return bytes;
}

bool Keys::File(std::string_view key, std::size_t max_bytes, std::string& out) {
    std::string name;
    if (!String(key, name)) return false;
    const std::string path = AbsolutePath(scope_.document, name);
    auto text = ReadFile(path, max_bytes);
    if (text) {
        out = *std::move(text);
        return true;
    }
    scope_.Error(*Find(key), Quoted(key) + ": cannot read " + path + ": " + text.error().message,
                 "its name is relative to the directory of this file");
    return false;
}

std::optional<std::size_t> Keys::Choice(std::string_view key, const std::vector<std::string_view>& words) {
    std::string text;
    if (!String(key, text)) return std::nullopt;
    const auto found = std::find(words.begin(), words.end(), text);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    scope_.Error(*table_.get(key), Quoted(key) + " must be one of: " + Join(words), DidYouMeanHint(text, words));
    return std::nullopt;
}

std::vector<const toml::node*> Keys::StringOrList(std::string_view key) {
    const toml::node* node = Find(key);
    if (!node) return {};
    if (node->is_string()) return {node};
    const toml::array* list = node->as_array();
    if (!list) {
        scope_.Error(*node, WrongType(key, "a string or a list of strings", *node));
        return {};
    }
    std::vector<const toml::node*> elements;
    for (const toml::node& element : *list) elements.push_back(&element);
    return elements;
}

void Keys::Refuse(std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) {
        if (!table_.get(key)) continue;
        refused_.insert(key);
        scope_.report.Error(PositionOf(key), Quoted(key) + " of " + title_ + " is not offered by this version",
                            "take it out");
    }
}

void Keys::RefuseUnknown() const {
    for (const Member& member : Members(table_, scope_.document)) {
        const bool known = std::find(known_.begin(), known_.end(), member.name) != known_.end();
        if (known || refused_.contains(member.name)) continue;
        std::string hint = DidYouMeanHint(member.name, known_);
        if (hint.empty()) hint = title_ + " takes: " + Join(known_);
        scope_.report.Error(member.where, "unknown key " + Quoted(member.name) + " in " + title_, std::move(hint));
    }
}

bool ReadString(const Scope& scope, const toml::node& node, std::string_view key, std::string& out) {
    const auto value = node.value_exact<std::string>();
    if (!value) scope.Error(node, WrongType(key, "a string", node), node.is_value() ? "put it in quotes" : "");
    return value && (out = *value, true);
}

bool ReadDuration(const Scope& scope, const toml::node& node, std::string_view key, base::Duration min,
                  base::Duration max, base::Duration& out) {
    const auto text = node.value_exact<std::string_view>();
    if (!text) {
        scope.Error(node, WrongType(key, "a duration", node), UnitHint(key, node));
        return false;
    }
    const auto duration = ParseDuration(*text);
    if (!duration) {
        scope.Error(node, Quoted(key) + " is not a duration", UnitHint(key, node));
        return false;
    }
    if (*duration < min || *duration > max) {
        scope.Error(node, Between(key, FormatDuration(min), FormatDuration(max)));
        return false;
    }
    out = *duration;
    return true;
}

}  // namespace fanfare::config
