// The pattern language as aws/event-ruler documents it (README, "Ruler by Example" to "JSON Array Matching"), with its
// examples. Its events stand below `data`, where patterns of ours look for members. Every case is asked of the router
// and of Explain.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "route/explain.hpp"

namespace fanfare::route {
namespace {

constexpr const char* kEvent = R"({
    "version": "0", "id": "ddddd4-aaaa-7777-4444-345dd43cc333", "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2", "account": "012345679012", "time": "2017-10-02T16:24:49Z", "region": "us-east-1",
    "resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaa00000"],
    "detail": {"c-count": 5, "d-count": 3, "x-limit": 301.8, "source-ip": "10.0.0.33",
               "instance-id": "i-000000aaaaaa00000", "state": "running"}})";

Rule RuleOf(const std::string& pattern) {
    Rule rule{"r", {}, {}, json::Value::parse("{\"data\":" + pattern + "}"), {"x"}};
    return rule;
}

bool Matches(const std::string& pattern, const std::string& data) {
    const Rule rule = RuleOf(pattern);
    for (const RuleFault& fault : Check(rule))
        ADD_FAILURE() << pattern << " " << fault.pointer << ": " << fault.message;
    model::Envelope envelope;
    envelope.event = {"1", "/s", "t", "", "", "application/json", "", {}, data};
    const bool routed = !Router::Compile({rule})->Route(envelope, std::nullopt).rules.empty();
    EXPECT_EQ(routed, Explain(rule, envelope).matched) << pattern;
    return routed;
}

// The field "a" of the event against one list of tests.
bool FieldMatches(const std::string& tests, const std::string& value) {
    return Matches("{\"a\":" + tests + "}", "{\"a\":" + value + "}");
}

std::string FaultOf(const std::string& tests) {
    const std::vector<RuleFault> faults = Check(RuleOf("{\"a\":" + tests + "}"));
    return faults.empty()
               ? ""
               : faults.front().pointer.substr(std::string("/match/data/a").size()) + ": " + faults.front().message;
}

TEST(RulerConformance, SimpleMatchingIsByOneOfTheValuesOfEveryField) {
    EXPECT_TRUE(Matches(R"({"detail-type":["EC2 Instance State-change Notification"],
        "resources":["arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaa00000"],
        "detail":{"state":["initializing","running"]}})",
                        kEvent));
    EXPECT_FALSE(Matches(R"({"detail-type":["EC2 Instance State-change Notification"],"detail":{"state":["stopped"]}})",
                         kEvent));
}

TEST(RulerConformance, TextOperatorsOfTheReadmeMatchItsEvent) {
    EXPECT_TRUE(Matches(R"({"time":[{"prefix":"2017-10-02"}]})", kEvent));
    EXPECT_TRUE(Matches(R"({"source":[{"suffix":"ec2"}]})", kEvent));
    EXPECT_TRUE(Matches(R"({"source":[{"equals-ignore-case":"AWS.EC2"}]})", kEvent));
    EXPECT_TRUE(Matches(R"({"source":[{"wildcard":"aws*2"}]})", kEvent));
    EXPECT_FALSE(Matches(R"({"time":[{"prefix":"2017-10-03"}]})", kEvent));
    EXPECT_FALSE(Matches(R"({"source":[{"suffix":"EC2"}]})", kEvent));
}

TEST(RulerConformance, PrefixAndSuffixMayIgnoreCase) {
    EXPECT_TRUE(FieldMatches(R"([{"prefix":{"equals-ignore-case":"GCP-"}}])", R"("gcp-1")"));
    EXPECT_TRUE(FieldMatches(R"([{"suffix":{"equals-ignore-case":".PNG"}}])", R"("x.Png")"));
    EXPECT_FALSE(FieldMatches(R"([{"suffix":{"equals-ignore-case":".PNG"}}])", R"("x.jpg")"));
}

TEST(RulerConformance, CaseIsIgnoredBeyondAscii) {
    EXPECT_TRUE(FieldMatches("[{\"equals-ignore-case\":\"\xC3\x89T\xC3\x89\"}]", "\"\xC3\xA9t\xC3\xA9\""));
    EXPECT_TRUE(FieldMatches("[{\"equals-ignore-case\":\"\xD0\x94\xD0\x90\"}]", "\"\xD0\xB4\xD0\xB0\""));
    EXPECT_FALSE(FieldMatches("[{\"equals-ignore-case\":\"\xC3\x89\"}]", "\"e\""));
}

