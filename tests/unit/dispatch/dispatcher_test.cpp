#include "dispatch/dispatcher.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <thread>

namespace fanfare::dispatch {
namespace {

using namespace std::chrono_literals;

// Threads: safe from every thread, as the contract wants.
class Outbox final : public store::Outbox {
public:
    store::Gate gate;

    void Owe(model::NameId destination, std::uint64_t count) {
        {
            const std::lock_guard lock(mutex_);
            for (std::uint64_t i = 0; i < count; ++i) {
                waiting_[destination].push_back({{++seq_, destination}, 0, clock_.Now(), std::make_shared<model::StoredEvent>()});
            }
        }
        if (ready_) ready_(destination);
    }
    std::size_t WaitForFinished(model::NameId destination, std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return finished_[destination].size() >= count; });
        return finished_[destination].size();
    }
    std::vector<store::Finish> finished(model::NameId destination) {
        const std::lock_guard lock(mutex_);
        return finished_[destination];
    }

    base::Result<std::vector<store::Claimed>> Claim(model::NameId destination, std::size_t limit, base::Time) override {
        const std::lock_guard lock(mutex_);
        std::vector<store::Claimed> out;
        auto& waiting = waiting_[destination];
        while (!waiting.empty() && out.size() < limit) {
            out.push_back(waiting.front());
            waiting.pop_front();
        }
        return out;
    }
    void Finish(std::vector<store::Finish> batch) override {
        const std::lock_guard lock(mutex_);
        for (store::Finish& one : batch) finished_[one.id.destination].push_back(std::move(one));
        changed_.notify_all();
    }
    void Release(std::span<const model::DeliveryId>) override {}
    base::Result<std::optional<base::Time>> NextDue(model::NameId) override { return std::optional<base::Time>(); }
    void BringForward(model::NameId, base::Time) override {}
    base::Result<store::Gate> ReadGate(model::NameId) override { return gate; }
    void WriteGate(model::NameId, store::Gate written, std::function<void(base::Status)> done) override {
        gate = std::move(written);
        if (done) done({});
    }
    void OnReady(std::function<void(model::NameId)> listener) override { ready_ = std::move(listener); }

private:
    base::SystemClock clock_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t seq_ = 0;
    std::map<model::NameId, std::deque<store::Claimed>> waiting_;
    std::map<model::NameId, std::vector<store::Finish>> finished_;
    std::function<void(model::NameId)> ready_;
};

// What became of a sink; outlives it.
struct SinkFate {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<sink::BatchId> taken;
    bool stopped = false;
    bool hangs_in_stop = false;
    sink::Listener listener;

    void WaitForTaken(std::size_t count) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return taken.size() >= count; });
    }
    void WaitForStop() {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return stopped; });
    }
};

// Answers when its test says so, and tells what happens to it.
class TellingSink final : public sink::Sink {
public:
    explicit TellingSink(SinkFate& fate) : fate_(fate) {}
    base::Status Start(sink::Listener listener) override {
        fate_.listener = std::move(listener);
        return {};
    }
    sink::Taken Deliver(sink::BatchId id, sink::Batch) override {
        const std::lock_guard lock(fate_.mutex);
        fate_.taken.push_back(id);
        fate_.changed.notify_all();
        return sink::Taken::kYes;
    }
    void Abandon(sink::BatchId) override {}
    void Stop(base::SteadyTime deadline) override {
        if (fate_.hangs_in_stop) std::this_thread::sleep_until(deadline);
        const std::lock_guard lock(fate_.mutex);
        fate_.stopped = true;
        fate_.changed.notify_all();
    }
    std::size_t max_batch() const override { return 1; }

private:
    SinkFate& fate_;
};

Destination Telling(model::NameId id, std::string name, SinkFate& fate) {
    Destination destination;
    destination.id = id;
    destination.name = std::move(name);
    destination.sink = std::make_unique<TellingSink>(fate);
    return destination;
}

