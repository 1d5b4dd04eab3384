#include "schema/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fanfare::schema {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kWebhook = R"json({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object", "additionalProperties": false, "required": ["url"],
  "properties": {
    "url": {"type": "string", "format": "uri", "description": "Where to send events"},
    "method": {"enum": ["POST", "PUT", "PATCH"], "default": "POST"},
    "timeout": {"type": "integer", "minimum": 1, "maximum": 60},
    "ratio": {"type": "number", "exclusiveMinimum": 0},
    "follow": {"type": "boolean", "default": false},
    "headers": {"type": "object", "additionalProperties": {"type": "string"}},
    "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": true},
    "prefix": {"type": "string", "pattern": "^[a-z]+$", "description": "Small letters only", "maxLength": 3},
    "tls": {"type": "object", "additionalProperties": false,
            "properties": {"ca": {"type": "string"}, "depth": {"type": "integer", "default": 4}}},
    "secret": {"anyOf": [{"$ref": "#/definitions/secret"},
                         {"type": "array", "minItems": 1, "uniqueItems": true, "items": {"$ref": "#/definitions/secret"}}]}
  },
  "definitions": {"secret": {"type": "string", "format": "fanfare-secret", "writeOnly": true, "minLength": 8}}
})json";

std::unique_ptr<const Schema> Compile(std::string_view text) {
    auto schema = Schema::Compile(text);
    EXPECT_TRUE(schema) << schema.error().message;
    return *std::move(schema);
}

// "pointer | message | hint" for each violation.
std::vector<std::string> Check(std::string_view schema, std::string_view instance) {
    std::vector<std::string> lines;
    for (const Violation& each : Compile(schema)->Check(*json::Parse(instance))) {
        lines.push_back(each.pointer + " | " + each.message + " | " + each.hint);
    }
    return lines;
}

TEST(Check, AcceptsWhatTheSchemaAllows) {
    EXPECT_THAT(Check(kWebhook, R"({"url":"https://x/","method":"PUT","timeout":60,"ratio":1,"headers":{"a":"b"}})"),
                IsEmpty());
}

TEST(Check, NamesAnUnknownOptionAndTheOneThatWasMeant) {
    EXPECT_THAT(Check(kWebhook, R"({"url":"x","metod":"PUT"})"),
                ElementsAre("/metod | unknown option 'metod' | did you mean 'method'?"));
}

TEST(Check, FindsEveryUnknownOptionNotOnlyTheFirst) {
    EXPECT_THAT(Check(kWebhook, R"({"url":"x","metod":"PUT","zebra":1,"tls":{"deepth":1}})"),
                testing::UnorderedElementsAre("/metod | unknown option 'metod' | did you mean 'method'?",
                                              "/zebra | unknown option 'zebra' | ",
                                              "/tls/deepth | unknown option 'tls.deepth' | did you mean 'depth'?"));
}

TEST(Check, NamesAMissingOptionWithItsDescription) {
    EXPECT_THAT(Check(kWebhook, "{}"), ElementsAre("/url | option 'url' is required | Where to send events"));
}

TEST(Check, SaysWhichTypeIsWantedAndWhichWasFound) {
    EXPECT_THAT(Check(kWebhook, R"({"url":["x"],"timeout":"5","follow":1,"headers":{"a":7},"tags":["a",{}]})"),
                testing::UnorderedElementsAre("/url | option 'url' must be a string, not a list | ",
                                              "/timeout | option 'timeout' must be an integer, not a string | ",
                                              "/follow | option 'follow' must be a boolean, not an integer | ",
                                              "/headers/a | option 'headers.a' must be a string, not an integer | ",
                                              "/tags/1 | option 'tags[1]' must be a string, not a table | "));
}

TEST(Check, NamesTheChoices) {
    EXPECT_THAT(Check(kWebhook, R"({"url":"x","method":"PUTT"})"),
                ElementsAre("/method | option 'method' must be 'POST', 'PUT' or 'PATCH' | did you mean 'PUT'?"));
}

TEST(Check, NamesTheLimits) {
    EXPECT_THAT(Check(kWebhook, R"({"url":"x","timeout":0,"ratio":0,"tags":[],"prefix":"abcd"})"),
                testing::UnorderedElementsAre("/timeout | option 'timeout' must be at least 1 | ",
                                              "/ratio | option 'ratio' must be more than 0 | ",
                                              "/tags | option 'tags' has too few elements; the least is 1 | ",
                                              "/prefix | option 'prefix' is too long; its greatest length is 3 | "));
    EXPECT_THAT(Check(kWebhook, R"({"url":"x","timeout":61,"tags":["a","a"],"prefix":"A"})"),
                testing::UnorderedElementsAre(
                    "/timeout | option 'timeout' must be at most 60 | ",
                    "/tags | option 'tags' holds the same element twice | ",
                    "/prefix | option 'prefix' must match the pattern ^[a-z]+$ | Small letters only"));
}

TEST(Check, TakesAReferenceWhereASecretIsDue) {
    EXPECT_THAT(Check(kWebhook, R"({"url":"x","secret":{"file":"/x"}})"), IsEmpty());
    EXPECT_THAT(Check(kWebhook, R"({"url":"x","secret":[{"env":"A"},{"credential":"b"},"whsec_x"]})"), IsEmpty());
}

TEST(Check, TakesNoReferenceWhereNoSecretIsDue) {
    EXPECT_THAT(Check(kWebhook, R"({"url":{"file":"/x"}})"),
                ElementsAre("/url | option 'url' must be a string, not a table | "));
}

TEST(Check, ExplainsTheAlternativeOfTheValuesOwnType) {
    EXPECT_THAT(Check(kWebhook, R"({"url":"x","secret":["whsec_x",5]})"),
                ElementsAre(HasSubstr("/secret/1 | option 'secret[1]' must be a string or { file")));
    EXPECT_THAT(Check(kWebhook, R"({"url":"x","secret":5})"),
                ElementsAre(HasSubstr("/secret | option 'secret' must be a string, {")));
    EXPECT_THAT(Check(kWebhook, R"({"url":"x","secret":{"fiel":"/x"}})"),
                ElementsAre(HasSubstr("or a list, not a table")));
}

TEST(Check, SaysThatOneOfSeveralOptionsIsNeededAndThatOnlyOneMayBeGiven) {
    constexpr std::string_view kEither = R"({"type":"object","oneOf":[{"required":["url"]},{"required":["socket"]}],
        "properties":{"url":{"type":"string"},"socket":{"type":"string"}}})";
    EXPECT_THAT(Check(kEither, "{}"), ElementsAre(" | one of 'url' or 'socket' is required | "));
    EXPECT_THAT(Check(kEither, R"({"url":"a","socket":"b"})"),
                ElementsAre(" | only one of 'url' or 'socket' may be given | "));
}