TEST(RulerConformance, TextOperatorsHoldForTextOnly) {
    for (const char* const tests : {R"([{"prefix":"1"}])", R"([{"suffix":"1"}])", R"([{"wildcard":"*"}])",
                                    R"([{"equals-ignore-case":"1"}])", R"([{"cidr":"0.0.0.0/0"}])"}) {
        EXPECT_FALSE(FieldMatches(tests, "1")) << tests;
        EXPECT_FALSE(FieldMatches(tests, "true")) << tests;
        EXPECT_FALSE(FieldMatches(tests, "null")) << tests;
    }
}

TEST(RulerConformance, AWildcardIsAnyTextAlsoNone) {
    EXPECT_TRUE(FieldMatches(R"([{"wildcard":"Simple*Service"}])", R"("SimpleQueueService")"));
    EXPECT_TRUE(FieldMatches(R"([{"wildcard":"Simple*Service"}])", R"("SimpleService")"));
    EXPECT_FALSE(FieldMatches(R"([{"wildcard":"Simple*Service"}])", R"("SimpleServic")"));
    EXPECT_TRUE(FieldMatches(R"([{"wildcard":"*"}])", R"("")"));
    EXPECT_TRUE(FieldMatches(R"([{"wildcard":"*a*a*"}])", R"("xaxax")"));
    EXPECT_FALSE(FieldMatches(R"([{"wildcard":"aa*aa"}])", R"("aaa")")) << "no letter counts twice";
    EXPECT_TRUE(FieldMatches(R"([{"wildcard":"a\\*b\\\\c"}])", R"("a*b\\c")"));
    EXPECT_FALSE(FieldMatches(R"([{"wildcard":"a\\*b"}])", R"("axb")"));
}

TEST(RulerConformance, AnythingButTakesWhatIsNotNamed) {
    EXPECT_TRUE(Matches(R"({"detail":{"state":[{"anything-but":"initializing"}]}})", kEvent));
    EXPECT_TRUE(Matches(R"({"detail":{"x-limit":[{"anything-but":123}]}})", kEvent));
    EXPECT_TRUE(Matches(R"({"detail":{"state":[{"anything-but":["stopped","overloaded"]}]}})", kEvent));
    EXPECT_TRUE(Matches(R"({"detail":{"x-limit":[{"anything-but":[100,200,300]}]}})", kEvent));
    EXPECT_TRUE(Matches(R"({"detail":{"state":[{"anything-but":{"prefix":"init"}}]}})", kEvent));
    EXPECT_FALSE(Matches(R"({"detail":{"state":[{"anything-but":{"prefix":"run"}}]}})", kEvent));
    EXPECT_FALSE(Matches(R"({"detail":{"state":[{"anything-but":["stopped","running"]}]}})", kEvent));
    EXPECT_FALSE(FieldMatches(R"([{"anything-but":[1,2]}])", "2.0"));
    EXPECT_TRUE(FieldMatches(R"([{"anything-but":[1,2]}])", R"("2")"));
}

TEST(RulerConformance, AnythingButTakesOperatorsSingleOrInAList) {
    EXPECT_FALSE(FieldMatches(R"([{"anything-but":{"prefix":["a","b"]}}])", R"("bcd")"));
    EXPECT_FALSE(FieldMatches(R"([{"anything-but":{"suffix":["a","d"]}}])", R"("bcd")"));
    EXPECT_FALSE(FieldMatches(R"([{"anything-but":{"equals-ignore-case":["BCD"]}}])", R"("bcd")"));
    EXPECT_FALSE(FieldMatches(R"([{"anything-but":{"wildcard":"*c*"}}])", R"("bcd")"));
    EXPECT_FALSE(FieldMatches(R"([{"anything-but":{"prefix":{"equals-ignore-case":"B"}}}])", R"("bcd")"));
    EXPECT_TRUE(FieldMatches(R"([{"anything-but":{"wildcard":["*x*","y*"]}}])", R"("bcd")"));
}

