// Bodies of strangers: the shipped schema, every violation with its pointer, and bodies made to be slow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "schema/schema.hpp"

namespace fanfare::schema {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

std::string ReadFile(const std::string& name) {
    std::ifstream file(std::string(FANFARE_ETC "/") + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::unique_ptr<const Schema> Compile(std::string_view text) {
    auto schema = Schema::Compile(text, Subject::kData);
    EXPECT_TRUE(schema) << schema.error().message;
    return *std::move(schema);
}

std::vector<Violation> Violations(std::string_view schema, const json::Value& value) {
    return Compile(schema)->Check(value);
}

// "pointer | message" for each violation.
std::vector<std::string> CheckValue(std::string_view schema, const json::Value& value) {
    std::vector<std::string> lines;
    for (const Violation& each : Violations(schema, value)) lines.push_back(each.pointer + " | " + each.message);
    return lines;
}

std::vector<std::string> Check(std::string_view schema, std::string_view value) {
    return CheckValue(schema, *json::Parse(value));
}

class Gadz : public testing::Test {
protected:
    // Pointers of the violations that the shipped sample has after `edit`.
    template <class Edit>
    std::vector<std::string> After(const Edit& edit) const {
        json::Value message = sample_;
        edit(message);
        std::vector<std::string> pointers;
        for (const Violation& each : schema_->Check(message)) pointers.push_back(each.pointer);
        return pointers;
    }

    const std::unique_ptr<const Schema> schema_ = Compile(ReadFile("fanfare/profiles.d/gadz-v1.schema.json"));
    const json::Value sample_ = *json::Parse(ReadFile("examples/events/gadz-request.json"));
};

// A23
TEST_F(Gadz, AcceptsTheSample) { EXPECT_THAT(schema_->Check(sample_), IsEmpty()); }

// A23
TEST_F(Gadz, AcceptsAMessageWithoutTheOptionalMembers) {
    EXPECT_THAT(After([](json::Value& message) {
                    message.erase("errors");
                    message.erase("errors_count");
                    message["data"] = json::Value::object();
                }),
                IsEmpty());
}

// A23
TEST_F(Gadz, RefusesAMissingMemberAtItsPointer) {
    for (const char* member : {"event_name", "event_uuid", "event_creation_time", "event_sender_id", "data"}) {
        EXPECT_THAT(After([&](json::Value& message) { message.erase(member); }),
                    ElementsAre(std::string("/") + member));
    }
    for (const char* member : {"error_type", "error_sender", "timestamp", "error_uuid", "error_message"}) {
        EXPECT_THAT(After([&](json::Value& message) { message["errors"][0].erase(member); }),
                    ElementsAre(std::string("/errors/0/") + member));
    }
}

// A23
TEST_F(Gadz, RefusesAMemberOfAnotherTypeOrFormAtItsPointer) {
    const auto broken = [&](const char* pointer, const json::Value& value) {
        return After([&](json::Value& message) { message[json::Value::json_pointer(pointer)] = value; });
    };
    for (const char* pointer :
         {"/event_name", "/event_uuid", "/event_creation_time", "/event_sender_id", "/data", "/errors_count", "/errors",
          "/errors/0", "/errors/0/error_type", "/errors/0/error_sender", "/errors/0/error_code", "/errors/0/error_uuid",
          "/errors/0/error_message", "/errors/0/timestamp", "/errors/0/error_debug"}) {
        EXPECT_THAT(broken(pointer, true), ElementsAre(pointer));
    }
    EXPECT_THAT(broken("/event_name", "Request..x"), ElementsAre("/event_name"));
    EXPECT_THAT(broken("/event_uuid", "88d818a1"), ElementsAre("/event_uuid"));
    EXPECT_THAT(broken("/event_creation_time", "yesterday"), ElementsAre("/event_creation_time"));
    EXPECT_THAT(broken("/errors/0/timestamp", "2016-13-29T15:03:50Z"), ElementsAre("/errors/0/timestamp"));
    EXPECT_THAT(broken("/errors/0/error_type", "fatal"), ElementsAre("/errors/0/error_type"));
    EXPECT_THAT(broken("/errors_count", 1.5), ElementsAre("/errors_count"));
    EXPECT_THAT(broken("/other", 1), ElementsAre("/other"));
    EXPECT_THAT(broken("/errors/0/other", 1), ElementsAre("/errors/0/other"));
}

// A28
TEST_F(Gadz, NamesEveryViolationAtOnce) {
    EXPECT_THAT(After([](json::Value& message) {
                    message.erase("event_uuid");
                    message["event_name"] = "A";
                    message["data"] = "text";
                    message["errors"][0]["error_type"] = 5;
                    message["errors"][0].erase("error_sender");
                    message["zebra"] = 1;
                    message["errors"].push_back(nullptr);
                }),
                UnorderedElementsAre("/event_uuid", "/event_name", "/data", "/errors/0/error_type",
                                     "/errors/0/error_sender", "/errors/1", "/zebra"));
}

// A23
TEST_F(Gadz, EndsOnNamesAndTimesThatRegularExpressionsNeverFinish) {
    for (const std::size_t length : {25u, 10'000u, 1'000'000u}) {
        const std::string letters(length, 'a');
        EXPECT_THAT(After([&](json::Value& message) { message["event_name"] = letters; }), IsEmpty());
        EXPECT_THAT(After([&](json::Value& message) { message["event_name"] = letters + "!"; }),
                    ElementsAre("/event_name"));
        const std::string time = "2016-05-29T15:03:50." + std::string(length, '1');
        EXPECT_THAT(After([&](json::Value& message) { message["event_creation_time"] = time; }), IsEmpty());
        EXPECT_THAT(After([&](json::Value& message) { message["event_creation_time"] = time + ":"; }),
                    ElementsAre("/event_creation_time"));
        EXPECT_THAT(After([&](json::Value& message) { message["event_uuid"] = std::string(length, '-'); }),
                    ElementsAre("/event_uuid"));
    }
}

TEST(Data, IsNamedInTheWordsOfJson) {
    constexpr std::string_view kSchema =
        R"({"type":"object","required":["id"],"additionalProperties":false,"properties":
        {"id":{"type":"string"},"tags":{"type":"array","items":{"type":["object","null"]},"maxItems":1}}})";
    EXPECT_THAT(Check(kSchema, "[]"), ElementsAre(" | the body must be an object, not an array"));
    EXPECT_THAT(Check(kSchema, R"({"tags":[[],null],"idd":1})"),
                UnorderedElementsAre("/id | 'id' is required", "/idd | unknown member 'idd'",
                                     "/tags/0 | 'tags[0]' must be an object or null, not an array",
                                     "/tags | 'tags' has too many elements; the most is 1"));
}

TEST(Data, HasNoReferencesToSecrets) {
    constexpr std::string_view kSchema =
        R"({"properties":{"key":{"type":"string","format":"fanfare-secret","minLength":3}}})";
    EXPECT_THAT(Check(kSchema, R"({"key":{"file":"/etc/passwd"}})"),
                ElementsAre("/key | 'key' must be a string, not an object"));
    EXPECT_THAT(Check(kSchema, R"({"key":"ab"})"), ElementsAre("/key | 'key' is too short; its least length is 3"));
}

TEST(Data, HasAPointerForEveryKeyword) {
    EXPECT_THAT(Check(R"({"propertyNames":{"maxLength":2}})", R"({"ok":1,"long":1,"longer":2})"),
                ElementsAre("/long | 'long' has a name that is not allowed here",
                            "/longer | 'longer' has a name that is not allowed here"));
    EXPECT_THAT(Check(R"({"patternProperties":{"^n":{"type":"number"}}})", R"({"n1":"a","s":"b","n2":2})"),
                ElementsAre("/n1 | 'n1' must be a number, not a string"));
    EXPECT_THAT(Check(R"({"items":[{"type":"null"}],"additionalItems":false})", "[null,1,2]"),
                ElementsAre("/1 | '[1]' is one element too many"));
    EXPECT_THAT(Check(R"({"properties":{"a":{"contains":{"const":1}},"b":{"not":{"type":"null"}},"c":false}})",
                      R"({"a":[2],"b":null,"c":0})"),
                UnorderedElementsAre("/a | 'a' lacks an element of the form required",
                                     "/b | 'b' has a form that is not allowed here", "/c | 'c' is not allowed here"));
    EXPECT_THAT(Check(R"({"dependencies":{"a":["b"],"c":{"required":["d"]}}})", R"({"a":1,"c":1})"),
                UnorderedElementsAre("/b | 'b' is required", "/d | 'd' is required"));
    EXPECT_THAT(Check(R"({"minProperties":1})", "{}"), ElementsAre(" | the body has too few members; the least is 1"));
    EXPECT_THAT(Check(R"({"format":"uuid"})", R"("x")"), ElementsAre(" | the body must have the format \"uuid\""));
}

TEST(Data, ShowsTheFaultsOfTheAlternativeThatItsConstantsName) {
    constexpr std::string_view kSchema = R"({"oneOf":[
        {"properties":{"kind":{"const":"user"},"uid":{"type":"integer"}},"required":["kind","uid"]},
        {"properties":{"kind":{"const":"group"},"gid":{"type":"integer"}},"required":["kind","gid"]},
        {"type":"null"}]})";
    EXPECT_THAT(Check(kSchema, R"({"kind":"group","gid":"5"})"),
                ElementsAre("/gid | 'gid' must be an integer, not a string"));
    EXPECT_THAT(Check(kSchema, R"({"kind":"host"})"), ElementsAre(" | the body fits none of the forms allowed"));
    EXPECT_THAT(Check(kSchema, R"({"kind":"user","uid":1})"), IsEmpty());
}

