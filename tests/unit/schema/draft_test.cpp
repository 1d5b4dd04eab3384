// What drafts 4, 6 and 7 say of each keyword.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schema/schema.hpp"
#include "unit/schema/corpus.hpp"

namespace fanfare::schema {
namespace {

using testing::HasSubstr;

constexpr const char* kDraft4 = "http://json-schema.org/draft-04/schema#";
constexpr const char* kDraft6 = "http://json-schema.org/draft-06/schema#";

bool IsValid(std::string_view schema, std::string_view value, const char* draft = nullptr) {
    json::Value document = *json::Parse(schema);
    if (draft != nullptr) document["$schema"] = draft;
    const auto compiled = Schema::Compile(json::Dump(document), Subject::kData);
    EXPECT_TRUE(compiled) << compiled.error().message;
    return (*compiled)->Check(*json::Parse(value)).empty();
}

std::string Fault(std::string_view schema) {
    const auto compiled = Schema::Compile(schema, Subject::kData);
    return compiled ? "" : compiled.error().message;
}

TEST(Drafts, AgreeWithAnotherValidatorOnEverySchemaOfTheCorpus) {
    std::size_t valid = 0;
    std::size_t invalid = 0;
    for (const std::string& line : ReadLines("draft_corpus.txt")) {
        const json::Value entry = *json::Parse(line);
        const auto schema = Schema::Compile(json::Dump(entry[0]), Subject::kData);
        ASSERT_TRUE(schema) << schema.error().message << line;
        for (const json::Value& each : entry[1]) {
            EXPECT_EQ((*schema)->Check(each[0]).empty(), each[1].get<bool>()) << entry[0] << '\n' << each[0];
            ++(each[1].get<bool>() ? valid : invalid);
        }
    }
    EXPECT_GT(valid, 500u);
    EXPECT_GT(invalid, 500u);
}

TEST(Drafts, HaveExclusiveLimitsAsABooleanInDraft4AndAsANumberLater) {
    constexpr std::string_view kBoolean =
        R"({"minimum":3,"exclusiveMinimum":true,"maximum":5,"exclusiveMaximum":true})";
    EXPECT_FALSE(IsValid(kBoolean, "3", kDraft4));
    EXPECT_TRUE(IsValid(kBoolean, "4", kDraft4));
    EXPECT_FALSE(IsValid(kBoolean, "5", kDraft4));
    constexpr std::string_view kNumber = R"({"exclusiveMinimum":3,"exclusiveMaximum":5})";
    for (const char* draft : {kDraft6, static_cast<const char*>(nullptr)}) {
        EXPECT_FALSE(IsValid(kNumber, "3", draft));
        EXPECT_TRUE(IsValid(kNumber, "4", draft));
        EXPECT_FALSE(IsValid(kNumber, "5", draft));
    }
    EXPECT_THAT(Fault(kBoolean), HasSubstr("not a JSON Schema: "));
}

TEST(Drafts, Take3Dot0ForAnIntegerSinceDraft6) {
    EXPECT_FALSE(IsValid(R"({"type":"integer"})", "3.0", kDraft4));
    EXPECT_TRUE(IsValid(R"({"type":"integer"})", "3.0", kDraft6));
    EXPECT_FALSE(IsValid(R"({"type":"integer"})", "3.5", kDraft6));
}

TEST(Drafts, NameTheKeywordThatIsNotOfTheDraftOrTheDraftThatIsNotKnown) {
    EXPECT_THAT(Fault(R"({"$schema":"http://json-schema.org/draft-04/schema#","if":{}})"),
                HasSubstr("\"if\" is not of"));
    EXPECT_THAT(Fault(R"({"$schema":"https://json-schema.org/draft/2020-12/schema"})"),
                HasSubstr("only drafts 4, 6 and 7 are understood"));
}

TEST(Drafts, CompareConstantsByValueWhateverTheirOrderAndNotation) {
    constexpr std::string_view kConst = R"({"const":{"a":[1,2.0],"b":null}})";
    EXPECT_TRUE(IsValid(kConst, R"({"b":null,"a":[1.0,2]})"));
    EXPECT_FALSE(IsValid(kConst, R"({"b":null,"a":[2,1]})"));
    EXPECT_FALSE(IsValid(R"({"const":1})", "true"));
    EXPECT_FALSE(IsValid(R"({"const":"1"})", "1"));
}

TEST(Drafts, TellIntegersOf64BitsApart) {
    EXPECT_TRUE(IsValid(R"({"const":9007199254740993})", "9007199254740993"));
    EXPECT_FALSE(IsValid(R"({"const":9007199254740993})", "9007199254740992"));
    EXPECT_FALSE(IsValid(R"({"enum":[18446744073709551615]})", "18446744073709551614"));
    EXPECT_FALSE(IsValid(R"({"minimum":9007199254740993})", "9007199254740992"));
    EXPECT_TRUE(IsValid(R"({"maximum":18446744073709551615})", "18446744073709551615"));
    EXPECT_FALSE(IsValid(R"({"exclusiveMaximum":18446744073709551615})", "18446744073709551615"));
    EXPECT_FALSE(IsValid(R"({"const":-1})", "18446744073709551615"));
    EXPECT_TRUE(IsValid(R"({"multipleOf":7})", "18446744073709551614"));
    EXPECT_FALSE(IsValid(R"({"multipleOf":7})", "18446744073709551615"));
}

TEST(Drafts, DivideWithoutEndingTheProcess) {
    EXPECT_FALSE(IsValid(R"({"multipleOf":3})", "-9223372036854775808"));
    EXPECT_FALSE(IsValid(R"({"multipleOf":2})", "1.5"));
    EXPECT_TRUE(IsValid(R"({"multipleOf":2})", "1e300"));
    for (const char* divisor : {"0", "-1", "\"2\""}) {
        EXPECT_THAT(Fault(std::string(R"({"multipleOf":)") + divisor + "}"), HasSubstr("above 0"));
    }
}

TEST(Drafts, FindElementsThatAreThereTwice) {
    constexpr std::string_view kUnique = R"({"uniqueItems":true})";
    EXPECT_FALSE(IsValid(kUnique, R"([{"a":1,"b":2},{"b":2.0,"a":1}])"));
    EXPECT_TRUE(IsValid(kUnique, R"([1,true,"1",[1],{"1":1},null,"null"])"));
    EXPECT_TRUE(IsValid(kUnique, R"([["a","b"],["a,b"],["a\",\"b"]])"));
}

TEST(Drafts, ConditionOnWhatIsThere) {
    constexpr std::string_view kIf = R"({"if":{"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}})";
    EXPECT_TRUE(IsValid(kIf, R"({"a":1,"b":1})"));
    EXPECT_FALSE(IsValid(kIf, R"({"a":1,"c":1})"));
    EXPECT_FALSE(IsValid(kIf, R"({"b":1})"));
    constexpr std::string_view kDependencies =
        R"({"dependencies":{"a":["b"],"c":{"properties":{"d":{"type":"null"}}}}})";
    EXPECT_FALSE(IsValid(kDependencies, R"({"a":1})", kDraft4));
    EXPECT_FALSE(IsValid(kDependencies, R"({"c":1,"d":1})", kDraft4));
    EXPECT_TRUE(IsValid(kDependencies, R"({"c":1,"d":null})", kDraft4));
}

