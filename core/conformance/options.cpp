#include "conformance/options.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <string_view>

#include "schema/document.hpp"

namespace fanfare::conformance {
namespace {

constexpr std::string_view kDirectory = "@DIR@";
constexpr std::string_view kHost = "@HOST@";
constexpr std::string_view kPort = "@PORT@";
constexpr std::string_view kUnknown = "no_such_option";
constexpr int kMostDepth = 16;

void ReplaceAll(std::string& text, std::string_view what, std::string_view with) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
}

bool IsOfHostName(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.'; }

// A host of example.com in `text`, with its port, comes to be ours.
std::string AtOurs(std::string text) {
    for (const std::string_view example : {"example.com", "example.net", "example.org"}) {
        const std::size_t found = text.find(example);
        if (found == std::string::npos) continue;
        std::size_t begin = found;
        while (begin > 0 && IsOfHostName(text[begin - 1])) --begin;
        if (begin > 0 && text[begin - 1] == '@') continue;
        std::size_t end = found + example.size();
        if (end < text.size() && text[end] == ':') {
            do ++end;
            while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0);
        }
        text.replace(begin, end - begin, std::string(kHost) + ":" + std::string(kPort));
    }
    return text;
}

std::string Harmless(std::string text) {
    if (text.rfind("http://", 0) == 0 || text.rfind("https://", 0) == 0) return text;
    if (!text.empty() && text.front() == '/') {
        const std::string name = text.substr(text.find_last_of('/') + 1);
        return std::string(kDirectory) + "/" + (name.empty() ? "file" : name);
    }
    return AtOurs(std::move(text));
}

json::Value HarmlessValue(json::Value value) {
    if (value.is_string()) return Harmless(value.get<std::string>());
    if (value.is_structured()) {
        for (json::Value& each : value) each = HarmlessValue(std::move(each));
    }
    return value;
}

class Deriver {
public:
    explicit Deriver(const json::Value& document) : document_(document) {}

    json::Value Derive(const json::Value& schema, int depth) const {
        const json::Value* target = schema::Follow(document_, schema);
        if (target == nullptr || !target->is_object() || depth > kMostDepth) return nullptr;
        const json::Value& s = *target;
        if (s.contains("const")) return s["const"];
        if (s.contains("default")) return HarmlessValue(s["default"]);
        if (const json::Value* example = Example(s)) return HarmlessValue(*example);
        if (s.contains("enum") && !s["enum"].empty()) return s["enum"].front();
        for (const char* const several : {"anyOf", "oneOf", "allOf"}) {
            if (s.contains(several) && !s[several].empty()) return Derive(s[several].front(), depth + 1);
        }
        return OfType(s, depth);
    }

private:
    // One without a template, if there is one: it needs no data to be right.
    static const json::Value* Example(const json::Value& schema) {
        if (!schema.contains("examples") || !schema["examples"].is_array()) return nullptr;
        const json::Value* first = nullptr;
        for (const json::Value& example : schema["examples"]) {
            if (first == nullptr) first = &example;
            if (json::Dump(example).find("{{") == std::string::npos) return &example;
        }
        return first;
    }
    json::Value OfType(const json::Value& schema, int depth) const {
        json::Value type = schema.value("type", json::Value("object"));
        if (type.is_array() && !type.empty()) type = json::Value(type.front());
        if (type == "string") return Text(schema);
        if (type == "integer") return schema.value("minimum", std::int64_t{1});
        if (type == "number") return schema.value("minimum", 1.0);
        if (type == "boolean") return false;
        if (type == "array") return List(schema, depth);
        if (type == "object") return Table(schema, depth);
        return nullptr;
    }
    json::Value List(const json::Value& schema, int depth) const {
        json::Value list = json::Value::array();
        const std::size_t least = schema.value("minItems", std::size_t{0});
        for (std::size_t i = 0; i < least && schema.contains("items"); ++i) {
            list.push_back(Derive(schema["items"], depth + 1));
        }
        return list;
    }
    json::Value Table(const json::Value& schema, int depth) const {
        json::Value table = json::Value::object();
        for (const json::Value& name : schema.value("required", json::Value::array())) {
            const std::string key = name.get<std::string>();
            const json::Value properties = schema.value("properties", json::Value::object());
            table[key] = properties.contains(key) ? Derive(properties[key], depth + 1) : json::Value("x");
        }
        return table;
    }
    static std::string Text(const json::Value& schema) {
        const std::string format = schema.value("format", std::string());
        if (format == "fanfare-secret") return "kitsecret7Jq2vXn4";
        std::vector<std::string> tries;
        if (format == "uri" || format == "uri-reference" || format == "fanfare-template-url") {
            tries = {"https://hooks.example.com/events"};
        }
        tries.insert(tries.end(), {"events", "https://hooks.example.com/events", "a@example.com", "/events", "1", "A1"});
        const std::size_t least = schema.value("minLength", std::size_t{0});
        const std::size_t most = schema.value("maxLength", std::size_t{1} << 20);
        for (const std::string& one : tries) {
            const bool fits = one.size() >= least && one.size() <= most;
            if (fits && (!schema.contains("pattern") || schema::Matches(one, schema["pattern"]))) return one;
        }
        return std::string(std::max<std::size_t>(least, 1), 'x');
    }

