#include <gmock/gmock.h>

#include "unit/config/tree.hpp"

namespace fanfare::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

const std::string kDestinations =
    "[destination.a]\nplugin = \"file\"\n[destination.b]\nplugin = \"file\"\n";  // 4 lines

TEST(Route, EveryKeyArrivesAndABareStringIsAListOfOne) {
    Tree tree;
    tree.Write("fanfare.toml", kDestinations + R"([[route]]
name = "one"
realms = "inventory"
types = ["request.*", "notify.#"]
match.data.provider = ["aws", 5, true]
match.source = "x"
to = ["a", { destination = "b" }]
[[route]]
name = "two"
to = "b"
)");
    const Loaded loaded = tree.Load();
    ASSERT_THAT(tree.Heads(loaded), IsEmpty());
    ASSERT_THAT(loaded.config.routes, SizeIs(2));
    const route::Rule& one = loaded.config.routes[0].rule;
    EXPECT_EQ(one.name, "one");
    EXPECT_THAT(one.realms, ElementsAre("inventory"));
    EXPECT_THAT(one.types, ElementsAre("request.*", "notify.#"));
    EXPECT_EQ(one.match.dump(), R"({"data":{"provider":["aws",5,true]},"source":"x"})");
    EXPECT_THAT(one.to, ElementsAre("a", "b"));
    const route::Rule& two = loaded.config.routes[1].rule;
    EXPECT_THAT(two.realms, IsEmpty());
    EXPECT_THAT(two.types, IsEmpty());
    EXPECT_TRUE(two.match.is_null());
    EXPECT_THAT(two.to, ElementsAre("b"));
    EXPECT_EQ(loaded.config.routes[1].where.line, 12u);
}

TEST(Route, NameAndToAreRequired) {
    EXPECT_THAT(FaultsOf("[[route]]\n"),
                ElementsAre("1:1: error: a route has no 'name'", "1:1: error: route '' has no 'to'"));
    EXPECT_THAT(FaultsOf("[[route]]\nname = \"a b\"\nto = []\n"),
                ElementsAre("2:8: error: 'a b' is no name for a route", "3:6: error: 'to' is an empty list"));
}

TEST(Route, TheSameNameTwiceInOneFileIsReported) {
    EXPECT_THAT(FaultsOf(kDestinations + "[[route]]\nname = \"r\"\nto = \"a\"\n[[route]]\nname = \"r\"\nto = \"b\"\n"),
                ElementsAre(StartsWith("9:8: error: route 'r' is already set at ")));
}

TEST(Route, UnknownKeysAndWrongTypesAreReported) {
    EXPECT_THAT(
        FaultsOf(kDestinations + "[[route]]\n"
                                 "name = \"r\"\n"
                                 "tpyes = \"x\"\n"
                                 "realms = [\"x\", 5]\n"
                                 "match = \"data.x\"\n"
                                 "fallback = true\n"
                                 "to = [\"a\", 7, { destination = \"b\", template = \"x\" }, { dest = \"b\" }]\n"),
        ElementsAre("7:1: error: unknown key 'tpyes' in [[route]]",
                    "8:16: error: 'realms' must be a string, not an integer",
                    "9:9: error: 'match' is not valid JSON at line 1, column 1: invalid literal",
                    "11:12: error: 'to' must be a string, not an integer",
                    "11:54: error: an entry of 'to' names no destination",
                    "11:56: error: unknown key 'dest' in an entry of 'to'"));
}

TEST(Route, AnEmptyRealmIsRefusedNotTakenForEveryRealm) {
    EXPECT_THAT(FaultsOf(kDestinations + "[[route]]\nname = \"r\"\nrealms = \"\"\nto = \"a\"\n"),
                ElementsAre("7:10: error: 'realms' holds an empty string"));
    EXPECT_THAT(FaultsOf(kDestinations + "[[route]]\nname = \"r\"\nrealms = []\ntypes = []\nto = \"a\"\n"),
                ElementsAre("7:10: error: 'realms' is an empty list", "8:9: error: 'types' is an empty list"));
}

TEST(Route, ARealmThatIsNoNameIsReportedOnce) {
    EXPECT_THAT(FaultsOf(kDestinations + "[[route]]\nname = \"r\"\nrealms = \"a b\"\nto = \"a\"\n[realm.prod]\n"),
                ElementsAre(StartsWith("7:10: error: ")));
}

TEST(Route, AnUndeclaredRealmIsAFaultOnceOneIsDeclared) {
    const std::string route = "[[route]]\nname = \"r\"\nrealms = [\"prod\", \"tset\"]\nto = \"a\"\n";
    EXPECT_THAT(FaultsOf(kDestinations + route), IsEmpty());
    EXPECT_THAT(FaultsOf(kDestinations + route + "[realm.prod]\n[realm.test]\n"),
                ElementsAre("7:19: error: realm 'tset' is not declared, and others are"));
    EXPECT_THAT(HintsOf(kDestinations + route + "[realm.prod]\n[realm.test]\n"), ElementsAre("did you mean 'test'?"));
    EXPECT_THAT(FaultsOf(kDestinations + "[[route]]\nname = \"r\"\nrealms = \"Prod\"\nto = \"a\"\n[realm.prod]\n"),
                ElementsAre("7:10: error: realm 'Prod' is not declared, and others are"));
}

