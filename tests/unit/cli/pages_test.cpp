#include <gmock/gmock.h>

#include <sstream>

#include "cli/completion.hpp"
#include "cli/manual.hpp"
#include "cli/parse.hpp"

namespace fanfare::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

// As a shell does it, for the quotes that examples use.
std::vector<std::string> WordsOf(const std::string& line) {
    std::vector<std::string> words;
    std::string word;
    bool quoted = false;
    for (const char c : line + " ") {
        if (c == '\'') {
            quoted = !quoted;
        } else if (c == ' ' && !quoted) {
            if (!word.empty()) words.push_back(word);
            word.clear();
        } else {
            word += c;
        }
    }
    return words;
}

TEST(Manual, EveryCommandHasADescriptionAndAnExample) {
    for (const Command& command : Commands()) {
        EXPECT_FALSE(ManualOf(command.name).description.empty()) << command.name;
        EXPECT_FALSE(ManualOf(command.name).examples.empty()) << command.name;
    }
}

TEST(Manual, EveryExampleIsALineThatTheParserTakesForThatCommand) {
    for (const Command& command : Commands()) {
        for (const Example& example : ManualOf(command.name).examples) {
            std::vector<std::string> words = WordsOf(example.line);
            ASSERT_EQ(words.front(), "fanfare") << example.line;
            words.erase(words.begin());
            const auto parsed = Parse(words);
            ASSERT_TRUE(parsed) << example.line << ": " << parsed.error().message;
            EXPECT_EQ(parsed->command->name, command.name) << example.line;
        }
    }
}

TEST(Manual, HelpPageAndCompletionNameEveryOptionOfTheTable) {
    const std::string bash = FormatBashCompletion();
    const std::string zsh = FormatZshCompletion();
    for (const Command& command : Commands()) {
        const std::string page = FormatManual(command, "November 26, 2026");
        for (const Option& option : command.options) {
            EXPECT_THAT(Help(command), HasSubstr("--" + option.name)) << command.name;
            EXPECT_THAT(page, HasSubstr(EscapeRoff("-" + option.name))) << command.name;
            EXPECT_THAT(bash, HasSubstr("--" + option.name)) << command.name;
            EXPECT_THAT(zsh, HasSubstr("--" + option.name + "[")) << command.name;
        }
        EXPECT_THAT(FormatOverview("November 26, 2026"), HasSubstr(".It Xr " + PageName(command) + " 1\n"));
    }
}

TEST(Manual, TextThatLooksLikeARequestOrAnEscapeIsSetAsItStands) {
    EXPECT_EQ(EscapeRoff(".so /etc/passwd"), "\\&.so /etc/passwd");
    EXPECT_EQ(EscapeRoff("a\n'b"), "a\n\\&'b");
    EXPECT_EQ(EscapeRoff("a\\fBb"), "a\\efBb");
    EXPECT_EQ(EscapeRoff("--json"), "\\-\\-json");
}

TEST(Completion, ValuesAreCompletedToWhatTheirOptionTakes) {
    EXPECT_EQ(CompletionOf({"event", "FILE", ""}).kind, Completion::Kind::kFiles);
    EXPECT_EQ(CompletionOf({"destination", "NAME", ""}).kind, Completion::Kind::kDestinations);
    EXPECT_EQ(CompletionOf({"format", "tap|junit", ""}).words, (std::vector<std::string>{"tap", "junit"}));
    EXPECT_THAT(CompletionOf({"state", "STATE", ""}).words, testing::Contains("dead"));
    EXPECT_EQ(CompletionOf({"limit", "N", ""}).kind, Completion::Kind::kNothing);
}

TEST(Completion, TextInAZshSpecificationCannotEndIt) {
    for (const Command& command : Commands()) {
        for (const Option& option : command.options) EXPECT_THAT(option.help, Not(HasSubstr("\n"))) << option.name;
    }
    EXPECT_THAT(FormatZshCompletion(), Not(HasSubstr("[[test]]")));
}

}  // namespace
}  // namespace fanfare::cli
