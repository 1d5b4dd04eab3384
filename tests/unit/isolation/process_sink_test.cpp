// A plugin in a process of its own: this program once more, as the plugin's process.
#include "isolation/process_sink.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <set>

#include "isolation/child.hpp"
#include "isolation/runner.hpp"
#include "json/value.hpp"

namespace fanfare::isolation {
namespace {

using namespace std::chrono_literals;
using model::OutcomeKind;
using testing::HasSubstr;

// Only a failing test waits this long.
constexpr auto kPatience = 60s;

base::SteadyTime In(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

// Plays the lane: what comes back untouched is handed over again, until everything has its end.
class IsolationTest : public testing::Test {
protected:
    ~IsolationTest() override {
        if (sink) sink->Stop(In(10s));
    }

    std::string Make(const std::string& plugin, const std::string& options = "{}") {
        Order order{plugin,    {FANFARE_BAD_PLUGINS}, {"dest", *json::Parse(options), {}, nullptr, {}},
                    "tests/1", log::Level::kOff,      log::Format::kText};
        auto made = ProcessSink::Make(std::move(order), 16,
                                      [this](const std::string& kind, std::uint64_t times) {
                                          const std::lock_guard lock(mutex);
                                          blamed[kind] += times;
                                      },
                                      timing);
        if (!made) return made.error().message;
        sink = *std::move(made);
        return {};
    }
    void Start(const std::string& plugin) {
        ASSERT_EQ(Make(plugin), "");
        const base::Status started = sink->Start([this](std::vector<sink::Answer> answers) {
            const std::lock_guard lock(mutex);
            for (sink::Answer& answer : answers) arrived.push_back(std::move(answer));
            changed.notify_all();
        });
        ASSERT_TRUE(started) << started.error().message;
    }
    static bool Becomes(const std::function<bool()>& condition) {
        const base::SteadyTime end = In(kPatience);
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end) return false;
            std::this_thread::sleep_for(1ms);
        }
        return true;
    }
    std::uint64_t Crashes() {
        const std::lock_guard lock(mutex);
        return blamed["crashed"];
    }
    static sink::Item Item(std::uint64_t seq, std::string data) {
        auto event = std::make_shared<model::StoredEvent>();
        event->key = {seq, 77};
        event->envelope.event.id = std::to_string(seq);
        event->envelope.event.data = std::move(data);
        return {{seq, 3}, 1, std::move(event)};
    }
    // Hands over in batches of eight what is owed until all of it has ended. `timeout`: of a batch.
    void DeliverAll(const std::vector<std::string>& owed, std::chrono::milliseconds timeout = 20s) {
        std::map<std::uint64_t, std::string> left;
        for (std::size_t i = 0; i < owed.size(); ++i) left[i + 1] = owed[i];
        const base::SteadyTime end = In(kPatience);
        while (!left.empty() && std::chrono::steady_clock::now() < end) {
            sink::Batch batch{{}, In(timeout)};
            for (const auto& [seq, data] : left) {
                if (batch.items.size() < 8) batch.items.push_back(Item(seq, data));
            }
            const sink::BatchId id = ++last_batch;
            const std::vector<sink::Item> items = batch.items;
            std::unique_lock lock(mutex);
            const std::size_t before = arrived.size();
            lock.unlock();
            if (sink->Deliver(id, std::move(batch)) == sink::Taken::kBusy) {
                std::this_thread::sleep_for(1ms);
                continue;
            }
            lock.lock();
            const bool whole =
                changed.wait_until(lock, In(timeout), [&] { return arrived.size() >= before + items.size(); });
            for (std::size_t i = before; i < arrived.size(); ++i) {
                if (arrived[i].batch != id) continue;
                const std::uint64_t seq = items[arrived[i].index].delivery.seq;
                if (arrived[i].outcome.kind == OutcomeKind::kNotAttempted) continue;
                ++ends[seq];
                outcomes[seq] = arrived[i].outcome;
                left.erase(seq);
            }
            lock.unlock();
            if (!whole) sink->Abandon(id);
        }
        EXPECT_TRUE(left.empty()) << left.size() << " have no end";
    }
    void ExpectDeliveredBut(std::size_t count, std::uint64_t poison) {
        for (std::uint64_t seq = 1; seq <= count; ++seq) {
            EXPECT_EQ(ends[seq], 1) << seq;
            EXPECT_EQ(outcomes[seq].kind, seq == poison ? OutcomeKind::kRejected : OutcomeKind::kDelivered)
                << seq << " " << outcomes[seq].reason;
            if (seq != poison) {
                EXPECT_NE(outcomes[seq].code, getpid()) << "in a process of its own";
            }
        }
    }

