#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "unit/store/conformance.hpp"

namespace fanfare::store {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(StoreConformance, AnAcceptedEventCanBeClaimedByEachOfItsDestinationsAsItCame) {
    NewEvent event = s.MakeEvent("1", {"a", "b"});
    event.envelope.event.data = std::string("\0\xFF bytes", 8);
    event.envelope.event.time = "2026-01-31T00:00:00Z";
    event.envelope.event.data_schema = "http://schema";
    event.envelope.event.extensions = {{"b", "true", model::AttributeKind::kBoolean},
                                       {"a", "", model::AttributeKind::kString}};
    const model::Envelope sent = event.envelope;
    const auto accepted = s.Accept({event});
    ASSERT_TRUE(accepted) << accepted.error().message;
    EXPECT_EQ(accepted->at(0).deliveries, 2u);
    EXPECT_FALSE(accepted->at(0).duplicate);
    for (const char* const destination : {"a", "b"}) {
        const auto claimed = s.Claim(1, destination);
        ASSERT_EQ(claimed.size(), 1u);
        EXPECT_EQ(claimed[0].event->envelope.event, sent.event);
        EXPECT_EQ(claimed[0].event->envelope.realm, "realm");
        EXPECT_EQ(claimed[0].event->key, accepted->at(0).key);
        EXPECT_EQ(claimed[0].created_at, sent.received_at);
        EXPECT_EQ(claimed[0].attempts, 0u);
    }
}

TEST_P(StoreConformance, AnEventThatIsOwedToNobodyIsKept) {
    const auto accepted = s.Accept("1", {});
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->at(0).deliveries, 0u);
    const auto found = s.ledger().FindEvents("1");
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 1u);
    EXPECT_THAT(found->at(0).deliveries, IsEmpty());
}

TEST_P(StoreConformance, ADestinationNamedTwiceIsOwedOneDelivery) {
    const auto accepted = s.Accept("1", {"a", "a"});
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->at(0).deliveries, 1u);
    EXPECT_EQ(s.ledger().counts().created, 1u);
}

TEST_P(StoreConformance, KeysRiseWithAcceptanceAndAreNotReused) {
    const auto first = s.Accept("1");
    const auto second = s.Accept({s.MakeEvent("2"), s.MakeEvent("3")});
    ASSERT_TRUE(first && second);
    EXPECT_LT(first->at(0).key.seq, second->at(0).key.seq);
    EXPECT_LT(second->at(0).key.seq, second->at(1).key.seq);
}

TEST_P(StoreConformance, ABatchWithAConflictLeavesNothingBehind) {
    ASSERT_TRUE(s.Accept("2"));
    NewEvent other = s.MakeEvent("2");
    other.envelope.event.data = "other";
    const auto refused = s.Accept({s.MakeEvent("1"), other, s.MakeEvent("3")});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, base::Code::kConflict);
    EXPECT_THAT(refused.error().message, testing::HasSubstr("'2'"));
    EXPECT_EQ(s.ledger().counts().created, 1u);
    EXPECT_THAT(*s.ledger().FindEvents("1"), IsEmpty());
    EXPECT_THAT(IdsOf(s.Claim(1)), ElementsAre("2"));
    ASSERT_TRUE(s.Accept("1"));
    EXPECT_THAT(IdsOf(s.Claim(1)), ElementsAre("1"));
}

TEST_P(StoreConformance, AConflictFailsItsOwnBatchOnly) {
    ASSERT_TRUE(s.Accept("1"));
    NewEvent other = s.MakeEvent("1");
    other.envelope.event.subject = "other";
    std::promise<base::Result<std::vector<Accepted>>> bad, good;
    AcceptBatch first{{other}, 1, [&](auto result) { bad.set_value(std::move(result)); }};
    AcceptBatch second{{s.MakeEvent("2")}, 1, [&](auto result) { good.set_value(std::move(result)); }};
    s.inbox().Accept(std::move(first));
    s.inbox().Accept(std::move(second));
    EXPECT_FALSE(bad.get_future().get());
    EXPECT_TRUE(good.get_future().get());
}