// Does not start.
class FaultySink final : public sink::Sink {
public:
    base::Status Start(sink::Listener) override { return base::MakeError(base::Code::kConfig, "no such queue"); }
    sink::Taken Deliver(sink::BatchId, sink::Batch) override { return sink::Taken::kBusy; }
    void Abandon(sink::BatchId) override {}
    void Stop(base::SteadyTime) override {}
    std::size_t max_batch() const override { return 1; }
};

// Takes batches between Cork and Uncork only, and answers with Uncork.
class CorkedSink final : public sink::Sink {
public:
    base::Status Start(sink::Listener listener) override {
        listener_ = std::move(listener);
        return {};
    }
    void Cork() override { is_corked_ = true; }
    void Uncork() override {
        is_corked_ = false;
        listener_(std::exchange(owed_, {}));
    }
    sink::Taken Deliver(sink::BatchId id, sink::Batch) override {
        if (!is_corked_) return sink::Taken::kBusy;
        owed_.push_back({id, 0, {model::OutcomeKind::kDelivered, 0, {}, {}, {}}});
        return sink::Taken::kYes;
    }
    void Abandon(sink::BatchId) override {}
    void Stop(base::SteadyTime) override {}
    std::size_t max_batch() const override { return 1; }

private:
    bool is_corked_ = false;
    std::vector<sink::Answer> owed_;
    sink::Listener listener_;
};

// Answers at once, or never.
class Sink final : public sink::Sink {
public:
    explicit Sink(bool answers) : answers_(answers) {}
    base::Status Start(sink::Listener listener) override {
        listener_ = std::move(listener);
        return {};
    }
    sink::Taken Deliver(sink::BatchId id, sink::Batch) override {
        if (answers_) listener_({{id, 0, {model::OutcomeKind::kDelivered, 0, {}, {}, {}}}});
        return sink::Taken::kYes;
    }
    void Abandon(sink::BatchId) override {}
    void Stop(base::SteadyTime) override {}
    std::size_t max_batch() const override { return 1; }

private:
    const bool answers_;
    sink::Listener listener_;
};

Destination Make(model::NameId id, std::string name, bool answers) {
    Destination destination;
    destination.id = id;
    destination.name = std::move(name);
    destination.sink = std::make_unique<Sink>(answers);
    return destination;
}

base::Status Set(Dispatcher& dispatcher, Destination destination) {
    auto prepared = dispatcher.Prepare(std::move(destination));
    if (!prepared) return std::move(prepared).error();
    dispatcher.Set(*std::move(prepared));
    return {};
}

TEST(Dispatcher, ADestinationThatNeverAnswersHoldsUpNoOther) {
    base::SystemClock clock;
    Outbox outbox;
    Dispatcher dispatcher(outbox, clock);
    ASSERT_TRUE(Set(dispatcher, Make(1, "hangs", false)));
    ASSERT_TRUE(Set(dispatcher, Make(2, "works", true)));
    dispatcher.Start();
    outbox.Owe(1, 100);
    outbox.Owe(2, 5000);
    EXPECT_EQ(outbox.WaitForFinished(2, 5000), 5000u);
    EXPECT_TRUE(outbox.finished(1).empty());
    dispatcher.Stop(clock.SteadyNow());
    EXPECT_EQ(outbox.finished(1).size(), model::DeliveryPolicy{}.concurrency) << "its window, and no more";
}

TEST(Dispatcher, EveryBatchIsHandedOverBetweenACorkAndItsUncork) {
    base::SystemClock clock;
    Outbox outbox;
    Dispatcher dispatcher(outbox, clock);
    Destination destination = Make(2, "corked", true);
    destination.sink = std::make_unique<CorkedSink>();
    ASSERT_TRUE(Set(dispatcher, std::move(destination)));
    dispatcher.Start();
    outbox.Owe(2, 100);
    EXPECT_EQ(outbox.WaitForFinished(2, 100), 100u);
}

