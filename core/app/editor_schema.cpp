#include "app/editor_schema.hpp"

#include <string_view>
#include <utility>

#include "config/config.hpp"
#include "config/schema.hpp"
#include "http_client/client.hpp"
#include "plugin/catalog.hpp"
#include "plugin/library.hpp"

namespace fanfare::app {
namespace {

bool IsSecret(const json::Value& schema) {
    const auto format = schema.find("format");
    return format != schema.end() && *format == "fanfare-secret";
}

// What the configuration may hold where the plugin says "a secret": the secret, or where to find it.
json::Value SecretOrSource(json::Value secret) {
    json::Value out = json::Value::object();
    for (const char* note : {"title", "description"}) {
        if (secret.contains(note)) out[note] = secret[note];
    }
    out["anyOf"] = {std::move(secret), {{"$ref", "#/definitions/secret-source"}}};
    return out;
}

// Fits `node`, a part of a plugin's schema, into ours: its references then start at `root`. As deep as the schema,
// which no stranger wrote: it is part of a plugin that runs in this process.
void Embed(json::Value& node, const std::string& root) {
    for (json::Value& child : node) {
        if (child.is_structured()) Embed(child, root);
    }
    if (!node.is_object()) return;
    const auto reference = node.find("$ref");
    if (reference != node.end() && reference->is_string() &&
        reference->get_ref<const std::string&>().starts_with('#')) {
        *reference = root + reference->get<std::string>().substr(1);
    }
    if (IsSecret(node)) node = SecretOrSource(std::move(node));
}

// A destination's own keys stand beside the plugin's options, and a plugin's schema mostly allows nothing else.
void AllowOwnKeys(json::Value& schema, const json::Value& own) {
    if (!schema.contains("properties")) schema["properties"] = json::Value::object();
    for (const auto& [name, unused] : own.items()) schema["properties"][name] = true;
}

void AddPlugin(json::Value& document, const PluginOptions& plugin) {
    const std::string key = "plugin." + plugin.name;
    json::Value& destination = document["definitions"]["destination"];
    json::Value schema = plugin.schema;
    Embed(schema, "#/definitions/" + key);
    for (const char* of_documents : {"$schema", "$id", "id"}) schema.erase(of_documents);
    AllowOwnKeys(schema, destination["properties"]);
    destination["allOf"].push_back(
        {{"if", {{"required", {"plugin"}}, {"properties", {{"plugin", {{"const", plugin.name}}}}}}},
         {"then", {{"$ref", "#/definitions/" + key}}}});
    document["definitions"][key] = std::move(schema);
}

// The names for completion; another one is no fault, for plugins may be installed later.
void SuggestNames(json::Value& document, const std::vector<PluginOptions>& plugins) {
    json::Value known = json::Value::array();
    for (const PluginOptions& plugin : plugins)
        known.push_back({{"const", plugin.name}, {"description", plugin.description}});
    known.push_back({{"$ref", "#/definitions/name"}});
    json::Value& key = document["definitions"]["destination"]["properties"]["plugin"];
    key.erase("allOf");
    key["anyOf"] = std::move(known);
}

}  // namespace

json::Value EditorSchema(const std::vector<PluginOptions>& plugins) {
    json::Value document = *json::Parse(config::SchemaText());
    for (const PluginOptions& plugin : plugins) AddPlugin(document, plugin);
    if (!plugins.empty()) SuggestNames(document, plugins);
    return document;
}

base::Result<DescribedConfiguration> DescribeConfiguration(const std::string& file) {
    auto client = http_client::Client::Open({});
    if (!client) return std::move(client).error();
    plugin::Catalog catalog(config::Load(file).config.plugins.path, **client);
    DescribedConfiguration described;
    std::vector<PluginOptions> plugins;
    for (const std::string& name : catalog.Names()) {
        const auto library = catalog.Load(name);
        if (!library) {
            described.left_out.push_back("left out: " + library.error().message);
            continue;
        }
        plugins.push_back({name, std::string((*library)->description()), catalog.SchemaOf(**library).document()});
    }
    described.schema = EditorSchema(plugins);
    return described;
}

}  // namespace fanfare::app
