#include <gmock/gmock.h>

#include <future>
#include <random>

#include "unit/store/conformance.hpp"

namespace fanfare::store {
namespace {

using namespace std::chrono_literals;
using base::Code;
using model::DeliveryState;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

model::DeliveryId IdOf(Fixture& s, const std::string& event, const std::string& destination = "a") {
    const auto found = s.ledger().FindEvents(event);
    return {found->at(0).event->key.seq, s.Name(destination)};
}

TEST_P(StoreConformance, A50_AWaitingDeliveryThatIsCancelledIsNotHandedOut) {
    s.AcceptMany(1, 3);
    ASSERT_TRUE(s.Cancel(IdOf(s, "2")));
    EXPECT_EQ(s.ledger().FindDelivery(IdOf(s, "2"))->delivery.state, DeliveryState::kCancelled);
    EXPECT_THAT(IdsOf(s.Claim(2)), ElementsAre("1", "3"));
    EXPECT_THAT(s.ClaimOnce(5), IsEmpty());
    ExpectBalanced(s.ledger().counts());
}

TEST_P(StoreConformance, ADeliveryThatWaitsForAnotherTryCanBeCancelled) {
    s.AcceptMany(1, 2);
    const auto claimed = s.Claim(2);
    s.Finish({Later(claimed[0], s.Now(), s.Now() + 5s), Later(claimed[1], s.Now(), s.Now() + 5s)});
    ASSERT_TRUE(s.Cancel(claimed[0].id));
    clock.Advance(10s);
    EXPECT_THAT(IdsOf(s.Claim(1)), ElementsAre("2"));
    EXPECT_THAT(s.ClaimOnce(5), IsEmpty());
}

TEST_P(StoreConformance, OneThatWasGivenBackCanBeCancelled) {
    s.AcceptMany(1, 2);
    const auto claimed = s.Claim(2);
    s.outbox().Release({&claimed[0].id, 1});
    ASSERT_TRUE(s.Cancel(claimed[0].id));
    EXPECT_THAT(s.ClaimOnce(5), IsEmpty());
}

TEST_P(StoreConformance, OneThatIsBeingSentCannotBeCancelledAndSaysSo) {
    s.AcceptMany(1, 1);
    const auto claimed = s.Claim(1);
    const base::Status refused = s.Cancel(claimed[0].id);
    EXPECT_EQ(refused.error().code, Code::kConflict);
    EXPECT_THAT(refused.error().message, testing::HasSubstr("is being sent"));
    s.Finish({Sent(claimed[0], s.Now())});
    EXPECT_THAT(s.Cancel(claimed[0].id).error().message, testing::HasSubstr("is sent"));
    EXPECT_EQ(s.Cancel({999, s.Name("a")}).error().code, Code::kNotFound);
}

TEST_P(StoreConformance, ADeadDeliveryThatIsCancelledLeavesTheDeadAndCanBeRetriedStill) {
    s.AcceptMany(1, 1);
    s.Finish({Dead(s.Claim(1)[0], s.Now(), "no")});
    const model::DeliveryId id = IdOf(s, "1");
    ASSERT_TRUE(s.Cancel(id));
    EXPECT_EQ(s.ledger().counts().dead, 0u);
    EXPECT_EQ(s.ledger().counts().cancelled, 1u);
    EXPECT_EQ(s.Cancel(id).error().code, Code::kConflict);
    ASSERT_TRUE(s.Retry(id));
    EXPECT_THAT(s.Claim(1), SizeIs(1));
}

TEST_P(StoreConformance, ManyAreSteeredAtOnceAndEachHasItsAnswer) {
    s.AcceptMany(1, 3);
    const auto claimed = s.Claim(3);
    s.Finish({Dead(claimed[0], s.Now(), "x"), Dead(claimed[1], s.Now(), "x"), Sent(claimed[2], s.Now())});
    std::promise<std::vector<base::Status>> answer;
    s.ledger().Retry({claimed[0].id, {77, s.Name("a")}, claimed[2].id, claimed[1].id},
                     [&](std::vector<base::Status> results) { answer.set_value(std::move(results)); });
    const auto results = answer.get_future().get();
    ASSERT_THAT(results, SizeIs(4));
    EXPECT_TRUE(results[0]);
    EXPECT_EQ(results[1].error().code, Code::kNotFound);
    EXPECT_EQ(results[2].error().code, Code::kConflict);
    EXPECT_TRUE(results[3]);
    EXPECT_THAT(s.Claim(2), SizeIs(2));
}

TEST_P(StoreConformance, ABacklogFarBehindTheWindowCanBeCancelledWhileItIsHandedOut) {
    s.AcceptMany(1, 60);
    std::vector<model::DeliveryId> odd;
    for (int i = 1; i <= 60; i += 2) odd.push_back(IdOf(s, std::to_string(i)));
    std::promise<void> done;
    s.ledger().Cancel(odd, [&](const std::vector<base::Status>&) { done.set_value(); });
    done.get_future().get();
    const auto claimed = s.Claim(30);
    for (const Claimed& one : claimed) EXPECT_EQ(std::stoi(one.event->envelope.event.id) % 2, 0);
    EXPECT_THAT(s.ClaimOnce(60), IsEmpty());
}

TEST_P(StoreConformance, AnAttemptThatMetNobodyIsKeptButDoesNotCount) {
    s.AcceptMany(1, 1);
    auto finish = Later(s.Claim(1)[0], s.Now(), s.Now());
    finish.spent = false;
    s.Finish({finish});
    const auto again = s.Claim(1);
    EXPECT_EQ(again[0].attempts, 0u);
    EXPECT_EQ(s.ledger().FindDelivery(again[0].id)->attempts.size(), 1u);
}

TEST_P(StoreConformance, A46_AnAttemptKeepsTheBeginningOfTheAnswerAndWhoGaveIt) {
    s.AcceptMany(1, 1);
    auto finish = Later(s.Claim(1)[0], s.Now(), s.Now());
    finish.attempt->response = std::string("no\0 such queue", 14);
    finish.attempt->remote = "192.0.2.1:443";
    s.Finish({finish});
    const auto detail = s.ledger().FindDelivery(IdOf(s, "1"));
    ASSERT_THAT(detail->attempts, SizeIs(1));
    EXPECT_EQ(detail->attempts[0].response, std::string("no\0 such queue", 14));
    EXPECT_EQ(detail->attempts[0].remote, "192.0.2.1:443");
}

TEST_P(StoreConformance, AGateIsOpenUntilOneIsWritten) {
    const model::NameId a = s.Name("a");
    EXPECT_EQ(*s.outbox().ReadGate(a), Gate{});
    const Gate gate{true, true, "connection refused", s.Now()};
    std::promise<base::Status> done;
    s.outbox().WriteGate(a, gate, [&](base::Status status) { done.set_value(std::move(status)); });
    EXPECT_TRUE(done.get_future().get());
    EXPECT_EQ(*s.outbox().ReadGate(a), gate);
    EXPECT_EQ(*s.outbox().ReadGate(s.Name("b")), Gate{});
}

TEST_P(StoreConformance, AFilterTakesRealmTypeTextAndTime) {
    s.AcceptMany(1, 3);
    const base::Time between = s.Now() + 1s;
    clock.Advance(2s);
    s.AcceptMany(4, 5);
    const auto claimed = s.Claim(5);
    s.Finish({Dead(claimed[0], s.Now(), "no such queue"), Dead(claimed[1], s.Now(), "too large"),
              Dead(claimed[2], s.Now(), "no such queue"), Dead(claimed[3], s.Now(), "no such queue")});
    const auto list = [&](const std::function<void(DeliveryFilter&)>& set) {
        DeliveryFilter filter = DeadOnes();
        set(filter);
        std::vector<std::string> ids;
        const auto page = s.ledger().ListDeliveries(filter);
        for (const auto& one : page->deliveries) ids.push_back(one.event_id);
        return ids;
    };
    EXPECT_THAT(list([](DeliveryFilter& f) { f.text = "such queue"; }), ElementsAre("1", "3", "4"));
    EXPECT_THAT(list([](DeliveryFilter& f) { f.type = "type.of.2"; }), ElementsAre("2"));
    EXPECT_THAT(list([](DeliveryFilter& f) { f.realm = "other"; }), IsEmpty());
    EXPECT_THAT(list([](DeliveryFilter& f) { f.realm = "realm"; }), SizeIs(4));
    EXPECT_THAT(list([&](DeliveryFilter& f) { f.created_before = between; }), ElementsAre("1", "2", "3"));
    EXPECT_THAT(list([&](DeliveryFilter& f) { f.created_after = between; }), ElementsAre("4"));
}

TEST_P(StoreConformance, A49_OnlyWhatHasEndedLongAgoIsPruned) {
    s.AcceptMany(1, 5);
    const auto claimed = s.Claim(4);
    s.Finish({Sent(claimed[0], s.Now()), Dead(claimed[1], s.Now(), "x"), Later(claimed[2], s.Now(), s.Now())});
    ASSERT_TRUE(s.Cancel(IdOf(s, "5")));
    ASSERT_TRUE(s.Accept("6"));
    clock.Advance(1h);
    const auto pruned = s.Prune({s.Now() - 1min, std::nullopt, 100});
    ASSERT_TRUE(pruned);
    EXPECT_EQ(pruned->events, 2u) << "1 is sent, 5 is cancelled";
    EXPECT_EQ(pruned->deliveries, 2u);
    EXPECT_FALSE(pruned->more);
    EXPECT_THAT(*s.ledger().FindEvents("1"), IsEmpty());
    EXPECT_THAT(*s.ledger().FindEvents("2"), SizeIs(1)) << "dead ones stay";
    EXPECT_EQ(s.ledger().counts().pruned, 2u);
    ExpectBalanced(s.ledger().counts());
    EXPECT_EQ(s.Prune({s.Now() - 1min, s.Now() - 1min, 100})->events, 1u) << "unless it is asked for";
}

TEST_P(StoreConformance, AnEventStaysWhileOneOfItsDeliveriesIsOpen) {
    ASSERT_TRUE(s.Accept("1", {"a", "b"}));
    ASSERT_TRUE(s.Accept("2"));
    s.Finish({Sent(s.Claim(1)[0], s.Now())});
    clock.Advance(1h);
    EXPECT_EQ(s.Prune({s.Now(), s.Now(), 100})->events, 0u);
    s.Finish({Sent(s.Claim(1, "b")[0], s.Now())});
    clock.Advance(1h);
    EXPECT_EQ(s.Prune({s.Now(), s.Now(), 100})->deliveries, 2u);
}

TEST_P(StoreConformance, PruningGoesOnWhereItsSliceEnded) {
    s.AcceptMany(1, 10);
    for (const Claimed& one : s.Claim(10)) s.Finish({Sent(one, s.Now())});
    clock.Advance(1h);
    int slices = 0;
    std::uint64_t events = 0;
    for (bool more = true; more; ++slices) {
        const auto pruned = s.Prune({s.Now(), std::nullopt, 2});
        events += pruned->events;
        more = pruned->more;
        ASSERT_LT(slices, 10);
    }
    EXPECT_EQ(events, 9u) << "the newest stays";
    EXPECT_GE(slices, 4);
}

TEST_P(StoreConformance, AfterPruningTheSameIdIsANewEvent) {
    s.AcceptMany(1, 2);
    for (const Claimed& one : s.Claim(2)) s.Finish({Sent(one, s.Now())});
    clock.Advance(1h);
    ASSERT_EQ(s.Prune({s.Now(), std::nullopt, 100})->events, 1u);
    EXPECT_FALSE(s.Accept("1")->at(0).duplicate);
}

TEST_P(StoreConformance, TheSameEventInAnotherTraceIsADuplicateAndNoContradiction) {
    NewEvent first = s.MakeEvent("1");
    first.envelope.event.extensions = {{"traceparent", "a"}, {"colour", "red"}};
    ASSERT_TRUE(s.Accept({first}));
    NewEvent again = s.MakeEvent("1");
    again.envelope.event = first.envelope.event;
    again.envelope.event.extensions = {{"colour", "red"}, {"traceparent", "b"}};
    const auto accepted = s.Accept({again});
    ASSERT_TRUE(accepted) << accepted.error().message;
    EXPECT_TRUE(accepted->at(0).duplicate);
    again.envelope.event.extensions = {{"colour", "blue"}, {"traceparent", "a"}};
    EXPECT_EQ(s.Accept({again}).error().code, Code::kConflict);
}

TEST_P(StoreConformance, CountsAreKeptForEachDestination) {
    ASSERT_TRUE(s.Accept("1", {"a", "b"}));
    ASSERT_TRUE(s.Accept("2", {"b"}));
    s.Finish({Sent(s.Claim(1)[0], s.Now())});
    const auto all = s.ledger().counts_by_destination();
    ASSERT_THAT(all, SizeIs(2));
    EXPECT_EQ(all[0].destination, "a");
    EXPECT_EQ(all[0].counts.sent, 1u);
    EXPECT_EQ(all[1].destination, "b");
    EXPECT_EQ(all[1].counts.waiting, 2u);
}

// With an order key of the test's.
void AcceptKeyed(Fixture& s, int first, int last, const std::function<std::uint64_t(int)>& key_of) {
    for (int i = first; i <= last; ++i) {
        NewEvent event = s.MakeEvent(std::to_string(i));
        event.targets[0].order_key = key_of(i);
        ASSERT_TRUE(s.Accept({event}));
    }
}

TEST_P(StoreConformance, Ordered_OfOneKeyOnlyTheFirstIsHandedOut) {
    AcceptKeyed(s, 1, 3, [](int) { return 7; });
    const auto first = s.Claim(1);
    EXPECT_THAT(IdsOf(first), ElementsAre("1"));
    EXPECT_EQ(first[0].order_key, 7u);
    EXPECT_THAT(s.ClaimOnce(5), IsEmpty());
    s.Finish({Sent(first[0], s.Now())});
    EXPECT_THAT(IdsOf(s.Claim(1)), ElementsAre("2"));
}

TEST_P(StoreConformance, Ordered_OneThatWaitsForAnotherTryHoldsItsKeyAndNoOther) {
    AcceptKeyed(s, 1, 6, [](int i) { return static_cast<std::uint64_t>(i % 2); });
    const auto first = s.Claim(2);
    EXPECT_THAT(IdsOf(first), ElementsAre("1", "2"));
    s.Finish({Later(first[0], s.Now(), s.Now() + 10s), Sent(first[1], s.Now())});
    const auto second = s.Claim(1);
    EXPECT_THAT(IdsOf(second), ElementsAre("4"));
    s.Finish({Sent(second[0], s.Now())});
    EXPECT_THAT(IdsOf(s.Claim(1)), ElementsAre("6"));
    EXPECT_THAT(s.ClaimOnce(5), IsEmpty());
    clock.Advance(10s);
    const auto again = s.Claim(1);
    EXPECT_THAT(IdsOf(again), ElementsAre("1"));
    s.Finish({Dead(again[0], s.Now(), "given up")});
    EXPECT_THAT(IdsOf(s.Claim(1)), ElementsAre("3")) << "a dead letter lets the next one pass";
}

TEST_P(StoreConformance, Ordered_OneThatIsGivenBackKeepsItsTurn) {
    AcceptKeyed(s, 1, 2, [](int) { return 7; });
    const auto first = s.Claim(1);
    s.outbox().Release({&first[0].id, 1});
    EXPECT_THAT(IdsOf(s.Claim(1)), ElementsAre("1"));
    EXPECT_THAT(s.ClaimOnce(5), IsEmpty());
}

TEST_P(StoreConformance, Ordered_CancellingTheHeadLetsTheNextPassAndCancellingAHeldOneDoesNot) {
    AcceptKeyed(s, 1, 4, [](int) { return 7; });
    const auto first = s.Claim(1);
    EXPECT_THAT(s.ClaimOnce(5), IsEmpty());
    ASSERT_TRUE(s.Cancel(IdOf(s, "2")));
    EXPECT_THAT(s.ClaimOnce(5), IsEmpty());
    s.Finish({Later(first[0], s.Now(), s.Now() + 1h)});
    ASSERT_TRUE(s.Cancel(first[0].id));
    EXPECT_THAT(IdsOf(s.Claim(1)), ElementsAre("3"));
    ExpectBalanced(s.ledger().counts());
}

TEST_P(StoreConformance, Ordered_ManyBehindOneThatFailsHoldUpNoOther) {
    AcceptKeyed(s, 1, 200, [](int i) { return static_cast<std::uint64_t>(i <= 150 ? 7 : i); });
    const auto first = s.Claim(51);
    EXPECT_EQ(first[0].event->envelope.event.id, "1");
    std::vector<store::Finish> finished{Later(first[0], s.Now(), s.Now() + 1h)};
    for (std::size_t i = 1; i < first.size(); ++i) {
        EXPECT_GT(std::stoi(first[i].event->envelope.event.id), 150);
        finished.push_back(Sent(first[i], s.Now()));
    }
    s.Finish(std::move(finished));
    EXPECT_THAT(s.ClaimOnce(5), IsEmpty());
    EXPECT_EQ(s.ledger().counts().waiting, 150u);
    ExpectBalanced(s.ledger().counts());
}

TEST_P(StoreConformance, Ordered_WhateverHappensEachKeyIsHandedOutInItsOrder) {
    for (unsigned seed = 1; seed <= 5; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        TempDir place;
        auto fixture = std::make_unique<Fixture>(GetParam(), place.path() + "/store", clock);
        std::mt19937 dice(seed);
        const auto roll = [&](int below) { return std::uniform_int_distribution<int>(0, below - 1)(dice); };
        std::map<std::uint64_t, std::vector<std::uint64_t>> open;  // by key, in order
        std::vector<Claimed> leased;
        int last = 0;
        const auto end = [&](const Claimed& one) { std::erase(open[*one.order_key], one.id.seq); };
        const auto take = [&](std::vector<Claimed> claimed) {
            for (Claimed& one : claimed) {
                ASSERT_EQ(open[*one.order_key].front(), one.id.seq) << "out of turn";
                for (const Claimed& other : leased) ASSERT_NE(other.order_key, one.order_key) << "two at once";
                leased.push_back(std::move(one));
            }
        };
        for (int step = 0; step < 400 && !HasFatalFailure(); ++step) {
            const int way = roll(10);
            if (way < 4) {
                NewEvent event = fixture->MakeEvent(std::to_string(++last));
                event.targets[0].order_key = static_cast<std::uint64_t>(roll(4));
                const auto accepted = fixture->Accept({event});
                open[*event.targets[0].order_key].push_back(accepted->at(0).key.seq);
            } else if (way < 6) {
                take(fixture->ClaimOnce(static_cast<std::size_t>(1 + roll(4))));
            } else if (way < 9 && !leased.empty()) {
                const auto at = leased.begin() + roll(static_cast<int>(leased.size()));
                const Claimed one = *at;
                leased.erase(at);
                const int outcome = roll(4);
                if (outcome == 0) {
                    fixture->outbox().Release({&one.id, 1});
                } else if (outcome == 1) {
                    fixture->Finish({Later(one, fixture->Now(), fixture->Now() + std::chrono::seconds(roll(5)))});
                } else {
                    end(one);
                    fixture->Finish({outcome == 2 ? Dead(one, fixture->Now(), "x") : Sent(one, fixture->Now())});
                }
            } else if (roll(6) == 0 && GetParam().durable) {
                fixture.reset();
                fixture = std::make_unique<Fixture>(GetParam(), place.path() + "/store", clock);
                leased.clear();
            } else {
                clock.Advance(std::chrono::seconds(roll(4)));
            }
        }
        // All of it comes, in the end.
        clock.Advance(1h);
        for (int round = 0; round < 10'000 && fixture->ledger().counts().waiting + leased.size() > 0; ++round) {
            std::vector<store::Finish> finished;
            for (const Claimed& one : leased) {
                end(one);
                finished.push_back(Sent(one, fixture->Now()));
            }
            leased.clear();
            fixture->Finish(std::move(finished));
            take(fixture->ClaimOnce(16));
            ASSERT_FALSE(HasFatalFailure());
        }
        EXPECT_EQ(fixture->ledger().counts().waiting, 0u);
    }
}

}  // namespace
}  // namespace fanfare::store