TEST(Dispatcher, StartsWithWhatTheStoreHeldBefore) {
    base::SystemClock clock;
    Outbox outbox;
    outbox.Owe(2, 3);
    Dispatcher dispatcher(outbox, clock);
    ASSERT_TRUE(Set(dispatcher, Make(2, "works", true)));
    dispatcher.Start();
    EXPECT_EQ(outbox.WaitForFinished(2, 3), 3u);
}

TEST(Dispatcher, IgnoresDeliveriesOfADestinationThatIsNotConfigured) {
    base::SystemClock clock;
    Outbox outbox;
    Dispatcher dispatcher(outbox, clock);
    ASSERT_TRUE(Set(dispatcher, Make(2, "works", true)));
    dispatcher.Start();
    outbox.Owe(99, 1);
    outbox.Owe(2, 1);
    EXPECT_EQ(outbox.WaitForFinished(2, 1), 1u);
}

TEST(Dispatcher, AnAnswerThatComesWhileItStopsIsRecorded) {
    base::SystemClock clock;
    Outbox outbox;
    Dispatcher dispatcher(outbox, clock);
    ASSERT_TRUE(Set(dispatcher, Make(2, "works", true)));
    dispatcher.Start();
    outbox.Owe(2, 1000);
    dispatcher.Stop(clock.SteadyNow() + 30s);
    const auto finished = outbox.finished(2);
    for (const store::Finish& one : finished) EXPECT_EQ(one.state, model::DeliveryState::kSent);
}

TEST(Dispatcher, ADestinationThatIsAddedWhileItRunsGetsWhatTheStoreHolds) {
    base::SystemClock clock;
    Outbox outbox;
    outbox.Owe(2, 3);
    Dispatcher dispatcher(outbox, clock);
    dispatcher.Start();
    ASSERT_TRUE(Set(dispatcher, Make(2, "works", true)));
    EXPECT_EQ(outbox.WaitForFinished(2, 3), 3u);
}

TEST(Dispatcher, AReplacedSinkIsStoppedOnceItHasAnsweredAndItsAnswersCount) {
    base::SystemClock clock;
    Outbox outbox;
    SinkFate old;
    Dispatcher dispatcher(outbox, clock);
    Destination full = Telling(2, "old", old);
    full.policy.concurrency = 1;  // so that it can take none of those that come
    ASSERT_TRUE(Set(dispatcher, std::move(full)));
    dispatcher.Start();
    outbox.Owe(2, 1);
    old.WaitForTaken(1);
    ASSERT_TRUE(Set(dispatcher, Make(2, "new", true)));
    outbox.Owe(2, 5);
    EXPECT_EQ(outbox.WaitForFinished(2, 5), 5u) << "the successor does not wait";
    EXPECT_FALSE(old.stopped);
    old.listener({{old.taken[0], 0, {model::OutcomeKind::kDelivered, 0, {}, {}, {}}}});
    old.WaitForStop();
    EXPECT_EQ(outbox.WaitForFinished(2, 6), 6u);
    for (const store::Finish& one : outbox.finished(2)) EXPECT_EQ(one.state, model::DeliveryState::kSent);
}

TEST(Dispatcher, APauseThatComesWhileADestinationIsReplacedHoldsForItsSuccessor) {
    base::SystemClock clock;
    Outbox outbox;
    SinkFate next;
    Dispatcher dispatcher(outbox, clock);
    ASSERT_TRUE(Set(dispatcher, Make(2, "hook", true)));
    auto prepared = dispatcher.Prepare(Telling(2, "hook", next));
    ASSERT_TRUE(prepared);
    std::promise<base::Status> paused;
    dispatcher.SetPaused("hook", true, "maintenance", [&](base::Status status) { paused.set_value(std::move(status)); });
    dispatcher.Set(*std::move(prepared));
    dispatcher.Start();
    EXPECT_TRUE(paused.get_future().get());
    outbox.Owe(2, 3);
    dispatcher.Stop(clock.SteadyNow());
    EXPECT_TRUE(next.taken.empty());
    EXPECT_TRUE(outbox.gate.paused);
}

