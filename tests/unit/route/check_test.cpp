#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "route/router.hpp"

namespace fanfare::route {
namespace {

Rule With(const std::string& match) { return {"r", {}, {}, json::Value::parse(match), {"x"}}; }

RuleFault Only(const Rule& rule) {
    const auto faults = Check(rule);
    EXPECT_EQ(faults.size(), 1u);
    return faults.empty() ? RuleFault{} : faults.front();
}

TEST(CheckRule, PassesAGoodRule) {
    Rule rule = With(
        R"({"type":["a"],"tenant":[5,true,"x"],"data":{"a":{"b":[1,1.5,null,true,"s"],"c":"bare"},"prefix":["x"]}})");
    rule.realms = {"prod"};
    rule.types = {"a.*", "#"};
    for (const RuleFault& fault : Check(rule)) ADD_FAILURE() << fault.pointer << ": " << fault.message;
    rule.match = json::Value();
    EXPECT_TRUE(Check(rule).empty());
}

TEST(CheckRule, NamesEveryFaultAtItsPlace) {
    Rule rule = With(R"({"data":{"a/b":{"~":[[1]]}}})");
    rule.realms = {"ok", "", "a b"};
    rule.types = {"a.b", "a*"};
    rule.to = {};
    const auto faults = Check(rule);
    ASSERT_EQ(faults.size(), 5u);
    EXPECT_EQ(faults[0].pointer, "/realms/1");
    EXPECT_EQ(faults[1].pointer, "/realms/2");
    EXPECT_EQ(faults[2].pointer, "/types/1");
    EXPECT_EQ(faults[3].pointer, "/match/data/a~1b/~0/0");
    EXPECT_EQ(faults[4].pointer, "/to");
}

TEST(CheckRule, OffersTheNearestOperatorForAnUnknownOne) {
    const RuleFault fault = Only(With(R"({"data":{"provider":[{"prefx":"gcp-"}]}})"));
    EXPECT_EQ(fault.message, "there is no operator 'prefx'");
    EXPECT_EQ(fault.hint, "did you mean 'prefix'?");
    EXPECT_EQ(Only(With(R"({"data":{"provider":[{"zzzzzz":"gcp-"}]}})")).hint, "");
}

TEST(CheckRule, SeesAnOperatorThatStandsOutsideOfItsList) {
    const RuleFault fault = Only(With(R"({"data":{"provider":{"prefix":"gcp-"}}})"));
    EXPECT_EQ(fault.pointer, "/match/data/provider/prefix");
    EXPECT_EQ(fault.message, "'prefix' is an operator, and operators stand in a list");
}

TEST(CheckRule, RefusesWhatCouldNeverMatch) {
    EXPECT_EQ(Only(With(R"({"data":{"a":[]}})")).pointer, "/match/data/a");
    EXPECT_EQ(Only(With(R"({"data":{"a":{}}})")).pointer, "/match/data/a");
    EXPECT_EQ(Only(With(R"({"subject":[null]})")).pointer, "/match/subject/0");
    EXPECT_EQ(Only(With(R"({"subject":[1.5]})")).pointer, "/match/subject/0");
    EXPECT_EQ(Only(With(R"({"subject":{"a":["x"]}})")).pointer, "/match/subject");
    EXPECT_EQ(Only(With(R"({"specversion":["1.0"]})")).pointer, "/match/specversion");
    EXPECT_EQ(Only(With(R"(["data"])")).pointer, "/match");
    Rule rule = With("{}");
    rule.match["data"]["n"] = {std::nan("")};
    EXPECT_EQ(Only(rule).pointer, "/match/data/n/0");
}

TEST(CheckRule, OffersTheAttributeThatWasMeant) {
    const RuleFault fault = Only(With(R"({"Data":{"a":["x"]}})"));
    EXPECT_EQ(fault.message, "'Data' is not an attribute of events");
    EXPECT_EQ(fault.hint, "did you mean 'data'?");
    EXPECT_EQ(Only(With(R"({"new_object":{"a":["x"]}})")).hint, "fields of the data stand below `data`");
}

}  // namespace
}  // namespace fanfare::route
