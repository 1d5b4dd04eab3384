#include "dispatch/lane.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <set>

#include "support/manual_clock.hpp"
#include "support/scripted_sink.hpp"

namespace fanfare::dispatch {
namespace {

using namespace std::chrono_literals;
using model::DeliveryState;
using model::OutcomeKind;

// Hands out what the test put in, and keeps what became of it.
class Outbox final : public store::Outbox {
public:
    store::Gate gate;

    base::Result<std::vector<store::Claimed>> Claim(model::NameId, std::size_t limit, base::Time) override {
        std::vector<store::Claimed> out;
        while (!waiting.empty() && out.size() < limit) {
            out.push_back(waiting.front());
            waiting.pop_front();
        }
        return out;
    }
    void Finish(std::vector<store::Finish> batch) override {
        for (store::Finish& one : batch) finished.push_back(std::move(one));
    }
    void Release(std::span<const model::DeliveryId> ids) override { released.insert(ids.begin(), ids.end()); }
    base::Result<std::optional<base::Time>> NextDue(model::NameId) override { return next_due; }
    void BringForward(model::NameId, base::Time latest) override { brought_to.push_back(latest); }
    base::Result<store::Gate> ReadGate(model::NameId) override { return gate; }
    void WriteGate(model::NameId, store::Gate written, std::function<void(base::Status)> done) override {
        gate = std::move(written);
        if (done) done({});
    }
    void OnReady(std::function<void(model::NameId)>) override {}

    std::deque<store::Claimed> waiting;
    std::vector<store::Finish> finished;
    std::set<model::DeliveryId> released;
    std::optional<base::Time> next_due;
    std::vector<base::Time> brought_to;
};

class LaneTest : public testing::Test {
protected:
    void Make(model::DeliveryPolicy policy) {
        lane = std::make_unique<Lane>(7, "team", policy, std::make_unique<support::ScriptedSink>(sink), outbox, clock);
        ASSERT_TRUE(lane->Start([this](std::vector<sink::Answer> answers) {
            for (auto& answer : answers) lane->OnAnswer(std::move(answer));
        }));
    }
    void Owe(std::size_t count, std::uint32_t attempts = 0) {
        for (std::size_t i = 0; i < count; ++i) {
            outbox.waiting.push_back({{++seq, 7}, attempts, clock.Now(), std::make_shared<model::StoredEvent>()});
        }
    }