TEST(RulerConformance, AnythingButNeedsAValue) {
    EXPECT_FALSE(Matches(R"({"none":[{"anything-but":"x"}]})", kEvent));
    EXPECT_FALSE(FieldMatches(R"([{"anything-but":"x"}])", "{}"));
    EXPECT_FALSE(FieldMatches(R"([{"anything-but":"x"}])", "[]"));
    EXPECT_TRUE(FieldMatches(R"([{"anything-but":"x"}])", R"(["x","y"])")) << "one element that is something else";
}

TEST(RulerConformance, NumericComparesNumbersAndNothingElse) {
    EXPECT_TRUE(Matches(R"({"detail":{"c-count":[{"numeric":[">",0,"<=",5]}],"d-count":[{"numeric":["<",10]}],
                            "x-limit":[{"numeric":["=",3.018e2]}]}})",
                        kEvent));
    EXPECT_FALSE(Matches(R"({"detail":{"c-count":[{"numeric":[">",0,"<",5]}]}})", kEvent));
    EXPECT_FALSE(FieldMatches(R"([{"numeric":[">",0]}])", R"("5")"));
    EXPECT_TRUE(FieldMatches(R"([{"numeric":[">=",-0.1]}])", "-1e-1"));
    EXPECT_FALSE(FieldMatches(R"([{"numeric":[">",-0.1]}])", "-1e-1"));
    EXPECT_TRUE(FieldMatches(R"([{"numeric":[">",9007199254740992]}])", "9007199254740993")) << "no double between";
    EXPECT_FALSE(FieldMatches(R"([{"numeric":["<",9007199254740993]}])", "9007199254740993"));
}

TEST(RulerConformance, CidrTakesAddressesOfBothFamilies) {
    EXPECT_TRUE(Matches(R"({"detail":{"source-ip":[{"cidr":"10.0.0.0/24"}]}})", kEvent));
    EXPECT_FALSE(FieldMatches(R"([{"cidr":"10.0.0.0/24"}])", R"("10.0.1.0")"));
    EXPECT_TRUE(FieldMatches(R"([{"cidr":"10.0.0.77/24"}])", R"("10.0.0.255")"));
    EXPECT_TRUE(FieldMatches(R"([{"cidr":"2001:db8::/33"}])", R"("2001:db8:7fff::1")"));
    EXPECT_FALSE(FieldMatches(R"([{"cidr":"2001:db8::/33"}])", R"("2001:db8:8000::1")"));
    EXPECT_FALSE(FieldMatches(R"([{"cidr":"0.0.0.0/0"}])", R"("::1")"));
    EXPECT_FALSE(FieldMatches(R"([{"cidr":"0.0.0.0/0"}])", R"("10.0.0.0/24")"));
    EXPECT_TRUE(FieldMatches(R"([{"cidr":"10.0.0.1/32"}])", R"("10.0.0.1")"));
}

TEST(RulerConformance, ExistsLooksAtLeavesOnly) {
    EXPECT_TRUE(Matches(R"({"detail":{"c-count":[{"exists":true}]}})", kEvent));
    EXPECT_FALSE(Matches(R"({"detail":{"c-count":[{"exists":false}]}})", kEvent));
    EXPECT_TRUE(Matches(R"({"detail":{"none":[{"exists":false}]}})", kEvent));
    EXPECT_TRUE(Matches(R"({"detail":{"c-count":[{"exists":false}]}})", R"({"detail":{"c-count":{"c1":100}}})"));
    EXPECT_FALSE(Matches(R"({"detail":{"c-count":[{"exists":true}]}})", R"({"detail":{"c-count":{"c1":100}}})"));
    EXPECT_TRUE(FieldMatches(R"([{"exists":true}])", "null"));
    EXPECT_TRUE(FieldMatches(R"([{"exists":false}])", "[]"));
    EXPECT_TRUE(Matches(R"({"x":{"y":[{"exists":false}]}})", R"({"z":1})")) << "what holds it is missing as well";
}

TEST(RulerConformance, AbsenceIsOfTheWholeEventNotOfOneElement) {
    EXPECT_FALSE(Matches(R"({"a":{"b":[1],"c":[{"exists":false}]}})", R"({"a":[{"b":1},{"b":2,"c":3}]})"));
    EXPECT_TRUE(Matches(R"({"a":{"b":[1],"c":[{"exists":false}]}})", R"({"a":[{"b":1},{"b":2}]})"));
}

