// A long outage of one destination beside a healthy one, on the durable store, with a clock of the test's.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>

#include "dispatch/lane.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support/manual_clock.hpp"
#include "support/scripted_sink.hpp"

namespace fanfare::dispatch {
namespace {

using namespace std::chrono_literals;
using model::OutcomeKind;

// A sanitizer keeps freed memory aside: then what the process holds says nothing of what it uses.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMemoryCounts = false;
#else
constexpr bool kMemoryCounts = true;
#endif

std::size_t ResidentBytes() {
    std::ifstream file("/proc/self/statm");
    std::size_t total = 0, resident = 0;
    file >> total >> resident;
    return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

class Outage : public testing::Test {
protected:
    Outage() {
        char name[] = "/tmp/fanfare-outage-XXXXXX";
        directory = mkdtemp(name);
        store::sqlite::Options options;
        options.directory = directory + "/store";
        options.ballast_bytes = 1 << 20;
        store = *store::sqlite::Open(options, clock);
    }
    ~Outage() override {
        down.lane.reset();
        up.lane.reset();
        store.reset();
        std::filesystem::remove_all(directory);
    }

    struct Side {
        model::NameId id = 0;
        support::SinkLog sink;
        std::unique_ptr<Lane> lane;
    };

    void Make(Side& side, const std::string& name) {
        side.id = *store->Intern(name);
        side.sink.max_batch = 100;
        model::DeliveryPolicy policy;
        policy.retry.base = 5s;
        side.lane = std::make_unique<Lane>(side.id, name, policy, std::make_unique<support::ScriptedSink>(side.sink),
                                           store->outbox(), clock);
        ASSERT_TRUE(side.lane->Start([&side](std::vector<sink::Answer> answers) {
            for (auto& answer : answers) side.lane->OnAnswer(std::move(answer));
        }));
    }
    void Owe(int count) {
        store::AcceptBatch batch;
        for (int i = 0; i < count; ++i) {
            store::NewEvent& event = batch.events.emplace_back();
            event.envelope.event.id = std::to_string(++events);
            event.envelope.event.data = std::string(500, 'x');
            event.envelope.received_at = clock.Now();
            event.targets = {{down.id}, {up.id}};
        }
        std::promise<bool> done;
        batch.done = [&](const base::Result<std::vector<store::Accepted>>& result) { done.set_value(static_cast<bool>(result)); };
        store->inbox().Accept(std::move(batch));
        ASSERT_TRUE(done.get_future().get());
    }
    void Settle() {
        std::promise<void> done;
        store->outbox().WriteGate(*store->Intern("nobody"), {}, [&](const base::Status&) { done.set_value(); });
        done.get_future().get();
    }
    // Answers everything the side takes; how many deliveries there were, and the most batches at once.
    std::pair<std::size_t, std::size_t> Round(Side& side, OutcomeKind kind) {
        const base::SteadyTime now = clock.SteadyNow();
        if (side.lane->next_timer() && *side.lane->next_timer() <= now) side.lane->OnTimer();
        side.lane->Pump();
        const auto taken = std::exchange(side.sink.taken, {});
        std::size_t count = 0;
        for (const auto& [batch, content] : taken) {
            for (std::uint32_t i = 0; i < content.items.size(); ++i, ++count) {
                side.sink.listener({{batch, i, {kind, 0, std::nullopt, "connection refused", {}}}});
            }
        }
        side.lane->Flush();
        Settle();
        return {count, taken.size()};
    }
    store::Counts CountsOf(const std::string& name) {
        for (const auto& one : store->ledger().counts_by_destination()) {
            if (one.destination == name) return one.counts;
        }
        return {};
    }

    support::ManualClock clock;
    std::string directory;
    std::unique_ptr<store::Store> store;
    Side down, up;
    int events = 0;
};

TEST_F(Outage, OfAnHourWithAHundredThousandWaitingLosesNothingHoldsNoMemoryAndConcernsNobodyElse) {
    constexpr std::uint64_t kAll = 100'000;
    Make(down, "down");
    Make(up, "up");
    Owe(1000);
    while (Round(up, OutcomeKind::kDelivered).first > 0) {
    }
    std::size_t tries = Round(down, OutcomeKind::kUnreachable).first;
    std::size_t before = 0;  // from when all of it waits; until then the database's own cache fills
    for (int second = 1; second <= 3600; ++second) {
        clock.Advance(1s);
        if (second <= 990) {
            Owe(100);
            while (Round(up, OutcomeKind::kDelivered).first > 0) {
            }
            EXPECT_EQ(CountsOf("up").waiting, 0u);
        }
        tries += Round(down, OutcomeKind::kUnreachable).first;
        if (second == 1000) before = ResidentBytes();
        ASSERT_EQ(CountsOf("down").sending, 0u);
    }
    const std::size_t after = ResidentBytes();
    EXPECT_EQ(CountsOf("up").sent, kAll) << "the other had all of its own at once";
    EXPECT_EQ(CountsOf("down").waiting, kAll) << "nothing is lost, and nothing died";
    EXPECT_LE(tries, 800u + 3600 / 24 + 2) << "the first window, then one at a time";
    if (kMemoryCounts) {
        EXPECT_LT(after, before + (8u << 20));
    }
    RecordProperty("tries", static_cast<int>(tries));
    RecordProperty("resident_growth", static_cast<int>(after) - static_cast<int>(before));

    std::vector<std::size_t> at_once;
    for (int round = 0; CountsOf("down").sent < kAll; ++round) {
        clock.Advance(40s);
        at_once.push_back(Round(down, OutcomeKind::kDelivered).second);
        ASSERT_LT(round, 1000);
    }
    EXPECT_EQ((std::vector<std::size_t>(at_once.begin(), at_once.begin() + 2)), (std::vector<std::size_t>{1, 1}));
    EXPECT_GE(*std::max_element(at_once.begin(), at_once.end()), 5u) << "then as much as the store hands out at once";
    EXPECT_LT(at_once.size(), kAll / 400);
    const store::Counts all = store->ledger().counts();
    EXPECT_EQ(all.created, all.sent);
}

}  // namespace
}  // namespace fanfare::dispatch