TEST(Drafts, KeepNamesAndDependenciesApartFromTheSchemaThatAReferenceLedTo) {
    constexpr std::string_view kSchema = R"({"items":{"$ref":"#/definitions/x"},"definitions":{"x":
        {"type":"object","propertyNames":{"maxLength":1},"dependencies":{"a":{"required":["b"]}}}}})";
    EXPECT_TRUE(IsValid(kSchema, R"([{"a":1,"b":1}])"));
    EXPECT_FALSE(IsValid(kSchema, R"([{"a":1}])"));
    EXPECT_FALSE(IsValid(kSchema, R"([{"long":1}])"));
}

TEST(Drafts, FollowReferencesIntoTreesAndRefuseThoseThatNeverEnd) {
    constexpr std::string_view kTree =
        R"({"type":"object","required":["id"],"properties":{"children":{"items":{"$ref":"#"}}}})";
    EXPECT_TRUE(IsValid(kTree, R"({"id":1,"children":[{"id":2,"children":[{"id":3}]}]})"));
    EXPECT_FALSE(IsValid(kTree, R"({"id":1,"children":[{"id":2,"children":[{"ix":3}]}]})"));
    for (const char* schema : {R"({"allOf":[{"$ref":"#"}]})", R"({"dependencies":{"a":{"$ref":"#"}}})",
                               R"({"not":{"$ref":"#/%6eot"}})", R"({"anyOf":[{"$ref":"#/anyOf/0/"}]})"}) {
        EXPECT_THAT(Fault(schema), HasSubstr("leads back to itself")) << schema;
    }
    EXPECT_THAT(Fault(R"({"$ref":"http://example.com/x.json"})"), HasSubstr("leads to another document"));
}

TEST(Drafts, CountCharactersNotBytes) {
    EXPECT_TRUE(IsValid(R"({"maxLength":2})", "\"\xC3\xA9\xF0\x9F\x98\x80\""));
    EXPECT_TRUE(IsValid(R"({"minLength":3})", R"("a\u0000b")"));
    EXPECT_FALSE(IsValid(R"({"maxLength":2})", R"("a\u0000b")"));
}

TEST(Drafts, CheckTheFormatsThatAreSimpleAndTakeTheOthersForNotes) {
    const auto has = [](const char* format, const char* text) {
        return IsValid(json::Dump(json::Value{{"format", format}}), json::Dump(text));
    };
    EXPECT_TRUE(has("date-time", "2016-02-29T23:59:60.25+01:00"));
    for (const char* text : {"2015-02-29T00:00:00Z", "2016-02-29 00:00:00Z", "2016-02-29T24:00:00Z",
                             "2016-02-29T00:00:00", "2016-02-29T00:00:00.Z", "2016-02-29", ""}) {
        EXPECT_FALSE(has("date-time", text)) << text;
    }
    EXPECT_TRUE(has("date", "2016-02-29") && !has("date", "2016-13-01") && !has("date", "16-02-29"));
    EXPECT_TRUE(has("time", "00:00:00z") && !has("time", "00:00Z") && !has("time", "00:00:00+24:00"));
    EXPECT_TRUE(has("uuid", "88d818a1-c77c-44e6-AD0C-8aa893468e94") &&
                !has("uuid", "88d818a1c77c44e6ad0c8aa893468e94"));
    EXPECT_TRUE(has("ipv4", "192.0.2.1") && !has("ipv4", "192.0.2.256") && !has("ipv4", "192.0.2"));
    EXPECT_TRUE(has("ipv6", "2001:db8::1") && !has("ipv6", "2001:db8:::1") && !has("ipv6", "192.0.2.1"));
    EXPECT_TRUE(has("color", "no color") && IsValid(R"({"format":"date"})", "5"));
}

}  // namespace
}  // namespace fanfare::schema
