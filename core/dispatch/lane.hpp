// The lane of one destination: what it holds in flight, when it gives up waiting, and when it wants more.
//
// Owns its sink. Threads: one thread, the dispatcher's, but for what the sink's listener does, which is the dispatcher's
// business. Nothing here waits: a sink that hangs keeps its own window and no one else's.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "dispatch/breaker.hpp"
#include "dispatch/histogram.hpp"
#include "dispatch/observer.hpp"
#include "dispatch/throttle.hpp"
#include "model/delivery.hpp"
#include "model/policy.hpp"
#include "model/rate.hpp"
#include "sink/sink.hpp"
#include "store/outbox.hpp"

namespace fanfare::dispatch {

struct LaneStats {
    std::string destination;
    std::size_t in_flight = 0;    // deliveries
    std::uint32_t limit = 0;      // batches that may be in flight now
    std::uint32_t concurrency = 0;
    GateState gate = GateState::kOpen;
    std::string gate_reason;
    base::Time gate_since{};
    std::array<std::uint64_t, 5> outcomes{};  // by model::OutcomeKind
    std::uint64_t dead = 0;
    Histogram attempt_took;
    Histogram delivered_after;  // since the event was accepted
};

class Lane {
public:
    Lane(model::NameId id, std::string name, model::DeliveryPolicy policy, std::unique_ptr<sink::Sink> sink,
         store::Outbox& outbox, const base::Clock& clock);

    // Also reads the gate as it was last left.
    base::Status Start(sink::Listener listener);
    // Null: nobody watches. Before the first Pump; outlives the lane.
    void SetObserver(Observer* observer) { observer_ = observer; }

    // What it draws at random from here on, so that a run can be had again.
    void SeedDice(std::uint32_t seed) { dice_.seed(seed); }

    // Paused, it claims nothing, and nothing expires; what is in flight ends. `done` comes when that is durable.
    void SetPaused(bool paused, std::string reason, std::function<void(base::Status)> done);
    // What the predecessor knows of the destination, as of now: it may have changed since Start read it. Before the first
    // Pump.
    void TakeOver(const Lane& predecessor);

    // Claims and hands over as much as the window has room for.
    void Pump();
    void OnAnswer(sink::Answer answer);
    // Gives up on batches whose time is over, and pumps if a retry is due or the sink was busy.
    void OnTimer();
    // When OnTimer wants to be called next.
    std::optional<base::SteadyTime> next_timer() const;

    // Pump does nothing from now on; what was claimed but not handed over goes back to the store.
    void Close();
    // After Close: ends the sink. Its last answers may still be on their way to OnAnswer.
    void StopSink(base::SteadyTime deadline);
    // After those: writes down what was never answered.
    void GiveUpAll();

    // Hands the store what became of deliveries since the last call.
    void Flush();

    std::size_t in_flight() const { return items_in_flight_; }
    LaneStats stats() const;
    model::NameId id() const { return id_; }
    bool is_open() const { return open_; }
    const std::string& name() const { return name_; }

private:
    struct Open {
        std::vector<store::Claimed> items;
        std::vector<bool> answered;
        std::size_t left = 0;
        base::Time started_at;
        base::SteadyTime started;
    };

    // How many batches may be handed over now; if none, the timer knows when to ask again.
    std::size_t Room();
    void AskAt(base::SteadyTime time);
    void LookAtClock(base::Time now);
    bool Claim(std::size_t batches);
    void SortOut(std::vector<store::Claimed> claimed, base::Time now);
    void GiveBack(std::size_t keep);
    void HandOver();
    void FinishExpired(const store::Claimed& claimed);
    void Settle(const store::Claimed& claimed, const model::Outcome& outcome, const Open& batch);
    void Learn(const model::Outcome& outcome);
    void TellFailed(const Failed& failed);
    void ChangeGate(store::Gate gate, std::function<void(base::Status)> done);
    GateState gate_state() const;
    double Dice();
    void GiveUp(sink::BatchId id, const std::string& reason);
    void AskWhenDue();

    const model::NameId id_;
    const std::string name_;
    const model::DeliveryPolicy policy_;
    store::Outbox& outbox_;
    const base::Clock& clock_;

    Observer* observer_ = nullptr;
    store::Gate gate_;
    Breaker breaker_;
    Throttle throttle_;
    std::optional<model::TokenBucket> bucket_;
    std::optional<base::Duration> wall_ahead_;  // of the steady clock, when it was last looked at
    base::SteadyTime held_until_{};  // the destination asked to be left alone until then
    LaneStats stats_;                // counters only

    bool open_ = true;
    sink::BatchId last_batch_ = 0;
    std::size_t items_in_flight_ = 0;
    std::deque<store::Claimed> claimed_;  // leased, not handed over yet
    std::unordered_map<sink::BatchId, Open> batches_;
    std::deque<std::pair<base::SteadyTime, sink::BatchId>> deadlines_;  // one timeout: in order of time
    std::vector<store::Finish> finished_;
    std::optional<base::SteadyTime> pump_at_;
    std::minstd_rand dice_{std::random_device{}()};
    std::unique_ptr<sink::Sink> sink_;  // last member: gone before what its answers touch
};

}  // namespace fanfare::dispatch
