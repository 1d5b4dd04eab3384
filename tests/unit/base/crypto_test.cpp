#include "base/crypto.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/text.hpp"

namespace fanfare::base {
namespace {

std::string Hex(const Digest& digest) {
    return EncodeHex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

// FIPS 180-4 examples (csrc.nist.gov, SHA256.pdf) and the digest of nothing.
TEST(Sha256, MatchesThePublishedVectors) {
    EXPECT_EQ(Hex(Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(Hex(Sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(Hex(Sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

// RFC 4231, test cases 1, 2 and 6 (a key longer than a block).
TEST(HmacSha256, MatchesRfc4231) {
    EXPECT_EQ(Hex(HmacSha256(std::string(20, '\x0b'), "Hi There")),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(Hex(HmacSha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(Hex(HmacSha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacSha256, TakesAnEmptyKeyAndEmptyData) {
    EXPECT_EQ(Hex(HmacSha256("", "")), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    EXPECT_EQ(Hex(HmacSha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(HmacSha256, OfPartsIsThatOfTheirConcatenation) {
    EXPECT_EQ(HmacSha256("Jefe", {"what do ya ", "", "want for nothing?"}),
              HmacSha256("Jefe", "what do ya want for nothing?"));
    EXPECT_EQ(HmacSha256("k", std::initializer_list<std::string_view>{}), HmacSha256("k", ""));
}

TEST(RandomBytes, AreAsManyAsAskedForAndDiffer) {
    EXPECT_EQ(RandomBytes(32).size(), 32u);
    EXPECT_NE(RandomBytes(32), RandomBytes(32));
    EXPECT_EQ(RandomBytes(0), "");
}

TEST(ConstantTimeEqual, ComparesLengthAndBytes) {
    EXPECT_TRUE(ConstantTimeEqual("same", "same"));
    EXPECT_TRUE(ConstantTimeEqual("", {}));
    EXPECT_FALSE(ConstantTimeEqual("same", "samE"));
    EXPECT_FALSE(ConstantTimeEqual("same", "sam"));
}

}  // namespace
}  // namespace fanfare::base
