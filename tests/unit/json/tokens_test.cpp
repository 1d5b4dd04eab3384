#include "json/tokens.hpp"

#include <gtest/gtest.h>

#include <string>

#include "fuzz/mutate.hpp"

namespace fanfare::json {
namespace {

struct Found {
    std::vector<std::uint32_t> positions;
    bool failed, in_string, is_ascii, has_escapes, has_unicode_escapes;
    friend bool operator==(const Found&, const Found&) = default;
};

Found FindAll(FindTokens find, const std::string& text) {
    std::vector<std::uint32_t> positions(text.size() + TokenState::kMore);
    TokenState state;
    // In two calls, as what is open between them must be known to the second.
    const std::size_t half = text.size() / Block::kSize / 2;
    const auto at = static_cast<std::uint32_t>(half * Block::kSize);
    std::uint32_t* end = find(state, text.data(), half, 0, positions.data());
    end = find(state, text.data() + at, text.size() / Block::kSize - half, at, end);
    positions.resize(static_cast<std::size_t>(end - positions.data()));
    return {positions,        state.failed(),      state.in_string(),
            state.is_ascii(), state.has_escapes(), state.has_unicode_escapes()};
}

TEST(Tokens, StandWhereTheyAreWrittenWhateverInstructionsLookForThem) {
    const std::string text = R"( {"a b" : [ -12.5e3,true , "c\",\\" ],"d":{}}                                      )";
    const std::vector<std::uint32_t> expected = {1, 2, 8, 10, 12, 19, 20, 25, 27, 36, 37, 38, 41, 42, 43, 44};
    std::string padded = text;
    padded.resize(2 * Block::kSize, ' ');
    for (const NamedFindTokens& way : AllFindTokens()) {
        EXPECT_EQ(FindAll(way.find, padded).positions, expected) << way.name;
    }
}

TEST(Tokens, AreTheSameForAllInstructionsInAnyBytes) {
    fuzz::Random random(7);
    const std::string frequent = "\"\"\"\\{}[]:,  \n\t\r0129.-eau\x01\x0C\x1A\x1F\x7F\x80\xFF" + std::string(1, '\0');
    for (int i = 0; i < 20'000; ++i) {
        std::string text(Block::kSize * (1 + fuzz::Below(random, 6)), ' ');
        const bool any = i % 2 == 0;
        for (char& c : text)
            c = any ? static_cast<char>(fuzz::Below(random, 256)) : frequent[fuzz::Below(random, frequent.size())];
        const Found expected = FindAll(AllFindTokens().front().find, text);
        for (const NamedFindTokens& way : AllFindTokens()) ASSERT_EQ(FindAll(way.find, text), expected) << way.name;
    }
}

TEST(Tokens, EachByteIsTheSameForAllInstructions) {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string text(Block::kSize * 2, static_cast<char>(byte));
        const Found expected = FindAll(AllFindTokens().front().find, text);
        for (const NamedFindTokens& way : AllFindTokens()) EXPECT_EQ(FindAll(way.find, text), expected) << byte;
    }
}

}  // namespace
}  // namespace fanfare::json
