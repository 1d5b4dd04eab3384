#include "store/sqlite/codec.hpp"

#include <gtest/gtest.h>

namespace fanfare::store::sqlite {
namespace {

TEST(Crc32, MatchesTheKnownAnswerHoweverItIsCut) {
    EXPECT_EQ(Crc32("123456789"), 0xCBF43926u);  // the check value of CRC-32/ISO-HDLC in the catalogue of reveng
    EXPECT_EQ(Crc32("6789", Crc32("12345")), 0xCBF43926u);
    EXPECT_EQ(Crc32(""), 0u);
}

TEST(Meta, ComesBackAsItWent) {
    model::Event event;
    event.subject = "s";
    event.time = "2026-01-31T00:00:00Z";
    event.content_type = std::string(300, 'c');
    event.extensions = {{"a", "1", model::AttributeKind::kInteger}, {"b", "", model::AttributeKind::kString}};
    model::Event back;
    ASSERT_TRUE(DecodeMeta(EncodeMeta(event), back));
    EXPECT_EQ(back, event);
}

TEST(Meta, CutShortAnywhereIsRefusedOrLeavesOutWholeAttributes) {
    model::Event event;
    event.subject = "subject";
    event.extensions = {{"a", "1", model::AttributeKind::kInteger}, {"b", "2", model::AttributeKind::kString}};
    const std::string whole = EncodeMeta(event);
    int taken = 0;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        model::Event back;
        taken += DecodeMeta(whole.substr(0, size), back);
    }
    EXPECT_EQ(taken, 2) << "before each of the two attributes";
}

TEST(Destinations, ComeBackAsTheyWent) {
    const std::vector<model::NameId> destinations{1, 127, 128, 70'000};
    EXPECT_EQ(DecodeDestinations(EncodeDestinations(destinations)), destinations);
    EXPECT_EQ(DecodeDestinations("\xFF"), std::nullopt);
}

}  // namespace
}  // namespace fanfare::store::sqlite
