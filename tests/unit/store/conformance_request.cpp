// Deliveries that are sent something else than the event as it came, and those that could not be rendered.
#include <gmock/gmock.h>

#include "unit/store/conformance.hpp"

namespace fanfare::store {
namespace {

using namespace std::chrono_literals;
using model::DeliveryState;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

model::RequestPtr MakeRequest(const std::string& body) {
    auto request = std::make_shared<model::Request>();
    request->payload = model::Payload{"application/json", body + std::string("\0\xFF", 2)};
    request->headers = {{"X-One", "1"}, {"X-Two", ""}};
    request->options = {{"/url", "https://example.org/" + body}};
    return request;
}

constexpr const char* kReason = "the template names 'data.name', which the event does not have";

void Accept(Fixture& s, const std::string& id, const model::RequestPtr& request) {
    NewEvent event = s.MakeEvent(id);
    event.targets[0].request = request;
    ASSERT_TRUE(s.Accept({event}));
}

// The first of its destinations cannot be rendered for.
model::DeliveryId AcceptDead(Fixture& s, const std::string& id, const std::vector<std::string>& destinations = {"a"}) {
    NewEvent event = s.MakeEvent(id, destinations);
    event.targets.at(0).dead = kReason;
    const auto accepted = s.Accept({event});
    EXPECT_TRUE(accepted);
    EXPECT_EQ(accepted->at(0).deliveries, destinations.size());
    return {accepted->at(0).key.seq, event.targets.at(0).destination};
}

void ExpectRequest(const Claimed& claimed, const model::RequestPtr& request) {
    ASSERT_TRUE(claimed.request);
    EXPECT_EQ(*claimed.request, *request);
}

TEST_P(StoreConformance, EveryAttemptIsHandedTheSameRequest) {
    const auto request = MakeRequest("1");
    Accept(s, "1", request);
    for (int attempt = 0; attempt < 3; ++attempt) {
        const auto claimed = s.Claim(1);
        EXPECT_EQ(claimed.at(0).attempts, static_cast<std::uint32_t>(attempt));
        ExpectRequest(claimed.at(0), request);
        s.Finish({Later(claimed[0], s.Now(), s.Now() + 1s)});
        clock.Advance(1s);
    }
}

// A45
TEST_P(StoreConformance, ARetryByHandSendsTheSameBytes) {
    const auto request = MakeRequest("1");
    Accept(s, "1", request);
    const auto first = s.Claim(1);
    s.Finish({Dead(first.at(0), s.Now(), "gone")});
    ASSERT_TRUE(s.Retry(first[0].id));
    const auto again = s.Claim(1);
    ExpectRequest(again.at(0), request);
    EXPECT_EQ(again[0].event->envelope.event, first[0].event->envelope.event);
}

TEST_P(StoreConformance, WhatIsReleasedComesAgainWithItsRequest) {
    const auto request = MakeRequest("1");
    Accept(s, "1", request);
    const auto claimed = s.Claim(1);
    s.outbox().Release({&claimed.at(0).id, 1});
    ExpectRequest(s.Claim(1).at(0), request);
}

TEST_P(StoreConformance, EachDestinationIsHandedItsOwn) {
    NewEvent event = s.MakeEvent("1", {"a", "b", "c", "d"});
    const auto one = MakeRequest("one");
    const auto two = MakeRequest("two");
    event.targets[0].request = one;
    event.targets[1].request = two;
    event.targets[3].request = one;
    ASSERT_TRUE(s.Accept({event}));
    ExpectRequest(s.Claim(1, "a").at(0), one);
    ExpectRequest(s.Claim(1, "b").at(0), two);
    EXPECT_EQ(s.Claim(1, "c").at(0).request, nullptr);
    ExpectRequest(s.Claim(1, "d").at(0), one);
}

TEST_P(StoreConformance, BehindAFullRingEachEventKeepsItsRequest) {
    for (int i = 0; i < 40; ++i) Accept(s, std::to_string(i), i % 3 == 0 ? nullptr : MakeRequest(std::to_string(i)));
    const auto claimed = s.Claim(40);
    for (std::size_t i = 0; i < claimed.size(); ++i) {
        if (i % 3 == 0) {
            EXPECT_EQ(claimed[i].request, nullptr);
        } else {
            ExpectRequest(claimed[i], MakeRequest(std::to_string(i)));
        }
    }
}

TEST_P(StoreConformance, ADeliveryShowsItsRequest) {
    const auto request = MakeRequest("1");
    Accept(s, "1", request);
    Accept(s, "2", nullptr);
    const auto claimed = s.Claim(2);
    const auto shaped = s.ledger().FindDelivery(claimed.at(0).id);
    ASSERT_TRUE(shaped && shaped->request);
    EXPECT_EQ(*shaped->request, *request);
    EXPECT_EQ(s.ledger().FindDelivery(claimed.at(1).id)->request, nullptr);
}

TEST_P(StoreConformance, ADuplicateIsKnownWhateverItWouldBeRenderedTo) {
    const auto request = MakeRequest("1");
    Accept(s, "1", request);
    NewEvent again = s.MakeEvent("1");
    again.targets[0].request = MakeRequest("other");
    EXPECT_TRUE(s.Accept({again})->at(0).duplicate);
    ExpectRequest(s.Claim(1).at(0), request);
    EXPECT_THAT(s.ClaimOnce(5), IsEmpty());
}

TEST_P(StoreConformance, WhatCouldNotBeRenderedIsCountedAndNeverClaimed) {
    const model::DeliveryId id = AcceptDead(s, "1", {"a", "b"});
    ASSERT_TRUE(s.Accept("2", {"a", "b"}));
    EXPECT_THAT(IdsOf(s.Claim(1, "a")), ElementsAre("2"));
    EXPECT_THAT(s.ClaimOnce(5, "a"), IsEmpty());
    EXPECT_THAT(IdsOf(s.Claim(2, "b")), ElementsAre("1", "2"));
    const Counts counts = s.ledger().counts();
    EXPECT_EQ(counts.created, 4u);
    EXPECT_EQ(counts.dead, 1u);
    EXPECT_EQ(counts.sending, 3u);
    ExpectBalanced(counts);
    const auto shown = s.ledger().FindDelivery(id);
    ASSERT_TRUE(shown);
    EXPECT_EQ(shown->delivery.state, DeliveryState::kDead);
    EXPECT_EQ(shown->delivery.reason, kReason);
    EXPECT_EQ(shown->delivery.attempts, 0u);
    EXPECT_EQ(shown->delivery.next_attempt_at, std::nullopt);
    EXPECT_THAT(shown->attempts, IsEmpty());
}

TEST_P(StoreConformance, WhatCouldNotBeRenderedIsListedAmongTheDead) {
    const model::DeliveryId id = AcceptDead(s, "1", {"a", "b"});
    const auto page = s.ledger().ListDeliveries(DeadOnes());
    ASSERT_EQ(page->deliveries.size(), 1u);
    EXPECT_EQ(page->deliveries[0].id, id);
}

TEST_P(StoreConformance, WhatCouldNotBeRenderedCannotBeRetriedByHand) {
    const model::DeliveryId id = AcceptDead(s, "1");
    const base::Status status = s.Retry(id);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, base::Code::kConflict);
    EXPECT_THAT(status.error().message,
                HasSubstr("never rendered: correct the shape of its destination and retry it with --render"));
    EXPECT_EQ(s.ledger().counts().dead, 1u);
    EXPECT_THAT(s.ClaimOnce(5), IsEmpty());
}

// A45
TEST_P(StoreConformance, WhatCouldNotBeRenderedIsSentOnceItIsRenderedAnew) {
    const model::DeliveryId id = AcceptDead(s, "1", {"a", "b"});
    const auto request = MakeRequest("1");
    ASSERT_TRUE(s.RetryAnew({id, request}));
    const auto claimed = s.Claim(1);
    EXPECT_EQ(claimed.at(0).id, id);
    ExpectRequest(claimed[0], request);
    EXPECT_EQ(s.Claim(1, "b").at(0).request, nullptr);
    s.Finish({Dead(claimed[0], s.Now(), "gone")});
    EXPECT_TRUE(s.Retry(id));
    ExpectBalanced(s.ledger().counts());
}

// A45
TEST_P(StoreConformance, ARetryAnewSendsTheNewRequestAndEveryLaterAttemptToo) {
    Accept(s, "1", MakeRequest("old"));
    const auto first = s.Claim(1);
    s.Finish({Dead(first.at(0), s.Now(), "gone")});
    const auto request = MakeRequest("new");
    ASSERT_TRUE(s.RetryAnew({first[0].id, request}));
    EXPECT_EQ(*s.ledger().FindDelivery(first[0].id)->request, *request);
    const auto second = s.Claim(1);
    ExpectRequest(second.at(0), request);
    EXPECT_EQ(second[0].attempts, 0u);
    s.Finish({Dead(second[0], s.Now(), "gone")});
    ASSERT_TRUE(s.Retry(first[0].id));
    ExpectRequest(s.Claim(1).at(0), request);
}

TEST_P(StoreConformance, ARetryAnewCanSendTheEventAsItCame) {
    Accept(s, "1", MakeRequest("old"));
    const auto first = s.Claim(1);
    s.Finish({Dead(first.at(0), s.Now(), "gone")});
    ASSERT_TRUE(s.RetryAnew({first[0].id}));
    EXPECT_EQ(s.Claim(1).at(0).request, nullptr);
}

TEST_P(StoreConformance, ARetryAnewLeavesOthersTheRequestThatTheyShared) {
    NewEvent event = s.MakeEvent("1", {"a", "b"});
    const auto shared = MakeRequest("shared");
    for (Target& target : event.targets) target.request = shared;
    ASSERT_TRUE(s.Accept({event}));
    const auto first = s.Claim(1, "a");
    s.Finish({Dead(first.at(0), s.Now(), "gone")});
    ASSERT_TRUE(s.RetryAnew({first[0].id, MakeRequest("own")}));
    ExpectRequest(s.Claim(1, "a").at(0), MakeRequest("own"));
    ExpectRequest(s.Claim(1, "b").at(0), shared);
    EXPECT_THAT(*s.ledger().Verify({}), IsEmpty());
}

TEST_P(StoreConformance, WhatCannotBeRenderedAnewStaysDeadWithTheNewReasonAndItsOldRequest) {
    const auto request = MakeRequest("1");
    Accept(s, "1", request);
    const auto first = s.Claim(1);
    s.Finish({Dead(first.at(0), s.Now(), "gone")});
    const base::Status status = s.RetryAnew({first[0].id, nullptr, kReason});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, base::Code::kUnprocessable);
    EXPECT_THAT(status.error().message,
                HasSubstr(model::ToText(first[0].id) + " cannot be rendered and stays dead: " + kReason));
    const auto shown = s.ledger().FindDelivery(first[0].id);
    EXPECT_EQ(shown->delivery.state, DeliveryState::kDead);
    EXPECT_EQ(shown->delivery.reason, kReason);
    EXPECT_EQ(shown->delivery.attempts, 1u);
    ASSERT_TRUE(s.Retry(first[0].id));
    ExpectRequest(s.Claim(1).at(0), request);
}

