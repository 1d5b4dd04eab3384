#include "route/topic.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace fanfare::route {
namespace {

bool Match(std::string_view pattern, std::string_view type) {
    const auto parsed = TopicPattern::Parse(pattern);
    EXPECT_TRUE(parsed) << pattern;
    return parsed && parsed->Matches(type);
}

std::vector<std::string> Words(const std::string& text) {
    std::vector<std::string> words;
    if (text.empty()) return words;
    for (std::size_t start = 0;;) {
        const std::size_t dot = text.find('.', start);
        words.push_back(text.substr(start, dot - start));
        if (dot == std::string::npos) return words;
        start = dot + 1;
    }
}

// The definition, word for word: slow and plain.
bool Naive(const std::vector<std::string>& pattern, std::size_t p, const std::vector<std::string>& words,
           std::size_t w) {
    if (p == pattern.size()) return w == words.size();
    if (pattern[p] == "#") {
        for (std::size_t skip = w; skip <= words.size(); ++skip) {
            if (Naive(pattern, p + 1, words, skip)) return true;
        }
        return false;
    }
    return w < words.size() && (pattern[p] == "*" || pattern[p] == words[w]) && Naive(pattern, p + 1, words, w + 1);
}

// A31
TEST(TopicPattern, StarIsExactlyOneWord) {
    EXPECT_TRUE(Match("a.*", "a.b"));
    EXPECT_FALSE(Match("a.*", "a"));
    EXPECT_FALSE(Match("a.*", "a.b.c"));
    EXPECT_TRUE(Match("*.*", "a.b"));
    EXPECT_TRUE(Match("request.gapps.account.*", "request.gapps.account.create"));
    EXPECT_FALSE(Match("request.gapps.account.*", "request.gapps.account"));
}

// A31
TEST(TopicPattern, HashIsAnyNumberOfWordsAlsoNone) {
    EXPECT_TRUE(Match("#", "a.b.c"));
    EXPECT_TRUE(Match("#", ""));
    EXPECT_TRUE(Match("notify.#", "notify"));
    EXPECT_TRUE(Match("notify.#", "notify.a.b"));
    EXPECT_FALSE(Match("notify.#", "notifya"));
    EXPECT_TRUE(Match("#.c", "c"));
    EXPECT_TRUE(Match("#.c", "a.c.b.c"));
    EXPECT_FALSE(Match("#.c", "a.c.b"));
    EXPECT_TRUE(Match("a.#.b.#.c", "a.x.b.y.c"));
    EXPECT_TRUE(Match("#.#.a", "a"));
    EXPECT_TRUE(Match("#.*", "a"));
    EXPECT_FALSE(Match("#.*", ""));
}

TEST(TopicPattern, AnEmptyWordIsAWord) {
    EXPECT_TRUE(Match("a.*.b", "a..b"));
    EXPECT_TRUE(Match("a..b", "a..b"));
    EXPECT_FALSE(Match("a.b", "a..b"));
    EXPECT_TRUE(Match("a.*", "a."));
    EXPECT_FALSE(Match("a", "a."));
    EXPECT_TRUE(Match("*.*", "."));
    EXPECT_FALSE(Match("*", "")) << "the empty type has no word";
}

TEST(TopicPattern, ComparesWholeWordsAndCase) {
    EXPECT_FALSE(Match("a.b", "a.B"));
    EXPECT_FALSE(Match("a.b", "a.bb"));
    EXPECT_FALSE(Match("a.bb", "a.b"));
    EXPECT_TRUE(Match("a b.\xC3\xA9", "a b.\xC3\xA9"));
}

TEST(TopicPattern, RefusesWildcardsInsideWordsAndWhatIsEmptyOrTooLong) {
    for (const std::string_view bad : {"", "a*", "a.*b", "a.b#.c", "**", "##", "*#"}) {
        const auto parsed = TopicPattern::Parse(bad);
        ASSERT_FALSE(parsed) << bad;
        EXPECT_EQ(parsed.error().code, base::Code::kInvalid);
    }
    EXPECT_TRUE(TopicPattern::Parse(std::string(256, 'a')));
    EXPECT_FALSE(TopicPattern::Parse(std::string(257, 'a')));
}

// A31
TEST(TopicPattern, AgreesWithTheDefinitionOnRandomPatterns) {
    std::mt19937 random(42);
    const auto draw = [&](const std::vector<std::string>& words, std::size_t most) {
        std::string text;
        for (std::size_t left = random() % most; left-- > 0;) {
            text += words[random() % words.size()] + (left > 0 ? "." : "");
        }
        return text;
    };
    int matched = 0;
    for (int i = 0; i < 100'000; ++i) {
        const std::string pattern = draw({"a", "b", "", "*", "#", "#"}, 8);
        const std::string type = draw({"a", "b", "a", "b", "ab", ""}, 9);
        const auto parsed = TopicPattern::Parse(pattern);
        if (!parsed) continue;
        const bool expected = Naive(Words(pattern), 0, Words(type), 0);
        ASSERT_EQ(parsed->Matches(type), expected) << "'" << pattern << "' on '" << type << "'";
        matched += expected;
    }
    EXPECT_GT(matched, 5'000);
}

// A31
TEST(TopicPattern, EndsOnAHostileTypeThatMakesANaiveMatcherExponential) {
    std::string pattern = "#";
    for (int i = 0; i < 60; ++i) pattern += ".a.#";
    std::string type = "a";
    for (int i = 0; i < 5'000; ++i) type += ".a";
    EXPECT_TRUE(Match(pattern, type));
    EXPECT_FALSE(Match(pattern + ".b", type));
}

}  // namespace
}  // namespace fanfare::route
