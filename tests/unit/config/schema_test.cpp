// Holds config/schema.json and the readers of the configuration together: what one knows, the other knows too.
#include "config/schema.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "config/quantity.hpp"
#include "unit/config/tree.hpp"

namespace fanfare::config {
namespace {

using testing::IsEmpty;
using testing::Not;

// A table of the configuration: its definition in the schema, and the text that opens it.
struct Table {
    std::string definition;
    std::string opening;

    friend void PrintTo(const Table& table, std::ostream* out) { *out << table.definition; }
};

const std::string kDestination = "[destination.d]\nplugin = \"file\"\n";

const std::vector<Table> kTables{
    {"server", "[server]\n"},
    {"store", "[store]\n"},
    {"log", "[log]\n"},
    {"plugins", "[plugins]\n"},
    {"realm", "[realm.r]\n"},
    {"token", "[[realm.r.tokens]]\n"},
    {"signature", "[realm.r.signature]\n"},
    {"profile", "[profile.p]\n"},
    {"delivery", kDestination + "[destination.d.delivery]\n"},
    {"retry", kDestination + "[destination.d.delivery.retry]\n"},
    {"http", kDestination + "[destination.d.http]\n"},
    {"http-auth", kDestination + "[destination.d.http.auth]\n"},
    {"basic", kDestination + "[destination.d.http.auth.basic]\n"},
    {"oauth2", kDestination + "[destination.d.http.auth.oauth2]\n"},
    {"shape", kDestination + "[destination.d.shape]\n"},
    {"route", "[[route]]\n"},
    {"shaped_target", "[[route]]\n[[route.to]]\n"},
    {"test", "[[test]]\n"},
};

const json::Value& Document() {
    static const json::Value document = *json::Parse(SchemaText());
    return document;
}

const json::Value& Keys(const std::string& definition) {
    if (definition == "token") return *json::At(Document(), "/definitions/token/anyOf/1/properties");
    if (definition == "shaped_target") return *json::At(Document(), "/definitions/shaped-target/properties");
    if (definition == "basic" || definition == "oauth2")
        return *json::At(Document(), "/definitions/http-auth/properties/" + definition + "/properties");
    return *json::At(Document(), "/definitions/" + definition + "/properties");
}

// The key's own schema, or the one it refers to.
const json::Value& Follow(const json::Value& key) {
    if (!key.contains("$ref")) return key;
    return *json::At(Document(), key["$ref"].get<std::string>().substr(1));
}

std::string Line(const std::string& key, const json::Value& value) { return key + " = " + json::Dump(value) + "\n"; }

// What the reader says of the last line of `text`.
std::vector<std::string> FaultsOfLastLine(const std::string& text) {
    Tree tree;
    tree.Write("fanfare.toml", text);
    const auto line = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    std::vector<std::string> messages;
    for (const Diagnostic& diagnostic : tree.Load().diagnostics) {
        if (diagnostic.where.line == line && diagnostic.severity == Severity::kError)
            messages.push_back(diagnostic.message);
    }
    return messages;
}

// The keys that the reader of a table knows: it lists them to whoever writes one that is nothing like them.
std::set<std::string> KeysOfReader(const Table& table) {
    constexpr std::string_view kTakes = " takes: ";
    std::set<std::string> keys;
    for (const std::string& hint : HintsOf(table.opening + "zzzzzzzzzzzzzzzz = 1\n")) {
        const std::size_t at = hint.find(kTakes);
        if (at == std::string::npos) continue;
        std::string_view rest = std::string_view(hint).substr(at + kTakes.size());
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find(", "), rest.size());
            keys.emplace(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 2, rest.size()));
        }
    }
    return keys;
}

