#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "config/mask.hpp"
#include "unit/config/tree.hpp"

namespace fanfare::config {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Shown(const std::string& source, std::size_t column, const std::string& message = "m",
                  const std::string& hint = "") {
    Diagnostic diagnostic;
    diagnostic.where.file = "f";
    diagnostic.where.line = 1;
    diagnostic.where.column = column;
    diagnostic.message = message;
    diagnostic.hint = hint;
    diagnostic.source = source;
    return Format(diagnostic);
}

TEST(Format, PutsTheCaretUnderTheColumnCountedInCharacters) {
    EXPECT_EQ(Shown("é = \"ö\" x", 7, "bad", "do it"), "f:1:7: error: bad\n    é = \"ö\" x\n          ^\nhint: do it");
}

TEST(Format, KeepsTabsInTheCaretLineSoThatTheCaretStaysBelow) {
    EXPECT_EQ(Shown("\ta\tb = 1", 4), "f:1:4: error: m\n    \ta\tb = 1\n    \t \t^");
}

TEST(Format, CutsALongLineAroundTheColumn) {
    const std::string text = Shown(std::string(500, 'a') + "X" + std::string(500, 'b'), 501);
    const std::size_t caret_line = text.rfind('\n') + 1;
    const std::size_t source_line = text.find('\n') + 1;
    EXPECT_LT(caret_line - source_line, 130u);
    const std::size_t caret = text.find('^', caret_line) - caret_line;
    EXPECT_EQ(text[source_line + caret], 'X');
    EXPECT_THAT(text, HasSubstr("...a"));
    EXPECT_THAT(text, HasSubstr("b..."));
}

TEST(Format, SendsNoControlCharacterToTheTerminal) {
    EXPECT_EQ(Shown("\x1b]0;x\xC2\x9B\xFF", 1, "unknown key '\x1b[2J'", "\x07"),
              "f:1:1: error: unknown key '?[2J'\n    ?]0;x??\n    ^\nhint: ?");
}

TEST(Format, AColumnBehindTheLineAndAFaultWithoutALineDoNotMatter) {
    EXPECT_EQ(Shown("ab", 99), "f:1:99: error: m\n    ab\n      ^");
    Diagnostic whole_file;
    whole_file.severity = Severity::kWarning;
    whole_file.where.file = "f";
    whole_file.message = "m";
    whole_file.hint = "h";
    EXPECT_EQ(Format(whole_file), "f: warning: m\nhint: h");
}

TEST(At, FillsInTheLineWithItsSecretHidden) {
    Tree tree;
    tree.Write("a.toml", "x = 1\nsecret = \"whsec_abc\"\n");
    EXPECT_EQ(At({tree.PathOf("a.toml"), 1, 5}, "m").source, "x = 1");
    EXPECT_EQ(At({tree.PathOf("a.toml"), 2, 10}, "m", "h").source, "secret = ***");
    EXPECT_EQ(At({tree.PathOf("none.toml"), 1, 1}, "m").source, "");
    EXPECT_EQ(At({tree.PathOf("a.toml"), 9, 1}, "m").source, "");
}

std::string Masked(std::string_view text) {
    std::string out;
    for (const ShownLine& line : ShowLines(text)) out += line.text + "|";
    return out;
}

TEST(ShowLines, HidesTheValueOfAKeyThatSoundsLikeASecret) {
    EXPECT_EQ(Masked("secret = \"s3\""), "secret = ***|");
    EXPECT_EQ(Masked("smtp_password='s3'"), "smtp_password=***|");
    EXPECT_EQ(Masked("clientSecret = \"s3\""), "clientSecret = ***|");
    EXPECT_EQ(Masked("headers.\"X-Api-Key\" = \"s3\""), "headers.\"X-Api-Key\" = ***|");
    EXPECT_EQ(Masked("auth = { user = \"u\", pwd = \"s3\" }"), "auth = ***|");
    EXPECT_EQ(Masked("h = { Authorization = \"s3\" } # x"), "h = { Authorization = ***|");
    EXPECT_EQ(Masked("[destination.x.tokens]\na = \"s3\"\n[log]\nlevel = 1"),
              "[destination.x.tokens]|***|[log]|level = 1|");
}

TEST(ShowLines, HidesItAlsoUnderAMistypedKeyAndInBrokenToml) {
    EXPECT_EQ(Masked("secrt = \"s3\""), "secrt = ***|");
    EXPECT_EQ(Masked("tokne = \"s3\""), "tokne = ***|");
    EXPECT_EQ(Masked("pasword: s3"), "pasword***|");
    EXPECT_EQ(Masked("secret \"s3\""), "secret ***|");
    EXPECT_EQ(Masked("secret = s3\nx = 1"), "secret = ***|x = 1|");
    EXPECT_EQ(Masked("secret = \"s3\nx = 1"), "secret = ***|x = 1|");
    EXPECT_EQ(Masked("a = \"\"\"open\ntoken = \"s3\"\n"), "a = \"\"\"open|token = ***|");
    EXPECT_EQ(Masked("[destination.x token = 's3'"), "[destination.x token = ***|");
}

TEST(ShowLines, HidesEveryLineOfAValueThatGoesOn) {
    EXPECT_EQ(Masked("secret = [\n  \"s3\",\n  \"s4\",\n]\nx = 1"), "secret = ***|  ***|  ***|***|x = 1|");
    EXPECT_EQ(Masked("secret = \"\ns3\"\nx = 1"), "secret = ***|***|x = 1|");
    EXPECT_EQ(Masked("token = \"\"\"\ns3\ns4\"\"\"\nx = 1"), "token = ***|***|***|x = 1|");
    EXPECT_EQ(Masked("secret = [ # ]\n's3'\n]\nx = '#'"), "secret = ***|***|***|x = '#'|");
}

TEST(ShowLines, HidesWhatLooksLikeASecretUnderAnyKey) {
    EXPECT_EQ(Masked("x = \"whsec_abc\""), "x = ***|");
    EXPECT_EQ(Masked("x = whsec_abc"), "x = ***|");
    EXPECT_EQ(Masked("url = \"amqp://user:s3@host/\""), "url = ***|");
    EXPECT_EQ(Masked("x = 'Bearer s3'"), "x = ***|");
    EXPECT_EQ(Masked("x = 1 # token s3"), "x = 1 #***|");
}

TEST(ShowLines, LeavesOrdinaryLinesAlone) {
    const std::string text =
        "[destination.token-service]|retry = { base = \"5s\" }|url = \"https://h/a@b\"|topic = \"a\"|path = 1|";
    std::string lines = text;
    std::replace(lines.begin(), lines.end(), '|', '\n');
    EXPECT_EQ(Masked(lines), text);
}

TEST(Load, NoSecretIsEverInADiagnostic) {
    const std::vector<std::string> broken = {"secret = s3cr3t",
                                             "secret = \"s3cr3t",
                                             "secret \"s3cr3t\"",
                                             "secret = [\"s3cr3t\"",
                                             "secret = true_s3cr3t",
                                             "secret = 12s3cr3t34",
                                             "secret = \"s3cr3t\" s3cr3t",
                                             "secret = \"\\q s3cr3t\"",
                                             "secret = 's3cr3t' = 's3cr3t'",
                                             "secret = { s3cr3t",
                                             "secret = 2026-s3cr3t",
                                             "secret = \"\"\"s3cr3t",
                                             "secret = [\n 's3cr3t',\n 2026-01-01,\n]",
                                             "secret = inf # s3cr3t",
                                             "password = 's3cr3t'\npassword = 's3cr3t'"};
    for (const std::string& line : broken) {
        Tree tree;
        tree.Write("fanfare.toml", "[destination.a]\nplugin = \"file\"\n" + line + "\n[log]\nlevel = 1\n");
        const Loaded loaded = tree.Load();
        EXPECT_FALSE(loaded.ok()) << line;
        for (const Diagnostic& diagnostic : loaded.diagnostics) {
            EXPECT_THAT(Format(diagnostic), Not(HasSubstr("s3cr3t"))) << line;
        }
    }
}

// The key keeps its name here; everything else may be hit.
TEST(Load, DamageToAFileNeitherCrashesItNorShowsASecret) {
    const std::string before =
        "[destination.a]\nplugin = \"webhook\"\nurl = \"https://h\"\nheaders = { a = [1, 2] }\nsecret";
    const std::string after =
        " = \"s3cr3t\"\n[destination.a.delivery]\nretry = { base = \"5s\" }\n[[route]]\nname = \"r\"\nto = [\"a\"]\n";
    const std::string bytes = "\"'[]{}=,.#\n\\ \t\r\x01\xFFx5";
    std::mt19937 random(20240501);
    for (int round = 0; round < 1000; ++round) {
        std::string front = before;
        std::string back = after;
        for (int hits = 0; hits < 2; ++hits) {
            front[random() % front.size()] = bytes[random() % bytes.size()];
            const std::size_t at = random() % back.size();
            if (at < back.find("s3cr3t") || at > back.find("s3cr3t") + 5) back[at] = bytes[random() % bytes.size()];
        }
        const std::string text = front.replace(front.size() - 6, 6, "secret") + back;
        Tree tree;
        tree.Write("fanfare.toml", text);
        for (const Diagnostic& diagnostic : tree.Load().diagnostics) {
            ASSERT_THAT(Format(diagnostic), Not(HasSubstr("s3cr3t"))) << text;
        }
    }
}

}  // namespace
}  // namespace fanfare::config