    const json::Value& document_;
};

// A value of none of the types that the schema takes at this place.
json::Value OfWrongType(const schema::Schema& schema, const json::Value& good, const std::string& name) {
    for (const json::Value& wrong : {json::Value({{"kit", 1}}), json::Value(-4711.5), json::Value::array({1, 2})}) {
        json::Value options = good;
        options[name] = wrong;
        for (const schema::Violation& violation : schema.Check(options)) {
            if (violation.pointer.rfind("/" + name, 0) == 0) return wrong;
        }
    }
    return {{"kit", 1}};
}

void Give(fanfare::testing::FakeHost& host, const json::Value& value, const std::string& at,
          const std::set<std::string>& secrets) {
    if (secrets.count(at) > 0) {
        if (value.is_string()) host.set_secret(at, value.get<std::string>());
        return;
    }
    if (value.is_string()) return host.set_str(at, value.get<std::string>());
    if (value.is_boolean()) return host.set_bool(at, value.get<bool>());
    if (value.is_number_integer()) return host.set_i64(at, value.get<std::int64_t>());
    if (value.is_number()) return host.set_f64(at, value.get<double>());
    if (!value.is_structured()) return;
    if (value.empty()) return host.set_empty_table(at);
    std::size_t n = 0;
    for (const auto& member : value.items()) {
        const std::string name = value.is_array() ? std::to_string(n++) : member.key();
        Give(host, member.value(), json::PointerTo(at, name), secrets);
    }
}

std::set<std::string> SecretPlaces(const schema::Schema& schema, const json::Value& options) {
    const std::vector<std::string> pointers = schema.SecretPointers(options);
    return {pointers.begin(), pointers.end()};
}

}  // namespace

json::Value DeriveOptions(const json::Value& schema) {
    json::Value options = Deriver(schema).Derive(schema, 0);
    return options.is_object() ? options : json::Value::object();
}

bool NamesAddress(const json::Value& options) { return json::Dump(options).find(kPort) != std::string::npos; }

json::Value FillPlaces(const json::Value& options, const std::string& directory, std::uint16_t port) {
    json::Value filled = options;
    if (filled.is_structured()) {
        for (json::Value& each : filled) each = FillPlaces(each, directory, port);
    }
    if (!filled.is_string()) return filled;
    std::string text = filled.get<std::string>();
    if (text == kPort) return port;
    ReplaceAll(text, kDirectory, directory);
    ReplaceAll(text, kHost, "127.0.0.1");
    ReplaceAll(text, kPort, std::to_string(port));
    return text;
}

std::vector<BrokenOptions> BreakOptions(const json::Value& schema, const json::Value& good) {
    std::vector<BrokenOptions> broken;
    const auto compiled = schema::Schema::Compile(json::Dump(schema));
    if (!compiled) return broken;
    for (const json::Value& name : schema.value("required", json::Value::array())) {
        json::Value options = good;
        options.erase(name.get<std::string>());
        broken.push_back({"without '" + name.get<std::string>() + "'", std::move(options)});
    }
    const json::Value properties = schema.value("properties", json::Value::object());
    for (const auto& property : properties.items()) {
        json::Value options = good;
        options[property.key()] = OfWrongType(**compiled, good, property.key());
        broken.push_back({"with " + json::Dump(options[property.key()]) + " for '" + property.key() + "'", options});
    }
    json::Value options = good;
    options[std::string(kUnknown)] = 1;
    broken.push_back({"with an option '" + std::string(kUnknown) + "'", std::move(options)});
    return broken;
}

std::vector<std::string> SecretsIn(const schema::Schema& schema, const json::Value& options) {
    std::vector<std::string> secrets;
    for (const std::string& pointer : schema.SecretPointers(options)) {
        const json::Value* value = json::At(options, pointer);
        if (value != nullptr && value->is_string()) secrets.push_back(value->get<std::string>());
    }
    return secrets;
}

void GiveOptions(const schema::Schema& schema, const json::Value& options, fanfare::testing::FakeHost& host) {
    const json::Value full = schema.WithDefaults(options);
    Give(host, full, "", SecretPlaces(schema, full));
}

fanfare::testing::Fields RenderTemplates(const schema::Schema& schema, const json::Value& options) {
    const json::Value full = schema.WithDefaults(options);
    fanfare::testing::Fields rendered;
    for (const auto& [pointer, format] : schema.PointersOfFormat(full, "fanfare-template")) {
        const json::Value* value = json::At(full, pointer);
        std::string text = value->get<std::string>();
        const std::string configured = text;
        for (std::size_t tag = text.find("{{"); tag != std::string::npos; tag = text.find("{{", tag)) {
            const std::size_t end = text.find("}}", tag);
            text.replace(tag, end == std::string::npos ? end : end + 2 - tag, "kit");
        }
        if (text != configured) rendered.emplace_back(pointer, text);
    }
    return rendered;
}

}  // namespace fanfare::conformance
