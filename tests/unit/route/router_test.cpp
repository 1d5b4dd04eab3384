#include "route/router.hpp"

#include <gtest/gtest.h>

#include <string>

namespace fanfare::route {
namespace {

json::Value Parsed(const std::string& text) { return json::Value::parse(text); }

Rule MakeRule(std::vector<std::string> realms, std::vector<std::string> types, const std::string& match,
              std::vector<std::string> to = {"x"}) {
    return {"rule", std::move(realms), std::move(types), match.empty() ? json::Value() : Parsed(match), std::move(to)};
}

model::Envelope EventWith(std::string data, std::string content_type = "application/json") {
    model::Envelope envelope;
    envelope.event.id = "1";
    envelope.event.source = "/s";
    envelope.event.type = "resource.created";
    envelope.event.content_type = std::move(content_type);
    envelope.event.data = std::move(data);
    return envelope;
}

bool Matches(const std::string& match, const model::Envelope& envelope) {
    const Rule rule = MakeRule({}, {}, match);
    for (const RuleFault& fault : Check(rule)) ADD_FAILURE() << fault.pointer << ": " << fault.message;
    return !Router::Compile({rule})->Route(envelope, std::nullopt).hits.empty();
}
bool Matches(const std::string& match, const std::string& data) { return Matches(match, EventWith(data)); }

bool PassesRealm(std::vector<std::string> realms, std::string realm) {
    model::Envelope envelope = EventWith("{}");
    envelope.realm = std::move(realm);
    return !Router::Compile({MakeRule(std::move(realms), {}, "")})->Route(envelope, std::nullopt).hits.empty();
}

// SEED-SYSTEMS A16.
TEST(Router, ARuleWithoutRealmsTakesEveryEvent) {
    EXPECT_TRUE(PassesRealm({}, ""));
    EXPECT_TRUE(PassesRealm({}, "any"));
}

// SEED-SYSTEMS A17.
TEST(Router, ARuleWithRealmsNeverTakesAnEventWithoutOne) {
    EXPECT_FALSE(PassesRealm({"prod"}, ""));
    EXPECT_FALSE(PassesRealm({"prod", "GITHUB_MASTER"}, ""));
}

// SEED-SYSTEMS A18.
TEST(Router, RealmsAreComparedWholeAndWithCase) {
    EXPECT_TRUE(PassesRealm({"GITHUB_MASTER", "prod"}, "prod"));
    EXPECT_FALSE(PassesRealm({"prod"}, "Prod"));
    EXPECT_FALSE(PassesRealm({"prod"}, "production"));
    EXPECT_FALSE(PassesRealm({"production"}, "prod"));
}

TEST(Router, AnEventOfFanfaresOwnIsTakenOnlyByARuleThatNamesItsRealm) {
    EXPECT_FALSE(PassesRealm({}, "fanfare"));
    EXPECT_FALSE(PassesRealm({"prod"}, "fanfare"));
    EXPECT_TRUE(PassesRealm({"prod", "fanfare"}, "fanfare"));
}

TEST(Router, OneOfTheTypesMustMatch) {
    const auto router = Router::Compile({MakeRule({}, {"notify.#", "resource.*"}, "")});
    EXPECT_EQ(router->Route(EventWith("{}"), std::nullopt).hits.size(), 1u);
    const auto other = Router::Compile({MakeRule({}, {"notify.#", "resource"}, "")});
    EXPECT_TRUE(other->Route(EventWith("{}"), std::nullopt).hits.empty());
}

TEST(Router, TheFirstRuleThatNamesADestinationWinsAndOrderIsThatOfRules) {
    const auto router = Router::Compile(
        {MakeRule({}, {"never"}, "", {"a"}), MakeRule({}, {}, "", {"b", "a", "b"}), MakeRule({}, {}, "", {"a", "c"})});
    const auto hits = router->Route(EventWith("{}"), std::nullopt).hits;
    ASSERT_EQ(hits.size(), 3u);
    EXPECT_EQ(hits[0].rule, 1u);
    EXPECT_EQ(hits[0].to, 0u);
    EXPECT_EQ(hits[1].rule, 1u);
    EXPECT_EQ(hits[1].to, 1u);
    EXPECT_EQ(hits[2].rule, 2u);
    EXPECT_EQ(hits[2].to, 1u);
}

TEST(Router, AFallbackAppliesOnlyWhereNoOtherRuleDoes) {
    Rule fallback = MakeRule({}, {"resource.#"}, "", {"rest"});
    fallback.fallback = true;
    const auto router = Router::Compile({fallback, MakeRule({}, {}, R"({"data":{"a":[1]}})", {"a"})});
    EXPECT_EQ(router->Route(EventWith(R"({"a":1})"), std::nullopt).rules, std::vector<std::uint32_t>{1});
    EXPECT_EQ(router->Route(EventWith(R"({"a":2})"), std::nullopt).rules, std::vector<std::uint32_t>{0});
}

TEST(Router, OneThreadMayRouteWithSeveralRoutersInTurn) {
    const auto one = Router::Compile({MakeRule({}, {}, R"({"data":{"a":[1]}})", {"a"})});
    const auto two =
        Router::Compile({MakeRule({}, {}, "", {"a", "b"}), MakeRule({}, {}, R"({"data":{"b":[1]}})", {"c"})});
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(one->Route(EventWith(R"({"a":1,"b":1})"), std::nullopt).hits.size(), 1u);
        EXPECT_EQ(two->Route(EventWith(R"({"a":1,"b":1})"), std::nullopt).hits.size(), 3u);
    }
}

TEST(Router, NoRulesGiveNoHits) { EXPECT_TRUE(Router::Compile({})->Route(EventWith("{}"), std::nullopt).hits.empty()); }

TEST(Match, EveryFieldMustMatchAndOneOfItsValues) {
    const std::string match = R"({"data":{"action":["create","update"],"new":{"provider":"aws"}}})";
    EXPECT_TRUE(Matches(match, R"({"action":"update","new":{"provider":"aws"}})"));
    EXPECT_FALSE(Matches(match, R"({"action":"delete","new":{"provider":"aws"}})"));
    EXPECT_FALSE(Matches(match, R"({"action":"create","new":{"provider":"gcp"}})"));
    EXPECT_FALSE(Matches(match, R"({"action":"create"})"));
    EXPECT_FALSE(Matches(match, R"({"action":"create","provider":"aws"})"));
}

TEST(Match, AMissingFieldNeverMatchesNotEvenNull) {
    EXPECT_TRUE(Matches(R"({"data":{"diff":[null]}})", R"({"diff":null})"));
    EXPECT_FALSE(Matches(R"({"data":{"diff":[null]}})", R"({"other":null})"));
    EXPECT_FALSE(Matches(R"({"data":{"diff":[null]}})", R"({"diff":{}})"));
    EXPECT_FALSE(Matches(R"({"data":{"diff":[null]}})", R"({"diff":[]})"));
    EXPECT_FALSE(Matches(R"({"data":{"diff":[null]}})", R"({"diff":"null"})"));
}

TEST(Match, NumbersEqualByTheirDecimalValue) {
    const auto equal = [](const std::string& rule, const std::string& event) {
        return Matches("{\"data\":{\"n\":[" + rule + "]}}", "{\"n\":" + event + "}");
    };
    EXPECT_TRUE(equal("1", "1.0"));
    EXPECT_TRUE(equal("1.0", "1"));
    EXPECT_TRUE(equal("100", "1e2"));
    EXPECT_TRUE(equal("0.1", "1.00e-1"));
    EXPECT_TRUE(equal("0", "-0.0e5"));
    EXPECT_TRUE(equal("-12.5", "-1250E-2"));
    EXPECT_TRUE(equal("1e22", "10000000000000000000000"));
    EXPECT_TRUE(equal("9007199254740993", "9007199254740993"));
    EXPECT_FALSE(equal("9007199254740993", "9007199254740992"));
    EXPECT_FALSE(equal("9007199254740992", "9007199254740993"));
    EXPECT_TRUE(equal("18446744073709551615", "18446744073709551615"));
    EXPECT_FALSE(equal("0", "18446744073709551616"));
    EXPECT_FALSE(equal("1", "-1"));
    EXPECT_FALSE(equal("1", "1.0000000000000000000000000000000000000000000000000001"));
    EXPECT_FALSE(equal("1", "1e99999999999999999999"));
    EXPECT_FALSE(equal("1", "\"1\""));
    EXPECT_FALSE(equal("\"1\"", "1"));
    EXPECT_FALSE(equal("1", "true"));
}

TEST(Match, BooleansAndTextAreToldApart) {
    EXPECT_TRUE(Matches(R"({"data":{"locked":[false]}})", R"({"locked":false})"));
    EXPECT_FALSE(Matches(R"({"data":{"locked":[false]}})", R"({"locked":true})"));
    EXPECT_FALSE(Matches(R"({"data":{"locked":[false]}})", R"({"locked":"false"})"));
    EXPECT_FALSE(Matches(R"({"data":{"locked":["false"]}})", R"({"locked":false})"));
}

TEST(Match, TextEqualsOnceEscapesAreUndone) {
    EXPECT_TRUE(Matches(R"({"data":{"a/b":["x\ny\u00e9"]}})", R"({"a\/b":"x\u000ay\u00E9"})"));
    EXPECT_TRUE(Matches(R"({"data":{"\u00e9":["v"]}})", "{\"\xC3\xA9\":\"v\"}"));
    EXPECT_FALSE(Matches(R"({"data":{"a":["x"]}})", R"({"a":"X"})"));
    EXPECT_FALSE(Matches(R"({"data":{"a":[""]}})", R"({"a":"x"})"));
    EXPECT_TRUE(Matches(R"({"data":{"":[""]}})", R"({"":""})"));
}

TEST(Match, AListInTheEventMatchesByOneOfItsElements) {
    EXPECT_TRUE(Matches(R"({"data":{"tags":["a","b"]}})", R"({"tags":["x","b"]})"));
    EXPECT_FALSE(Matches(R"({"data":{"tags":["a","b"]}})", R"({"tags":["x","y"]})"));
    EXPECT_FALSE(Matches(R"({"data":{"tags":["a"]}})", R"({"tags":[]})"));
    EXPECT_TRUE(Matches(R"({"data":{"tags":["a"]}})", R"({"tags":[[1,["a"]]]})"));
    EXPECT_TRUE(Matches(R"({"data":["a"]})", R"(["b","a"])")) << "data itself may be a list";
    EXPECT_TRUE(Matches(R"({"data":["a"]})", R"("a")"));
}

TEST(Match, ObjectsInListsAreSearched) {
    const std::string match = R"({"data":{"new_object":{"tags":{"name":["2"]}}}})";
    EXPECT_TRUE(Matches(match, R"({"new_object":{"tags":[{"name":"1"},{"name":"2"}]}})"));
    EXPECT_FALSE(Matches(match, R"({"new_object":{"tags":[{"name":"1"},{"value":"2"}]}})"));
    EXPECT_TRUE(Matches(match, R"([{"new_object":[{"tags":{"name":"2"}}]}])"));
}

TEST(Match, OfTwinsInAnObjectTheLastCounts) {
    const std::string match = R"({"data":{"a":{"b":["x"]},"z":[1]}})";
    EXPECT_FALSE(Matches(match, R"({"a":{"b":"x"},"z":1,"a":{"b":"y"}})"));
    EXPECT_TRUE(Matches(match, R"({"a":{"b":"y"},"z":1,"a":{"b":"x"}})"));
    EXPECT_FALSE(Matches(match, R"({"a":{"b":"x"},"z":1,"\u0061":0})"));
    EXPECT_FALSE(Matches(match, R"({"a":{"b":["x",{"c":1}],"b":2},"z":1})"));
    EXPECT_FALSE(Matches(match, R"({"a":[{"b":"x"}],"z":[1],"a":[{"b":"q"}],"z":1})"));
    EXPECT_TRUE(Matches(match, R"({"a":[{"b":"x"},{"b":"y"}],"z":1})")) << "elements are not twins";
}

TEST(Match, AFieldCanHaveValuesAndMembersForDifferentRules) {
    const auto router =
        Router::Compile({MakeRule({}, {}, R"({"data":{"a":[1]}})", {"x"}),
                         MakeRule({}, {}, R"({"data":{"a":{"b":[1]}}})", {"y"}), MakeRule({}, {}, "", {"z"})});
    EXPECT_EQ(router->Route(EventWith(R"({"a":1})"), std::nullopt).hits.size(), 2u);
    const auto hits = router->Route(EventWith(R"({"a":[{"b":1}]})"), std::nullopt).hits;
    ASSERT_EQ(hits.size(), 2u);
    EXPECT_EQ(hits[0].rule, 1u);
    EXPECT_EQ(router->Route(EventWith(R"({"a":[1,{"b":1}]})"), std::nullopt).hits.size(), 3u);
}

TEST(Match, AttributesExtensionsAndRealmAreFields) {
    model::Envelope envelope = EventWith("{}");
    envelope.realm = "prod";
    envelope.event.subject = "s";
    envelope.event.extensions = {{"sequence", "5", model::AttributeKind::kInteger},
                                 {"flag", "true", model::AttributeKind::kBoolean},
                                 {"tenant", "acme", model::AttributeKind::kString},
                                 {"realm", "other", model::AttributeKind::kString}};
    EXPECT_TRUE(Matches(R"({"type":["resource.created"],"source":"/s","id":["1"],"subject":["s"],"realm":["prod"]})",
                        envelope));
    EXPECT_TRUE(Matches(R"({"sequence":[5],"flag":[true],"tenant":["acme"]})", envelope));
    EXPECT_TRUE(Matches(R"({"sequence":["5"],"flag":["true"]})", envelope)) << "text on the wire in binary mode";
    EXPECT_FALSE(Matches(R"({"realm":["other"]})", envelope)) << "the realm of the envelope counts";
    EXPECT_FALSE(Matches(R"({"time":[""]})", envelope)) << "absent";
    EXPECT_FALSE(Matches(R"({"nosuch":["x"]})", envelope));
    EXPECT_FALSE(Matches(R"({"tenant":["acme"],"data":{"a":[1]}})", envelope));
}

TEST(Match, DataThatIsNotJsonNeverMatches) {
    const std::string match = R"({"data":{"a":[1]}})";
    EXPECT_FALSE(Matches(match, EventWith(R"({"a":1})", "text/plain")));
    EXPECT_TRUE(Matches(match, EventWith(R"({"a":1})", "application/vnd.x+json; charset=utf-8")));
    EXPECT_TRUE(Matches(match, EventWith(R"({"a":1})", ""))) << "nothing said: tried";
    EXPECT_FALSE(Matches(match, EventWith(R"({"a":1} x)", "")));
    EXPECT_FALSE(Matches(match, EventWith("", "application/json")));
    EXPECT_FALSE(Matches(match, EventWith("", "")));
}

TEST(Match, SurvivesDataThatClaimsToBeJson) {
    const std::string match = R"({"data":{"a":{"b":["x"]}}})";
    for (const std::string& data : {std::string("{\"a\":{\"b\""), std::string("{\"a\":["), std::string("\xFF\xFE"),
                                    std::string("}"), std::string(200'000, '['), std::string("{\"a\":{\"b\":\"\\")}) {
        EXPECT_FALSE(Matches(match, EventWith(data)));
    }
}

TEST(Match, TheLastOfAHundredThousandTwinsCounts) {
    std::string data = "{";
    for (int i = 0; i < 100'000; ++i) data += "\"a\":{\"b\":\"y\"},";
    EXPECT_TRUE(Matches(R"({"data":{"a":{"b":["x"]}}})", data + "\"a\":{\"b\":\"x\"}}"));
    EXPECT_FALSE(Matches(R"({"data":{"a":{"b":["y"]}}})", data + "\"a\":{\"b\":\"x\"}}"));
}

}  // namespace
}  // namespace fanfare::route
