#include "schema/document.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "schema/pattern.hpp"

namespace fanfare::schema {
namespace {

constexpr std::array kOneSubschema{
    "additionalItems", "additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"};
constexpr std::array kListOfSubschemas{"allOf", "anyOf", "items", "oneOf"};
constexpr std::array kTableOfSubschemas{"definitions", "dependencies", "patternProperties", "properties", "$defs"};
constexpr std::array kInPlace{"if", "then", "else", "not"};
constexpr std::array kInPlaceList{"allOf", "anyOf", "oneOf"};

int HexValue(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The JSON pointer in a "$ref" of this document, as valijson 1.0 reads it.
std::string PointerOf(std::string_view ref) {
    std::string pointer;
    for (std::size_t i = 1; i < ref.size(); ++i) {
        if (ref[i] == '%' && i + 2 < ref.size() && HexValue(ref[i + 1]) >= 0 && HexValue(ref[i + 2]) >= 0) {
            pointer += static_cast<char>(HexValue(ref[i + 1]) * 16 + HexValue(ref[i + 2]));
            i += 2;
        } else {
            pointer += ref[i];
        }
    }
    while (pointer.ends_with('/')) pointer.pop_back();
    return pointer;
}

// Where the "$ref" of `schema` leads in one step; nullptr if nowhere.
const json::Value* Target(const json::Value& document, const json::Value& schema) {
    const json::Value& ref = schema["$ref"];
    if (!ref.is_string() || !ref.get_ref<const std::string&>().starts_with('#')) return nullptr;
    return json::At(document, PointerOf(ref.get_ref<const std::string&>()));
}

// Depth first over what speaks of the same value.
class LoopFinder {
public:
    explicit LoopFinder(const json::Value& document) : document_(document) {}

    bool Visit(const json::Value* schema) {
        if (schema == nullptr || !schema->is_object()) return false;
        const auto [state, is_new] = is_open_.emplace(schema, true);
        if (!is_new) return state->second;
        if (Has(*schema, "$ref") && Visit(Target(document_, *schema))) return true;
        for (const char* keyword : kInPlace) {
            if (schema->contains(keyword) && Visit(&(*schema)[keyword])) return true;
        }
        for (const char* keyword : kInPlaceList) {
            if (schema->contains(keyword) && VisitAll((*schema)[keyword])) return true;
        }
        if (schema->contains("dependencies") && VisitAll((*schema)["dependencies"])) return true;
        is_open_[schema] = false;
        return false;
    }

private:
    bool VisitAll(const json::Value& schemas) {
        return std::any_of(schemas.begin(), schemas.end(), [this](const json::Value& each) { return Visit(&each); });
    }

    const json::Value& document_;
    std::unordered_map<const json::Value*, bool> is_open_;
};

class Collector {
public:
    explicit Collector(const json::Value& document) : document_(document) { Add(document); }

    std::vector<const json::Value*> Run() {
        // Grows while it is read.
        for (std::size_t i = 0; i < found_.size(); ++i) {
            if (Has(*found_[i], "$ref")) {
                if (const json::Value* target = Target(document_, *found_[i])) Add(*target);
            }
        }
        return std::move(found_);
    }

private:
    void Add(const json::Value& schema) {
        if (!schema.is_object() || !seen_.insert(&schema).second) return;
        found_.push_back(&schema);
        for (const char* keyword : kOneSubschema) {
            if (schema.contains(keyword)) Add(schema[keyword]);
        }
        for (const char* keyword : kListOfSubschemas) {
            if (schema.contains(keyword) && schema[keyword].is_array()) AddAll(schema[keyword]);
        }
        for (const char* keyword : kTableOfSubschemas) {
            if (schema.contains(keyword) && schema[keyword].is_object()) AddAll(schema[keyword]);
        }
    }

    void AddAll(const json::Value& schemas) {
        for (const json::Value& each : schemas) Add(each);
    }

    const json::Value& document_;
    std::vector<const json::Value*> found_;
    std::unordered_set<const json::Value*> seen_;
};

}  // namespace

bool IsSecret(const json::Value& schema) { return Has(schema, "format") && schema["format"] == "fanfare-secret"; }

bool IsReference(const json::Value& value) {
    if (!value.is_object() || value.size() != 1 || !value.begin().value().is_string()) return false;
    const std::string& source = value.begin().key();
    return source == "file" || source == "env" || source == "credential";
}

bool Matches(const std::string& text, const std::string& pattern) { return Pattern(pattern).Matches(text); }

std::vector<const json::Value*> Subschemas(const json::Value& document) { return Collector(document).Run(); }

const json::Value* Follow(const json::Value& document, const json::Value& schema) {
    const json::Value* at = &schema;
    // Longer chains of references are nobody's intent; Compile refuses endless ones.
    for (int hops = 0; hops < 16 && at != nullptr && Has(*at, "$ref"); ++hops) at = Target(document, *at);
    return at;
}

bool RefersToItself(const json::Value& document) {
    LoopFinder finder(document);
    const std::vector<const json::Value*> schemas = Subschemas(document);
    return std::any_of(schemas.begin(), schemas.end(), [&](const json::Value* each) { return finder.Visit(each); });
}

}  // namespace fanfare::schema
