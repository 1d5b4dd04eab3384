#include "app/retention.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <future>
#include <thread>

#include "store/sqlite/sqlite_store.hpp"

namespace fanfare::app {
namespace {

using namespace std::chrono_literals;

// Ahead of the real one by what a test says. Threads: safe from every thread.
class ShiftedClock final : public base::Clock {
public:
    base::Time Now() const override { return base::SystemClock().Now() + shift.load(); }
    base::SteadyTime SteadyNow() const override { return base::SystemClock().SteadyNow(); }
    std::atomic<base::Duration> shift{base::Duration(0)};
};

class RetentionTest : public testing::Test {
protected:
    RetentionTest() {
        char name[] = "/tmp/fanfare-retention-XXXXXX";
        directory = mkdtemp(name);
        store::sqlite::Options options;
        options.directory = directory + "/store";
        options.ballast_bytes = 1 << 20;
        store = *store::sqlite::Open(options, clock);
        destination = *store->Intern("a");
    }
    ~RetentionTest() override {
        store.reset();
        std::filesystem::remove_all(directory);
    }

    void Accept(int count, std::size_t bytes = 10) {
        for (int i = 0; i < count; ++i) {
            store::AcceptBatch batch;
            store::NewEvent& event = batch.events.emplace_back();
            event.envelope.event.id = std::to_string(++last);
            event.envelope.event.data = std::string(bytes, 'x');
            event.envelope.received_at = clock.Now();
            event.targets = {{destination}};
            std::promise<void> done;
            batch.done = [&](const base::Result<std::vector<store::Accepted>>&) { done.set_value(); };
            store->inbox().Accept(std::move(batch));
            done.get_future().get();
        }
    }
    void Finish(model::DeliveryState state, std::size_t count) {
        std::size_t done = 0;
        while (done < count) {
            const auto claimed = store->outbox().Claim(destination, count - done, clock.Now());
            std::vector<store::Finish> finished;
            for (const store::Claimed& one : *claimed) {
                finished.push_back({one.id, state, {}, "", model::Attempt{1, clock.Now(), 1ms, model::OutcomeKind::kDelivered, 0, {}}});
            }
            done += finished.size();
            store->outbox().Finish(std::move(finished));
        }
    }
    void WaitFor(const std::function<bool(const store::Counts&)>& holds) {
        while (!holds(store->ledger().counts())) std::this_thread::sleep_for(1ms);
    }

    ShiftedClock clock;
    std::string directory;
    std::unique_ptr<store::Store> store;
    model::NameId destination = 0;
    int last = 0;
};

TEST_F(RetentionTest, WhatWasSentGoesAfterItsTimeAndWhatIsDeadAfterIts) {
    Accept(10);
    Finish(model::DeliveryState::kSent, 6);
    Finish(model::DeliveryState::kDead, 4);
    Accept(1);
    config::Store rules;
    rules.keep_sent = 1h;
    rules.keep_dead = 5h;
    const Retention retention(store->ledger(), clock, rules, 1ms);
    WaitFor([](const store::Counts& counts) { return counts.sent == 6 && counts.dead == 4; });
    clock.shift = 2h;
    WaitFor([](const store::Counts& counts) { return counts.pruned == 6; });
    EXPECT_EQ(store->ledger().counts().dead, 4u);
    clock.shift = 6h;
    WaitFor([](const store::Counts& counts) { return counts.pruned == 10; });
    EXPECT_EQ(store->ledger().counts().waiting, 1u);
}

TEST_F(RetentionTest, AboveItsSizeTheOldestThatAreSentGoEarlierAndNothingElse) {
    Accept(300, 20'000);
    Finish(model::DeliveryState::kDead, 50);
    Finish(model::DeliveryState::kSent, 200);
    WaitFor([](const store::Counts& counts) { return counts.sent == 200; });
    config::Store rules;
    rules.max_size = 4 << 20;
    const Retention retention(store->ledger(), clock, rules, 1ms);
    WaitFor([](const store::Counts& counts) { return counts.pruned > 50; });
    EXPECT_EQ(store->ledger().counts().dead, 50u);
    EXPECT_EQ(store->ledger().counts().waiting, 50u);
}

TEST_F(RetentionTest, ItEndsAtOnceInTheMiddleOfAPass) {
    Accept(200);
    Finish(model::DeliveryState::kSent, 200);
    config::Store rules;
    rules.keep_sent = 1s;
    clock.shift = 1h;
    const Retention retention(store->ledger(), clock, rules, 1ms);
}

}  // namespace
}  // namespace fanfare::app