TEST(Route, ADestinationNamedTwiceOrUnknownIsReported) {
    EXPECT_THAT(
        FaultsOf(kDestinations + "[[route]]\nname = \"r\"\nto = [\"a\", \"nowhere\", { destination = \"a\" }]\n"),
        ElementsAre("7:12: error: there is no destination 'nowhere'", "7:39: error: 'to' names destination 'a' twice"));
}

TEST(Route, ADisabledDestinationIsAWarning) {
    Tree tree;
    tree.Write("fanfare.toml",
               "[destination.a]\nplugin = \"file\"\nenabled = false\n[[route]]\nname = \"r\"\nto = \"a\"\n");
    const Loaded loaded = tree.Load();
    EXPECT_TRUE(loaded.ok());
    EXPECT_THAT(tree.Heads(loaded),
                ElementsAre("fanfare.toml:6:6: warning: destination 'a' is disabled: this route sends it nothing"));
}

TEST(Route, AFaultOfAPatternStandsAtThePattern) {
    EXPECT_THAT(FaultsOf(kDestinations + "[[route]]\nname = \"r\"\ntypes = [\"good\",\n  \"" + std::string(257, 'x') +
                         "\"]\nto = \"a\"\n"),
                ElementsAre(StartsWith("8:3: error: ")));
}

TEST(Route, AFaultOfAMatchStandsAtTheValue) {
    EXPECT_THAT(FaultsOf(kDestinations + "[[route]]\nname = \"r\"\nto = \"a\"\n"
                                         "match.data.x = [1, { prefx = \"gcp-\" }]\n"
                                         "match.data.y = []\n"),
                ElementsAre(StartsWith("8:30: error: "), StartsWith("9:16: error: ")));
    EXPECT_THAT(FaultsOf(kDestinations + "[[route]]\nname = \"r\"\nto = \"a\"\nmatch.time = 2026-01-31\n"),
                ElementsAre(HasSubstr("8:14: error: a date cannot stand here")));
}

TEST(Route, AMatchMayBeTheJsonOfAnEventBridgeRule) {
    Tree tree;
    tree.Write("fanfare.toml", kDestinations + "[[route]]\nname = \"r\"\nto = \"a\"\n"
                                               "match = '{\"data\": {\"x\": [{\"prefix\": \"p\"}]}}'\n"
                                               "[[route]]\nname = \"s\"\nto = \"a\"\nmatch_file = \"rules/s.json\"\n"
                                               "fallback = true\n")
        .Write("rules/s.json", "{\"type\": [\"t\"]}\n");
    const Loaded loaded = tree.Load();
    ASSERT_THAT(tree.Heads(loaded), IsEmpty());
    EXPECT_EQ(json::Dump(loaded.config.routes[0].rule.match), R"({"data":{"x":[{"prefix":"p"}]}})");
    EXPECT_FALSE(loaded.config.routes[0].rule.fallback);
    EXPECT_EQ(json::Dump(loaded.config.routes[1].rule.match), R"({"type":["t"]})");
    EXPECT_TRUE(loaded.config.routes[1].rule.fallback);
}

TEST(Route, EveryFaultOfAMatchInJsonIsReportedWithItsPointer) {
    EXPECT_THAT(FaultsOf(kDestinations + "[[route]]\nname = \"r\"\nto = \"a\"\n"
                                         "match = '{\"data\": {\"x\": [], \"y\": [{\"prefx\": 1}]}}'\n"),
                ElementsAre("8:9: error: /data/x: an empty list matches no event",
                            "8:9: error: /data/y/0/prefx: there is no operator 'prefx'"));
    EXPECT_THAT(FaultsOf(kDestinations + "[[route]]\nname = \"r\"\nto = \"a\"\nmatch = '[]'\n"),
                ElementsAre("8:9: error: 'match' is not a JSON object"));
    EXPECT_THAT(FaultsOf(kDestinations + "[[route]]\nname = \"r\"\nto = \"a\"\nmatch_file = \"none.json\"\n"),
                ElementsAre(HasSubstr("8:14: error: 'match_file': cannot read ")));
    EXPECT_THAT(FaultsOf(kDestinations + "[[route]]\nname = \"r\"\nto = \"a\"\nmatch_file = \"none.json\"\nmatch = '{}'\n"),
                ElementsAre("8:14: error: a route has both 'match' and 'match_file'"));
}

}  // namespace
}  // namespace fanfare::config
