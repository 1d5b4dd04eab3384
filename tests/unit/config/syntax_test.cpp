#include <gmock/gmock.h>

#include "unit/config/tree.hpp"

namespace fanfare::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

TEST(Syntax, OneFaultDoesNotHideTheOthersOfTheFile) {
    EXPECT_THAT(FaultsOf("[server]\n"
                         "listen = 127.0.0.1:8640\n"
                         "threads = \"2\"\n"
                         "head_timeout \"5s\"\n"
                         "[log]\n"
                         "levle = \"info\"\n"),
                ElementsAre(StartsWith("2:12: error: syntax error in time:"),
                            "3:11: error: 'threads' must be an integer, not a string",
                            "4:14: error: syntax error in key-value pair: expected '=', saw '\"'",
                            "6:1: error: unknown key 'levle' in [log]"));
}

TEST(Syntax, AListThatIsNotClosedIsReportedOnce) {
    EXPECT_THAT(FaultsOf("[[route]]\n"
                         "name = \"r\"\n"
                         "to = [\"a\",\n"
                         "  \"b\"\n"
                         "[log]\n"
                         "level = 5\n"),
                ElementsAre(StartsWith("5:1: error: syntax error in array"),
                            "6:9: error: 'level' must be a string, not an integer"));
    EXPECT_THAT(FaultsOf("[plugins]\npath = [\"/a\"\n[log]\nlevel = 5\n"),
                ElementsAre(StartsWith("3:1: error: syntax error in array"),
                            "4:9: error: 'level' must be a string, not an integer"));
}

TEST(Syntax, AListLeftOpenAtTheEndOfTheFileCostsItsStatementOnly) {
    EXPECT_THAT(FaultsOf("[log]\nlevel = 5\n[plugins]\npath = [\"/a\",\n"),
                ElementsAre("2:9: error: 'level' must be a string, not an integer",
                            HasSubstr("error: syntax error in array: encountered end-of-file")));
}

TEST(Syntax, AMissingCommaCostsItsStatementOnly) {
    EXPECT_THAT(FaultsOf("[plugins]\npath = [\n  \"/a\"\n  \"/b\",\n]\n[log]\nlevel = 5\n"),
                ElementsAre("4:3: error: syntax error in array: expected comma or closing ']', saw '\"'",
                            "7:9: error: 'level' must be a string, not an integer"));
}

TEST(Syntax, ABrokenHeaderCostsItsSectionOnly) {
    EXPECT_THAT(FaultsOf("[server\nlisten = \"127.0.0.1:1\"\nfoo = 1\n[log]\nlevel = 5\n"),
                ElementsAre(StartsWith("1:8: error: syntax error in table header"),
                            "5:9: error: 'level' must be a string, not an integer"));
}

TEST(Syntax, AHeaderThatStartsWithNoNameIsReportedNotAborted) {
    EXPECT_THAT(FaultsOf("[=]\n[.a]\n[log]\nlevel = 5\n"),
                ElementsAre(StartsWith("1:2: error: syntax error in"), StartsWith("2:2: error: syntax error in"),
                            "4:9: error: 'level' must be a string, not an integer"));
}

TEST(Syntax, ATableOrKeyWrittenTwiceIsReported) {
    EXPECT_THAT(FaultsOf("[log]\nlevel = \"info\"\nlevel = \"warn\"\n[log]\n[store]\nkind = 1\n"),
                ElementsAre(HasSubstr("3:"), HasSubstr("4:1: error: syntax error in table header: cannot redefine"),
                            "6:8: error: 'kind' must be a string, not an integer"));
}

TEST(Syntax, AStringThatNeverEndsLosesTheRestOfTheFileAndNothingElse) {
    EXPECT_THAT(HintsOf("[log]\nlevel = \"\"\"info\n"), ElementsAre(HasSubstr("not closed")));
    EXPECT_THAT(FaultsOf("[log]\nlevel = \"\"\"info\n[store]\nkind = 1\n"),
                ElementsAre(HasSubstr("error: syntax error in string: encountered end-of-file")));
}

TEST(Syntax, WhatALostLineMayHaveDefinedIsNotCalledUnknown) {
    Tree tree;
    tree.Write("fanfare.toml", "[[route]]\nname = \"r\"\nto = [\"team\", \"other\"]\n");
    tree.Write("conf.d/a.toml", "[destination.team\nplugin = \"file\"\n");
    const Loaded loaded = tree.Load();
    EXPECT_THAT(tree.Heads(loaded), ElementsAre("fanfare.toml:3:15: error: there is no destination 'other'",
                                                StartsWith("conf.d/a.toml:1:18: error: syntax error in table header")));
}

TEST(Syntax, ARequiredKeyThatWasLostIsNotCalledMissing) {
    EXPECT_THAT(FaultsOf("[destination.a]\nplugin = webhook\n[[route]]\nname = r\nto = a\n"), SizeIs(3));
}

TEST(Syntax, BytesThatAreNotUtf8AndDeepNestingAreReportedNotFollowed) {
    EXPECT_THAT(FaultsOf("[log]\nlevel = \"\xFF\"\n"), ElementsAre(StartsWith("2:9: error: syntax error")));
    EXPECT_THAT(FaultsOf("[log]\nlevel = " + std::string(100'000, '[')), ElementsAre(StartsWith("2:")));
    EXPECT_THAT(FaultsOf(std::string("\0\0\0", 3)), SizeIs(1));
}

TEST(Syntax, ManyFaultsEndInABoundedReport) {
    std::string text;
    for (int i = 0; i < 1000; ++i) text += "k" + std::to_string(i) + " = what\n\n";
    const auto faults = FaultsOf(text);
    EXPECT_GE(faults.size(), 10u);
    EXPECT_LE(faults.size(), 30u);
}

TEST(Syntax, WindowsLineEndsAndAByteOrderMarkAreFine) {
    EXPECT_THAT(FaultsOf("\xEF\xBB\xBF[log]\r\nlevel = 5\r\n"),
                ElementsAre("2:9: error: 'level' must be a string, not an integer"));
}

}  // namespace
}  // namespace fanfare::config
