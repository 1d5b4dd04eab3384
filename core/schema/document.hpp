// A JSON Schema document as data: its subschemas, its references, and which subschema speaks of which value.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.hpp"

namespace fanfare::schema {

// How far into alternatives a walk goes.
enum class Branches {
    kSure,  // what always holds: $ref, allOf
    kAll,   // and then, else, anyOf, oneOf
};

inline bool Has(const json::Value& schema, const char* keyword) {
    return schema.is_object() && schema.contains(keyword);
}

// True if `schema` marks its value as secret.
bool IsSecret(const json::Value& schema);
// True if `value` is a table with exactly one of file, env, credential, and that a string.
bool IsReference(const json::Value& value);

// Whether `pattern`, an ECMA 262 regular expression that Compile took, matches anywhere in `text`.
bool Matches(const std::string& text, const std::string& pattern);

// Every subschema of `document` once, itself first, with what only a "$ref" leads to.
std::vector<const json::Value*> Subschemas(const json::Value& document);

// Follows "$ref" within `document`; nullptr if it leads nowhere.
const json::Value* Follow(const json::Value& document, const json::Value& schema);

// True if some subschema refers to itself without descending into the value: no check of it would ever end.
bool RefersToItself(const json::Value& document);

// Visits every pair of a value and a subschema that speaks of it, parents first. V is json::Value or const json::Value;
// with the former, `see` may add members to the value it is shown.
template <class V>
class Walk {
public:
    using See = std::function<void(const json::Value& schema, V& value, const std::string& pointer)>;

    Walk(const json::Value& document, Branches branches, See see)
        : document_(document), branches_(branches), see_(std::move(see)) {}

    // `pointer`: the name of `value` itself.
    void Run(V& value, const std::string& pointer = {}) { Visit(document_, value, pointer); }

private:
    void Visit(const json::Value& schema, V& value, const std::string& pointer) {
        if (const json::Value* target = Follow(document_, schema); target != &schema) {
            if (target != nullptr) Visit(*target, value, pointer);
            return;
        }
        if (!schema.is_object()) return;
        see_(schema, value, pointer);
        if (value.is_object()) VisitMembers(schema, value, pointer);
        if (value.is_array()) VisitElements(schema, value, pointer);
        VisitList(schema, "allOf", value, pointer);
        if (branches_ == Branches::kSure) return;
        VisitOne(schema, "then", value, pointer);
        VisitOne(schema, "else", value, pointer);
        VisitList(schema, "anyOf", value, pointer);
        VisitList(schema, "oneOf", value, pointer);
    }

    void VisitOne(const json::Value& schema, const char* keyword, V& value, const std::string& pointer) {
        if (const auto found = schema.find(keyword); found != schema.end()) Visit(*found, value, pointer);
    }

    void VisitList(const json::Value& schema, const char* keyword, V& value, const std::string& pointer) {
        if (const auto found = schema.find(keyword); found != schema.end()) {
            for (const json::Value& each : *found) Visit(each, value, pointer);
        }
    }

    void VisitMembers(const json::Value& schema, V& value, const std::string& pointer) {
        for (auto member = value.begin(); member != value.end(); ++member) {
            const std::string below = json::PointerTo(pointer, member.key());
            bool known = false;
            if (Has(schema, "properties") && schema["properties"].contains(member.key())) {
                known = true;
                Visit(schema["properties"][member.key()], member.value(), below);
            }
            if (Has(schema, "patternProperties")) {
                for (const auto& [pattern, subschema] : schema["patternProperties"].items()) {
                    if (!Matches(member.key(), pattern)) continue;
                    known = true;
                    Visit(subschema, member.value(), below);
                }
            }
            if (!known) VisitOne(schema, "additionalProperties", member.value(), below);
        }
    }

    void VisitElements(const json::Value& schema, V& value, const std::string& pointer) {
        const auto items = schema.find("items");
        if (items == schema.end()) return;
        for (std::size_t i = 0; i < value.size(); ++i) {
            const std::string below = json::PointerTo(pointer, std::to_string(i));
            if (!items->is_array()) {
                Visit(*items, value[i], below);
            } else if (i < items->size()) {
                Visit((*items)[i], value[i], below);
            } else {
                VisitOne(schema, "additionalItems", value[i], below);
            }
        }
    }

    const json::Value& document_;
    const Branches branches_;
    const See see_;
};

}  // namespace fanfare::schema
