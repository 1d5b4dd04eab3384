// Drives the lanes: wakes them when the store has something, when a sink answers and when a time is over.
//
// One thread for all lanes. That is enough, and safe, because nothing a lane does waits for a far side or for a plugin;
// the plugins' own code runs on a thread per destination, behind sink::Sink. What the lanes share is that thread and the
// store's read connection, and no destination can hold either.
//
// Lanes come and go while it runs. One that is replaced or removed claims nothing more, waits for what it has in flight,
// and then its sink is stopped, which may take a while and happens on a thread of its own. What it has in flight is
// leased, so its successor, which claims at once, sends none of it a second time.
// Lock order: mutex_ is the only lock here and is held for no call out of this room.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "dispatch/lane.hpp"
#include "dispatch/reaper.hpp"

namespace fanfare::dispatch {

struct Destination {
    model::NameId id = 0;
    std::string name;
    model::DeliveryPolicy policy;
    std::unique_ptr<sink::Sink> sink;
};

class Dispatcher {
public:
    // All outlive the dispatcher; `observer` may be null. Listens to the outbox from here on.
    Dispatcher(store::Outbox& outbox, const base::Clock& clock, Observer* observer = nullptr);
    ~Dispatcher();  // Stop with no time

    // A destination whose sink has started and that is not delivered to yet. Dropped, its sink ends.
    class Prepared;
    // Starts the sink, on the calling thread. Errors: the sink's. Threads: Prepare, Set and Remove by one thread.
    base::Result<Prepared> Prepare(Destination destination);
    // If the destination has a lane already this one takes its place.
    void Set(Prepared prepared);
    // Its deliveries wait in the store until somebody sets it again.
    void Remove(model::NameId destination);

    // Paused, a destination is handed nothing until it is resumed, over restarts too. `done` comes when that is durable;
    // kNotFound: it has no lane. Threads: safe from every thread.
    void SetPaused(const std::string& destination, bool paused, std::string reason,
                   std::function<void(base::Status)> done);

    void Start();
    // Claims nothing more, waits for what is in flight until `deadline`, then ends the sinks and hands the store the rest.
    // The store must still be open. Idempotent.
    void Stop(base::SteadyTime deadline);

    // Of the lanes that take deliveries. Threads: safe from every thread.
    std::vector<LaneStats> stats() const;

    // Knocks, and says for how long a knock has gone unanswered: zero while the thread takes its turns, however much it
    // has to do. Call now and then. Threads: safe from every thread.
    base::Duration Silence();

private:
    struct PauseOrder {
        bool paused = false;
        std::string reason;
        std::function<void(base::Status)> done;
    };
    struct Slot {
        std::unique_ptr<Lane> lane;  // what is behind it: of the dispatcher's thread
        bool ready = true;           // guarded by mutex_; true: what the store held before
        bool retired = false;        // guarded by mutex_
        std::vector<sink::Answer> answers;  // guarded by mutex_
        std::vector<PauseOrder> orders;     // guarded by mutex_
        LaneStats stats;                    // guarded by mutex_: a copy for stats()
    };
    using SlotPtr = std::shared_ptr<Slot>;

    // A slot and what has happened to it since the last turn.
    struct Turn {
        SlotPtr slot;
        bool ready = false;
        bool retired = false;
        std::vector<sink::Answer> answers;
        std::vector<PauseOrder> orders;
    };

    void Run();
    void CollectMail(std::vector<Turn>& turns);  // with mutex_ held
    void RunOnce(std::vector<Turn>& turns);
    static void HandOver(std::vector<Turn>& turns);
    void Retire(std::vector<Turn>& turns);
    void Drain(std::vector<Turn>& turns);
    void OnReady(model::NameId destination);
    void OnAnswers(Slot& slot, std::vector<sink::Answer> answers);

    store::Outbox& outbox_;
    const base::Clock& clock_;
    Observer* const observer_;
    std::optional<base::SteadyTime> next_timer_;  // of the thread
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<SlotPtr> slots_;                           // guarded by mutex_: retired ones too, until they are idle
    std::unordered_map<model::NameId, SlotPtr> by_id_;     // guarded by mutex_: those that take deliveries
    bool mail_ = false;                                    // guarded by mutex_
    std::optional<base::SteadyTime> knocked_;              // guarded by mutex_
    std::optional<base::SteadyTime> stop_by_;              // guarded by mutex_
    std::thread thread_;
    Reaper reaper_;  // last: ends before what its lanes touch
};

class Dispatcher::Prepared {
private:
    friend class Dispatcher;
    explicit Prepared(SlotPtr slot) : slot_(std::move(slot)) {}

    SlotPtr slot_;
};

}  // namespace fanfare::dispatch