TEST_P(StoreConformance, TheSameEventAgainIsADuplicateAndCreatesNothing) {
    const auto first = s.Accept("1", {"a", "b"});
    const auto again = s.Accept("1", {"a", "b", "c"});
    ASSERT_TRUE(first && again);
    EXPECT_TRUE(again->at(0).duplicate);
    EXPECT_EQ(again->at(0).key, first->at(0).key);
    EXPECT_EQ(again->at(0).deliveries, 2u);
    EXPECT_EQ(s.ledger().counts().created, 2u);
}

TEST_P(StoreConformance, EachPartOfAnEventCountsAsContent) {
    ASSERT_TRUE(s.Accept("1"));
    const auto changed = [&](auto change) {
        NewEvent event = s.MakeEvent("1");
        change(event.envelope.event);
        const auto result = s.Accept({event});
        return !result && result.error().code == base::Code::kConflict;
    };
    EXPECT_TRUE(changed([](model::Event& event) { event.data += "x"; }));
    EXPECT_TRUE(changed([](model::Event& event) { event.type = "x"; }));
    EXPECT_TRUE(changed([](model::Event& event) { event.subject = "x"; }));
    EXPECT_TRUE(changed([](model::Event& event) { event.time = "2026-01-31T00:00:00Z"; }));
    EXPECT_TRUE(changed([](model::Event& event) { event.content_type = "x/y"; }));
    EXPECT_TRUE(changed([](model::Event& event) { event.data_schema = "x"; }));
    EXPECT_TRUE(changed([](model::Event& event) { event.extensions.clear(); }));
    EXPECT_TRUE(changed([](model::Event& event) { event.extensions[0].kind = model::AttributeKind::kString; }));
}

TEST_P(StoreConformance, AnotherRealmOrSourceIsAnotherEvent) {
    ASSERT_TRUE(s.Accept("1"));
    NewEvent realm = s.MakeEvent("1");
    realm.envelope.realm = "";
    NewEvent source = s.MakeEvent("1");
    source.envelope.event.source = "/other";
    const auto accepted = s.Accept({realm, source});
    ASSERT_TRUE(accepted);
    EXPECT_FALSE(accepted->at(0).duplicate);
    EXPECT_FALSE(accepted->at(1).duplicate);
    EXPECT_EQ(s.ledger().counts().created, 3u);
}

TEST_P(StoreConformance, OutsideTheWindowTheSameIdentityIsANewEvent) {
    ASSERT_TRUE(s.Accept("1"));
    clock.Advance(59min);
    EXPECT_TRUE(s.Accept("1")->at(0).duplicate) << "just inside";
    clock.Advance(1min);
    NewEvent other = s.MakeEvent("1");
    other.envelope.event.data = "other";
    const auto accepted = s.Accept({other});
    ASSERT_TRUE(accepted) << "just outside";
    EXPECT_FALSE(accepted->at(0).duplicate);
    EXPECT_TRUE(s.Accept({other})->at(0).duplicate) << "the younger of the two counts";
}

TEST_P(StoreConformance, WithoutAWindowNothingIsADuplicate) {
    NewEvent event = s.MakeEvent("1");
    event.dedup_window = base::Duration::zero();
    ASSERT_TRUE(s.Accept({event, event}));
    ASSERT_TRUE(s.Accept({event}));
    EXPECT_EQ(s.ledger().counts().created, 3u);
}

TEST_P(StoreConformance, DuplicatesInsideOneBatchAreFoundAndConflictsToo) {
    const auto accepted = s.Accept({s.MakeEvent("1"), s.MakeEvent("1")});
    ASSERT_TRUE(accepted);
    EXPECT_FALSE(accepted->at(0).duplicate);
    EXPECT_TRUE(accepted->at(1).duplicate);
    EXPECT_EQ(accepted->at(0).key, accepted->at(1).key);
    NewEvent other = s.MakeEvent("2");
    other.envelope.event.data = "other";
    EXPECT_FALSE(s.Accept({s.MakeEvent("2"), other}));
    EXPECT_EQ(s.ledger().counts().created, 1u);
}

