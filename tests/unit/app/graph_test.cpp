#include "app/graph.hpp"

#include <gmock/gmock.h>

#include "app/match_text.hpp"

namespace fanfare::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr char kHostile[] = "a\"];x -> y[label=\"<b>&lt;\\N\n%%{`#}";

config::Destination MakeDestination(const std::string& name, bool enabled = true) {
    config::Destination destination;
    destination.name = name;
    destination.plugin = "webhook";
    destination.enabled = enabled;
    return destination;
}

config::Route MakeRoute(const std::string& name, std::vector<std::string> to) {
    config::Route route;
    route.rule.name = name;
    route.rule.to = std::move(to);
    return route;
}

config::Realm MakeRealm(const std::string& name) {
    config::Realm realm;
    realm.name = name;
    return realm;
}

config::Config OneRoute() {
    config::Config config;
    config.destinations = {MakeDestination("hook")};
    config.routes = {MakeRoute("all", {"hook"})};
    return config;
}

json::Value Match(std::string_view text) { return *json::Parse(text); }

TEST(Graph, DrawsRealmToRouteToDestination) {
    config::Config config = OneRoute();
    config.realms = {MakeRealm("inventory")};
    config.routes[0].rule.realms = {"inventory"};
    const std::string dot = Graph(config, GraphFormat::kDot);
    EXPECT_THAT(dot, HasSubstr("realm0 [label=\"realm inventory\""));
    EXPECT_THAT(dot, HasSubstr("realm0 -> route0;"));
    EXPECT_THAT(dot, HasSubstr("route0 -> destination0;"));
    EXPECT_THAT(dot, Not(HasSubstr("any_realm")));
}

TEST(Graph, ARouteWithoutRealmsHangsOnAnyRealm) {
    EXPECT_THAT(Graph(OneRoute(), GraphFormat::kDot), HasSubstr("any_realm -> route0;"));
    EXPECT_THAT(Graph(OneRoute(), GraphFormat::kMermaid), HasSubstr("any_realm --> route0\n"));
}

TEST(Graph, ARealmThatNobodyDeclaredIsDrawnOnce) {
    config::Config config = OneRoute();
    config.routes.push_back(MakeRoute("more", {"hook"}));
    for (config::Route& route : config.routes) route.rule.realms = {"lab"};
    const std::string dot = Graph(config, GraphFormat::kDot);
    EXPECT_THAT(dot, HasSubstr("realm0 -> route0;"));
    EXPECT_THAT(dot, HasSubstr("realm0 -> route1;"));
    EXPECT_THAT(dot, Not(HasSubstr("realm1")));
}

TEST(Graph, ADisabledDestinationIsDashedAndSaysSo) {
    config::Config config = OneRoute();
    config.destinations[0].enabled = false;
    const std::string dot = Graph(config, GraphFormat::kDot);
    EXPECT_THAT(dot, HasSubstr("destination0 [label=\"hook\\nwebhook\\ndisabled\", shape=box, style=dashed"));
    EXPECT_THAT(dot, HasSubstr("route0 -> destination0 [style=dashed];"));
    const std::string mermaid = Graph(config, GraphFormat::kMermaid);
    EXPECT_THAT(mermaid, HasSubstr("route0 -.-> destination0\n"));
    EXPECT_THAT(mermaid, HasSubstr("style destination0 stroke-dasharray: 5 5\n"));
}

TEST(Graph, AFallbackRouteIsMarked) {
    config::Config config = OneRoute();
    config.routes[0].rule.fallback = true;
    for (const GraphFormat format : {GraphFormat::kDot, GraphFormat::kMermaid})
        EXPECT_THAT(Graph(config, format), HasSubstr("fallback: only what no other route takes"));
}

TEST(Graph, ADestinationThatNoRouteNamesStandsAlone) {
    config::Config config = OneRoute();
    config.destinations.push_back(MakeDestination("spare"));
    const std::string dot = Graph(config, GraphFormat::kDot);
    EXPECT_THAT(dot, HasSubstr("label=\"spare"));
    EXPECT_THAT(dot, Not(HasSubstr("-> destination1")));
}

TEST(Graph, TypesAndMatchStandInTheRoute) {
    config::Config config = OneRoute();
    config.routes[0].rule.types = {"change.*", "notify.#"};
    config.routes[0].rule.match = Match(R"({"data": {"provider": ["aws"]}})");
    EXPECT_THAT(Graph(config, GraphFormat::kDot),
                HasSubstr(R"("all\ltypes: change.*, notify.#\ldata.provider: \"aws\"\l")"));
}

TEST(Graph, NoTextLeavesItsLabelInDot) {
    config::Config config = OneRoute();
    config.routes[0].rule.types = {kHostile};
    EXPECT_THAT(Graph(config, GraphFormat::kDot),
                HasSubstr(R"("all\ltypes: a\"];x -> y[label=\"<b>&amp;lt;\\N?%%{`#}\l")"));
}

TEST(Graph, NoTextLeavesItsLabelInMermaid) {
    config::Config config = OneRoute();
    config.routes[0].rule.types = {kHostile};
    EXPECT_THAT(Graph(config, GraphFormat::kMermaid),
                HasSubstr("(\"all<br/>types: a#34;#93;#59;x -#62; "
                          "y#91;label=#34;#60;b#62;#38;lt#59;#92;N?#37;#37;#123;#96;#35;#125;\")\n"));
}

TEST(Graph, AnUnknownFormatIsRefusedWithTheKnownOnes) {
    const auto format = ParseGraphFormat("svg");
    ASSERT_FALSE(format);
    EXPECT_THAT(format.error().message, HasSubstr("--graph dot or --graph mermaid"));
}

TEST(MatchLines, OperatorsReadAsWords) {
    EXPECT_THAT(
        MatchLines(Match(R"({"data": {"a": ["x", {"prefix": {"equals-ignore-case": "y"}}, {"exists": false}],
                                             "n": [{"numeric": [">", 3]}]}})")),
        ElementsAre(R"(data.a: "x" | prefix equals-ignore-case "y" | exists false)", R"(data.n: numeric [">",3])"));
}

TEST(MatchLines, AlternativesAreBracketed) {
    EXPECT_THAT(MatchLines(Match(R"({"data": {"$or": [{"a": [1], "b": [2]}, {"c": ["x"]}]}})")),
                ElementsAre("any of (data.a: 1 and data.b: 2) or (data.c: \"x\")"));
}

TEST(MatchLines, NothingToMatchHasNoLines) { EXPECT_THAT(MatchLines(nullptr), testing::IsEmpty()); }

TEST(MatchLines, BehindTheSixthFieldTheRestIsCounted) {
    const auto lines = MatchLines(Match(R"({"a":[1],"b":[1],"c":[1],"d":[1],"e":[1],"f":[1],"g":[1],"h":[1]})"));
    ASSERT_EQ(lines.size(), 7U);
    EXPECT_EQ(lines.back(), "and 2 more fields");
}

TEST(ShortText, IsNotCutInsideACharacter) {
    std::string umlauts;
    for (int i = 0; i < 60; ++i) umlauts += "\u00e4";
    std::string expected = umlauts.substr(0, 72);
    EXPECT_EQ(ShortText(umlauts), expected + "...");
    EXPECT_EQ(ShortText("x" + umlauts), "x" + umlauts.substr(0, 72) + "...");
}

}  // namespace
}  // namespace fanfare::app
