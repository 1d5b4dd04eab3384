#include "json/value.hpp"

#include <gtest/gtest.h>

namespace fanfare::json {
namespace {

TEST(Parse, KeepsTheOrderOfMembers) {
    const auto value = Parse(R"({"z":1,"a":[true,null],"m":"x"})");
    ASSERT_TRUE(value);
    EXPECT_EQ(Dump(*value), R"({"z":1,"a":[true,null],"m":"x"})");
}

TEST(Parse, NamesLineAndColumnOfTheFault) {
    const auto value = Parse("{\n  \"a\": 1,\n  \"b\": }\n");
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().code, base::Code::kInvalid);
    EXPECT_NE(value.error().message.find("line 3, column 8"), std::string::npos) << value.error().message;
}

TEST(Parse, DoesNotRepeatWhatItRead) {
    const auto value = Parse("{\"token\": \"hunter2\" oops}");
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().message.find("hunter2"), std::string::npos) << value.error().message;
    EXPECT_NE(value.error().message.find("line 1, column 21"), std::string::npos) << value.error().message;
}

TEST(Parse, RefusesWhatRfc8259DoesNotKnow) {
    for (const char* text :
         {"", "{} x", "{'a':1}", "[1,]", "// c\n1", "NaN", "01", "\"\x01\"", "\"\xC0\xA0\"", "1e999"}) {
        EXPECT_FALSE(Parse(text)) << text;
    }
}

TEST(Parse, RefusesNestingThatDumpCouldNotWalk) {
    EXPECT_TRUE(Parse(std::string(200, '[') + std::string(200, ']')));
    EXPECT_FALSE(Parse(std::string(100'000, '[') + std::string(100'000, ']')));
}

TEST(Dump, ReplacesBytesThatAreNotUtf8) { EXPECT_EQ(Dump(Value("a\xFFz")), "\"a\xEF\xBF\xBDz\""); }

// RFC 6901, section 5.
TEST(At, ResolvesTheExamplesOfRfc6901) {
    const Value root = *Parse(R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"k\"l":6," ":7,"m~n":8})");
    EXPECT_EQ(*At(root, ""), root);
    EXPECT_EQ(*At(root, "/foo"), *Parse(R"(["bar","baz"])"));
    EXPECT_EQ(*At(root, "/foo/0"), "bar");
    EXPECT_EQ(*At(root, "/"), 0);
    EXPECT_EQ(*At(root, "/a~1b"), 1);
    EXPECT_EQ(*At(root, "/ "), 7);
    EXPECT_EQ(*At(root, "/m~0n"), 8);
    for (const char* pointer : {"foo", "/none", "/foo/2", "/foo/00", "/foo/-", "/foo/0/x", "/foo/"}) {
        EXPECT_EQ(At(root, pointer), nullptr) << pointer;
    }
    EXPECT_EQ(PointerTo("/x", "a/b~c"), "/x/a~1b~0c");
}

TEST(Value, IsSameLooksAtTheMeaningNotAtTheText) {
    EXPECT_TRUE(IsSame(R"({"a":1,"b":[1,2]})", R"({ "b": [1, 2.0], "a": 1.0 })"));
    EXPECT_FALSE(IsSame(R"({"a":1})", R"({"a":2})"));
    EXPECT_FALSE(IsSame("[1,2]", "[2,1]"));
    EXPECT_FALSE(IsSame(R"("1")", "1"));
    EXPECT_FALSE(IsSame("{", "{"));
}

}  // namespace
}  // namespace fanfare::json
