// What plugins there are and what each can be told, read from the plugins themselves.
#include <sysexits.h>

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "cli/api.hpp"
#include "cli/print.hpp"
#include "cli/table.hpp"
#include "config/config.hpp"
#include "plugin/library.hpp"

namespace fanfare::cli {
namespace {

std::string Text(const fanfare_str& text) { return {text.ptr == nullptr ? "" : text.ptr, text.len}; }

std::vector<std::string> Directories(const Arguments& arguments) {
    return config::Load(arguments.config).config.plugins.path;
}

json::Value Describe(const plugin::Library& library) {
    const fanfare_plugin& table = library.table();
    return {{"name", library.name()},
            {"version", std::string(library.version())},
            {"description", std::string(library.description())},
            {"vendor", Text(table.vendor)},
            {"license", Text(table.license)},
            {"path", library.path()},
            {"abi", std::to_string(table.abi_major) + "." + std::to_string(table.abi_minor)},
            {"needs_abi", std::to_string(table.abi_major) + "." + std::to_string(table.required_minor)},
            {"max_batch_events", table.max_batch_events}};
}

// An option as a row of its documentation.
struct DocRow {
    std::string name;
    std::string type;
    std::string preset;  // the default
    std::string description;
    bool required = false;
};

std::string RangeOf(const json::Value& schema) {
    const auto bound = [&](const char* key, const char* word) {
        return schema.contains(key) ? word + json::Dump(schema[key]) : std::string();
    };
    const std::string least = bound("minimum", schema.contains("maximum") ? ", " : ", at least ");
    return least + bound("maximum", least.empty() ? ", at most " : " to ");
}

std::string TypeOf(const json::Value& schema) {
    if (schema.value("format", std::string()) == "fanfare-secret") return "secret";
    if (schema.contains("enum")) {
        std::string words;
        for (const json::Value& word : schema["enum"]) words += (words.empty() ? "" : " or ") + json::Dump(word);
        return words;
    }
    for (const char* const several : {"anyOf", "oneOf"}) {
        if (!schema.contains(several)) continue;
        std::string types;
        for (const json::Value& one : schema[several]) types += (types.empty() ? "" : " or ") + TypeOf(one);
        return types;
    }
    const json::Value type = schema.value("type", json::Value("any"));
    std::string text = type.is_string() ? type.get<std::string>() : json::Dump(type);
    if (text == "array" && schema.contains("items")) text = "list of " + TypeOf(schema["items"]);
    if (text == "object") text = "table";
    if (schema.value("format", std::string()).rfind("fanfare-template", 0) == 0) text += ", template";
    return text + RangeOf(schema);
}

// Depth first, in the order of the schema: "retry", then "retry.base".
void AddOptions(const json::Value& schema, const std::string& prefix, std::vector<DocRow>& options) {
    const json::Value properties = schema.value("properties", json::Value::object());
    const json::Value required = schema.value("required", json::Value::array());
    for (const auto& [name, property] : properties.items()) {
        DocRow option{prefix + name, TypeOf(property), {}, property.value("description", std::string()), false};
        if (property.contains("default")) option.preset = json::Dump(property["default"]);
        for (const json::Value& one : required) option.required = option.required || one == name;
        options.push_back(std::move(option));
        AddOptions(property, prefix + name + ".", options);
    }
}

std::vector<DocRow> OptionsOf(const plugin::Library& library) {
    std::vector<DocRow> options;
    AddOptions(library.schema().document(), "", options);
    return options;
}

// A bar would end the cell of a Markdown table.
std::string EscapeBars(std::string text) {
    for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2))
        text.insert(at, 1, '\\');
    return text;
}

int WithLibrary(const Arguments& arguments, const std::function<void(const plugin::Library&)>& use) {
    const auto library = plugin::Library::Open(arguments.positional[0], Directories(arguments));
    if (!library) return Fail(EX_CONFIG, library.error().message);
    use(**library);
    return EX_OK;
}

}  // namespace

int RunPluginList(const Arguments& arguments) {
    const std::vector<std::string> directories = Directories(arguments);
    Table table({"PLUGIN", "VERSION", "DESCRIPTION"});
    int exit_status = EX_OK;
    for (const std::string& name : plugin::Library::NamesIn(directories)) {
        const auto library = plugin::Library::Open(name, directories);
        if (!library) {
            exit_status = Fail(EX_CONFIG, library.error().message);
        } else if (arguments.json) {
            PrintLine(Describe(**library));
        } else {
            table.Add({name, std::string((*library)->version()), std::string((*library)->description())});
        }
    }
    if (!arguments.json) table.Print();
    return exit_status;
}

int RunPluginInfo(const Arguments& arguments) {
    return WithLibrary(arguments, [&](const plugin::Library& library) {
        json::Value described = Describe(library);
        if (arguments.json) {
            described["schema"] = library.schema().document();
            return PrintLine(described);
        }
        PrintMembers(described, "");
        Table table({"OPTION", "TYPE", "DEFAULT", "DESCRIPTION"});
        for (const DocRow& option : OptionsOf(library)) {
            table.Add({option.name, option.type, option.required ? "(required)" : option.preset, option.description});
        }
        std::puts("");
        table.Print();
    });
}

int RunPluginDoc(const Arguments& arguments) {
    return WithLibrary(arguments, [&](const plugin::Library& library) {
        if (arguments.json) return PrintLine(library.schema().document());
        std::printf("| option | type | default | meaning |\n|---|---|---|---|\n");
        for (const DocRow& option : OptionsOf(library)) {
            const std::string preset = option.required         ? "required"
                                       : option.preset.empty() ? ""
                                                               : "`" + option.preset + "`";
            std::printf("| `%s` | %s | %s | %s |\n", option.name.c_str(), EscapeBars(option.type).c_str(),
                        EscapeBars(preset).c_str(), EscapeBars(option.description).c_str());
        }
    });
}

}  // namespace fanfare::cli
