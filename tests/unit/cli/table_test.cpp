#include "cli/table.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "cli/look.hpp"

namespace fanfare::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

std::vector<std::string> Lines(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

Look Wide(std::size_t width) {
    Look look;
    look.width = width;
    return look;
}

TEST(Table, IsNeverCutWhereNoWidthIsKnown) {
    Table table({"ID", "REASON"});
    table.Add({"1", std::string(5000, 'x')});
    EXPECT_THAT(table.Format({}), HasSubstr(std::string(5000, 'x')));
}

TEST(Table, FitsTheWidthByCuttingTheWidestColumnAndSaysSoWithAnEllipsis) {
    Table table({"ID", "REASON"});
    table.Add({"delivery-1", std::string(200, 'x')});
    const std::vector<std::string> lines = Lines(table.Format(Wide(40)));
    ASSERT_THAT(lines, SizeIs(2));
    EXPECT_EQ(lines[1], "delivery-1  " + std::string(27, 'x') + "…");
}

TEST(Table, ThatFitsIsLeftAsItIs) {
    Table table({"ID", "REASON"});
    table.Add({"1", "12345"});
    EXPECT_EQ(table.Format(Wide(9)), table.Format({}));
    EXPECT_THAT(Table({"ID"}).Format(Wide(1)), HasSubstr("ID"));
}

TEST(Table, CutsBetweenCharactersNotWithinOne) {
    Table table({"REASON"});
    table.Add({"äöüäöüäöüäöü"});
    EXPECT_THAT(table.Format(Wide(7)), HasSubstr("äöüäöü…\n"));
}

TEST(Table, HasColourInStatesOnlyAndOnlyIfAsked) {
    Table table({"STATE", "REASON"});
    table.Add({"dead", "dead"});
    Look colour;
    colour.colour = true;
    EXPECT_EQ(Lines(table.Format(colour))[1], "\x1b[31mdead\x1b[0m   dead");
    EXPECT_THAT(table.Format({}), Not(HasSubstr("\x1b")));
}

TEST(Printable, LetsNothingThroughThatSteersATerminal) {
    EXPECT_EQ(Printable("a\x1b[2Jb\n\r\x7f"), "a?[2Jb???");
    EXPECT_EQ(Printable("a\xC2\x9B"
                        "2Jb"),
              "a?2Jb")
        << "CSI of C1, as UTF-8";
    EXPECT_EQ(Printable("a\x9b"
                        "2Jb"),
              "a?2Jb")
        << "CSI of C1, as a byte";
    EXPECT_EQ(Printable("a\xE2\x80\xAE"
                        "b\xE2\x81\xA6"),
              "a?b?")
        << "right-to-left override, isolate";
    EXPECT_EQ(Printable("grün – 漢字"), "grün – 漢字");
}

TEST(Printable, OfSeveralLinesKeepsTheirEndsAndNothingElseThatSteers) {
    EXPECT_EQ(PrintableLines("a\n\x1b"
                             "b\n"),
              "a\n?b\n");
    EXPECT_EQ(PrintableLines("\n\xC2\x9B"), "\n?");
    EXPECT_EQ(PrintableLines(""), "");
}

base::Time At(long long seconds) { return base::Time(std::chrono::seconds(seconds)); }

TEST(Look, TellsTimesAsDistancesInTheLargestUnitThatFits) {
    const base::Time now = At(1'000'000'000);  // 2001-09-09T01:46:40Z
    EXPECT_EQ(Distance("2001-09-09T01:46:40.123Z", now), "now");
    EXPECT_EQ(Distance("2001-09-09T01:46:39Z", now), "1 s ago");
    EXPECT_EQ(Distance("2001-09-09T01:43:40.5Z", now), "3 min ago");
    EXPECT_EQ(Distance("2001-09-08T23:46:40Z", now), "2 h ago");
    EXPECT_EQ(Distance("2001-09-12T01:46:40Z", now), "in 3 d");
}

TEST(Look, LeavesATextThatIsNoTimeAsItIs) {
    for (const char* text : {"-", "", "yesterday", "2001-09-09T01:46:40+02:00"}) EXPECT_EQ(Distance(text, At(0)), text);
}

TEST(Look, SaysSizesInTheUnitThatKeepsThemShort) {
    EXPECT_EQ(HumanSize(0), "0 B");
    EXPECT_EQ(HumanSize(1023), "1023 B");
    EXPECT_EQ(HumanSize(1536), "1.5 KiB");
    EXPECT_EQ(HumanSize(3ull << 40), "3.0 TiB");
}

}  // namespace
}  // namespace fanfare::cli
