#include "schema/pattern.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace fanfare::schema {
namespace {

using testing::HasSubstr;

std::string Fault(const std::string& pattern) {
    try {
        static_cast<void>(Pattern(pattern));
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return {};
}

TEST(Pattern, MatchesAnywhereUnlessItIsAnchored) {
    EXPECT_TRUE(Pattern("b").Matches("abc"));
    EXPECT_FALSE(Pattern("^b").Matches("abc"));
    EXPECT_TRUE(Pattern("^$").Matches(""));
    EXPECT_FALSE(Pattern("^a$").Matches("a\n"));
    EXPECT_FALSE(Pattern("^b").Matches("a\nb"));
}

TEST(Pattern, MeansByClassesWhatEcma262Means) {
    for (const char* space : {"\t", "\n", "\v", "\f", "\r", " ", "\u00a0", "\u2003", "\u2028", "\u3000", "\ufeff"}) {
        EXPECT_TRUE(Pattern("^\\s$").Matches(space)) << space;
        EXPECT_TRUE(Pattern("^[T\\s]$").Matches(space)) << space;
        EXPECT_FALSE(Pattern("\\S").Matches(space)) << space;
        EXPECT_FALSE(Pattern("[\\S]").Matches(space)) << space;
        EXPECT_FALSE(Pattern("[^\\s]").Matches(space)) << space;
    }
    for (const char* other : {"a", "\x1c", "\u0085", "\u00e9", "\u200b", "\xF0\x9F\x98\x80"}) {
        EXPECT_FALSE(Pattern("\\s").Matches(other)) << other;
        EXPECT_TRUE(Pattern("^[\\S]$").Matches(other)) << other;
        EXPECT_TRUE(Pattern("^.$").Matches(other)) << other;
    }
    for (const char* line_end : {"\n", "\r", "\u2028", "\u2029"}) EXPECT_FALSE(Pattern(".").Matches(line_end));
    EXPECT_FALSE(Pattern("\\d").Matches("\u0661"));
    EXPECT_FALSE(Pattern("\\w").Matches("\u00e9"));
}

TEST(Pattern, ReadsTheEscapesOfEcma262) {
    EXPECT_TRUE(Pattern("^\\u00e9\\u{1F600}$").Matches("\u00e9\xF0\x9F\x98\x80"));
    EXPECT_TRUE(Pattern("^\\cJ\\x41\\/\\-$").Matches("\nA/-"));
    EXPECT_TRUE(Pattern("^\\0$").Matches(std::string_view("\0", 1)));
    EXPECT_TRUE(Pattern("^[\\b]$").Matches("\b"));
    EXPECT_TRUE(Pattern("^[[:a]$").Matches("["));
    EXPECT_TRUE(Pattern("^[^]$").Matches("\n"));
    EXPECT_FALSE(Pattern("[]").Matches("a"));
    EXPECT_TRUE(Pattern("^(?<year>\\d{4})(?:-)$").Matches("2016-"));
}

TEST(Pattern, SaysOfWhatItRefusesWhyAndWhatToDo) {
    EXPECT_THAT(Fault("(a)\\1"), HasSubstr("the back-reference \\1 takes time without bound"));
    EXPECT_THAT(Fault("(?<x>a)\\k<x>"), HasSubstr("back-reference"));
    for (const char* around : {"a(?=b)", "a(?!b)", "(?<=a)b", "(?<!a)b"}) {
        EXPECT_THAT(Fault(around), HasSubstr("look-ahead and look-behind take time without bound; write")) << around;
    }
    for (const char* other : {"(", "[a", "a{2,1}", "*", "\\", "\\u12", "\\c", "\\Aa\\Z", "(?", "(?<", "a{1001}"}) {
        EXPECT_THAT(Fault(other), HasSubstr("the pattern " + std::string(other) + " cannot be used: ")) << other;
    }
}

TEST(Pattern, EndsOnTextThatOthersNeverFinish) {
    for (const std::size_t length : {25u, 10'000u, 1'000'000u}) {
        const std::string text(length, 'a');
        EXPECT_FALSE(Pattern("^(a+)+$").Matches(text + '!'));
        EXPECT_FALSE(Pattern("^(a|aa)*b$").Matches(text));
        EXPECT_TRUE(Pattern("^(a*)*$").Matches(text));
        EXPECT_FALSE(Pattern("[ab]*a[ab]{30}$").Matches(text + '!'));
    }
}

}  // namespace
}  // namespace fanfare::schema
