#include "admin/activity.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "support/manual_clock.hpp"

namespace fanfare::admin {
namespace {

using namespace std::chrono_literals;

class ActivityTest : public testing::Test {
protected:
    void Add(const std::string& event_id) {
        ActivityEntry entry;
        entry.event_id = event_id;
        activity.Add(std::move(entry));
    }

    support::ManualClock clock;
    Activity activity{clock};
};

TEST_F(ActivityTest, NotesNothingBeforeSomebodyAsked) {
    EXPECT_FALSE(activity.IsWanted());
    Add("e1");
    EXPECT_TRUE(activity.Read(0, 100).entries.empty());
    EXPECT_TRUE(activity.IsWanted());
}

TEST_F(ActivityTest, AReaderThatStartsSeesWhatComesFromThenOnInOrder) {
    activity.Read(0, 1);
    Add("before");
    const auto start = activity.Read(std::nullopt, 100);
    EXPECT_TRUE(start.entries.empty());
    Add("e1");
    Add("e2");
    const auto page = activity.Read(start.next, 100);
    ASSERT_EQ(page.entries.size(), 2u);
    EXPECT_EQ(page.entries[0]->event_id, "e1");
    EXPECT_EQ(page.entries[0]->time, clock.Now());
    EXPECT_EQ(page.entries[1]->n, page.entries[0]->n + 1);
    EXPECT_EQ(page.next, page.entries[1]->n);
    EXPECT_TRUE(activity.Read(page.next, 100).entries.empty());
    EXPECT_EQ(activity.Read(page.next, 100).next, page.next);
}

TEST_F(ActivityTest, ALimitLeavesTheRestForTheNextPage) {
    activity.Read(std::nullopt, 1);
    for (int i = 1; i <= 3; ++i) Add("e" + std::to_string(i));
    const auto page = activity.Read(0, 2);
    ASSERT_EQ(page.entries.size(), 2u);
    const auto rest = activity.Read(page.next, 2);
    ASSERT_EQ(rest.entries.size(), 1u);
    EXPECT_EQ(rest.entries[0]->event_id, "e3");
}

TEST_F(ActivityTest, KeepsOnlyTheLastAndTheirNumbersTellHowManyAreMissing) {
    activity.Read(std::nullopt, 1);
    for (std::size_t i = 0; i < Activity::kKept + 10; ++i) Add("e");
    const auto page = activity.Read(0, Activity::kKept * 2);
    ASSERT_EQ(page.entries.size(), Activity::kKept);
    EXPECT_EQ(page.entries.front()->n, 11u);
    EXPECT_EQ(page.next, Activity::kKept + 10);
}

TEST_F(ActivityTest, ForgetsEverythingWhenNobodyAskedForAWhile) {
    activity.Read(std::nullopt, 1);
    Add("e1");
    clock.Advance(Activity::kPatience - 1s);
    Add("e2");
    clock.Advance(1s);
    Add("e3");
    EXPECT_FALSE(activity.IsWanted());
    EXPECT_TRUE(activity.Read(0, 100).entries.empty());
    Add("e4");
    const auto page = activity.Read(0, 100);
    ASSERT_EQ(page.entries.size(), 1u);
    EXPECT_EQ(page.entries[0]->n, 3u) << "numbers rise over a pause";
}

TEST_F(ActivityTest, AReaderThatComesBackLateIsNotShownWhatIsStale) {
    activity.Read(std::nullopt, 1);
    Add("e1");
    clock.Advance(Activity::kPatience);
    EXPECT_TRUE(activity.Read(0, 100).entries.empty());
}

TEST_F(ActivityTest, ANumberThatWasNeverGivenOutIsBeforeEverything) {
    activity.Read(std::nullopt, 1);
    Add("e1");
    EXPECT_EQ(activity.Read(1000, 100).entries.size(), 1u);
}

TEST_F(ActivityTest, ThreadsAddAndReadAtOnceAndNoNumberIsLost) {
    activity.Read(std::nullopt, 1);
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back([this] {
            for (int k = 0; k < 1000; ++k) Add("e");
        });
    }
    std::uint64_t seen = 0;
    std::uint64_t after = 0;
    while (seen < 3000) {
        const auto page = activity.Read(after, 100);
        for (const auto& one : page.entries) EXPECT_EQ(one->n, ++seen);
        after = page.next;
    }
    for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace fanfare::admin
