#include <gmock/gmock.h>

#include "unit/store/conformance.hpp"

namespace fanfare::store {
namespace {

using namespace std::chrono_literals;
using model::DeliveryState;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST_P(StoreConformance, ADeliveryShowsItsStateThroughItsLife) {
    const auto accepted = s.Accept("1");
    const base::Time created = s.Now();
    const model::DeliveryId id{accepted->at(0).key.seq, s.Name("a")};
    EXPECT_EQ(s.ledger().FindDelivery(id)->delivery.state, DeliveryState::kWaiting);
    const auto first = s.Claim(1);
    EXPECT_EQ(s.ledger().FindDelivery(id)->delivery.state, DeliveryState::kSending);
    s.Finish({Later(first[0], s.Now(), s.Now() + 10s)});
    auto shown = s.ledger().FindDelivery(id);
    EXPECT_EQ(shown->delivery.state, DeliveryState::kWaiting);
    EXPECT_EQ(shown->delivery.next_attempt_at, created + 10s);
    EXPECT_EQ(shown->delivery.reason, "try later");
    clock.Advance(10s);
    const auto second = s.Claim(1);
    s.Finish({Sent(second[0], s.Now())});
    shown = s.ledger().FindDelivery(id);
    const model::DeliveryView& view = shown->delivery;
    EXPECT_EQ(view.state, DeliveryState::kSent);
    EXPECT_EQ(view.attempts, 2u);
    EXPECT_EQ(view.event_id, "1");
    EXPECT_EQ(view.realm, "realm");
    EXPECT_EQ(view.type, "type.of.1");
    EXPECT_EQ(view.destination, "a");
    EXPECT_EQ(view.route, "route");
    EXPECT_EQ(view.created_at, created);
    EXPECT_EQ(view.next_attempt_at, std::nullopt);
    EXPECT_EQ(view.reason, "");
}

TEST_P(StoreConformance, TheHistoryOfADeliveryHoldsItsFailedAttemptsAndTheLast) {
    const auto accepted = s.Accept("1");
    const model::DeliveryId id{accepted->at(0).key.seq, s.Name("a")};
    s.Finish({Later(s.Claim(1).at(0), s.Now(), s.Now() + 1s)});
    clock.Advance(1s);
    s.Finish({Sent(s.Claim(1).at(0), s.Now())});
    const auto detail = s.ledger().FindDelivery(id);
    ASSERT_THAT(detail->attempts, SizeIs(2));
    const model::Attempt& failed = detail->attempts[0];
    EXPECT_EQ(failed.number, 1u);
    EXPECT_EQ(failed.outcome, model::OutcomeKind::kRetry);
    EXPECT_EQ(failed.code, 503);
    EXPECT_EQ(failed.reason, "try later");
    EXPECT_EQ(failed.started_at, s.Now() - 1s);
    EXPECT_EQ(failed.took, 1500us);
    const model::Attempt& last = detail->attempts[1];
    EXPECT_EQ(last.number, 2u);
    EXPECT_EQ(last.outcome, model::OutcomeKind::kDelivered);
    EXPECT_EQ(last.code, 204);
    EXPECT_EQ(last.started_at, s.Now());
    EXPECT_EQ(last.took, 1500us);
}

TEST_P(StoreConformance, PagesCoverEveryDeliveryOnceInOrderOfDestinationThenAcceptance) {
    for (const char* const name : {"a", "b", "c"}) s.Name(name);
    s.AcceptMany(1, 9, {"b", "a", "c"});
    DeliveryFilter filter;
    filter.limit = 4;
    std::vector<std::pair<std::string, std::string>> seen;
    for (int pages = 0; pages < 20; ++pages) {
        const auto page = s.ledger().ListDeliveries(filter);
        ASSERT_TRUE(page);
        EXPECT_LE(page->deliveries.size(), 4u);
        for (const auto& one : page->deliveries) seen.emplace_back(one.destination, one.event_id);
        if (!page->next) break;
        filter.after = page->next;
    }
    ASSERT_THAT(seen, SizeIs(27));
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
    EXPECT_EQ(std::set(seen.begin(), seen.end()).size(), 27u);
}

TEST_P(StoreConformance, AListCanBeNarrowedToAStateAndADestination) {
    s.AcceptMany(1, 6, {"a", "b"});
    const auto claimed = s.Claim(4);
    s.Finish({Sent(claimed[0], s.Now()), Dead(claimed[1], s.Now(), "gone")});
    const auto list = [&](std::optional<DeliveryState> state, const std::string& destination, std::size_t limit = 100) {
        std::vector<std::string> ids;
        DeliveryFilter filter;
        filter.state = state;
        filter.destination = destination;
        filter.limit = limit;
        do {
            const auto page = s.ledger().ListDeliveries(filter);
            for (const auto& one : page->deliveries) ids.push_back(one.destination + one.event_id);
            filter.after = page->next;
        } while (filter.after);
        return ids;
    };
    EXPECT_THAT(list(DeliveryState::kSent, ""), ElementsAre("a1"));
    EXPECT_THAT(list(DeliveryState::kDead, ""), ElementsAre("a2"));
    EXPECT_THAT(list(DeliveryState::kDead, "b"), IsEmpty());
    EXPECT_THAT(list(DeliveryState::kSending, ""), ElementsAre("a3", "a4"));
    EXPECT_THAT(list(DeliveryState::kSending, "", 1), ElementsAre("a3", "a4"));
    EXPECT_THAT(list(DeliveryState::kWaiting, "a", 1), ElementsAre("a5", "a6"));
    EXPECT_THAT(list(DeliveryState::kWaiting, "b", 4), SizeIs(6));
    EXPECT_THAT(list(std::nullopt, "a"), SizeIs(6));
    EXPECT_THAT(list(std::nullopt, "nobody"), IsEmpty());
}

TEST_P(StoreConformance, EventsAreListedTheNewestFirstPageByPageEachOnce) {
    s.AcceptMany(1, 9, {"a", "b"});
    EventFilter filter;
    filter.limit = 4;
    std::vector<std::string> ids;
    for (int pages = 0; pages < 20; ++pages) {
        const auto page = s.ledger().ListEvents(filter);
        ASSERT_TRUE(page);
        EXPECT_LE(page->events.size(), 4u);
        for (const EventView& one : page->events) {
            ids.push_back(one.event->envelope.event.id);
            EXPECT_THAT(one.deliveries, SizeIs(2));
        }
        if (!page->next) break;
        filter.after = page->next;
    }
    EXPECT_THAT(ids, ElementsAre("9", "8", "7", "6", "5", "4", "3", "2", "1"));
}

TEST_P(StoreConformance, AListOfEventsCanBeNarrowedByRealmTypeTextAndTime) {
    NewEvent other = s.MakeEvent("other");
    other.envelope.realm = "north";
    other.envelope.event.type = "order.paid";
    other.envelope.event.subject = "box 7";
    ASSERT_TRUE(s.Accept("plain", {"a"}));
    ASSERT_TRUE(s.Accept({other}));
    const auto list = [&](const EventFilter& filter) {
        std::vector<std::string> ids;
        const auto page = s.ledger().ListEvents(filter);
        for (const EventView& one : page->events) ids.push_back(one.event->envelope.event.id);
        return ids;
    };
    EventFilter filter;
    EXPECT_THAT(list(filter), ElementsAre("other", "plain"));
    filter.realm = "north";
    EXPECT_THAT(list(filter), ElementsAre("other"));
    filter.type = "order.lost";
    EXPECT_THAT(list(filter), IsEmpty());
    filter = {};
    filter.text = "box";
    EXPECT_THAT(list(filter), ElementsAre("other"));
    filter = {};
    filter.received_before = s.Now();
    EXPECT_THAT(list(filter), IsEmpty());
    filter.received_before = s.Now() + 1s;
    filter.received_after = s.Now();
    EXPECT_THAT(list(filter), SizeIs(2));
}

TEST_P(StoreConformance, EventsAreFoundByOurKeyAndByTheirIdNewestFirst) {
    const auto first = s.Accept("1", {"a", "b"});
    NewEvent other = s.MakeEvent("1");
    other.envelope.event.source = "/other";
    const auto second = s.Accept({other});
    ASSERT_TRUE(first && second);
    const auto by_id = s.ledger().FindEvents("1");
    ASSERT_THAT(*by_id, SizeIs(2));
    EXPECT_EQ(by_id->at(0).event->key, second->at(0).key);
    const auto by_key = s.ledger().FindEvents(model::ToText(first->at(0).key));
    ASSERT_THAT(*by_key, SizeIs(1));
    EXPECT_EQ(by_key->at(0).event->envelope.event.data, "data of 1");
    EXPECT_THAT(by_key->at(0).deliveries, SizeIs(2));
    EXPECT_THAT(*s.ledger().FindEvents("2"), IsEmpty());
    model::EventKey foreign = first->at(0).key;
    foreign.store_tag ^= 1;
    EXPECT_THAT(*s.ledger().FindEvents(model::ToText(foreign)), IsEmpty());
}

TEST_P(StoreConformance, AtMostTenEventsOfOneIdAreShown) {
    for (int i = 0; i < 12; ++i) {
        NewEvent event = s.MakeEvent("1");
        event.envelope.event.source = "/" + std::to_string(i);
        ASSERT_TRUE(s.Accept({event}));
    }
    const auto found = s.ledger().FindEvents("1");
    ASSERT_THAT(*found, SizeIs(10));
    EXPECT_EQ(found->at(0).event->envelope.event.source, "/11");
}

TEST_P(StoreConformance, ADeadDeliveryCanBeRetriedAndStartsToCountAnew) {
    ASSERT_TRUE(s.Accept("1"));
    const auto claimed = s.Claim(1);
    s.Finish({Dead(claimed[0], s.Now(), "gone")});
    ASSERT_TRUE(s.Retry(claimed[0].id));
    Counts counts = s.ledger().counts();
    EXPECT_EQ(counts.dead, 0u);
    EXPECT_EQ(counts.waiting, 1u);
    const auto again = s.Claim(1);
    EXPECT_EQ(again[0].id, claimed[0].id);
    EXPECT_EQ(again[0].attempts, 0u);
    s.Finish({Sent(again[0], s.Now())});
    EXPECT_EQ(s.ledger().counts().sent, 1u);
    ExpectBalanced(s.ledger().counts());
}

TEST_P(StoreConformance, OnlyADeadDeliveryCanBeRetried) {
    s.AcceptMany(1, 2);
    const auto claimed = s.Claim(2);
    EXPECT_EQ(s.Retry(claimed[0].id).error().code, base::Code::kConflict) << "sending";
    s.Finish({Sent(claimed[0], s.Now()), Later(claimed[1], s.Now(), s.Now() + 1h)});
    EXPECT_EQ(s.Retry(claimed[0].id).error().code, base::Code::kConflict) << "sent";
    EXPECT_EQ(s.Retry(claimed[1].id).error().code, base::Code::kConflict) << "waiting";
    EXPECT_EQ(s.Retry({999, s.Name("a")}).error().code, base::Code::kNotFound);
    EXPECT_EQ(s.ledger().FindDelivery({999, s.Name("a")}).error().code, base::Code::kNotFound);
}

TEST_P(StoreConformance, ANameKeepsItsNumber) {
    const model::NameId a = s.Name("a");
    const model::NameId b = s.Name("b");
    EXPECT_NE(a, b);
    EXPECT_NE(a, 0u);
    EXPECT_EQ(s.Name("a"), a);
}

using Oldest = std::vector<OldestWaiting>;

TEST_P(StoreConformance, TheOldestThatWaitsIsTheOneThatWasAcceptedFirstWhicheverTryItWaitsFor) {
    EXPECT_EQ(*s.ledger().oldest_waiting(), Oldest{});
    const base::Time first = s.Now();
    ASSERT_TRUE(s.Accept("1", {"a", "b"}));
    clock.Advance(1min);
    const base::Time second = s.Now();
    ASSERT_TRUE(s.Accept("2", {"a"}));
    EXPECT_EQ(*s.ledger().oldest_waiting(), (Oldest{{"a", first}, {"b", first}}));
    const auto claimed = s.Claim(1, "a", 1);
    EXPECT_EQ(*s.ledger().oldest_waiting(), (Oldest{{"a", second}, {"b", first}}));
    s.Finish({Later(claimed[0], s.Now(), s.Now() + 1h)});
    EXPECT_EQ(*s.ledger().oldest_waiting(), (Oldest{{"a", first}, {"b", first}}));
    ASSERT_TRUE(s.Cancel(claimed[0].id));
    EXPECT_EQ(*s.ledger().oldest_waiting(), (Oldest{{"a", second}, {"b", first}}));
}

TEST_P(StoreConformance, ARetryThatIsBeingSentIsNotTheOldestThatWaitsUntilItIsGivenBack) {
    s.AcceptMany(1, 1);
    const base::Time first = s.Now();
    s.Finish({Later(s.Claim(1)[0], s.Now(), s.Now())});
    clock.Advance(1min);
    const auto claimed = s.Claim(1);
    EXPECT_EQ(*s.ledger().oldest_waiting(), Oldest{});
    s.outbox().Release({&claimed[0].id, 1});
    EXPECT_EQ(*s.ledger().oldest_waiting(), (Oldest{{"a", first}}));
    s.Finish({Sent(s.Claim(1)[0], s.Now())});
    EXPECT_EQ(*s.ledger().oldest_waiting(), Oldest{});
}

// Behind what was claimed, the next one may be in no ring: it is only on disk.
TEST_P(StoreConformance, TheOldestThatWaitsIsTheFirstBehindThoseThatAreBeingSent) {
    s.AcceptMany(1, 50);
    clock.Advance(1min);
    const base::Time second = s.Now();
    s.AcceptMany(51, 60);
    clock.Advance(1min);
    s.AcceptMany(61, 100);
    s.Claim(50, "a", 1);
    EXPECT_EQ(*s.ledger().oldest_waiting(), (Oldest{{"a", second}}));
}

}  // namespace
}  // namespace fanfare::store
