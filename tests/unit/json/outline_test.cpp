#include "json/outline.hpp"

#include <gtest/gtest.h>

#include <string>

#include "fuzz/mutate.hpp"
#include "unit/json/walking.hpp"

namespace fanfare::json {
namespace {

const std::vector<std::string> kTexts = {"7",
                                         " \"a\\\"b\" ",
                                         "{}",
                                         "[ ]",
                                         R"({"a":{"b":[1,{"c":"]}"},[]]},"":"","d\n":null,"e\\":[true,false]})",
                                         R"([[[[1],2],{"x":{"y":{}}}],"\u00e9\uD83D\uDE00",-0.5e-3])"};

std::string Outlined(std::string_view text) {
    Outline outline;
    if (!Scan(text, {}, &outline)) return "refused";
    return WalkByOutline(OutlinedText(text, outline, {}));
}

TEST(Outline, ShowsWhatTheReaderReads) {
    std::vector<std::string> texts = kTexts;
    for (const char* name : {"change-create.json", "change-update.json", "gadz-request.json"}) {
        texts.push_back(fuzz::ReadSample(name));
    }
    for (const std::string& text : texts) EXPECT_EQ(Outlined(text), WalkByReader(text)) << text;
}

TEST(Outline, ShowsWhatTheReaderReadsInDamagedDocumentsThatAreStillJson) {
    std::vector<std::string> seeds = kTexts;
    for (const char* name : {"change-create.json", "change-update.json"}) seeds.push_back(fuzz::ReadSample(name));
    fuzz::Random random(20261126);
    std::size_t accepted = 0;
    for (int i = 0; i < 50'000; ++i) {
        const std::string text = fuzz::Mutate(seeds[fuzz::Below(random, seeds.size())], random);
        if (!Scan(text)) {
            ASSERT_EQ(Outlined(text), "refused") << text;
            continue;
        }
        ASSERT_EQ(Outlined(text), WalkByReader(text)) << text;
        ++accepted;
    }
    EXPECT_GT(accepted, 3'000u) << "too few good documents to say anything";
}

TEST(Outline, HoldsManyTextsAndIsAsItWasAfterOneThatIsRefused) {
    Outline outline;
    std::vector<Outline::Place> places;
    for (const std::string& text : kTexts) {
        places.push_back({outline.size(), 0});
        ASSERT_TRUE(Scan(text, {}, &outline));
        const std::size_t before = outline.size();
        EXPECT_FALSE(Scan("[1,2,{\"a\":[3,", {}, &outline));
        EXPECT_FALSE(Scan("", {}, &outline));
        EXPECT_EQ(outline.size(), before);
    }
    for (std::size_t i = 0; i < kTexts.size(); ++i) {
        EXPECT_EQ(WalkByOutline(OutlinedText(kTexts[i], outline, places[i])), WalkByReader(kTexts[i]));
    }
}

TEST(Outline, FindsAValueThatIsReadFromATextOfItsOwn) {
    const std::string text = R"({"a":[1,2],"data":{"b":{"c":[true]}}})";
    Outline outline;
    ASSERT_TRUE(Scan("[0,0,0,0,0,0]", {}, &outline));
    const std::size_t first = outline.size();
    ASSERT_TRUE(Scan(text, {}, &outline));
    ASSERT_TRUE(Scan("[0]", {}, &outline));
    const std::string data = R"({"b":{"c":[true]}})";
    const Outline::Place place = outline.Find(first, text.find(data));
    EXPECT_EQ(WalkByOutline(OutlinedText(data, outline, place)), WalkByReader(data));
}

TEST(Outline, HasRoomForAsManyValuesAsATextCanHave) {
    std::string text = "[";
    for (int i = 0; i < 100'000; ++i) text += "1,";
    text += "[[[[]]]]]";
    EXPECT_EQ(Outlined(text), WalkByReader(text));
}

TEST(Outline, FollowsLevelsHoweverManyThereAre) {
    std::string text;
    for (int i = 0; i < 300; ++i) text += i % 3 == 0 ? "{\"a\":" : "[";
    text += "1";
    for (int i = 299; i >= 0; --i) text += i % 3 == 0 ? "}" : "]";
    Outline outline;
    ASSERT_TRUE(Scan(text, {300}, &outline));
    EXPECT_EQ(WalkByOutline(OutlinedText(text, outline, {})), WalkByReader(text));
    EXPECT_FALSE(Scan(text, {299}, &outline));
}

}  // namespace
}  // namespace fanfare::json