TEST(Check, FollowsConditions) {
    constexpr std::string_view kIf =
        R"({"type":"object","properties":{"tls":{"type":"boolean"},"ca":{"type":"string"},"old":false},
        "if":{"properties":{"tls":{"const":true}},"required":["tls"]},"then":{"required":["ca"]}})";
    EXPECT_THAT(Check(kIf, R"({"tls":true})"), ElementsAre("/ca | option 'ca' is required | "));
    EXPECT_THAT(Check(kIf, R"({"tls":false})"), IsEmpty());
    EXPECT_THAT(Check(kIf, R"({"old":1})"), ElementsAre("/old | option 'old' is not allowed here | "));
}

TEST(Check, ShowsNoValueThatMayBeASecret) {
    for (const Violation& each : Compile(kWebhook)->Check(*json::Parse(
             R"({"url":5,"secret":["hunter2","hunter2"],"hook":"hunter2","prefix":"hunter2","method":"hunter2"})"))) {
        EXPECT_EQ(each.message.find("hunter2"), std::string::npos) << each.message;
        EXPECT_EQ(each.hint.find("hunter2"), std::string::npos) << each.hint;
    }
}

TEST(Check, EscapesPointersAndNamesMembersPlainly) {
    EXPECT_THAT(Check(R"({"type":"object","properties":{"a/b~c":{"type":"string"}}})", R"({"a/b~c":1})"),
                ElementsAre("/a~1b~0c | option 'a/b~c' must be a string, not an integer | "));
}

TEST(WithDefaults, FillsAbsentMembersAtEveryLevelAndLeavesTheRest) {
    const auto schema = Compile(kWebhook);
    EXPECT_EQ(json::Dump(schema->WithDefaults(*json::Parse(R"({"url":"x","tls":{"ca":"y"}})"))),
              R"({"url":"x","tls":{"ca":"y","depth":4},"method":"POST","follow":false})");
    EXPECT_EQ(json::Dump(schema->WithDefaults(*json::Parse(R"({"method":"PUT","follow":true})"))),
              R"({"method":"PUT","follow":true})");
}

TEST(SecretPointers, NamesSecretsAndTheElementsOfLists) {
    const auto schema = Compile(kWebhook);
    EXPECT_THAT(schema->SecretPointers(*json::Parse(R"({"url":"x","secret":"s"})")), ElementsAre("/secret"));
    EXPECT_THAT(schema->SecretPointers(*json::Parse(R"({"secret":{"file":"s"}})")), ElementsAre("/secret"));
    EXPECT_THAT(schema->SecretPointers(*json::Parse(R"({"secret":["s",{"env":"E"}]})")),
                ElementsAre("/secret/0", "/secret/1"));
    EXPECT_THAT(schema->SecretPointers(*json::Parse(R"({"url":"x"})")), IsEmpty());
}

TEST(Compile, RefusesWhatIsNoSchema) {
    for (const char* text : {"", "[]", "{", R"({"type":5})", R"({"properties":[]})", R"({"pattern":"("})",
                             R"({"properties":{"a":{"$ref":"#/properties/a"}}})", R"({"allOf":[{"$ref":"#"}]})",
                             R"({"properties":{"a":{"$ref":"http://example.com/x.json"}}})", R"({"type":"sting"})"}) {
        const auto schema = Schema::Compile(text);
        ASSERT_FALSE(schema) << text;
        EXPECT_EQ(schema.error().code, base::Code::kConfig);
        EXPECT_THAT(schema.error().message, HasSubstr("not a JSON Schema: "));
    }
}

TEST(Compile, ReadsDraft4Limits) {
    EXPECT_THAT(Check(R"({"$schema":"http://json-schema.org/draft-04/schema#","properties":
                         {"n":{"minimum":3,"exclusiveMinimum":true}}})",
                      R"({"n":3})"),
                ElementsAre("/n | option 'n' must be more than 3 | "));
}

TEST(Document, IsTheSchemaAsWritten) { EXPECT_EQ(Compile(kWebhook)->document(), *json::Parse(kWebhook)); }

}  // namespace
}  // namespace fanfare::schema