TEST_P(StoreConformance, ADuplicateIsFoundInWhateverOrderTheIdsCame) {
    const auto duplicates = [&](const std::vector<std::string>& ids) {
        std::vector<NewEvent> batch;
        for (const std::string& id : ids) batch.push_back(s.MakeEvent(id));
        const auto accepted = s.Accept(batch);
        EXPECT_TRUE(accepted);
        std::string found;
        for (std::size_t i = 0; accepted && i < ids.size(); ++i) {
            if (accepted->at(i).duplicate) found += ids[i];
        }
        return found;
    };
    EXPECT_EQ(duplicates({"b", "d", "f"}), "");
    EXPECT_EQ(duplicates({"c", "e"}), "") << "below the greatest, and rising";
    EXPECT_EQ(duplicates({"f", "g"}), "f") << "the greatest itself";
    EXPECT_EQ(duplicates({"h", "h", "i"}), "h") << "twice above all before";
    EXPECT_EQ(duplicates({"k", "j", "k"}), "k");
    EXPECT_EQ(duplicates({"b", "c", "d", "e", "l"}), "bcde");
    NewEvent other = s.MakeEvent("b");
    other.envelope.event.data = "other";
    EXPECT_FALSE(s.Accept({s.MakeEvent("z"), other}));
    EXPECT_EQ(duplicates({"z"}), "") << "what was refused was not kept";
    EXPECT_EQ(duplicates({"z"}), "z");
}

TEST_P(StoreConformance, ThirtyTwoThreadsWithOneIdentityMakeOneEvent) {
    const NewEvent event = s.MakeEvent("1");
    std::vector<std::thread> threads;
    std::atomic<int> fresh{0}, duplicates{0};
    for (int i = 0; i < 32; ++i) {
        threads.emplace_back([&] {
            const auto accepted = s.Accept({event});
            if (accepted) ++(accepted->at(0).duplicate ? duplicates : fresh);
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(fresh, 1);
    EXPECT_EQ(duplicates, 31);
    EXPECT_EQ(s.ledger().counts().created, 1u);
}

TEST_P(StoreConformance, AnEventForAnUnknownDestinationIsRefusedAndTheStoreGoesOn) {
    NewEvent event = s.MakeEvent("1");
    event.targets[0].destination = 12345;
    EXPECT_FALSE(s.Accept({event}));
    EXPECT_TRUE(s.Accept("2"));
}

TEST_P(StoreConformance, AboveTheBudgetOfTheQueueNewEventsAreRefusedAndEveryBatchIsAnswered) {
    std::mutex mutex;
    std::condition_variable all;
    int accepted = 0, busy = 0;
    const auto submit = [&](int id) {
        AcceptBatch batch{{s.MakeEvent(std::to_string(id))}, kMaxQueuedBytes / 4, [&](auto result) {
                              const std::lock_guard lock(mutex);
                              const bool refused = !result && result.error().code == base::Code::kBusy;
                              accepted += result.has_value();
                              busy += refused;
                              all.notify_one();
                          }};
        s.inbox().Accept(std::move(batch));
    };
    for (int id = 0; id < 400; ++id) submit(id);
    std::unique_lock lock(mutex);
    ASSERT_TRUE(all.wait_for(lock, 20s, [&] { return accepted + busy == 400; }));
    EXPECT_GE(accepted, 4);
    lock.unlock();
    s.Settle();
    EXPECT_TRUE(s.inbox().Ready());
    EXPECT_EQ(s.ledger().counts().created, static_cast<std::uint64_t>(accepted));
}

}  // namespace
}  // namespace fanfare::store
