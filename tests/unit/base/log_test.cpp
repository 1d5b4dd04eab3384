#include "base/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fanfare::log {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t LinesOf(const std::string& text, const std::string& event) {
    std::size_t lines = 0;
    for (std::size_t at = text.find(event); at != std::string::npos; at = text.find(event, at + 1)) ++lines;
    return lines;
}

TEST(Log, AFloodOfOneEventIsCutShortAndHidesNoOther) {
    Configure(Level::kInfo, Format::kText);
    testing::internal::CaptureStderr();
    for (int i = 0; i < 10'000; ++i) Warn("delivery.flooded");
    Warn("store.broken");
    const std::string text = testing::internal::GetCapturedStderr();
    EXPECT_GE(LinesOf(text, "delivery.flooded"), 200u);
    EXPECT_LT(LinesOf(text, "delivery.flooded"), 5'000u);
    EXPECT_EQ(LinesOf(text, "store.broken"), 1u);
}

TEST(Log, WhoAsksForDebugGetsAllOfIt) {
    Configure(Level::kDebug, Format::kText);
    testing::internal::CaptureStderr();
    for (int i = 0; i < 1'000; ++i) Debug("delivery.detailed");
    EXPECT_EQ(LinesOf(testing::internal::GetCapturedStderr(), "delivery.detailed"), 1'000u);
    Configure(Level::kInfo, Format::kText);
}

TEST(Log, ASecretIsMaskedWhereverItStands) {
    Mask("hunter2-hunter2");
    testing::internal::CaptureStderr();
    Warn("request.failed", {{"url", "https://x/?key=hunter2-hunter2&b"}});
    const std::string text = testing::internal::GetCapturedStderr();
    EXPECT_THAT(text, HasSubstr("key=***&b"));
    EXPECT_THAT(text, Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace fanfare::log