TEST_P(StoreConformance, ACancelledOneThatCannotBeRenderedAnewStaysCancelled) {
    Accept(s, "1", MakeRequest("1"));
    const auto page = s.ledger().ListDeliveries({});
    const model::DeliveryId id = page->deliveries.at(0).id;
    ASSERT_TRUE(s.Cancel(id));
    EXPECT_EQ(s.RetryAnew({id, nullptr, kReason}).error().code, base::Code::kUnprocessable);
    EXPECT_EQ(s.ledger().FindDelivery(id)->delivery.state, DeliveryState::kCancelled);
    EXPECT_EQ(s.ledger().FindDelivery(id)->delivery.reason, "");
}

TEST_P(StoreConformance, OnlyWhatHasEndedUnsentIsRetriedAnew) {
    const auto request = MakeRequest("1");
    Accept(s, "1", request);
    const auto claimed = s.Claim(1);
    EXPECT_EQ(s.RetryAnew({claimed.at(0).id, nullptr, kReason}).error().code, base::Code::kConflict);
    s.Finish({Sent(claimed[0], s.Now())});
    EXPECT_EQ(s.RetryAnew({claimed[0].id, MakeRequest("2")}).error().code, base::Code::kConflict);
    EXPECT_EQ(*s.ledger().FindDelivery(claimed[0].id)->request, *request);
    EXPECT_EQ(s.RetryAnew({{99, claimed[0].id.destination}, request}).error().code, base::Code::kNotFound);
}

TEST_P(StoreConformance, ADebtIsTheDeliveryAndItsEvent) {
    const model::DeliveryId id = AcceptDead(s, "1");
    const auto debt = s.ledger().FindDebt(id);
    ASSERT_TRUE(debt);
    EXPECT_EQ(debt->delivery.id, id);
    EXPECT_EQ(debt->delivery.destination, "a");
    EXPECT_EQ(debt->event->envelope.event.id, "1");
    EXPECT_EQ(s.ledger().FindDebt({99, id.destination}).error().code, base::Code::kNotFound);
}

TEST_P(StoreConformance, ABatchThatIsRefusedLeavesNoDeadDelivery) {
    ASSERT_TRUE(s.Accept("1"));
    NewEvent dead = s.MakeEvent("2");
    dead.targets[0].dead = kReason;
    NewEvent other = s.MakeEvent("1");
    other.envelope.event.data = "other content";
    EXPECT_EQ(s.Accept({dead, other}).error().code, base::Code::kConflict);
    EXPECT_EQ(s.ledger().counts().dead, 0u);
    EXPECT_EQ(s.ledger().counts().created, 1u);
    ExpectBalanced(s.ledger().counts());
}

}  // namespace
}  // namespace fanfare::store
