#include "store/sqlite/window.hpp"

#include <gmock/gmock.h>

namespace fanfare::store::sqlite {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

Fresh Make(std::uint64_t seq) { return {seq, {std::make_shared<model::StoredEvent>()}}; }

// As the writer does it: marks first, then the windows.
bool Commit(Window& window, Change change) {
    const Marks marks = window.Plan(change);
    return window.Commit(change, marks);
}

bool CommitFresh(Window& window, std::initializer_list<std::uint64_t> seqs) {
    Change change;
    for (const std::uint64_t seq : seqs) change.fresh.push_back(Make(seq));
    return Commit(window, std::move(change));
}

std::vector<std::uint64_t> Take(Window& window, std::size_t limit) {
    std::vector<std::uint64_t> seqs;
    for (const Fresh& fresh : window.TakeFresh(limit).fresh) seqs.push_back(fresh.seq);
    return seqs;
}

base::Time At(std::int64_t us) { return base::Time(base::Duration(us)); }

TEST(Window, WhileThereIsRoomNothingIsReadFromDisk) {
    Window window(1, {}, {8, 1 << 20});
    CommitFresh(window, {1, 2, 3});
    EXPECT_FALSE(window.PlanRefill());
    EXPECT_THAT(Take(window, 5), ElementsAre(1, 2, 3));
    EXPECT_FALSE(window.PlanRefill());
}

TEST(Window, ACommitThatDoesNotFitIsReadFromDiskInItsPlace) {
    Window window(1, {}, {4, 1 << 20});
    CommitFresh(window, {1, 2, 3, 4, 5, 6});
    CommitFresh(window, {7});
    EXPECT_THAT(Take(window, 3), ElementsAre(1, 2, 3));
    const auto plan = window.PlanRefill();
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->after, 4u);
    window.Refill(*plan, {Make(5), Make(6), Make(7)}, true);
    Commit(window, {});
    EXPECT_THAT(Take(window, 5), ElementsAre(4, 5, 6, 7));
    EXPECT_FALSE(window.PlanRefill()) << "attached again";
}

TEST(Window, ItsBudgetCountsTheRequests) {
    Window window(1, {}, {100, 4000});
    Change change;
    for (const std::uint64_t seq : {1, 2, 3}) {
        change.fresh.push_back(Make(seq));
        change.fresh.back().parcel.request =
            std::make_shared<const model::Request>(model::Request{model::Payload{"", std::string(2500, 'x')}, {}, {}});
    }
    Commit(window, std::move(change));
    EXPECT_THAT(Take(window, 3), ElementsAre(1)) << "the second is above the budget, so it stays on disk";
    EXPECT_TRUE(window.PlanRefill());
}

TEST(Window, ADeliveryThatIsBornDeadIsCountedAndNotHandedOut) {
    Window window(1, {}, {8, 1 << 20});
    Change change;
    change.born_dead = 2;
    EXPECT_FALSE(Commit(window, std::move(change))) << "there is nothing to claim";
    EXPECT_EQ(window.counts().created, 2u);
    EXPECT_EQ(window.counts().dead, 2u);
    EXPECT_EQ(window.counts().waiting, 0u);
    EXPECT_THAT(Take(window, 5), IsEmpty());
}

TEST(Window, ACommitBetweenAReadAndItsEntryIsNotLost) {
    Window window(1, {}, {2, 1 << 20});
    CommitFresh(window, {1, 2, 3});
    EXPECT_THAT(Take(window, 2), ElementsAre(1, 2));
    const auto plan = window.PlanRefill();
    CommitFresh(window, {4});  // the read has not seen it
    window.Refill(*plan, {Make(3)}, true);
    Commit(window, {});
    EXPECT_THAT(Take(window, 2), ElementsAre(3));
    const auto again = window.PlanRefill();
    ASSERT_TRUE(again) << "still detached";
    EXPECT_EQ(again->after, 3u);
}

TEST(Window, ACommitThatTheReadHasSeenAlreadyIsNotHandedOutTwice) {
    Window window(1, {}, {4, 1 << 20});
    CommitFresh(window, {1, 2, 3, 4, 5});
    EXPECT_THAT(Take(window, 4), ElementsAre(1, 2, 3, 4));
    const auto plan = window.PlanRefill();
    Change late;
    late.fresh.push_back(Make(6));
    const Marks marks = window.Plan(late);  // on disk, and read, before it comes here
    window.Refill(*plan, {Make(5), Make(6)}, true);
    window.Commit(late, marks);
    Commit(window, {});
    EXPECT_THAT(Take(window, 5), ElementsAre(5, 6));
}

