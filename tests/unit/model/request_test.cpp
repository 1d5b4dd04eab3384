#include "model/request.hpp"

#include <gtest/gtest.h>

namespace fanfare::model {
namespace {

Request MakeRequest() {
    Request request;
    request.payload = Payload{"application/json", std::string(300, 'x') + std::string("\0\xFF", 2)};
    request.headers = {{"X-One", "1"}, {"X-Two", ""}, {"X-One", "again"}};
    request.options = {{"/url", "https://example.org/a"}};
    return request;
}

TEST(StoredRequest, ComesBackAsItWent) {
    const auto back = DecodeRequest(Encode(MakeRequest()));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, MakeRequest());
}

TEST(StoredRequest, KnowsNoPayloadFromAnEmptyOne) {
    Request without;
    without.headers = {{"X-One", "1"}};
    Request empty = without;
    empty.payload = Payload{};
    EXPECT_EQ(*DecodeRequest(Encode(without)), without);
    EXPECT_EQ(*DecodeRequest(Encode(empty)), empty);
    EXPECT_EQ(*DecodeRequest(Encode({})), Request{});
}

TEST(StoredRequest, CutShortAnywhereIsRefused) {
    const std::string whole = Encode(MakeRequest());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto back = DecodeRequest(std::string_view(whole).substr(0, size));
        ASSERT_FALSE(back) << size;
        EXPECT_EQ(back.error().code, base::Code::kCorrupt);
    }
}

TEST(StoredRequest, BytesBehindItsEndAreRefused) { EXPECT_FALSE(DecodeRequest(Encode(MakeRequest()) + '\0')); }

TEST(StoredRequest, AnotherFormatIsRefused) {
    std::string bytes = Encode(MakeRequest());
    bytes[0] = 2;
    EXPECT_FALSE(DecodeRequest(bytes));
}

// Each answer to a changed byte is an error or a request that has just these bytes: nothing is read in two ways.
TEST(StoredRequest, WhatIsTakenIsWrittenAgainTheSame) {
    Request request;
    request.payload = Payload{"t", "body"};
    request.headers = {{"n", "v"}};
    const std::string whole = Encode(request);
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (int byte = 0; byte < 256; ++byte) {
            std::string changed = whole;
            changed[at] = static_cast<char>(byte);
            if (const auto back = DecodeRequest(changed)) {
                EXPECT_EQ(Encode(*back), changed);
            }
        }
    }
}

TEST(StoredRequest, ANumberInALongerFormIsRefused) {
    const std::string none("\x01\x00\x00\x00", 4);
    ASSERT_TRUE(DecodeRequest(none));
    EXPECT_FALSE(DecodeRequest(std::string("\x01\x80\x00\x00\x00", 5)));
    EXPECT_FALSE(DecodeRequest(std::string("\x01\x00\x80\x00\x00", 5)));
}

TEST(StoredRequest, ACountThatNoBytesFollowTakesNoMemory) {
    std::string bytes("\x01\x00", 2);
    bytes += "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01";  // 2^64 - 1 headers
    EXPECT_FALSE(DecodeRequest(bytes));
}

TEST(StoredRequest, ItsSizeCountsEveryPart) {
    Request request;
    const std::size_t empty = BytesOf(request);
    request.payload = Payload{"", std::string(1000, 'x')};
    EXPECT_GE(BytesOf(request), empty + 1000);
    request.options = {{std::string(100, 'x'), std::string(100, 'x')}};
    EXPECT_GE(BytesOf(request), empty + 1200);
}

}  // namespace
}  // namespace fanfare::model
