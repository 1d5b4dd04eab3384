// Drives the lanes: wakes them when the store has something, when a sink answers and when a time is over.
//
// One thread for all lanes. That is enough, and safe, because nothing a lane does waits for a far side or for a plugin;
// the plugins' own code runs on a thread per destination, behind sink::Sink. What the lanes share is that thread and the
// store's read connection, and no destination can hold either.
// Lock order: the mailbox's mutex is the only lock here and is held for no call out of this room.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "dispatch/lane.hpp"

namespace fanfare::dispatch {

struct Destination {
    model::NameId id = 0;
    std::string name;
    model::DeliveryPolicy policy;
    std::unique_ptr<sink::Sink> sink;
};

struct LaneStats {
    std::string destination;
    std::size_t in_flight = 0;
};

class Dispatcher {
public:
    // `outbox` and `clock` outlive the dispatcher. Listens to the outbox from here on.
    Dispatcher(store::Outbox& outbox, const base::Clock& clock);
    ~Dispatcher();  // Stop with no time

    // Before Start. Starts the sink; its error is returned and the destination left out.
    base::Status Add(Destination destination);
    void Start();
    // Claims nothing more, waits for what is in flight until `deadline`, then ends the sinks and hands the store the rest.
    // The store must still be open. Idempotent.
    void Stop(base::SteadyTime deadline);

    // Threads: safe from every thread.
    std::vector<LaneStats> stats() const;

private:
    struct Slot {
        std::unique_ptr<Lane> lane;
        bool ready = false;  // guarded by mutex_
        std::vector<sink::Answer> answers;  // guarded by mutex_
        std::size_t in_flight = 0;  // guarded by mutex_: a copy for stats()
    };

    void Run();
    void RunOnce(std::vector<std::vector<sink::Answer>>& answers, std::vector<bool>& ready);
    void Drain();
    void OnReady(model::NameId destination);
    void OnAnswers(std::size_t slot, std::vector<sink::Answer> answers);
    bool HasMail() const;  // with mutex_ held

    store::Outbox& outbox_;
    const base::Clock& clock_;
    std::vector<std::unique_ptr<Slot>> slots_;                 // fixed after Start
    std::unordered_map<model::NameId, std::size_t> by_id_;     // fixed after Start
    std::optional<base::SteadyTime> next_timer_;               // of the thread
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    bool mail_ = false;                          // guarded by mutex_
    std::optional<base::SteadyTime> stop_by_;    // guarded by mutex_
    std::thread thread_;
};

}  // namespace fanfare::dispatch
