// What keeps a lane from delivering: pause, breaker, rate, Retry-After; on a memory store, with a clock of the test's.
#include <gtest/gtest.h>

#include <future>

#include "dispatch/lane.hpp"
#include "store/memory_store.hpp"
#include "support/manual_clock.hpp"
#include "support/scripted_sink.hpp"

namespace fanfare::dispatch {
namespace {

using namespace std::chrono_literals;
using model::DeliveryState;
using model::OutcomeKind;

class Watcher final : public Observer {
public:
    void OnFailed(const Failed& failed) override { failures.push_back(failed.verdict.reason); }
    void OnSent(const store::Claimed&, const std::string& destination, std::uint32_t attempts, int code,
                base::Duration) override {
        sent.push_back(destination + " " + std::to_string(attempts) + " " + std::to_string(code));
    }
    void OnGate(const std::string&, GateState from, GateState to, const std::string& reason) override {
        changes.push_back({from, to, reason});
    }

    struct Change {
        GateState from, to;
        std::string reason;
    };
    std::vector<std::string> failures;
    std::vector<std::string> sent;
    std::vector<Change> changes;
};

class GateTest : public testing::Test {
protected:
    GateTest() { id = *store->Intern("team"); }

    void Make(model::DeliveryPolicy policy) {
        lane = std::make_unique<Lane>(id, "team", policy, std::make_unique<support::ScriptedSink>(sink), store->outbox(), clock);
        lane->SetObserver(&watcher);
        ASSERT_TRUE(lane->Start([this](std::vector<sink::Answer> answers) {
            for (auto& answer : answers) lane->OnAnswer(std::move(answer));
        }));
    }
    void Owe(int count) {
        for (int i = 0; i < count; ++i) {
            store::AcceptBatch batch;
            store::NewEvent& event = batch.events.emplace_back();
            event.envelope.event.id = std::to_string(++events);
            event.envelope.received_at = clock.Now();
            event.targets.push_back({id});
            std::promise<void> done;
            batch.done = [&](base::Result<std::vector<store::Accepted>>) { done.set_value(); };
            store->inbox().Accept(std::move(batch));
            done.get_future().get();
        }
    }
    // What is queued in the store is done.
    void Settle() {
        lane->Flush();
        std::promise<void> done;
        store->outbox().WriteGate(*store->Intern("nobody"), {}, [&](const base::Status&) { done.set_value(); });
        done.get_future().get();
    }
    // Hands over what may be, and answers all of it. How many there were.
    std::size_t Round(OutcomeKind kind, const std::string& reason = {}, int code = 0) {
        const base::SteadyTime now = clock.SteadyNow();
        if (lane->next_timer() && *lane->next_timer() <= now) lane->OnTimer();
        lane->Pump();
        const auto taken = std::exchange(sink.taken, {});
        for (const auto& [batch, content] : taken) sink.listener({{batch, 0, {kind, code, std::nullopt, reason, {}}}});
        Settle();
        return taken.size();
    }
    store::Gate StoredGate() { return *store->outbox().ReadGate(id); }
    store::Counts Counts() { return store->ledger().counts(); }