TEST(Dispatcher, APauseThatComesTooLateIsAnswered) {
    base::SystemClock clock;
    Outbox outbox;
    Dispatcher dispatcher(outbox, clock);
    ASSERT_TRUE(Set(dispatcher, Make(2, "hook", true)));
    dispatcher.Start();
    dispatcher.Stop(clock.SteadyNow());
    base::Status answer;
    dispatcher.SetPaused("hook", true, "", [&](base::Status status) { answer = std::move(status); });
    EXPECT_EQ(answer.error().code, base::Code::kBusy);
}

TEST(Dispatcher, AReplacedSinkThatHangsInItsStopHoldsUpNoOther) {
    base::SystemClock clock;
    Outbox outbox;
    SinkFate old;
    old.hangs_in_stop = true;
    Dispatcher dispatcher(outbox, clock);
    ASSERT_TRUE(Set(dispatcher, Telling(2, "old", old)));
    dispatcher.Start();
    ASSERT_TRUE(Set(dispatcher, Make(2, "new", true)));
    outbox.Owe(2, 100);
    EXPECT_EQ(outbox.WaitForFinished(2, 100), 100u);
    const std::lock_guard lock(old.mutex);
    EXPECT_FALSE(old.stopped);
}

TEST(Dispatcher, ASuccessorThatDoesNotStartLeavesThePredecessorInPlace) {
    base::SystemClock clock;
    Outbox outbox;
    Dispatcher dispatcher(outbox, clock);
    ASSERT_TRUE(Set(dispatcher, Make(2, "old", true)));
    dispatcher.Start();
    Destination faulty;
    faulty.id = 2;
    faulty.sink = std::make_unique<FaultySink>();
    EXPECT_EQ(Set(dispatcher, std::move(faulty)).error().message, "no such queue");
    outbox.Owe(2, 1);
    EXPECT_EQ(outbox.WaitForFinished(2, 1), 1u);
}

TEST(Dispatcher, APreparedDestinationThatIsDroppedGetsNothing) {
    base::SystemClock clock;
    Outbox outbox;
    SinkFate dropped;
    Dispatcher dispatcher(outbox, clock);
    ASSERT_TRUE(Set(dispatcher, Make(2, "old", true)));
    dispatcher.Start();
    ASSERT_TRUE(dispatcher.Prepare(Telling(2, "new", dropped)));
    outbox.Owe(2, 5);
    EXPECT_EQ(outbox.WaitForFinished(2, 5), 5u);
    EXPECT_TRUE(dropped.taken.empty());
}

TEST(Dispatcher, ARemovedDestinationTakesNoMoreAndItsSinkIsStopped) {
    base::SystemClock clock;
    Outbox outbox;
    SinkFate old;
    Dispatcher dispatcher(outbox, clock);
    ASSERT_TRUE(Set(dispatcher, Telling(2, "old", old)));
    ASSERT_TRUE(Set(dispatcher, Make(3, "stays", true)));
    dispatcher.Start();
    dispatcher.Remove(2);
    old.WaitForStop();
    outbox.Owe(2, 1);
    outbox.Owe(3, 1);
    EXPECT_EQ(outbox.WaitForFinished(3, 1), 1u);
    EXPECT_TRUE(old.taken.empty());
    EXPECT_EQ(dispatcher.stats().size(), 1u);
}

TEST(Dispatcher, WhatAReplacedSinkHasNotAnsweredAtTheEndIsWrittenDown) {
    base::SystemClock clock;
    Outbox outbox;
    SinkFate old;
    Dispatcher dispatcher(outbox, clock);
    ASSERT_TRUE(Set(dispatcher, Telling(2, "old", old)));
    dispatcher.Start();
    outbox.Owe(2, 1);
    old.WaitForTaken(1);
    ASSERT_TRUE(Set(dispatcher, Make(2, "new", true)));
    dispatcher.Stop(clock.SteadyNow());
    ASSERT_EQ(outbox.finished(2).size(), 1u);
    EXPECT_EQ(outbox.finished(2)[0].reason, "fanfare stopped before the answer came");
}

}  // namespace
}  // namespace fanfare::dispatch
