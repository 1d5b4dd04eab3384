#include <gmock/gmock.h>

#include <future>

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

}  // namespace
}  // namespace fanfare::store