TEST(Data, ShowsNeitherValuesNorLineBreaks) {
    for (const Violation& each :
         Violations(R"({"additionalProperties":false,"properties":{"a":{"enum":["x"]},"b":{"pattern":"^x"}}})",
                    *json::Parse(R"({"a":"hunter2","b":"hunter2","line\nbreak":"hunter2"})"))) {
        EXPECT_EQ((each.message + each.hint).find("hunter2"), std::string::npos) << each.message;
        EXPECT_EQ(each.message.find('\n'), std::string::npos) << each.message;
    }
}

// A28
TEST(Data, HasAHundredViolationsAtMost) {
    json::Value body = json::Value::array();
    for (int i = 0; i < 100'000; ++i) body.push_back({{"a", i}});
    constexpr std::string_view kItem =
        R"({"additionalProperties":false,"required":["b"],"properties":{"a":{"type":"string"}}})";
    const auto violations = CheckValue("{\"items\":" + std::string(kItem) + "}", body);
    ASSERT_THAT(violations, SizeIs(100));
    EXPECT_EQ(violations.back(), "/49/b | '[49].b' is required");
    EXPECT_THAT(CheckValue(std::string(R"({"items":{"anyOf":[{"type":"null"},)").append(kItem) + "]}}", body),
                SizeIs(100));
}

TEST(Data, IsSearchedForTwinsAmong200000Elements) {
    json::Value body = json::Value::array();
    for (int i = 0; i < 200'000; ++i) body.push_back({{"id", i}, {"name", "n"}});
    EXPECT_THAT(CheckValue(R"({"uniqueItems":true})", body), IsEmpty());
    body.push_back({{"name", "n"}, {"id", 199'999.0}});
    EXPECT_THAT(CheckValue(R"({"uniqueItems":true})", body), ElementsAre(" | the body holds the same element twice"));
}

TEST(Data, CarriesALongNameOnlyOnce) {
    const std::string name(500'000, 'n');
    json::Value elements = json::Value::array();
    for (int i = 0; i < 200'000; ++i) elements.push_back(i);
    const json::Value body{{name, std::move(elements)}};
    const auto violations = Violations(R"({"additionalProperties":{"items":{"type":"string"}}})", body);
    ASSERT_THAT(violations, SizeIs(1)) << "pointers that are cut are the same";
    for (const Violation& each : violations) EXPECT_LT(each.pointer.size() + each.message.size(), 2'000u);
    EXPECT_TRUE(violations.front().pointer.ends_with("...")) << violations.front().pointer;
}

json::Value Nested(std::size_t levels, const json::Value& innermost) {
    json::Value value = innermost;
    for (std::size_t i = 0; i < levels; ++i) value = json::Value::array({std::move(value)});
    return value;
}

TEST(Data, IsCheckedAsDeepAsItCanBeRead) {
    constexpr std::string_view kTree = R"({"anyOf":[{"type":"integer"},{"type":"array","items":{"$ref":"#"}}]})";
    EXPECT_THAT(CheckValue(kTree, Nested(255, 5)), IsEmpty());
    EXPECT_THAT(Violations(kTree, Nested(255, "x")), SizeIs(1));
}

TEST(Data, IsGivenUpWhereTheSchemaAsksForExponentialTime) {
    for (const auto& [schema, innermost] : std::vector<std::pair<const char*, json::Value>>{
             {R"({"type":["integer","array"],"anyOf":[{"items":{"$ref":"#"}},{"items":{"$ref":"#"}}]})", "x"},
             {R"({"type":["integer","array"],"oneOf":[{"items":{"$ref":"#"}},{"items":{"$ref":"#"}}]})", 5},
             {R"({"type":["integer","array"],"allOf":[{"items":{"$ref":"#"}},{"items":{"$ref":"#"}}]})", 5},
             {R"({"if":{"contains":{"$ref":"#"}},"then":{"items":{"$ref":"#"}}})", json::Value::array()}}) {
        EXPECT_THAT(CheckValue(schema, Nested(200, innermost)),
                    ElementsAre(HasSubstr("cannot be checked: for its size the schema asks for too many comparisons")))
            << schema;
    }
}

TEST(Data, IsCheckedAgainstNoPatternWithoutBound) {
    const auto schema = Schema::Compile(R"json({"properties":{"a":{"pattern":"^(?!x)"}}})json", Subject::kData);
    ASSERT_FALSE(schema);
    EXPECT_EQ(schema.error().code, base::Code::kConfig);
    EXPECT_THAT(schema.error().message, HasSubstr("the pattern ^(?!x) cannot be used: look-ahead"));
}

}  // namespace
}  // namespace fanfare::schema