TEST(Window, NothingFreshIsHandedOutAboveTheDurableMark) {
    Window window(1, {}, {2, 1 << 20});
    CommitFresh(window, {1, 2, 3});
    EXPECT_THAT(Take(window, 2), ElementsAre(1, 2));
    window.Refill(*window.PlanRefill(), {Make(3)}, true);
    Window::Taken taken = window.TakeFresh(1);
    EXPECT_THAT(taken.fresh, IsEmpty());
    EXPECT_TRUE(taken.blocked);
    EXPECT_TRUE(window.wants_marks());
    EXPECT_GE(window.Plan({}).sent_hi, 3u);
    EXPECT_TRUE(Commit(window, {})) << "whoever was blocked is told";
    EXPECT_THAT(Take(window, 1), ElementsAre(3));
}

TEST(Window, NoRetryIsHandedOutThatIsDueAboveTheDurableMark) {
    Window window(1, {}, {8, 1 << 20});
    CommitFresh(window, {1});
    EXPECT_THAT(Take(window, 1), ElementsAre(1));
    bool was_retry = true;
    ASSERT_TRUE(window.Settle(1, was_retry));
    EXPECT_FALSE(was_retry);
    Change change;
    change.settled = {1};
    change.retry = 1;
    change.earliest_due_us = 10'000'000;
    Commit(window, change);
    bool blocked = false;
    const auto first = window.PlanRetries(1, At(1'000'000), blocked);
    ASSERT_TRUE(first);
    EXPECT_THAT(window.TakeRetries(*first, {}, 10'000'000), IsEmpty());
    EXPECT_FALSE(window.PlanRetries(1, At(9'999'999), blocked));
    EXPECT_FALSE(blocked) << "nothing is due";
    EXPECT_FALSE(window.PlanRetries(1, At(10'000'000), blocked));
    EXPECT_TRUE(blocked);
    EXPECT_TRUE(window.wants_marks());
    EXPECT_GE(window.Plan({}).due_hi_us, 10'000'000);
    EXPECT_TRUE(Commit(window, {}));
    blocked = false;
    const auto plan = window.PlanRetries(1, At(10'000'000), blocked);
    ASSERT_TRUE(plan);
    EXPECT_FALSE(blocked);
    EXPECT_GE(plan->until_us, 10'000'000);
}

TEST(Window, WhatEndsFasterThanItIsWrittenWaitsForTheDisk) {
    Window window(1, {}, {4096, 64 << 20});
    Change fresh;
    for (std::uint64_t seq = 1; seq <= 4096; ++seq) fresh.fresh.push_back(Make(seq));
    Commit(window, std::move(fresh));
    Change ended;
    bool was_retry = false;
    while (!window.IsAheadOfTheDisk()) {
        const std::vector<std::uint64_t> taken = Take(window, 64);
        if (taken.empty()) Commit(window, {});
        for (const std::uint64_t seq : taken) {
            ASSERT_TRUE(window.Settle(seq, was_retry));
            ended.settled.push_back(seq);
        }
        ASSERT_LT(ended.settled.size(), 4096u) << "all of it, and nothing is written";
    }
    EXPECT_TRUE(Commit(window, std::move(ended))) << "whoever was held back is told";
    EXPECT_FALSE(window.IsAheadOfTheDisk());
}

TEST(Window, AReadThatIsAheadOfItsCommitDoesNotLeaseWhatIsStillLeased) {
    Window window(1, {}, {8, 1 << 20});
    Marks marks = window.Plan({});
    CommitFresh(window, {1});
    EXPECT_THAT(Take(window, 1), ElementsAre(1));
    RetryPlan plan{5, 100, {}, 0};
    EXPECT_THAT(window.TakeRetries(plan, {{1, 50, 1, nullptr}}, Window::kNever), IsEmpty());
    EXPECT_EQ(marks.retry, 0u);
}

TEST(Window, TheLowMarkStaysBelowWhatIsNotFinished) {
    Window window(1, {}, {8, 1 << 20});
    CommitFresh(window, {1, 2, 3});
    EXPECT_THAT(Take(window, 3), ElementsAre(1, 2, 3));
    EXPECT_EQ(window.Plan({}).done_lo, 0u);
    for (const std::uint64_t seq : {1, 3}) {
        bool was_retry = false;
        ASSERT_TRUE(window.Settle(seq, was_retry));
    }
    Change change;
    change.settled = {1, 3};
    change.sent = 2;
    Commit(window, change);
    EXPECT_EQ(window.Plan({}).done_lo, 1u);
    window.Release(2);
    EXPECT_EQ(window.Plan({}).done_lo, 1u);
}

}  // namespace
}  // namespace fanfare::store::sqlite