    support::ManualClock clock;
    support::SinkLog sink;
    Outbox outbox;
    std::uint64_t seq = 0;
    std::unique_ptr<Lane> lane;
};

TEST_F(LaneTest, NeverHasMoreBatchesInFlightThanItsConcurrency) {
    Make({{}, 30s, 2});
    Owe(5);
    lane->Pump();
    ASSERT_EQ(sink.taken.size(), 2u);
    sink.Answer(sink.taken[0].first, 0, OutcomeKind::kDelivered);
    lane->Pump();
    EXPECT_EQ(sink.taken.size(), 3u);
    EXPECT_EQ(lane->in_flight(), 2u);
}

TEST_F(LaneTest, FillsBatchesUpToWhatTheSinkTakes) {
    sink.max_batch = 10;
    Make({{}, 30s, 2});
    Owe(25);
    lane->Pump();
    ASSERT_EQ(sink.taken.size(), 2u);
    EXPECT_EQ(sink.taken[0].second.items.size(), 10u);
    EXPECT_EQ(outbox.waiting.size(), 5u);
}

TEST_F(LaneTest, RecordsADeliveryWithItsAttempt) {
    Make({});
    Owe(1, 2);
    lane->Pump();
    EXPECT_EQ(sink.taken[0].second.items[0].attempt, 3u);
    clock.Advance(20ms);
    sink.Answer(1, 0, OutcomeKind::kDelivered);
    lane->Flush();
    ASSERT_EQ(outbox.finished.size(), 1u);
    EXPECT_EQ(outbox.finished[0].state, DeliveryState::kSent);
    EXPECT_EQ(outbox.finished[0].attempt->number, 3u);
    EXPECT_EQ(outbox.finished[0].attempt->took, 20ms);
}

TEST_F(LaneTest, HandsOverTheRequestOfADeliveryAtEveryAttempt) {
    Make({});
    const auto request = std::make_shared<const model::Request>();
    Owe(2);
    outbox.waiting[1].request = request;
    lane->Pump();
    ASSERT_EQ(sink.taken.size(), 2u);
    EXPECT_EQ(sink.taken[0].second.items[0].request, nullptr);
    EXPECT_EQ(sink.taken[1].second.items[0].request, request);
    outbox.waiting.push_back({{2, 7}, 1, clock.Now(), std::make_shared<model::StoredEvent>(), request});
    lane->Pump();
    EXPECT_EQ(sink.taken.at(2).second.items[0].request, request);
}

TEST_F(LaneTest, GivesUpOnASinkThatNeverAnswersAndTriesAgainByPolicy) {
    Make({{}, 30s, 1});
    Owe(1);
    lane->Pump();
    clock.Advance(30s);
    lane->OnTimer();
    EXPECT_TRUE(sink.abandoned.empty()) << "an answer at the deadline may still be on its way";
    clock.Advance(1s);
    lane->OnTimer();
    lane->Flush();
    EXPECT_EQ(sink.abandoned.size(), 1u);
    EXPECT_EQ(lane->in_flight(), 0u);
    ASSERT_EQ(outbox.finished.size(), 1u);
    EXPECT_EQ(outbox.finished[0].state, DeliveryState::kWaiting);
    EXPECT_EQ(outbox.finished[0].reason, "no answer within 30.0 s");
}

TEST_F(LaneTest, IgnoresAnAnswerThatComesAfterItGaveUp) {
    Make({{}, 1s, 1});
    Owe(1);
    lane->Pump();
    clock.Advance(5s);
    lane->OnTimer();
    sink.Answer(1, 0, OutcomeKind::kDelivered);
    lane->Flush();
    EXPECT_EQ(outbox.finished.size(), 1u);
    EXPECT_EQ(outbox.finished[0].state, DeliveryState::kWaiting);
}

TEST_F(LaneTest, OffersAgainWhatABusySinkDidNotTake) {
    Make({});
    Owe(3);
    sink.busy = true;
    lane->Pump();
    EXPECT_EQ(lane->in_flight(), 0u);
    ASSERT_TRUE(lane->next_timer());
    sink.busy = false;
    clock.Advance(50ms);
    lane->OnTimer();
    EXPECT_EQ(sink.taken.size(), 3u);
    EXPECT_EQ(sink.taken[0].second.items[0].delivery.seq, 1u) << "in the order of acceptance";
}

TEST_F(LaneTest, GivesBackWhatWasNotAttemptedWithoutSpendingAnAttempt) {
    Make({});
    Owe(1);
    lane->Pump();
    sink.Answer(1, 0, OutcomeKind::kNotAttempted);
    lane->Flush();
    EXPECT_TRUE(outbox.finished.empty());
    EXPECT_TRUE(outbox.released.contains({1, 7}));
}

TEST_F(LaneTest, DoesNotAttemptWhatIsOlderThanItsMaxAge) {
    model::DeliveryPolicy policy;
    policy.retry.max_age = 1h;
    Make(policy);
    Owe(1);
    clock.Advance(2h);
    lane->Pump();
    lane->Flush();
    EXPECT_TRUE(sink.taken.empty());
    ASSERT_EQ(outbox.finished.size(), 1u);
    EXPECT_EQ(outbox.finished[0].state, DeliveryState::kDead);
    EXPECT_EQ(outbox.finished[0].reason, "given up at max_age 1h");
}

TEST_F(LaneTest, LooksBehindAWindowFullOfExpiredDeliveries) {
    model::DeliveryPolicy policy;
    policy.retry.max_age = 1h;
    policy.concurrency = 2;
    Make(policy);
    Owe(6);
    clock.Advance(2h);
    Owe(1);
    lane->Pump();
    lane->Flush();
    EXPECT_EQ(outbox.finished.size(), 6u);
    EXPECT_EQ(sink.taken.size(), 1u);
}

TEST_F(LaneTest, WakesWhenTheNextRetryIsDue) {
    Make({});
    outbox.next_due = clock.Now() + 10s;
    lane->Pump();
    ASSERT_TRUE(lane->next_timer());
    EXPECT_EQ(*lane->next_timer(), clock.SteadyNow() + 10s);
}

TEST_F(LaneTest, NoRetryIsPostponedBeyondTheLongestDelayOfItsDestinationWhateverTheClockWas) {
    model::DeliveryPolicy policy;
    policy.retry.max_delay = 10min;
    policy.retry.jitter = 0.5;
    clock.SetWrongBy(std::chrono::hours(24 * 365 * 10));
    Make(policy);
    lane->Pump();
    EXPECT_EQ(outbox.brought_to, std::vector{clock.Now() + 15min}) << "at the start";
    clock.SetWrongBy(std::chrono::hours(24 * 365 * 20));
    lane->Pump();
    EXPECT_EQ(outbox.brought_to.size(), 1u) << "a clock that goes forward postpones nothing";
    clock.SetWrongBy({});
    lane->Pump();
    ASSERT_EQ(outbox.brought_to.size(), 2u);
    EXPECT_EQ(outbox.brought_to.back(), clock.Now() + 15min);
    clock.Advance(1min);
    lane->Pump();
    EXPECT_EQ(outbox.brought_to.size(), 2u) << "a clock that is right is left alone";
}

TEST_F(LaneTest, AReloadLeavesRetriesTheTimeThatTheyWereGiven) {
    Make({});
    lane->Pump();
    model::DeliveryPolicy shorter;
    shorter.retry.max_delay = 10s;
    const auto before = std::move(lane);
    Make(shorter);
    lane->TakeOver(*before);
    lane->Pump();
    EXPECT_EQ(outbox.brought_to.size(), 1u);
}

TEST_F(LaneTest, WhatTheOldClockPostponedIsWrittenBeforeItIsBroughtForward) {
    clock.SetWrongBy(std::chrono::hours(24 * 365 * 10));
    Make({});
    Owe(1);
    lane->Pump();
    sink.Answer(1, 0, OutcomeKind::kRetry);
    clock.SetWrongBy({});
    lane->Pump();
    EXPECT_EQ(outbox.finished.size(), 1u);
    EXPECT_EQ(outbox.brought_to.size(), 2u);
}

TEST_F(LaneTest, AClockThatWasAheadOnlyBetweenTwoClaimsIsNoticed) {
    Make({});
    Owe(1);
    lane->Pump();
    clock.SetWrongBy(std::chrono::hours(24));
    sink.Answer(1, 0, OutcomeKind::kRetry);
    clock.SetWrongBy({});
    lane->Pump();
    EXPECT_EQ(outbox.finished.size(), 1u);
    EXPECT_EQ(outbox.brought_to.size(), 2u);
}

TEST_F(LaneTest, ClosedItClaimsNothingAndReturnsWhatItHeld) {
    Make({{}, 30s, 1});
    Owe(2);
    sink.busy = true;
    lane->Pump();
    sink.busy = false;
    lane->Close();
    lane->Pump();
    EXPECT_TRUE(sink.taken.empty());
    EXPECT_TRUE(outbox.released.contains({1, 7}));
}

TEST_F(LaneTest, StoppedItWritesDownWhatWasNeverAnswered) {
    Make({});
    Owe(1);
    lane->Pump();
    lane->Close();
    lane->StopSink(clock.SteadyNow());
    lane->GiveUpAll();
    lane->Flush();
    EXPECT_TRUE(sink.stopped);
    ASSERT_EQ(outbox.finished.size(), 1u);
    EXPECT_EQ(outbox.finished[0].state, DeliveryState::kWaiting);
    EXPECT_TRUE(outbox.finished[0].attempt);
}

TEST_F(LaneTest, OneAnswerOfABatchDoesNotFreeItsSlotForAnother) {
    sink.max_batch = 2;
    Make({{}, 30s, 1});
    Owe(4);
    lane->Pump();
    sink.Answer(1, 0, OutcomeKind::kDelivered);
    sink.Answer(1, 0, OutcomeKind::kDelivered);
    lane->Pump();
    EXPECT_EQ(sink.taken.size(), 1u);
    lane->Flush();
    EXPECT_EQ(outbox.finished.size(), 1u) << "the second answer to the same item counts for nothing";
}

}  // namespace
}  // namespace fanfare::dispatch
