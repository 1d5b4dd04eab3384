#include "store/sqlite/queue.hpp"

#include <gmock/gmock.h>

namespace fanfare::store::sqlite {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

constexpr base::SteadyTime kPast = base::SteadyTime::min();
constexpr base::SteadyTime kFuture = base::SteadyTime::max();

std::vector<Settled> Finishes(std::size_t count) {
    std::vector<Settled> settled(count);
    for (std::size_t i = 0; i < count; ++i) settled[i].finish.id = {i + 1, 1};
    return settled;
}

void SettleMany(Queue& queue, std::size_t batches) {
    for (std::size_t i = 0; i < batches; ++i) queue.Settle(Finishes(100));
}

AcceptBatch AnEvent() {
    AcceptBatch batch;
    batch.events.emplace_back();
    batch.done = [](const base::Result<std::vector<Accepted>>&) {};
    return batch;
}

std::size_t TakeAll(Queue& queue, Work& work, base::SteadyTime until) {
    while (queue.TakeMore(work, until)) {
    }
    return work.settled.size();
}

TEST(Queue, WhileNobodyWaitsAGroupTakesAllThatHasEnded) {
    Queue queue;
    SettleMany(queue, 50);
    Work work = queue.Take(0ms);
    EXPECT_LT(work.settled.size(), 500u);
    EXPECT_EQ(TakeAll(queue, work, kPast), 5000u);
}

TEST(Queue, NoGroupTakesMoreThanItsMostOfFinishes) {
    Queue queue;
    SettleMany(queue, 200);
    Work work = queue.Take(0ms);
    EXPECT_LE(TakeAll(queue, work, kFuture), 8192u + 200u);
    Work next = queue.Take(0ms);
    EXPECT_GE(TakeAll(queue, next, kFuture), 8192u);
}

TEST(Queue, NoGroupGoesOnWithFinishesWhenSomebodyWaitsForIt) {
    Queue queue;
    SettleMany(queue, 50);
    queue.Accept(AnEvent());
    Work work = queue.Take(0ms);
    ASSERT_THAT(work.accepts, SizeIs(1));
    EXPECT_TRUE(queue.TakeMore(work, kFuture)) << "they have their share of the time";
    EXPECT_FALSE(queue.TakeMore(work, kPast));
}

TEST(Queue, NoGroupGoesOnWithFinishesWhenSomebodyWaitsForTheNext) {
    Queue queue;
    SettleMany(queue, 50);
    Work work = queue.Take(0ms);
    EXPECT_TRUE(queue.TakeMore(work, kPast));
    queue.Accept(AnEvent());
    EXPECT_TRUE(queue.TakeMore(work, kFuture));
    EXPECT_FALSE(queue.TakeMore(work, kPast));
    Work next = queue.Take(0ms);
    EXPECT_THAT(next.accepts, SizeIs(1));
    EXPECT_EQ(work.settled.size() + TakeAll(queue, next, kFuture), 5000u) << "what was left is in the next";
}

TEST(Queue, AClaimThatWaitsForMarksIsSomebodyWhoWaits) {
    Queue queue;
    SettleMany(queue, 50);
    queue.WantMarks(false);
    Work work = queue.Take(0ms);
    EXPECT_TRUE(queue.TakeMore(work, kPast));
    queue.WantMarks(true);
    EXPECT_FALSE(queue.TakeMore(work, kPast));
}

TEST(Queue, WhatIsBroughtForwardComesBehindAllThatHadEndedBefore) {
    Queue queue;
    SettleMany(queue, 50);
    queue.BringForward({1, 7});
    SettleMany(queue, 50);
    Work work = queue.Take(0ms);
    std::size_t taken = work.settled.size();
    while (work.forwards.empty()) {
        ASSERT_LT(taken, 10'000u) << "it does not wait for what ended later";
        work = queue.Take(0ms);
        taken += work.settled.size();
    }
    EXPECT_GE(taken, 5000u);
    EXPECT_THAT(queue.Take(0ms).forwards, IsEmpty());
}

TEST(Queue, AStopWaitsForAllThatHasEnded) {
    Queue queue;
    SettleMany(queue, 3);
    queue.Stop();
    std::size_t taken = 0;
    bool stopped = false;
    for (int i = 0; i < 4 && !stopped; ++i) {
        const Work work = queue.Take(0ms);
        taken += work.settled.size();
        stopped = work.stop;
        EXPECT_EQ(stopped, taken == 300);
    }
    EXPECT_TRUE(stopped);
}

}  // namespace
}  // namespace fanfare::store::sqlite
