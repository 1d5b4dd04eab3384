#include "json/patch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/value.hpp"

namespace fanfare::json {
namespace {

using testing::HasSubstr;

std::string Fault(std::string_view patch, std::string_view from, std::string_view to) {
    const auto fault = FindPatchFault(patch, from, to);
    return fault ? fault->pointer + ": " + fault->message : "";
}

TEST(Patch, LeadsFromOneValueToTheOther) {
    EXPECT_EQ(Fault("[]", R"({"a":1})", R"({ "a": 1.0 })"), "");
    EXPECT_EQ(Fault(R"([{"op":"add","path":"/b/-","value":2},{"op":"move","from":"/a","path":"/c"},
                        {"op":"copy","from":"/b","path":"/d"},{"op":"remove","path":"/b/0"},
                        {"op":"test","path":"/c","value":1},{"op":"replace","path":"/c","value":null}])",
                    R"({"a":1,"b":[1]})", R"({"b":[2],"c":null,"d":[1,2]})"),
              "");
    EXPECT_EQ(Fault(R"([{"op":"replace","path":"","value":[]}])", "{}", "[]"), "");
    EXPECT_EQ(Fault("[]", "{}", "[]"), ": what the operations give is something else");
}

TEST(Patch, NamesTheOperationThatCannotBeApplied) {
    const auto third = [](const std::string& operation) {
        const std::string fine = R"([{"op":"test","path":"/a","value":"x"},{"op":"add","path":"/n","value":null},)";
        return Fault(fine + operation + "]", R"({"a":"x","l":[1]})", "{}");
    };
    for (const char* operation :
         {"1", "{}", R"({"op":"remove"})", R"({"op":"rename","path":"/a"})", R"({"op":"remove","path":"/b"})",
          R"({"op":"add","path":"/a"})", R"({"op":"add","path":"a","value":1})", R"({"op":"remove","path":""})",
          R"({"op":"add","path":"/a/b","value":1})", R"({"op":"remove","path":"/a/b"})",
          R"({"op":"add","path":"/n/b","value":1})", R"({"op":"add","path":"/l/3","value":1})",
          R"({"op":"add","path":"/l/00","value":1})", R"({"op":"remove","path":"/l/-"})",
          R"({"op":"test","path":"/a","value":"y"})", R"({"op":"copy","from":"/b","path":"/c"})",
          R"({"op":"move","from":"/l","path":"/l/0"})", R"({"op":1,"path":"/a"})", R"({"op":"remove","path":1})"}) {
        EXPECT_THAT(third(operation), testing::StartsWith("/2: ")) << operation;
    }
}

TEST(Patch, IsAListOfOperations) {
    EXPECT_THAT(Fault("{}", "1", "1"), HasSubstr("no list"));
    EXPECT_THAT(Fault("[", "1", "1"), HasSubstr("ends where"));
}

// Doubling with every operation, it would be larger than any memory.
TEST(Patch, StopsWhereCopiesGrowBeyondMeasure) {
    std::string patch = "[";
    for (int i = 0; i < 100; ++i) patch += R"({"op":"copy","from":"","path":"/x)" + std::to_string(i) + "\"},";
    patch.back() = ']';
    EXPECT_THAT(Fault(patch, R"({"a":["some","text"]})", "{}"), HasSubstr("makes more of the object"));
}

TEST(Patch, StopsWhereListsAreShiftedBeyondMeasure) {
    std::string list = "[";
    for (int i = 0; i < 100'000; ++i) list += "1,";
    list.back() = ']';
    std::string patch = "[";
    for (int i = 0; i < 5'000; ++i) patch += R"({"op":"remove","path":"/0"},)";
    patch.back() = ']';
    EXPECT_THAT(Fault(patch, list, "[]"), HasSubstr("makes more of the object"));
}

TEST(Patch, HasABoundedNumberOfOperations) {
    std::string patch = "[";
    for (int i = 0; i < 10'001; ++i) patch += "0,";
    patch.back() = ']';
    EXPECT_THAT(Fault(patch, "1", "1"), HasSubstr("at most 10000"));
}

TEST(MadePatch, LeadsWhereItIsMeantTo) {
    const std::string from = R"({"a":[1,2,3],"b":{"c/d":1,"e":[]},"f":"x","g":1})";
    const std::string to = R"({"a":[1,9],"b":{"c/d":2,"e":{"n":null}},"f":"x","h":{"~":[1]}})";
    const auto patch = MakePatch(from, to);
    ASSERT_TRUE(patch);
    EXPECT_EQ(Fault(*patch, from, to), "");
    EXPECT_EQ(*MakePatch(from, from), "[]");
    EXPECT_EQ(*MakePatch(R"({"name":"a"})", R"({"name":"b"})"), R"([{"op":"replace","path":"/name","value":"b"}])");
}

std::string Nested(std::size_t levels, const std::string& key, const std::string& leaf) {
    std::string text;
    for (std::size_t i = 0; i < levels; ++i) text += "{\"" + key + "\":";
    return text + leaf + std::string(levels, '}');
}

// Each operation names the whole way to its place: this one would take gigabytes.
TEST(MadePatch, IsRefusedWhereItWouldBeFarLargerThanTheValues) {
    std::string ones = "[";
    std::string twos = "[";
    for (int i = 0; i < 20'000; ++i) ones += "1,", twos += "2,";
    ones.back() = twos.back() = ']';
    const std::string key(5'000, 'k');
    const auto patch = MakePatch(Nested(50, key, ones), Nested(50, key, twos));
    ASSERT_FALSE(patch);
    EXPECT_THAT(patch.error().message, HasSubstr("differ in more"));
}

TEST(MadePatch, IsRefusedWhereTooLongAListGoesAway) {
    std::string list = "[";
    for (int i = 0; i < 300'000; ++i) list += "1,";
    list.back() = ']';
    EXPECT_FALSE(MakePatch(list, "[]"));
}

TEST(ParseData, TakesTheLastOfEqualNamesAndIsStrict) {
    EXPECT_EQ(Dump(*ParseData(R"({"b":1,"a":2,"b":[3]})")), R"({"a":2,"b":[3]})");
    EXPECT_FALSE(ParseData("[1,]"));
    EXPECT_FALSE(ParseData("[1e999]"));
    EXPECT_FALSE(ParseData(std::string(257, '[') + std::string(257, ']')));
    EXPECT_TRUE(ParseData(std::string(256, '[') + std::string(256, ']')));
}

}  // namespace
}  // namespace fanfare::json