    Timing timing{1ms, 50ms, 100ms, 30s, 30s};
    std::unique_ptr<sink::Sink> sink;
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<sink::Answer> arrived;
    std::map<std::string, std::uint64_t> blamed;
    sink::BatchId last_batch = 0;
    std::map<std::uint64_t, model::Outcome> outcomes;
    std::map<std::uint64_t, int> ends;
};

std::vector<std::string> WithPoison(std::size_t count, std::size_t at, const std::string& poison) {
    std::vector<std::string> owed(count, "fine");
    owed[at - 1] = poison;
    return owed;
}

TEST(PluginProcess, IsRefusedByTheNameOfTheProgramThatCannotBeRun) {
    const auto child = Child::Spawn("/dev/null");
    ASSERT_FALSE(child);
    EXPECT_EQ(child.error().message, "cannot start a plugin's process: /dev/null: Permission denied");
}

TEST(PluginProcess, IsRefusedWithTheRemedyWhereProcIsNotMounted) {
    const auto child = Child::Spawn("/proc/nothing/exe");
    ASSERT_FALSE(child);
    EXPECT_EQ(child.error().message,
              "cannot start a plugin's process: /proc/nothing/exe: No such file or directory; mount /proc where fanfare "
              "runs");
}

TEST_F(IsolationTest, DeliversInAProcessOfItsOwn) {
    Start("crasher");
    DeliverAll(std::vector<std::string>(100, "fine"));
    ExpectDeliveredBut(100, 0);
    EXPECT_TRUE(blamed.empty());
}

TEST_F(IsolationTest, APluginThatCannotLiveIsRefusedInItsOwnWords) {
    EXPECT_THAT(Make("misbehaves", R"({"how":"create-fails"})"), HasSubstr("create said no"));
    EXPECT_THAT(Make("misbehaves", R"({"how":"validate-fails"})"), HasSubstr("a and b exclude each other"));
    EXPECT_THAT(Make("nowhere"), HasSubstr("nowhere"));
}

class Poison : public IsolationTest, public testing::WithParamInterface<std::pair<const char*, const char*>> {};

TEST_P(Poison, IsFoundAndRejectedAndEveryOtherEventIsDeliveredOnce) {
    Start("crasher");
    DeliverAll(WithPoison(30, 13, GetParam().first));
    ExpectDeliveredBut(30, 13);
    EXPECT_THAT(outcomes[13].reason, HasSubstr("crashed the plugin twice"));
    EXPECT_THAT(outcomes[13].reason, HasSubstr(GetParam().second));
    EXPECT_GE(blamed["crashed"], 2u);
}

std::vector<std::pair<const char*, const char*>> Poisons() {
#if defined(__SANITIZE_THREAD__)
    constexpr const char* kClosed = "exit ";  // ThreadSanitizer may see files closed while they are read, and end it itself
#else
    constexpr const char* kClosed = "exit 74";
#endif
    std::vector<std::pair<const char*, const char*>> all{{"abort", "signal 6"}, {"exit", "exit 3"}, {"close all", kClosed}};
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    // A sanitizer ends the process in its own way, and lets it have all memory.
    all.insert(all.end(), {{"segfault", "signal 11"}, {"leak", "signal 6"}, {"open", "signal 6"}, {"fork", "signal 6"}});
#endif
    return all;
}

INSTANTIATE_TEST_SUITE_P(Kinds, Poison, testing::ValuesIn(Poisons()), [](const auto& poison) {
    std::string name = poison.param.first;
    std::erase(name, ' ');
    return name;
});

TEST_F(IsolationTest, APluginThatClosesTheStandardFilesGoesOn) {
    Start("crasher");
    DeliverAll(WithPoison(20, 5, "close"));
    ExpectDeliveredBut(20, 0);
    EXPECT_TRUE(blamed.empty());
}

TEST_F(IsolationTest, APluginThatHangsIsEndedAndTheRestIsDelivered) {
    Start("crasher");
    sink::Batch batch{{Item(1, "loop")}, In(50ms)};
    ASSERT_EQ(sink->Deliver(1, std::move(batch)), sink::Taken::kYes);
    sink->Abandon(1);
    last_batch = 1;
    DeliverAll(std::vector<std::string>(20, "fine"), 200ms);
    ExpectDeliveredBut(20, 0);
    EXPECT_EQ(blamed["crashed"], 1u);
}

TEST_F(IsolationTest, WhatWaitedBehindOneThatHangsIsNotHandedOverBesideItAgain) {
    Start("crasher");
    ASSERT_EQ(sink->Deliver(1, {{Item(1, "loop")}, In(50ms)}), sink::Taken::kYes);
    ASSERT_EQ(sink->Deliver(2, {{Item(2, "fine")}, In(50ms)}), sink::Taken::kYes);
    sink->Abandon(1);
    sink->Abandon(2);
    last_batch = 2;
    EXPECT_TRUE(Becomes([this] { return Crashes() == 1; }));
    EXPECT_TRUE(Becomes([this] { return sink->Deliver(3, {{Item(1, "loop")}, In(50ms)}) == sink::Taken::kYes; }));
    sink->Abandon(3);
    EXPECT_EQ(sink->max_batch(), 1u);
    EXPECT_EQ(sink->Deliver(4, {{Item(2, "fine")}, In(50ms)}), sink::Taken::kBusy) << "it would wait behind it once more";
    last_batch = 4;
    DeliverAll({"fine", "fine"}, 10s);
    ExpectDeliveredBut(2, 0);
    EXPECT_EQ(blamed["crashed"], 2u);
    EXPECT_EQ(sink->max_batch(), 16u);
}

TEST_F(IsolationTest, AProcessThatLivesIsHandedManyAgainThoughWhatIsAwaitedNeverComes) {
    timing.suspicion = 1ms;
    Start("crasher");
    ASSERT_EQ(sink->Deliver(1, {{Item(99, "loop")}, In(50ms)}), sink::Taken::kYes);
    sink->Abandon(1);
    last_batch = 1;
    DeliverAll({"fine"}, 200ms);
    EXPECT_TRUE(Becomes([this] { return Crashes() == 1; }));
    EXPECT_TRUE(Becomes([this] { return sink->max_batch() == 16; }));
}

TEST_F(IsolationTest, AProcessThatIsKilledAgainAndAgainCostsNoEvent) {
    Start("crasher");
    DeliverAll({"fine"});
    for (int round = 0; round < 5; ++round) {
        kill(outcomes[1].code, SIGKILL);
        outcomes.clear();
        ends.clear();
        DeliverAll(std::vector<std::string>(40, "fine"));
        ExpectDeliveredBut(40, 0);
    }
}

TEST_F(IsolationTest, StopLetsThePluginFinishAndLeavesNoProcess) {
    Start("crasher");
    DeliverAll({"fine"});
    const pid_t process = outcomes[1].code;
    sink->Stop(In(10s));
    EXPECT_EQ(kill(process, 0), -1);
    sink.reset();
}

}  // namespace
}  // namespace fanfare::isolation

int main(int argc, char** argv) {
    if (argc == 2 && std::string_view(argv[1]) == fanfare::isolation::kRunnerArgument)
        return fanfare::isolation::RunPlugin();
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
