#include "schema/schema.hpp"

#include <nlohmann/json.hpp>
#include <algorithm>
#include <map>
#include <stdexcept>

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "schema/document.hpp"
#include "schema/explain.hpp"

namespace fanfare::schema {
namespace {

using Adapter = valijson::adapters::NlohmannJsonAdapter;

// The document as the validator gets it. It would throw on "format" beside a value that is no string, and it cannot
// know what a reference to a secret will hold.
nlohmann::json ForValidator(json::Value document) {
    ForEachSubschema(document, [](json::Value& schema) {
        if (IsSecret(schema)) {
            for (const char* keyword : {"const", "enum", "maxLength", "minLength", "pattern"}) schema.erase(keyword);
        }
        schema.erase("format");
    });
    return nlohmann::json(document);
}

valijson::SchemaParser::Version VersionOf(const json::Value& document) {
    if (!Has(document, "$schema") || !document["$schema"].is_string()) return valijson::SchemaParser::kDraft7;
    const bool is_draft4 = document["$schema"].get<std::string>().find("draft-04") != std::string::npos;
    return is_draft4 ? valijson::SchemaParser::kDraft4 : valijson::SchemaParser::kDraft7;
}

void Populate(const json::Value& document, valijson::SchemaParser::Version version, valijson::Schema& out) {
    const nlohmann::json prepared = ForValidator(document);
    valijson::SchemaParser parser(version);
    parser.populateSchema(Adapter(prepared), out);
}

// The values with every reference to a secret replaced by a string, each its own for "uniqueItems".
nlohmann::json WithStandIns(const json::Value& document, json::Value value) {
    std::vector<json::Value*> references;
    Walk<json::Value>(document, Branches::kAll, [&](const json::Value& schema, json::Value& found, const std::string&) {
        if (IsSecret(schema) && IsReference(found)) references.push_back(&found);
    }).Run(value);
    for (json::Value* reference : references) {
        if (reference->is_object()) *reference = json::Dump(*reference);
    }
    return nlohmann::json(value);
}

// "<root>", "[a]", "[0]" of the validator as a JSON pointer.
std::string PointerOf(const std::vector<std::string>& context) {
    std::string pointer;
    for (std::size_t i = 1; i < context.size(); ++i) {
        pointer = json::PointerTo(pointer, std::string_view(context[i]).substr(1, context[i].size() - 2));
    }
    return pointer;
}

std::vector<Finding> Validate(const valijson::Schema& schema, const nlohmann::json& value) {
    valijson::ValidationResults results;
    valijson::Validator validator(valijson::Validator::kStrongTypes);
    if (validator.validate(schema, Adapter(value), &results)) return {};
    std::vector<Finding> findings;
    for (const auto& error : results) findings.push_back({PointerOf(error.context), error.description});
    if (findings.empty()) findings.push_back({"", "Failed to validate"});
    return findings;
}

class Compiled final : public Schema {
public:
    explicit Compiled(json::Value document) : document_(std::move(document)), version_(VersionOf(document_)) {
        Populate(document_, version_, schema_);
    }

    std::vector<Violation> Check(const json::Value& instance) const override {
        try {
            const std::vector<Finding> findings = Validate(schema_, WithStandIns(document_, instance));
            if (findings.empty()) return {};
            return Explain(document_, instance, findings,
                           [this](const json::Value& document, const json::Value& value) {
                               valijson::Schema schema;
                               Populate(document, version_, schema);
                               return Validate(schema, WithStandIns(document, value));
                           });
        } catch (const std::exception& error) {
            return {{"", std::string("the options could not be checked: ") + error.what(), ""}};
        }
    }

    json::Value WithDefaults(json::Value instance) const override {
        Walk<json::Value>(document_, Branches::kSure,
                          [this](const json::Value& schema, json::Value& value, const std::string&) {
                              if (!value.is_object() || !Has(schema, "properties")) return;
                              for (const auto& [name, property] : schema["properties"].items()) {
                                  const json::Value* target = Follow(document_, property);
                                  if (value.contains(name) || target == nullptr || !Has(*target, "default")) continue;
                                  value[name] = (*target)["default"];
                              }
                          })
            .Run(instance);
        return instance;
    }

    std::vector<std::string> SecretPointers(const json::Value& instance) const override {
        std::vector<std::string> pointers;
        Walk<const json::Value>(document_, Branches::kAll,
                                [&](const json::Value& schema, const json::Value& value, const std::string& pointer) {
                                    if (!IsSecret(schema) || !(value.is_string() || IsReference(value))) return;
                                    if (std::find(pointers.begin(), pointers.end(), pointer) == pointers.end())
                                        pointers.push_back(pointer);
                                })
            .Run(instance);
        return pointers;
    }

    std::vector<std::pair<std::string, std::string>> PointersOfFormat(const json::Value& instance,
                                                                      std::string_view prefix) const override {
        std::map<std::string, std::string> found;
        Walk<const json::Value>(document_, Branches::kAll,
                                [&](const json::Value& schema, const json::Value& value, const std::string& pointer) {
                                    if (!value.is_string() || !Has(schema, "format") || !schema["format"].is_string())
                                        return;
                                    const auto& format = schema["format"].get_ref<const std::string&>();
                                    if (format.starts_with(prefix)) found.emplace(pointer, format);
                                })
            .Run(instance);
        return {found.begin(), found.end()};
    }

    const json::Value& document() const override { return document_; }

private:
    const json::Value document_;
    const valijson::SchemaParser::Version version_;
    valijson::Schema schema_;
};

// The validator compiles a pattern when it first meets a value for it.
void CheckPatterns(json::Value document) {
    ForEachSubschema(document, [](const json::Value& schema) {
        if (Has(schema, "pattern")) CheckPattern(schema["pattern"].get<std::string>());
        if (!Has(schema, "patternProperties")) return;
        for (const auto& [pattern, unused] : schema["patternProperties"].items()) CheckPattern(pattern);
    });
}

base::Error NotASchema(const std::string& why) {
    return base::MakeError(base::Code::kConfig, "not a JSON Schema: " + why);
}

}  // namespace

base::Result<std::unique_ptr<const Schema>> Schema::Compile(std::string_view text) {
    base::Result<json::Value> document = json::Parse(text);
    if (!document) return NotASchema(document.error().message);
    if (!document->is_object()) return NotASchema("it must be an object");
    try {
        if (RefersToItself(*document)) return NotASchema("a \"$ref\" leads back to itself");
        CheckPatterns(*document);
        return std::unique_ptr<const Schema>(std::make_unique<Compiled>(*std::move(document)));
    } catch (const std::regex_error& error) {
        return NotASchema(std::string("a pattern cannot be read: ") + error.what());
    } catch (const std::exception& error) {
        return NotASchema(error.what());
    }
}

}  // namespace fanfare::schema
