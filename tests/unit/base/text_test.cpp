#include "base/text.hpp"

#include <gtest/gtest.h>

#include <set>

namespace fanfare::base {
namespace {

TEST(Utf8, AcceptsEveryLengthAndRefusesWhatRfc3629Forbids) {
    EXPECT_TRUE(IsUtf8("plain"));
    EXPECT_TRUE(IsUtf8("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"));
    EXPECT_FALSE(IsUtf8("\xC0\xA0")) << "overlong";
    EXPECT_FALSE(IsUtf8("\xE0\x80\xA0")) << "overlong";
    EXPECT_FALSE(IsUtf8("\xED\xA0\x80")) << "surrogate";
    EXPECT_FALSE(IsUtf8("\xF4\x90\x80\x80")) << "above U+10FFFF";
    EXPECT_FALSE(IsUtf8("\xE2\x82")) << "cut short";
    EXPECT_FALSE(IsUtf8("12345678\x80")) << "behind a run of ASCII";
}

TEST(Base64, RoundTripsAndMatchesRfc4648Vectors) {
    EXPECT_EQ(EncodeBase64("foobar"), "Zm9vYmFy");
    EXPECT_EQ(EncodeBase64("fooba"), "Zm9vYmE=");
    EXPECT_EQ(EncodeBase64("f"), "Zg==");
    EXPECT_EQ(DecodeBase64("Zm9vYmE="), "fooba");
    EXPECT_EQ(DecodeBase64(""), "");
}

TEST(Base64Url, HasNoPaddingAndNothingThatAUrlReadsOtherwise) {
    EXPECT_EQ(EncodeBase64Url("\xfb\xff\xfe"), "-__-");
    EXPECT_EQ(EncodeBase64Url("f"), "Zg");
    EXPECT_EQ(EncodeBase64Url(std::string(32, 'x')).size(), 43u);
}

TEST(Hex, RoundTripsInEitherCaseAndRefusesAnythingElse) {
    EXPECT_EQ(EncodeHex("\x01\xab"), "01ab");
    EXPECT_EQ(DecodeHex("01aB"), "\x01\xab");
    EXPECT_EQ(DecodeHex(""), "");
    for (const char* text : {"0", "0g", "0x01", " 01", "01 ", "--"}) EXPECT_FALSE(DecodeHex(text)) << text;
}

TEST(Base64, RefusesWrongAlphabetPaddingAndTrailingBits) {
    EXPECT_FALSE(DecodeBase64("Zm9v YmE="));
    EXPECT_FALSE(DecodeBase64("Zg"));
    EXPECT_FALSE(DecodeBase64("Zg=a"));
    EXPECT_FALSE(DecodeBase64("Zh=="));
    EXPECT_FALSE(DecodeBase64("Z-_v"));
}

TEST(DidYouMean, OffersANearNameAndNothingForAFarOne) {
    EXPECT_EQ(DidYouMean("retyr", {"retry", "timeout"}), "retry");
    EXPECT_EQ(DidYouMean("ulr", {"method", "url"}), "url") << "a swap is one slip";
    EXPECT_EQ(DidYouMean("zebra", {"retry", "timeout"}), "");
}

TEST(Names, AreCheckedAsAWhole) {
    EXPECT_TRUE(IsName("GITHUB_MASTER"));
    EXPECT_TRUE(IsName("a.b-c"));
    EXPECT_FALSE(IsName(""));
    EXPECT_FALSE(IsName(".hidden"));
    EXPECT_FALSE(IsName("a/b"));
    EXPECT_FALSE(IsName(std::string_view("a\0b", 3)));
    EXPECT_FALSE(IsName(std::string(65, 'a')));
}

TEST(UuidV7, RisesAndDoesNotRepeat) {
    std::set<std::string> seen;
    std::string last;
    for (int i = 0; i < 10'000; ++i) {
        std::string id = MakeUuidV7();
        EXPECT_EQ(id.size(), 36u);
        EXPECT_EQ(id[14], '7');
        EXPECT_LT(last, id);
        EXPECT_TRUE(seen.insert(id).second);
        last = id;
    }
}

}  // namespace
}  // namespace fanfare::base
