#include "route/explain.hpp"

#include <gtest/gtest.h>

namespace fanfare::route {
namespace {

model::Envelope Push() {
    model::Envelope envelope;
    envelope.event = {
        "1", "/github", "push",
        "",  "",        "application/json",
        "",  {},        R"({"ref":"refs/tags/v1","tags":[{"name":"a","value":1},{"name":"b","value":2}]})"};
    envelope.realm = "GITHUB_TAG";
    return envelope;
}

Explanation ExplainMatch(const std::string& match) {
    return Explain({"r", {}, {}, json::Value::parse(match), {"x"}}, Push());
}

TEST(Explain, SaysWhyARuleWithoutRealmsDoesNotTakeAnEventOfFanfaresOwn) {
    model::Envelope envelope = Push();
    envelope.realm = "fanfare";
    const Explanation explanation = Explain({"r", {}, {}, json::Value(), {"x"}}, envelope);
    EXPECT_FALSE(explanation.matched);
    ASSERT_EQ(explanation.clauses.size(), 1u);
    EXPECT_EQ(explanation.clauses[0].field, "realm");
    EXPECT_FALSE(explanation.clauses[0].held);
    EXPECT_TRUE(Explain({"r", {"fanfare"}, {}, json::Value(), {"x"}}, envelope).matched);
}

TEST(Explain, SaysForEachClauseWhatTheRuleWantsAndWhatTheEventHas) {
    const Rule rule{"r",
                    {"GITHUB_MASTER"},
                    {"push", "create"},
                    json::Value::parse(R"({"data":{"ref":["refs/heads/master",{"prefix":"refs/heads/release-"}]}})"),
                    {"x"}};
    const Explanation explanation = Explain(rule, Push());
    EXPECT_FALSE(explanation.matched);
    ASSERT_EQ(explanation.clauses.size(), 3u);
    EXPECT_EQ(explanation.clauses[0].field, "realm");
    EXPECT_FALSE(explanation.clauses[0].held);
    EXPECT_EQ(explanation.clauses[0].wants, "\"GITHUB_MASTER\"");
    EXPECT_EQ(explanation.clauses[0].has, "\"GITHUB_TAG\"");
    EXPECT_TRUE(explanation.clauses[1].held);
    EXPECT_EQ(explanation.clauses[2].field, "data.ref");
    EXPECT_EQ(explanation.clauses[2].wants, "\"refs/heads/master\" or text that begins with \"refs/heads/release-\"");
    EXPECT_EQ(explanation.clauses[2].has, "\"refs/tags/v1\"");
}

TEST(Explain, SaysThatAFieldIsMissing) {
    const Explanation explanation = ExplainMatch(R"({"data":{"repo":{"name":[{"anything-but":"x"}]}}})");
    EXPECT_FALSE(explanation.matched);
    EXPECT_EQ(explanation.clauses[0].field, "data.repo.name");
    EXPECT_EQ(explanation.clauses[0].wants, "anything but \"x\"");
    EXPECT_EQ(explanation.clauses[0].has, "nothing");
}

TEST(Explain, SaysThatFieldsHoldButNotForOneElement) {
    const Explanation explanation = ExplainMatch(R"({"data":{"tags":{"name":["a"],"value":[2]}}})");
    EXPECT_FALSE(explanation.matched);
    ASSERT_EQ(explanation.clauses.size(), 3u);
    EXPECT_TRUE(explanation.clauses[0].held);
    EXPECT_TRUE(explanation.clauses[1].held);
    EXPECT_EQ(explanation.clauses[1].has, "2 values: 1, 2");
    EXPECT_FALSE(explanation.clauses[2].held);
    EXPECT_EQ(explanation.clauses[2].wants, "all of these in one and the same element of a list");
}

TEST(Explain, PutsAChoiceIntoWords) {
    const Explanation explanation =
        ExplainMatch(R"({"data":{"$or":[{"ref":["x"]},{"n":[{"numeric":[">",0,"<=",5.5]}],"m":[{"exists":true}]}]}})");
    ASSERT_EQ(explanation.clauses.size(), 1u);
    EXPECT_FALSE(explanation.clauses[0].held);
    EXPECT_EQ(explanation.clauses[0].wants,
              "data.ref is \"x\"; or data.n is a number > 0 and <= 5.5 and data.m is any value");
    EXPECT_EQ(explanation.clauses[0].has, "data.ref is \"refs/tags/v1\"; data.n is nothing; data.m is nothing");
}

TEST(Explain, OfARuleThatAsksForNothingSaysThatItMatches) {
    EXPECT_TRUE(Explain({"r", {}, {}, {}, {"x"}}, Push()).matched);
    EXPECT_TRUE(Explain({"r", {}, {}, {}, {"x"}}, Push()).clauses.empty());
}

}  // namespace
}  // namespace fanfare::route
