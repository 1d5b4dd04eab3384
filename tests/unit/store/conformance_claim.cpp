#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "unit/store/conformance.hpp"

namespace fanfare::store {
namespace {

using namespace std::chrono_literals;
using model::DeliveryState;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

TEST_P(StoreConformance, FreshDeliveriesComeInOrderOfAcceptanceAndOnce) {
    s.AcceptMany(1, 10);
    EXPECT_THAT(IdsOf(s.Claim(4)), ElementsAreArray(Numbers(1, 4)));
    EXPECT_THAT(IdsOf(s.Claim(6)), ElementsAreArray(Numbers(5, 10)));
    EXPECT_THAT(s.ClaimOnce(10), IsEmpty());
}

TEST_P(StoreConformance, AFullRingKeepsTheOrderAndLosesNothing) {
    s.AcceptMany(1, 100);  // some of the rings tested hold 8
    EXPECT_THAT(IdsOf(s.Claim(30)), ElementsAreArray(Numbers(1, 30)));
    s.AcceptMany(101, 120);
    EXPECT_THAT(IdsOf(s.Claim(90)), ElementsAreArray(Numbers(31, 120)));
    s.AcceptMany(121, 123);
    EXPECT_THAT(IdsOf(s.Claim(3)), ElementsAreArray(Numbers(121, 123)));
}

TEST_P(StoreConformance, ClaimsThatRaceWithCommitsSeeEachDeliveryOnceAndInOrder) {
    constexpr int kEvents = 3000;
    s.Name("a");
    std::thread producer([&] {
        for (int i = 0; i < kEvents; i += 5) {
            std::vector<NewEvent> events;
            for (int j = i; j < i + 5; ++j) events.push_back(s.MakeEvent(std::to_string(j)));
            ASSERT_TRUE(s.Accept(std::move(events)));
        }
    });
    std::vector<std::string> seen;
    while (seen.size() < kEvents && !HasFailure()) {
        const auto claimed = s.Claim(std::min<std::size_t>(7, kEvents - seen.size()));
        std::vector<store::Finish> finished;
        for (const Claimed& one : claimed) finished.push_back(Sent(one, s.Now()));
        for (std::string& id : IdsOf(claimed)) seen.push_back(std::move(id));
        s.outbox().Finish(std::move(finished));
    }
    producer.join();
    EXPECT_EQ(seen, Numbers(0, kEvents - 1));
    s.Settle();
    EXPECT_EQ(s.ledger().counts().sent, static_cast<std::uint64_t>(kEvents));
}

TEST_P(StoreConformance, ARetryIsDueWhenItIsDueAndCountsItsAttempts) {
    ASSERT_TRUE(s.Accept("1"));
    const auto first = s.Claim(1);
    const base::Time due = s.Now() + 10s;
    s.Finish({Later(first.at(0), s.Now(), due)});
    EXPECT_EQ(*s.outbox().NextDue(s.Name("a")), due);
    clock.Advance(10s - 1us);
    EXPECT_THAT(s.ClaimOnce(5), IsEmpty());
    clock.Advance(1us);
    const auto second = s.Claim(1);
    EXPECT_EQ(second.at(0).id, first.at(0).id);
    EXPECT_EQ(second.at(0).attempts, 1u);
    EXPECT_EQ(second.at(0).event->envelope.event, first.at(0).event->envelope.event);
    EXPECT_EQ(*s.outbox().NextDue(s.Name("a")), std::nullopt);
}

TEST_P(StoreConformance, WhatWasPostponedUnderAClockThatWasYearsAheadIsBroughtForwardAndNothingElse) {
    constexpr int kMany = 12'000;  // more than is brought forward at once
    constexpr auto kYears = std::chrono::hours(24 * 365 * 10);
    s.AcceptMany(1, 2);
    const auto sane = s.Claim(1);
    s.Finish({Later(sane.at(0), s.Now(), s.Now() + 30s)});
    std::vector<NewEvent> events;
    for (int i = 3; i < 3 + kMany; ++i) events.push_back(s.MakeEvent(std::to_string(i)));
    ASSERT_TRUE(s.Accept(std::move(events)));
    std::vector<store::Finish> later;
    for (const Claimed& one : s.Claim(kMany + 1, "a", 1000))
        later.push_back(Later(one, s.Now() + kYears, s.Now() + kYears));
    s.Finish(std::move(later));

    const base::Time latest = s.Now() + 1h;
    s.outbox().BringForward(s.Name("a"), latest);
    s.Settle();
    s.Settle();
    s.Settle();
    EXPECT_EQ(*s.outbox().NextDue(s.Name("a")), s.Now() + 30s);
    clock.Advance(30s);
    EXPECT_THAT(IdsOf(s.Claim(1)), ElementsAre("1"));
    EXPECT_EQ(*s.outbox().NextDue(s.Name("a")), latest);
    clock.Advance(1h - 30s);
    EXPECT_EQ(s.Claim(kMany + 1, "a", 1000).size(), kMany + 1u);
    EXPECT_EQ(*s.outbox().NextDue(s.Name("a")), std::nullopt);
}

TEST_P(StoreConformance, OneThatIsGivenBackAfterTheClockWasSetRightIsDueWithTheOthers) {
    constexpr auto kYears = std::chrono::hours(24 * 365 * 10);
    ASSERT_TRUE(s.Accept("1"));
    s.Finish({Later(s.Claim(1).at(0), s.Now() + kYears, s.Now() + kYears)});
    clock.Advance(kYears);
    const auto leased = s.Claim(1);
    clock.Advance(-kYears);
    s.outbox().BringForward(s.Name("a"), s.Now() + 1h);
    s.Settle();
    s.outbox().Release(std::vector{leased.at(0).id});
    EXPECT_THAT(s.ClaimOnce(5), IsEmpty());
    EXPECT_EQ(*s.outbox().NextDue(s.Name("a")), s.Now() + 1h);
    clock.Advance(1h);
    EXPECT_EQ(s.Claim(1).at(0).id, leased.at(0).id);
}

TEST_P(StoreConformance, RetriesComeByDueTimeAndBeforeFreshOnes) {
    s.AcceptMany(1, 3);
    const auto claimed = s.Claim(3);
    s.Finish({Later(claimed[0], s.Now(), s.Now() + 30s), Later(claimed[1], s.Now(), s.Now() + 10s),
              Later(claimed[2], s.Now(), s.Now() + 20s)});
    clock.Advance(35s);
    EXPECT_THAT(IdsOf(s.Claim(2)), ElementsAre("2", "3"));
    ASSERT_TRUE(s.Accept("4"));
    EXPECT_THAT(IdsOf(s.Claim(2)), ElementsAre("1", "4"));
}

TEST_P(StoreConformance, RetriesTakeAtMostHalfWhileFreshOnesWait) {
    s.AcceptMany(1, 10);
    std::vector<store::Finish> later;
    for (const Claimed& one : s.Claim(10)) later.push_back(Later(one, s.Now(), s.Now()));
    s.Finish(std::move(later));
    s.AcceptMany(11, 20);
    (void)s.Claim(1);  // where marks are written ahead, the first claim makes room for the others
    s.Settle();
    int retries = 0;
    for (const Claimed& one : s.ClaimOnce(6)) retries += one.attempts > 0;
    EXPECT_EQ(retries, 3);
}

TEST_P(StoreConformance, WithALimitOfOneNeitherRetriesNorFreshOnesStarve) {
    s.AcceptMany(1, 8);
    std::vector<store::Finish> later;
    for (const Claimed& one : s.Claim(8)) later.push_back(Later(one, s.Now(), s.Now()));
    s.Finish(std::move(later));
    s.AcceptMany(11, 14);
    int retries = 0, fresh = 0;
    for (int i = 0; i < 6; ++i) {
        for (const Claimed& one : s.Claim(1)) ++(one.attempts > 0 ? retries : fresh);
    }
    EXPECT_GE(retries, 2);
    EXPECT_GE(fresh, 2);
}

TEST_P(StoreConformance, WhatIsReleasedComesAgainBeforeWhatFollowsAndUntouched) {
    s.AcceptMany(1, 6);
    const auto claimed = s.Claim(4);
    const std::vector<model::DeliveryId> ids{claimed[2].id, claimed[0].id};
    s.outbox().Release(ids);
    const auto again = s.Claim(3);
    EXPECT_THAT(IdsOf(again), ElementsAre("1", "3", "5"));
    EXPECT_EQ(again[0].attempts, 0u);
    EXPECT_EQ(s.ledger().counts().sending, 5u);
}

TEST_P(StoreConformance, AReleasedRetryIsDueAsBefore) {
    ASSERT_TRUE(s.Accept("1"));
    const base::Time due = s.Now() + 1s;
    s.Finish({Later(s.Claim(1).at(0), s.Now(), due)});
    clock.Advance(2s);
    const auto claimed = s.Claim(1);
    s.outbox().Release({&claimed[0].id, 1});
    EXPECT_EQ(*s.outbox().NextDue(s.Name("a")), due);
    EXPECT_EQ(s.Claim(1).at(0).attempts, 1u);
}

TEST_P(StoreConformance, AFinishedDeliveryIsNotHandedOutAgain) {
    s.AcceptMany(1, 3);
    const auto claimed = s.Claim(3);
    s.Finish({Sent(claimed[0], s.Now()), Dead(claimed[1], s.Now(), "gone"), Later(claimed[2], s.Now(), s.Now() + 1h)});
    clock.Advance(30min);
    EXPECT_THAT(s.ClaimOnce(5), IsEmpty());
    const Counts counts = s.ledger().counts();
    EXPECT_EQ(counts.sent, 1u);
    EXPECT_EQ(counts.dead, 1u);
    EXPECT_EQ(counts.waiting, 1u);
    EXPECT_EQ(counts.sending, 0u);
    ExpectBalanced(counts);
}

TEST_P(StoreConformance, AFinishWithoutALeaseChangesNothing) {
    s.AcceptMany(1, 2);
    const auto claimed = s.Claim(2);
    s.Finish({Sent(claimed[0], s.Now())});
    s.Finish({Dead(claimed[0], s.Now(), "late"), Dead(claimed[0], s.Now(), "later")});
    s.outbox().Release({&claimed[1].id, 1});
    s.Finish({Dead(claimed[1], s.Now(), "given back")});
    const Counts counts = s.ledger().counts();
    EXPECT_EQ(counts.sent, 1u);
    EXPECT_EQ(counts.dead, 0u);
    EXPECT_EQ(counts.waiting, 1u);
    ExpectBalanced(counts);
}

TEST_P(StoreConformance, DestinationsDoNotSeeEachOthersDeliveries) {
    ASSERT_TRUE(s.Accept("1", {"a"}));
    ASSERT_TRUE(s.Accept("2", {"b"}));
    ASSERT_TRUE(s.Accept("3", {"a", "b"}));
    EXPECT_THAT(IdsOf(s.Claim(2, "b")), ElementsAre("2", "3"));
    EXPECT_THAT(IdsOf(s.Claim(2, "a")), ElementsAre("1", "3"));
    EXPECT_THAT(s.ClaimOnce(5, "c"), IsEmpty());
}

TEST_P(StoreConformance, AThousandRetriesDueAtOnceAreEachClaimedOnce) {
    std::vector<NewEvent> events;
    for (int i = 0; i < 1000; ++i) events.push_back(s.MakeEvent(std::to_string(i)));
    ASSERT_TRUE(s.Accept(std::move(events)));
    std::vector<store::Finish> later;
    for (const Claimed& one : s.Claim(1000)) later.push_back(Later(one, s.Now(), s.Now() + 1s));
    s.Finish(std::move(later));
    clock.Advance(1s);
    std::set<std::string> seen;
    for (const Claimed& one : s.Claim(1000, "a", 10)) EXPECT_TRUE(seen.insert(one.event->envelope.event.id).second);
    EXPECT_EQ(seen.size(), 1000u);
    EXPECT_THAT(s.ClaimOnce(5), IsEmpty());
}

}  // namespace
}  // namespace fanfare::store
