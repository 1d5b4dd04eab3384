#include "config/to_json.hpp"

#include <cmath>

namespace fanfare::config {
namespace {

bool TableToJson(const Scope& scope, const toml::table& table, const std::string& pointer, json::Value& out,
                 ElementPositions& positions) {
    out = json::Value::object();
    bool good = true;
    for (const Member& member : Members(table, scope.document)) {
        json::Value value;
        const bool fine = ToJson(scope, *member.value, json::PointerTo(pointer, member.name), value, positions);
        if (fine) out[std::string(member.name)] = std::move(value);
        good = good && fine;
    }
    return good;
}

bool ListToJson(const Scope& scope, const toml::array& list, const std::string& pointer, json::Value& out,
                ElementPositions& positions) {
    out = json::Value::array();
    bool good = true;
    for (const toml::node& element : list) {
        json::Value value;
        good = ToJson(scope, element, pointer + "/" + std::to_string(out.size()), value, positions) && good;
        out.push_back(std::move(value));
    }
    return good;
}

bool NumberToJson(const Scope& scope, const toml::node& node, double number, json::Value& out) {
    out = number;
    if (std::isfinite(number)) return true;
    scope.Error(node, "a number must be finite here", "take another number, or write it as a string in quotes");
    return false;
}

}  // namespace

bool ToJson(const Scope& scope, const toml::node& node, const std::string& pointer, json::Value& out,
            ElementPositions& positions) {
    positions[pointer] = scope.document.PositionOf(node);
    switch (node.type()) {
        case toml::node_type::table:
            return TableToJson(scope, *node.as_table(), pointer, out, positions);
        case toml::node_type::array:
            return ListToJson(scope, *node.as_array(), pointer, out, positions);
        case toml::node_type::string:
            out = node.as_string()->get();
            return true;
        case toml::node_type::integer:
            out = node.as_integer()->get();
            return true;
        case toml::node_type::floating_point:
            return NumberToJson(scope, node, node.as_floating_point()->get(), out);
        case toml::node_type::boolean:
            out = node.as_boolean()->get();
            return true;
        case toml::node_type::none:
        case toml::node_type::date:
        case toml::node_type::time:
        case toml::node_type::date_time:
            break;
    }
    scope.Error(node, std::string(KindOf(node)) + " cannot stand here: JSON has none", "put it in quotes");
    return false;
}

}  // namespace fanfare::config
