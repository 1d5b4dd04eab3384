// Who has got a mail that others wait for: what is remembered, and for how long.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "plugins/smtp/receipts.hpp"

namespace fanfare::plugins::smtp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SmtpReceipts : public ::testing::Test {
protected:
    SmtpReceipts() {
        char name[] = "/tmp/fanfare-receipts.XXXXXX";
        directory_ = ::mkdtemp(name);
        path_ = directory_ + "/receipts";
    }
    ~SmtpReceipts() override { std::filesystem::remove_all(directory_); }

    std::string directory_;
    std::string path_;
};

TEST_F(SmtpReceipts, WithoutAFileTheyAreKeptInMemory) {
    Receipts receipts("");
    receipts.Open();
    receipts.Add("dlv_1", {"a@x", "b@x"});
    receipts.Add("dlv_1", {"c@x"});
    EXPECT_THAT(receipts.Find("dlv_1"), ElementsAre("a@x", "b@x", "c@x"));
    EXPECT_THAT(receipts.Find("dlv_2"), IsEmpty());
    receipts.Forget("dlv_1");
    EXPECT_THAT(receipts.Find("dlv_1"), IsEmpty());
}

TEST_F(SmtpReceipts, WithAFileTheyOutliveTheInstance) {
    Receipts(path_).Add("dlv_1", {"a@x"});
    Receipts next(path_);
    next.Open();
    EXPECT_THAT(next.Find("dlv_1"), ElementsAre("a@x"));
    next.Forget("dlv_1");
    EXPECT_THAT(Receipts(path_).Find("dlv_1"), IsEmpty());
}

TEST_F(SmtpReceipts, TwoInstancesOnOneFileSeeWhatTheOtherWrites) {
    Receipts one(path_);
    Receipts other(path_);
    one.Add("dlv_1", {"a@x"});
    EXPECT_THAT(other.Find("dlv_1"), ElementsAre("a@x"));
    other.Add("dlv_1", {"b@x"});
    EXPECT_THAT(one.Find("dlv_1"), ElementsAre("a@x", "b@x"));
}

TEST_F(SmtpReceipts, LineThatACrashCutShortSpoilsNoOther) {
    Receipts(path_).Add("dlv_1", {"a@x"});
    std::ofstream(path_, std::ios::app) << "dlv_2";
    Receipts next(path_);
    next.Open();
    next.Add("dlv_3", {"c@x"});
    Receipts last(path_);
    EXPECT_THAT(last.Find("dlv_1"), ElementsAre("a@x"));
    EXPECT_THAT(last.Find("dlv_2"), IsEmpty());
    EXPECT_THAT(last.Find("dlv_3"), ElementsAre("c@x"));
}

TEST_F(SmtpReceipts, LargeFileOfOldLinesIsShortenedAndKeepsWhatCounts) {
    {
        std::ofstream file(path_);
        for (std::size_t i = 0; i * 20 < Receipts::kLargeFile; ++i) file << "dlv_" << i << " 1000 old@x.example\n";
    }
    Receipts(path_).Add("dlv_now", {"a@x"});
    Receipts next(path_);
    next.Open();
    EXPECT_LT(std::filesystem::file_size(path_), 100u);
    EXPECT_THAT(next.Find("dlv_now"), ElementsAre("a@x"));
    next.Add("dlv_later", {"b@x"});
    EXPECT_THAT(Receipts(path_).Find("dlv_later"), ElementsAre("b@x"));
}

TEST_F(SmtpReceipts, MemoryIsBounded) {
    Receipts receipts("");
    for (std::size_t i = 0; i <= Receipts::kMaxDeliveries; ++i) receipts.Add("dlv_" + std::to_string(i), {"a@x"});
    EXPECT_THAT(receipts.Find("dlv_0"), IsEmpty());
    EXPECT_THAT(receipts.Find("dlv_" + std::to_string(Receipts::kMaxDeliveries)), ElementsAre("a@x"));
}

TEST_F(SmtpReceipts, FileThatCannotBeWrittenIsNamed) {
    Receipts receipts(directory_ + "/none/receipts");
    try {
        receipts.Open();
        FAIL() << "it was opened";
    } catch (const std::runtime_error& e) {
        EXPECT_THAT(e.what(), ::testing::HasSubstr(directory_ + "/none/receipts"));
    }
}

}  // namespace
}  // namespace fanfare::plugins::smtp
