#include "app/editor_schema.hpp"

#include <gmock/gmock.h>

namespace fanfare::app {
namespace {

json::Value Parse(std::string_view text) { return *json::Parse(text); }

const json::Value& At(const json::Value& document, std::string_view pointer) {
    static const json::Value kAbsent;
    const json::Value* found = json::At(document, pointer);
    if (found == nullptr) ADD_FAILURE() << "nothing at " << pointer << " of " << json::DumpPretty(document);
    return found == nullptr ? kAbsent : *found;
}

json::Value WithPlugin(std::string_view schema) { return EditorSchema({{"pigeon", "Sends pigeons", Parse(schema)}}); }

TEST(EditorSchema, APluginsOptionsHoldForItsDestinationsOnly) {
    const json::Value document = WithPlugin(R"({"properties": {"loft": {"type": "integer"}}})");
    EXPECT_EQ(At(document, "/definitions/destination/allOf/0"),
              Parse(R"({"if": {"required": ["plugin"], "properties": {"plugin": {"const": "pigeon"}}},
                        "then": {"$ref": "#/definitions/plugin.pigeon"}})"));
    EXPECT_EQ(At(document, "/definitions/plugin.pigeon/properties/loft"), Parse(R"({"type": "integer"})"));
}

TEST(EditorSchema, ADestinationsOwnKeysMayStandBesideThePluginsOptions) {
    const json::Value document = WithPlugin(R"({"additionalProperties": false})");
    for (const char* key : {"plugin", "enabled", "delivery", "shape"})
        EXPECT_EQ(At(document, std::string("/definitions/plugin.pigeon/properties/") + key), true) << key;
}

TEST(EditorSchema, ReferencesOfAPluginStayInsideItsSchema) {
    const json::Value document = WithPlugin(R"({
        "definitions": {"loft": {"type": "integer"}},
        "properties": {"a": {"$ref": "#/definitions/loft"}, "b": {"items": [{"$ref": "#"}]}}})");
    EXPECT_EQ(At(document, "/definitions/plugin.pigeon/properties/a/$ref"),
              "#/definitions/plugin.pigeon/definitions/loft");
    EXPECT_EQ(At(document, "/definitions/plugin.pigeon/properties/b/items/0/$ref"), "#/definitions/plugin.pigeon");
    EXPECT_EQ(At(document, "/definitions/plugin.pigeon/definitions/loft/type"), "integer");
}

TEST(EditorSchema, WhereAPluginWantsASecretItsSourceMayStand) {
    const json::Value document = WithPlugin(
        R"({"properties": {"key": {"type": "string", "format": "fanfare-secret", "description": "Feeds."}}})");
    const json::Value& key = At(document, "/definitions/plugin.pigeon/properties/key");
    EXPECT_EQ(At(key, "/description"), "Feeds.");
    EXPECT_EQ(At(key, "/anyOf/0/type"), "string");
    EXPECT_EQ(At(key, "/anyOf/1/$ref"), "#/definitions/secret-source");
}

TEST(EditorSchema, NamesThePluginsAndWhatTheyDo) {
    const json::Value document = WithPlugin("{}");
    EXPECT_EQ(At(document, "/definitions/destination/properties/plugin/anyOf/0"),
              Parse(R"({"const": "pigeon", "description": "Sends pigeons"})"));
}

}  // namespace
}  // namespace fanfare::app