    support::ManualClock clock;
    std::unique_ptr<store::Store> store = store::MakeMemoryStore(clock);
    model::NameId id = 0;
    int events = 0;
    support::SinkLog sink;
    Watcher watcher;
    std::unique_ptr<Lane> lane;
};

model::DeliveryPolicy Quick() {
    model::DeliveryPolicy policy;
    policy.retry.base = 5s;
    policy.retry.jitter = 0;
    policy.concurrency = 8;
    return policy;
}

TEST_F(GateTest, AnUnreachableDestinationIsLeftAloneButForOneTryFromTimeToTime) {
    Make(Quick());
    Owe(20);
    EXPECT_EQ(Round(OutcomeKind::kUnreachable, "connection refused"), 8u);
    EXPECT_EQ(lane->stats().gate, GateState::kUnreachable);
    EXPECT_EQ(StoredGate().reason, "connection refused");
    EXPECT_TRUE(StoredGate().unreachable);
    std::size_t tries = 0;
    for (int second = 0; second < 600; ++second) {
        clock.Advance(1s);
        tries += Round(OutcomeKind::kUnreachable, "connection refused");
    }
    EXPECT_GE(tries, 600u / 36 - 1);
    EXPECT_LE(tries, 600u / 24 + 1);
    EXPECT_EQ(Counts().waiting, 20u) << "nothing is lost, and nothing held";
    ASSERT_EQ(watcher.changes.size(), 1u);
    EXPECT_EQ(watcher.changes[0].to, GateState::kUnreachable);
}

TEST_F(GateTest, WhatReachedNobodySpendsAgeAndNoAttempts) {
    model::DeliveryPolicy policy = Quick();
    policy.retry.max_attempts = 2;
    policy.retry.max_age = 1h;
    Make(policy);
    Owe(1);
    for (int i = 0; i < 20; ++i) {
        Round(OutcomeKind::kUnreachable, "no route to host");
        clock.Advance(40s);
    }
    EXPECT_EQ(Counts().waiting, 1u) << "twenty tries, and none counts";
    clock.Advance(1h);
    Round(OutcomeKind::kUnreachable, "no route to host");
    EXPECT_EQ(Counts().dead, 1u);
    EXPECT_EQ(watcher.failures.back(), "given up at max_age 1h");
}

TEST_F(GateTest, ARecoveredDestinationIsNotBuriedButGetsEverything) {
    Make(Quick());
    Owe(100);
    Round(OutcomeKind::kUnreachable);
    clock.Advance(40s);
    EXPECT_EQ(Round(OutcomeKind::kDelivered), 1u) << "the probe";
    EXPECT_EQ(lane->stats().gate, GateState::kOpen);
    EXPECT_FALSE(StoredGate().unreachable);
    EXPECT_EQ(watcher.changes.back().to, GateState::kOpen);
    std::vector<std::size_t> rounds;
    while (Counts().sent < 100) {
        rounds.push_back(Round(OutcomeKind::kDelivered));
        clock.Advance(1s);
        ASSERT_LT(rounds.size(), 100u);
    }
    EXPECT_EQ(rounds[0], 1u);
    EXPECT_EQ(rounds[1], 2u);
    EXPECT_EQ(rounds[2], 4u);
    EXPECT_EQ(rounds[3], 8u);
    EXPECT_EQ(rounds[4], 8u) << "its concurrency";
}

TEST_F(GateTest, ARestartRemembersThatADestinationIsUnreachableAndTriesOneAtOnce) {
    Make(Quick());
    Owe(10);
    Round(OutcomeKind::kUnreachable, "connection refused");
    lane->Close();
    clock.Advance(5s);
    Make(Quick());
    EXPECT_EQ(lane->stats().gate, GateState::kUnreachable);
    EXPECT_EQ(Round(OutcomeKind::kUnreachable), 1u);
}

TEST_F(GateTest, A51_APausedDestinationGetsNothingUntilItIsResumedAlsoAfterARestart) {
    Make(Quick());
    Owe(3);
    std::promise<base::Status> durable;
    lane->SetPaused(true, "maintenance", [&](base::Status status) { durable.set_value(std::move(status)); });
    EXPECT_TRUE(durable.get_future().get());
    EXPECT_EQ(Round(OutcomeKind::kDelivered), 0u);
    Make(Quick());
    EXPECT_EQ(lane->stats().gate, GateState::kPaused);
    EXPECT_EQ(lane->stats().gate_reason, "maintenance");
    EXPECT_EQ(Round(OutcomeKind::kDelivered), 0u);
    lane->SetPaused(false, "", nullptr);
    EXPECT_EQ(Round(OutcomeKind::kDelivered), 3u);
}

TEST_F(GateTest, AFarSideThatWantsNothingMoreIsPausedWithItsReasonAndTheRestIsKept) {
    Make(Quick());
    Owe(10);
    lane->Pump();
    const auto taken = std::exchange(sink.taken, {});
    model::Outcome gone{OutcomeKind::kRejected, 410, std::nullopt, "HTTP 410 from hooks.example.com", {}};
    gone.gone = true;
    sink.listener({{taken.begin()->first, 0, gone}});
    Settle();
    EXPECT_EQ(lane->stats().gate, GateState::kPaused);
    EXPECT_TRUE(StoredGate().paused);
    EXPECT_EQ(StoredGate().reason, "HTTP 410 from hooks.example.com");
    clock.Advance(1h);
    EXPECT_EQ(Round(OutcomeKind::kDelivered), 0u);
    EXPECT_EQ(Counts().dead, 1u);
    ASSERT_EQ(watcher.changes.size(), 1u);
    EXPECT_EQ(watcher.changes[0].to, GateState::kPaused);
}

TEST_F(GateTest, TheReasonOfAPauseOutlivesWhatBecomesOfTheDestinationMeanwhile) {
    Make(Quick());
    Owe(8);
    lane->Pump();
    lane->SetPaused(true, "maintenance", nullptr);
    for (const auto& [batch, content] : std::exchange(sink.taken, {})) {
        sink.listener({{batch, 0, {OutcomeKind::kUnreachable, 0, std::nullopt, "connection refused", {}}}});
    }
    EXPECT_EQ(lane->stats().gate, GateState::kPaused);
    EXPECT_EQ(lane->stats().gate_reason, "maintenance");
}

TEST_F(GateTest, UnderALowRateWhatIsNotYetHandedOverCanStillBeCancelled) {
    model::DeliveryPolicy policy = Quick();
    policy.rate = model::Rate{1, 1h};
    Make(policy);
    Owe(5);
    EXPECT_EQ(Round(OutcomeKind::kDelivered), 1u);
    EXPECT_EQ(Counts().waiting, 4u);
    EXPECT_EQ(Counts().sending, 0u);
}

TEST_F(GateTest, WhatIsNeverAnsweredIsCountedAmongTheOutcomes) {
    Make(Quick());
    Owe(1);
    lane->Pump();
    clock.Advance(1min);
    lane->OnTimer();
    EXPECT_EQ(lane->stats().outcomes[static_cast<std::size_t>(OutcomeKind::kRetry)], 1u);
}

TEST_F(GateTest, NothingExpiresWhileItIsPaused) {
    model::DeliveryPolicy policy = Quick();
    policy.retry.max_age = 1min;
    Make(policy);
    Owe(2);
    lane->SetPaused(true, "", nullptr);
    clock.Advance(1h);
    Round(OutcomeKind::kDelivered);
    EXPECT_EQ(Counts().waiting, 2u);
}

TEST_F(GateTest, AResumedDestinationThatWasUnreachableIsTriedAtOnce) {
    Make(Quick());
    Owe(10);
    Round(OutcomeKind::kUnreachable);
    clock.Advance(5s);
    EXPECT_EQ(Round(OutcomeKind::kDelivered), 0u);
    lane->SetPaused(false, "", nullptr);
    EXPECT_EQ(Round(OutcomeKind::kDelivered), 1u);
}

TEST_F(GateTest, ItsRateIsHeldOverAnyTimeLongEnough) {
    model::DeliveryPolicy policy = Quick();
    policy.rate = model::Rate{10, 1s};
    Make(policy);
    Owe(200);
    std::size_t sent = 0;
    for (int tenth = 0; tenth < 100; ++tenth) {
        sent += Round(OutcomeKind::kDelivered);
        clock.Advance(100ms);
    }
    EXPECT_GE(sent, 100u);
    EXPECT_LE(sent, 10 * 10 + 10 + policy.concurrency) << "ten seconds, and the one that the bucket held";
}

TEST_F(GateTest, RetryAfterHoldsTheWholeDestination) {
    Make(Quick());
    Owe(20);
    lane->Pump();
    const auto taken = std::exchange(sink.taken, {});
    for (const auto& [batch, content] : taken) {
        sink.listener({{batch, 0, {OutcomeKind::kRetry, 429, base::Duration(30s), "slow down", {}}}});
    }
    Settle();
    clock.Advance(29s);
    EXPECT_EQ(Round(OutcomeKind::kDelivered), 0u);
    clock.Advance(1s);
    EXPECT_EQ(Round(OutcomeKind::kDelivered), 4u) << "and half as many at once";
}

TEST_F(GateTest, ManyThatHaveExpiredAreEndedWithoutHoldingTheDispatcher) {
    model::DeliveryPolicy policy = Quick();
    policy.retry.max_age = 1min;
    Make(policy);
    Owe(500);
    clock.Advance(1h);
    lane->Pump();
    Settle();
    EXPECT_GT(Counts().dead, 0u);
    EXPECT_LT(Counts().dead, 500u) << "not all in one turn";
    for (int i = 0; i < 10; ++i) Round(OutcomeKind::kDelivered);
    EXPECT_EQ(Counts().dead, 500u);
}

TEST_F(GateTest, AnAttemptKeepsWhatTheFarSideAnsweredAndWhereItStands) {
    Make(Quick());
    Owe(1);
    lane->Pump();
    model::Outcome outcome{OutcomeKind::kRejected, 422, std::nullopt, "no", std::string(5000, 'x')};
    outcome.remote = "192.0.2.7:443";
    sink.listener({{sink.taken[0].first, 0, outcome}});
    Settle();
    store::DeliveryFilter dead;
    dead.state = DeliveryState::kDead;
    const auto page = store->ledger().ListDeliveries(dead);
    const auto detail = store->ledger().FindDelivery(page->deliveries.at(0).id);
    EXPECT_EQ(detail->attempts.at(0).response.size(), model::kKeptResponse);
    EXPECT_EQ(detail->attempts.at(0).remote, "192.0.2.7:443");
}

TEST_F(GateTest, TellsWhoWatchesOfWhatArrivedAndWithWhichAttempt) {
    Make({});
    Owe(1);
    Round(OutcomeKind::kRetry, "busy", 503);
    EXPECT_TRUE(watcher.sent.empty());
    clock.Advance(24h);
    Round(OutcomeKind::kDelivered, {}, 204);
    EXPECT_EQ(watcher.sent, std::vector<std::string>{"team 2 204"});
    EXPECT_EQ(watcher.failures.size(), 1u);
}

}  // namespace
}  // namespace fanfare::dispatch
