#include "schema/rules.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema_parser.hpp>

#include "schema/canonical.hpp"
#include "schema/document.hpp"
#include "schema/format.hpp"

namespace fanfare::schema {
namespace {

using Version = valijson::SchemaParser::Version;

// A member of the prepared document; no author's "$ref" leads there.
constexpr const char* kMoved = "fanfare-moved";

Version VersionOf(const json::Value& document) {
    if (!Has(document, "$schema") || !document["$schema"].is_string()) return valijson::SchemaParser::kDraft7;
    const std::string& name = document["$schema"].get_ref<const std::string&>();
    if (name.find("draft-04") != std::string::npos) return valijson::SchemaParser::kDraft4;
    if (name.find("draft-03") != std::string::npos || name.find("/draft/20") != std::string::npos) {
        throw std::invalid_argument("\"$schema\" is " + name + ", but only drafts 4, 6 and 7 are understood");
    }
    return valijson::SchemaParser::kDraft7;
}

// What valijson 1.0 does not look at, or not closely.
void CheckKeywords(const json::Value& schema, Version version) {
    if (Has(schema, "$ref") && schema["$ref"].is_string() &&
        !schema["$ref"].get_ref<const std::string&>().starts_with('#')) {
        throw std::invalid_argument("the \"$ref\" " + json::Dump(schema["$ref"]) +
                                    " leads to another document; copy what it means into \"definitions\"");
    }
    // Zero would stop the process.
    if (Has(schema, "multipleOf") && !(schema["multipleOf"].is_number() && Number(schema["multipleOf"]) > 0)) {
        throw std::invalid_argument("\"multipleOf\" must be a number above 0");
    }
    if (Has(schema, "required") && !schema["required"].is_array()) {
        throw std::invalid_argument("\"required\" must be a list of names");
    }
    if (version != valijson::SchemaParser::kDraft4) return;
    for (const char* keyword : {"if", "propertyNames"}) {
        if (!Has(schema, keyword)) continue;
        throw std::invalid_argument("\"" + std::string(keyword) + "\" is not of draft 4, which \"$schema\" names");
    }
}

// The document as valijson gets it.
class Preparation {
public:
    Preparation(const std::vector<const json::Value*>& schemas, Subject subject) : subject_(subject) {
        for (std::size_t i = 0; i < schemas.size(); ++i) index_.emplace(schemas[i], i);
    }

    nlohmann::json Run(const json::Value& document) {
        nlohmann::json copy = Copy(document);
        copy[kMoved] = std::move(moved_);
        return copy;
    }

private:
    nlohmann::json Copy(const json::Value& value) {
        if (value.is_array()) {
            nlohmann::json copy = nlohmann::json::array();
            for (const json::Value& element : value) copy.push_back(Copy(element));
            return copy;
        }
        if (!value.is_object()) return nlohmann::json(value);
        nlohmann::json copy = nlohmann::json::object();
        for (const auto& [name, member] : value.items()) copy[name] = Copy(member);
        if (const auto found = index_.find(&value); found != index_.end()) Prepare(value, found->second, copy);
        return copy;
    }

    void Prepare(const json::Value& source, std::size_t index, nlohmann::json& copy) {
        // What a reference to a secret will hold is not known.
        if (subject_ == Subject::kOptions && IsSecret(source)) {
            for (const char* keyword : {"const", "enum", "maxLength", "minLength", "pattern"}) copy.erase(keyword);
        }
        const bool is_checked = subject_ == Subject::kData && Has(source, "format") && source["format"].is_string() &&
                                IsCheckedFormat(source["format"].get_ref<const std::string&>());
        if (!is_checked) copy.erase("format");
        copy["title"] = std::to_string(index);
        Move(copy);
    }

    // valijson 1.0 takes the schemas in "propertyNames" and "dependencies" for the one they stand in if a "$ref" has
    // led to that before: it gives them the same place. So they get a place of their own.
    void Move(nlohmann::json& schema) {
        if (schema.contains("propertyNames")) MoveOne(schema["propertyNames"]);
        if (!schema.contains("dependencies") || !schema["dependencies"].is_object()) return;
        for (nlohmann::json& each : schema["dependencies"]) MoveOne(each);
    }

    void MoveOne(nlohmann::json& schema) {
        if (schema.is_array()) return;  // names that must be there as well
        const std::string name = std::to_string(moved_.size());
        moved_[name] = std::move(schema);
        schema = {{"$ref", std::string("#/") + kMoved + "/" + name}};
    }

    const Subject subject_;
    std::unordered_map<const json::Value*, std::size_t> index_;
    nlohmann::json moved_ = nlohmann::json::object();
};

Rules::Node NodeOf(const json::Value& schema) {
    Rules::Node node{&schema, {}, {}};
    if (Has(schema, "const")) node.constant = Canonical(schema["const"]);
    if (!Has(schema, "enum") || !schema["enum"].is_array()) return node;
    for (const json::Value& choice : schema["enum"]) node.choices.insert(Canonical(choice));
    return node;
}

void AddPatterns(const json::Value& schema, std::unordered_map<std::string, Pattern>& patterns) {
    if (Has(schema, "pattern") && schema["pattern"].is_string()) {
        const std::string& pattern = schema["pattern"].get_ref<const std::string&>();
        patterns.try_emplace(pattern, pattern);
    }
    if (!Has(schema, "patternProperties") || !schema["patternProperties"].is_object()) return;
    for (const auto& [pattern, unused] : schema["patternProperties"].items()) patterns.try_emplace(pattern, pattern);
}

}  // namespace

std::unique_ptr<const Rules> ReadRules(const json::Value& document, Subject subject) {
    auto rules = std::make_unique<Rules>();
    const Version version = VersionOf(document);
    rules->is_3_0_an_integer = version != valijson::SchemaParser::kDraft4;
    const std::vector<const json::Value*> schemas = Subschemas(document);
    for (const json::Value* schema : schemas) {
        CheckKeywords(*schema, version);
        rules->nodes.push_back(NodeOf(*schema));
        AddPatterns(*schema, rules->patterns);
    }
    const nlohmann::json prepared = Preparation(schemas, subject).Run(document);
    valijson::SchemaParser parser(version);
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(prepared), rules->schema);
    return rules;
}

}  // namespace fanfare::schema