class SchemaOfTable : public testing::TestWithParam<Table> {};
INSTANTIATE_TEST_SUITE_P(Tables, SchemaOfTable, testing::ValuesIn(kTables), [](const auto& table) {
    std::string name = table.param.definition;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

TEST_P(SchemaOfTable, KnowsTheKeysThatTheReaderKnowsAndNoOthers) {
    std::set<std::string> keys;
    for (const auto& [key, unused] : Keys(GetParam().definition).items()) keys.insert(key);
    EXPECT_EQ(keys, KeysOfReader(GetParam()));
}

// A time of day is what no key takes.
TEST_P(SchemaOfTable, HasNoKeyThatTheReaderRefusesForMoreThanItsType) {
    for (const auto& [key, unused] : Keys(GetParam().definition).items()) {
        const std::vector<std::string> faults = FaultsOfLastLine(GetParam().opening + key + " = 07:32:00\n");
        EXPECT_THAT(faults, Not(IsEmpty())) << key;
        for (const std::string& fault : faults) {
            EXPECT_THAT(fault, Not(testing::AnyOf(testing::HasSubstr("unknown"), testing::HasSubstr("not offered"))));
        }
    }
}

TEST_P(SchemaOfTable, DescribesEveryKey) {
    for (const auto& [key, written] : Keys(GetParam().definition).items()) {
        EXPECT_TRUE(Follow(written).contains("description")) << key;
    }
}

TEST_P(SchemaOfTable, ListsTheWordsThatTheReaderTakes) {
    for (const auto& [key, written] : Keys(GetParam().definition).items()) {
        const json::Value& schema = Follow(written);
        if (!schema.contains("enum")) continue;
        for (const json::Value& word : schema["enum"])
            EXPECT_THAT(FaultsOfLastLine(GetParam().opening + Line(key, word)), IsEmpty()) << key << " = " << word;
        EXPECT_THAT(FaultsOfLastLine(GetParam().opening + Line(key, "zzzz")), Not(IsEmpty())) << key;
    }
}

TEST_P(SchemaOfTable, HasTheBoundsOfTheReader) {
    for (const auto& [key, written] : Keys(GetParam().definition).items()) {
        const json::Value& schema = Follow(written);
        if (!schema.contains("minimum")) continue;
        const auto faults = [&, &name = key](const json::Value& value) {
            return FaultsOfLastLine(GetParam().opening + Line(name, value));
        };
        EXPECT_THAT(faults(schema["minimum"]), IsEmpty()) << key;
        EXPECT_THAT(faults(schema["maximum"]), IsEmpty()) << key;
        EXPECT_THAT(faults(schema["minimum"].get<std::int64_t>() - 1), Not(IsEmpty())) << key;
        EXPECT_THAT(faults(schema["maximum"].get<std::int64_t>() + 1), Not(IsEmpty())) << key;
    }
}

TEST_P(SchemaOfTable, HasOnlyDefaultsThatTheReaderTakes) {
    for (const auto& [key, schema] : Keys(GetParam().definition).items()) {
        if (!schema.contains("default")) continue;
        EXPECT_THAT(FaultsOfLastLine(GetParam().opening + Line(key, schema["default"])), IsEmpty()) << key;
    }
}

TEST(Schema, NamesTheSectionsThatThereAre) {
    for (const auto& [section, unused] : (*json::At(Document(), "/properties")).items()) {
        for (const std::string& fault : FaultsOf(section + " = 07:32:00\n"))
            EXPECT_THAT(fault, testing::HasSubstr("must be")) << section;
    }
    EXPECT_EQ((*json::At(Document(), "/additionalProperties")), false);
}

TEST(Schema, StatesTheDefaultsOfTheProgram) {
    const model::RetryPolicy retry;
    const json::Value program{
        {"server",
         {{"listen", Server().listen},
          {"admin", Server().admin},
          {"max_body", FormatSize(Server().max_body)},
          {"max_event", FormatSize(Server().max_event)},
          {"max_batch", Server().max_batch},
          {"max_depth", Server().max_depth},
          {"max_connections", Server().max_connections},
          {"max_connections_per_address", Server().max_connections_per_address},
          {"head_timeout", FormatDuration(Server().head_timeout)},
          {"body_timeout", FormatDuration(Server().body_timeout)},
          {"idle_timeout", FormatDuration(Server().idle_timeout)},
          {"shutdown_timeout", FormatDuration(Server().shutdown_timeout)}}},
        {"store",
         {{"kind", Store().kind},
          {"path", Store().path},
          {"keep_sent", FormatDuration(Store().keep_sent)},
          {"keep_dead", FormatDuration(Store().keep_dead)}}},
        {"log", {{"level", "info"}, {"format", "text"}}},
        {"plugins", {{"path", Plugins().path}}},
        {"realm", {{"dedup_window", FormatDuration(Realm().dedup_window)}}},
        {"destination", {{"enabled", Destination().enabled}, {"isolation", Destination().is_isolated ? "process" : "none"}}},
        {"http",
         {{"tls_min", "1.2"},
          {"http_version", "auto"},
          {"connect_timeout", FormatDuration(Http().connect_timeout)},
          {"network", "onprem"}}},
        {"delivery",
         {{"timeout", FormatDuration(model::DeliveryPolicy().timeout)},
          {"concurrency", model::DeliveryPolicy().concurrency},
          {"error_history", model::DeliveryPolicy().error_history}}},
        {"retry",
         {{"base", FormatDuration(retry.base)},
          {"factor", 2},
          {"max_delay", FormatDuration(retry.max_delay)},
          {"jitter", retry.jitter},
          {"max_attempts", retry.max_attempts},
          {"max_age", FormatDuration(retry.max_age)}}},
        {"route", {{"fallback", route::Rule().fallback}}},
    };
    for (const auto& [definition, defaults] : program.items()) {
        json::Value stated = json::Value::object();
        for (const auto& [key, schema] : Keys(definition).items()) {
            if (schema.contains("default")) stated[key] = schema["default"];
        }
        EXPECT_EQ(nlohmann::json(stated), nlohmann::json(defaults)) << definition;
    }
    EXPECT_EQ(Http().minimum_tls, http_client::MinimumTls::kOneTwo);
    EXPECT_EQ(Http().http_version, http_client::HttpVersion::kAuto);
    EXPECT_EQ(Http().policy.reach, http_client::Reach::kOnPremises);
    EXPECT_EQ(Log().level, log::Level::kInfo);
    EXPECT_EQ(Log().format, log::Format::kText);
    EXPECT_EQ(retry.factor, 2);
}

}  // namespace
}  // namespace fanfare::config
