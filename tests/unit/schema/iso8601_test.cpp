#include "schema/iso8601.hpp"

#include <gtest/gtest.h>

#include "json/value.hpp"
#include "unit/schema/corpus.hpp"

namespace fanfare::schema {
namespace {

TEST(Iso8601, AgreesWithAnotherEngineOnEveryTextOfTheCorpus) {
    std::size_t accepted = 0;
    const auto lines = ReadLines("iso8601_corpus.txt");
    for (const std::string& line : lines) {
        const std::string text = json::Parse(line.substr(2))->get<std::string>();
        EXPECT_EQ(IsIso8601(text), line[0] == '+') << line;
        accepted += line[0] == '+' ? 1 : 0;
    }
    EXPECT_GT(accepted, 1'000u);
    EXPECT_GT(lines.size() - accepted, 1'000u);
}

TEST(Iso8601, AcceptsNoTextWithATrailingLineBreak) {
    EXPECT_TRUE(IsIso8601("2016-05-29T15:03:50Z"));
    EXPECT_FALSE(IsIso8601("2016-05-29T15:03:50Z\n"));
}

TEST(Iso8601, ReadsAMillionDigitsOfAFraction) {
    const std::string fraction(1'000'000, '5');
    EXPECT_TRUE(IsIso8601("2016-05-29T15:03:50." + fraction + "Z"));
    EXPECT_TRUE(IsIso8601("2016-05-29T1503." + fraction + "." + fraction));
    EXPECT_FALSE(IsIso8601("2016-05-29T15:03." + fraction + ":"));
}

}  // namespace
}  // namespace fanfare::schema
