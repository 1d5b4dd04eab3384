#include "schema/schema.hpp"

#include <algorithm>
#include <exception>
#include <map>

#include "schema/check.hpp"
#include "schema/document.hpp"
#include "schema/explain.hpp"
#include "schema/rules.hpp"

namespace fanfare::schema {
namespace {

// The values with every reference to a secret replaced by a string, each its own for "uniqueItems".
json::Value WithStandIns(const json::Value& document, json::Value value) {
    std::vector<json::Value*> references;
    Walk<json::Value>(document, Branches::kAll, [&](const json::Value& schema, json::Value& found, const std::string&) {
        if (IsSecret(schema) && IsReference(found)) references.push_back(&found);
    }).Run(value);
    for (json::Value* reference : references) {
        if (reference->is_object()) *reference = json::Dump(*reference);
    }
    return value;
}

class Compiled final : public Schema {
public:
    Compiled(json::Value document, Subject subject)
        : document_(std::move(document)), subject_(subject), rules_(ReadRules(document_, subject)) {
        if (subject_ == Subject::kOptions) rules_.reset();
    }

    std::vector<Violation> Check(const json::Value& instance) const override {
        try {
            return Explain(document_, subject_, Find(instance));
        } catch (const std::exception& error) {
            const char* what = subject_ == Subject::kData ? "the body" : "the options";
            return {{"", std::string(what) + " could not be checked: " + error.what(), ""}};
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
    std::vector<Finding> Find(const json::Value& instance) const {
        if (subject_ == Subject::kData) return schema::Check(*rules_, instance);
        return schema::Check(*ReadRules(document_, subject_), WithStandIns(document_, instance));
    }

    const json::Value document_;
    const Subject subject_;
    // Point into document_. Of options they are not kept: many times the size of the document, and wanted only while a
    // configuration is read.
    std::unique_ptr<const Rules> rules_;
};

base::Error NotASchema(const std::string& why) {
    return base::MakeError(base::Code::kConfig, "not a JSON Schema: " + why);
}

}  // namespace

base::Result<std::unique_ptr<const Schema>> Schema::Compile(std::string_view text, Subject subject) {
    base::Result<json::Value> document = json::Parse(text);
    if (!document) return NotASchema(document.error().message);
    if (!document->is_object()) return NotASchema("it must be an object");
    try {
        if (RefersToItself(*document))
            return NotASchema("a \"$ref\" leads back to itself without a step into the value");
        return std::unique_ptr<const Schema>(std::make_unique<Compiled>(*std::move(document), subject));
    } catch (const std::exception& error) {
        return NotASchema(error.what());
    }
}

}  // namespace fanfare::schema
