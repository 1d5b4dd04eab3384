#include <gmock/gmock.h>

#include "unit/config/tree.hpp"

namespace fanfare::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr std::string_view kDestinations = "[destination.a]\nplugin = \"file\"\n[destination.b]\nplugin = \"file\"\n";

std::string With(std::string_view test) { return std::string(kDestinations) + std::string(test); }

// Faults with the lines of the destinations taken off.
std::vector<std::string> TestFaults(std::string_view test) {
    std::vector<std::string> faults = FaultsOf(With(test));
    for (std::string& fault : faults) {
        const std::size_t colon = fault.find(':');
        fault = std::to_string(std::stoi(fault.substr(0, colon)) - 4) + fault.substr(colon);
    }
    return faults;
}

TEST(Tests, AnEventInTheFileIsReadAsTheRequestThatBringsIt) {
    Tree tree;
    tree.Write("fanfare.toml",
               With("[[test]]\nname = \"one\"\nrealm = \"r\"\ntype = \"push\"\nevent = { ref = \"x\", n = 1 }\n"
                    "headers = { X-GitHub-Event = \"push\" }\nexpect = \"a\"\n"));
    const Loaded loaded = tree.Load();
    ASSERT_THAT(tree.Heads(loaded), IsEmpty());
    ASSERT_EQ(loaded.config.tests.size(), 1u);
    const config::Test& test = loaded.config.tests[0];
    EXPECT_EQ(test.name, "one");
    EXPECT_EQ(test.realm, "r");
    EXPECT_EQ(test.body, R"({"ref":"x","n":1})");
    EXPECT_THAT(test.headers, ElementsAre(Pair("Content-Type", "application/json"), Pair("Fanfare-Type", "push"),
                                          Pair("X-GitHub-Event", "push")));
    EXPECT_THAT(test.expect, ElementsAre("a"));
    EXPECT_FALSE(test.refused);
}

TEST(Tests, AnEventInAFileOfItsOwnIsFoundBesideTheFileThatNamesIt) {
    Tree tree;
    tree.Write("fanfare.toml", kDestinations)
        .Write("conf.d/t.toml",
               "[[test]]\nname = \"one\"\nevent_file = \"push.json\"\nexpect = [\"a\", \"b\"]\n"
               "[test.payload]\nb = \"hello\"\n")
        .Write("conf.d/push.json", "{ \"a\": 1 }\n");
    const Loaded loaded = tree.Load();
    ASSERT_THAT(tree.Heads(loaded), IsEmpty());
    EXPECT_EQ(loaded.config.tests[0].body, "{ \"a\": 1 }\n");
    EXPECT_THAT(loaded.config.tests[0].payload, ElementsAre(Pair("b", "hello")));
}

TEST(Tests, WhatIsMissingIsNamed) {
    EXPECT_THAT(TestFaults("[[test]]\n"),
                ElementsAre("1:1: error: a test has no 'name'", "1:1: error: test '' has no event",
                            "1:1: error: test '' does not say what to expect"));
    EXPECT_THAT(TestFaults("[[test]]\nname = \"x\"\nevent = { }\nexpect = []\n"), IsEmpty());
    EXPECT_THAT(TestFaults("[[test]]\nname = \"x\"\nevent = { }\nrefused = true\n"), IsEmpty());
}

TEST(Tests, WhatContradictsItselfIsRefused) {
    EXPECT_THAT(TestFaults("[[test]]\nname = \"x\"\nevent = { }\nevent_file = \"y\"\nexpect = \"a\"\n"),
                ElementsAre("4:1: error: a test has both 'event' and 'event_file'"));
    EXPECT_THAT(TestFaults("[[test]]\nname = \"x\"\nevent = { }\nrefused = true\nexpect = \"a\"\n"),
                ElementsAre("5:1: error: an event that is refused goes nowhere"));
    EXPECT_THAT(TestFaults("[[test]]\nname = \"x\"\nevent = { }\nexpect = \"a\"\npayload = { b = \"\" }\n"),
                ElementsAre("5:13: error: 'payload' names 'b', which 'expect' does not"));
}

TEST(Tests, ADestinationThatIsNotThereIsReported) {
    EXPECT_THAT(TestFaults("[[test]]\nname = \"x\"\nevent = { }\nexpect = [\"a\", \"c\"]\n"),
                ElementsAre("4:16: error: there is no destination 'c'"));
}

TEST(Tests, TwoOfOneNameAreRefused) {
    EXPECT_THAT(HintsOf(With("[[test]]\nname = \"x\"\nevent = { }\nexpect = \"a\"\n"
                             "[[test]]\nname = \"x\"\nevent = { }\nexpect = \"a\"\n")),
                ElementsAre("keep one of the two"));
}

}  // namespace
}  // namespace fanfare::config
