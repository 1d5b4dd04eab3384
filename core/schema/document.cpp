#include "schema/document.hpp"

#include <algorithm>
#include <array>
#include <regex>
#include <vector>

namespace fanfare::schema {
namespace {

constexpr std::array kOneSubschema{
    "additionalItems", "additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"};
constexpr std::array kListOfSubschemas{"allOf", "anyOf", "items", "oneOf"};
constexpr std::array kTableOfSubschemas{"definitions", "dependencies", "patternProperties", "properties", "$defs"};
constexpr std::array kInPlace{"if", "then", "else", "not"};
constexpr std::array kInPlaceList{"allOf", "anyOf", "oneOf"};

using Path = std::vector<const json::Value*>;

bool Loops(const json::Value& document, const json::Value* schema, Path& path) {
    if (schema == nullptr || !schema->is_object()) return false;
    if (std::find(path.begin(), path.end(), schema) != path.end()) return true;
    path.push_back(schema);
    bool loops = false;
    if (const auto ref = schema->find("$ref"); ref != schema->end() && ref->is_string()) {
        const std::string& text = ref->get_ref<const std::string&>();
        loops = text.starts_with('#') && Loops(document, json::At(document, text.substr(1)), path);
    }
    for (const char* keyword : kInPlace) {
        if (!loops && schema->contains(keyword)) loops = Loops(document, &(*schema)[keyword], path);
    }
    for (const char* keyword : kInPlaceList) {
        if (loops || !schema->contains(keyword) || !(*schema)[keyword].is_array()) continue;
        for (const json::Value& each : (*schema)[keyword]) loops = loops || Loops(document, &each, path);
    }
    path.pop_back();
    return loops;
}

}  // namespace

bool IsSecret(const json::Value& schema) { return Has(schema, "format") && schema["format"] == "fanfare-secret"; }

bool IsReference(const json::Value& value) {
    if (!value.is_object() || value.size() != 1 || !value.begin().value().is_string()) return false;
    const std::string& source = value.begin().key();
    return source == "file" || source == "env" || source == "credential";
}

bool Matches(const std::string& text, const std::string& pattern) {
    return std::regex_search(text, std::regex(pattern));
}

void CheckPattern(const std::string& pattern) { static_cast<void>(std::regex(pattern)); }

void ForEachSubschema(json::Value& schema, const std::function<void(json::Value&)>& edit) {
    if (!schema.is_object()) return;
    edit(schema);
    for (const char* keyword : kOneSubschema) {
        if (schema.contains(keyword)) ForEachSubschema(schema[keyword], edit);
    }
    for (const char* keyword : kListOfSubschemas) {
        if (!schema.contains(keyword) || !schema[keyword].is_array()) continue;
        for (json::Value& each : schema[keyword]) ForEachSubschema(each, edit);
    }
    for (const char* keyword : kTableOfSubschemas) {
        if (!schema.contains(keyword) || !schema[keyword].is_object()) continue;
        for (auto& [name, each] : schema[keyword].items()) ForEachSubschema(each, edit);
    }
}

const json::Value* Follow(const json::Value& document, const json::Value& schema) {
    const json::Value* at = &schema;
    // Longer chains of references are nobody's intent; Compile refuses endless ones.
    for (int hops = 0; hops < 16 && at != nullptr && Has(*at, "$ref"); ++hops) {
        const json::Value& ref = (*at)["$ref"];
        if (!ref.is_string() || !ref.get_ref<const std::string&>().starts_with('#')) return nullptr;
        at = json::At(document, std::string_view(ref.get_ref<const std::string&>()).substr(1));
    }
    return at;
}

bool RefersToItself(const json::Value& document) {
    json::Value copy = document;
    bool loops = false;
    ForEachSubschema(copy, [&](const json::Value& schema) {
        Path path;
        loops = loops || Loops(copy, &schema, path);
    });
    return loops;
}

}  // namespace fanfare::schema