TEST(RulerConformance, TheComplexExampleMatches) {
    EXPECT_TRUE(Matches(R"({"time":[{"prefix":"2017-10-02"}],"detail":{"state":[{"anything-but":"initializing"}],
        "c-count":[{"numeric":[">",0,"<=",5]}],"d-count":[{"numeric":["<",10]}],
        "x-limit":[{"anything-but":[100,200,300]}],"source-ip":[{"cidr":"10.0.0.0/8"}]}})",
                        kEvent));
}

TEST(RulerConformance, OrIsAmongFieldsAndNests) {
    const std::string simple = R"({"source":["aws.cloudwatch"],"$or":[{"metricName":["CPUUtilization","ReadLatency"]},
                                   {"namespace":["AWS/EC2","AWS/ES"]}]})";
    EXPECT_TRUE(Matches(simple, R"({"source":"aws.cloudwatch","metricName":"ReadLatency"})"));
    EXPECT_TRUE(Matches(simple, R"({"source":"aws.cloudwatch","namespace":"AWS/ES"})"));
    EXPECT_FALSE(Matches(simple, R"({"source":"aws.cloudwatch"})"));
    EXPECT_FALSE(Matches(simple, R"({"source":"x","namespace":"AWS/ES"})"));

    const std::string parallel = R"({"$or":[{"metricName":["CPUUtilization"]},{"namespace":["AWS/EC2"]}],
        "detail":{"$or":[{"source":["aws.cloudwatch"]},{"detail-type":["CloudWatch Alarm State Change"]}]}})";
    EXPECT_TRUE(Matches(parallel, R"({"namespace":"AWS/EC2","detail":{"source":"aws.cloudwatch"}})"));
    EXPECT_FALSE(Matches(parallel, R"({"namespace":"AWS/EC2","detail":{"source":"x"}})"));

    const std::string nested = R"({"source":["aws.cloudwatch"],"$or":[{"metricName":["CPUUtilization"]},
        {"metricType":["MetricType"],"namespace":["AWS/EC2"],"$or":[{"metricId":[1234]},{"spaceId":[1000]}]},
        {"scope":["Service"]}]})";
    EXPECT_TRUE(Matches(
        nested, R"({"source":"aws.cloudwatch","metricType":"MetricType","namespace":"AWS/EC2","spaceId":1000})"));
    EXPECT_FALSE(Matches(nested, R"({"source":"aws.cloudwatch","metricType":"MetricType","namespace":"AWS/EC2"})"));
    EXPECT_TRUE(Matches(nested, R"({"source":"aws.cloudwatch","scope":"Service"})"));
}

TEST(RulerConformance, FieldsOfObjectsInAListMustBeOfOneElement) {
    const std::string event = R"({"employees":[{"firstName":"Anna","ids":["A","B"]},{"firstName":"John","ids":["C"]}],
                                  "deep":[{"x":[{"p":1,"q":2},{"p":3,"q":4}],"n":1},{"x":[{"p":1,"q":4}],"n":2}]})";
    EXPECT_TRUE(Matches(R"({"employees":{"firstName":["Anna"],"ids":["B"]}})", event));
    EXPECT_FALSE(Matches(R"({"employees":{"firstName":["Anna"],"ids":["C"]}})", event));
    EXPECT_TRUE(Matches(R"({"deep":{"x":{"p":[1],"q":[4]},"n":[2]}})", event));
    EXPECT_FALSE(Matches(R"({"deep":{"x":{"p":[1],"q":[4]},"n":[1]}})", event));
    EXPECT_FALSE(Matches(R"({"deep":{"x":{"p":[3],"q":[2]}}})", event));
}

TEST(RulerConformance, WhatCannotBeARuleIsRefusedWhenItIsLoaded) {
    EXPECT_EQ(FaultOf("[]"), ": an empty list matches no event");
    EXPECT_EQ(FaultOf("[[1]]"), "/0: a list in a list is not a value");
    EXPECT_EQ(FaultOf("[{}]"), "/0: an operator has a name and a value");
    EXPECT_EQ(FaultOf(R"([{"prefix":"a","suffix":"b"}])"), "/0: has more than one operator");
    EXPECT_EQ(FaultOf(R"([{"prefix":1}])"), "/0/prefix: 'prefix' wants a text");
    EXPECT_EQ(FaultOf(R"([{"suffix":["a"]}])"), "/0/suffix: 'suffix' wants a text");
    EXPECT_EQ(FaultOf(R"([{"equals-ignore-case":5}])"), "/0/equals-ignore-case: 'equals-ignore-case' wants a text");
    EXPECT_EQ(FaultOf(R"([{"exists":"true"}])"), "/0/exists: 'exists' is true or false");
    EXPECT_EQ(FaultOf(R"([{"cidr":"10.0.0.0"}])"), "/0/cidr: 'cidr' wants a network");
    EXPECT_EQ(FaultOf(R"([{"cidr":"10.0.0.0/33"}])"), "/0/cidr: 'cidr' wants a network");
    EXPECT_EQ(FaultOf(R"([{"cidr":"300.0.0.0/8"}])"), "/0/cidr: 'cidr' wants a network");
    EXPECT_EQ(FaultOf(R"([{"wildcard":"a**b"}])"), "/0/wildcard: has two '*' in a row");
    EXPECT_EQ(FaultOf(R"([{"wildcard":"a\\b"}])"), "/0/wildcard: has a '\\' before what needs none");
    EXPECT_EQ(FaultOf(R"([{"wildcard":"a\\"}])"), "/0/wildcard: has a '\\' before what needs none");
}

TEST(RulerConformance, NumericIsStrictAboutOrderAndEmptiness) {
    EXPECT_EQ(FaultOf(R"([{"numeric":[]}])"), "/0/numeric: 'numeric' wants a comparison and a number, or two of each");
    EXPECT_EQ(FaultOf(R"([{"numeric":["<"]}])"),
              "/0/numeric: 'numeric' wants a comparison and a number, or two of each");
    EXPECT_EQ(FaultOf(R"([{"numeric":["<","5"]}])"), "/0/numeric/1: must be a number");
    EXPECT_EQ(FaultOf(R"([{"numeric":["=>",5]}])"), "/0/numeric/0: '=>' cannot stand here");
    EXPECT_EQ(FaultOf(R"([{"numeric":["<",5,">",1]}])"), "/0/numeric/2: '>' cannot stand here");
    EXPECT_EQ(FaultOf(R"([{"numeric":[">",5,"<",5]}])"),
              "/0/numeric: the range is empty: the lower end comes first and is the smaller one");
    EXPECT_EQ(FaultOf(R"([{"numeric":["=",5,"<",6]}])"), "/0/numeric/0: '=' cannot stand here");
    EXPECT_EQ(FaultOf(R"([{"numeric":["<",5,"<",6]}])"),
              "/0/numeric: the range is empty: the lower end comes first and is the smaller one");
}

TEST(RulerConformance, AnythingButIsStrictAboutWhatItExcludes) {
    EXPECT_NE(FaultOf(R"([{"anything-but":[]}])"), "");
    EXPECT_NE(FaultOf(R"([{"anything-but":["a",1]}])"), "");
    EXPECT_NE(FaultOf(R"([{"anything-but":null}])"), "");
    EXPECT_NE(FaultOf(R"([{"anything-but":[true]}])"), "");
    EXPECT_NE(FaultOf(R"([{"anything-but":{"numeric":["<",1]}}])"), "");
    EXPECT_NE(FaultOf(R"([{"anything-but":{"prefix":""}}])"), "");
    EXPECT_NE(FaultOf(R"([{"anything-but":{"prefix":"a","suffix":"b"}}])"), "");
    EXPECT_NE(FaultOf(R"([{"anything-but":{"wildcard":"**"}}])"), "");
}

TEST(RulerConformance, OrWithFewerThanTwoTablesIsRefusedRatherThanTakenForAField) {
    for (const char* const pattern :
         {R"({"$or":[]})", R"({"$or":[{"a":[1]}]})", R"({"$or":{"a":[1]}})", R"({"$or":[{"a":[1]},{}]})",
          R"({"$or":[{"a":[1]},5]})", R"({"$or":[{"numeric":123},{"prefix":"abc"}]})"}) {
        EXPECT_FALSE(Check(RuleOf(pattern)).empty()) << pattern;
    }
}

}  // namespace
}  // namespace fanfare::route
