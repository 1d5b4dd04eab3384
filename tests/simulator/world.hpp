// One run: the lanes of dispatch on the durable store, with everything around them drawn from a seed. What happens is a
// function of the seed alone, so a run that fails can be had again.
//
// After every step the store's counts must be those of the accounts. At the end the faults stop, and everything that is
// owed must come to an end within a bounded number of turns.
// Threads: one, and the store's own, which is waited for before every look.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "dispatch/lane.hpp"
#include "simulator/accounts.hpp"
#include "simulator/far_side.hpp"
#include "simulator/shaky_outbox.hpp"
#include "store/store.hpp"
#include "support/manual_clock.hpp"

namespace fanfare::simulator {

class World {
public:
    // `directory` is empty and the world's own.
    World(std::uint64_t seed, std::string directory, Control control);
    ~World();

    // Throws Broken.
    void Step();
    void Drain();

    // What happened, a word for each step; for the report of a failure.
    const std::deque<std::string>& story() const { return story_; }
    std::uint64_t delivered() const { return delivered_; }
    std::uint64_t crashes() const { return crashes_; }

private:
    struct Place {
        std::unique_ptr<FarSide> far = std::make_unique<FarSide>();
        std::unique_ptr<dispatch::Lane> lane;  // before `far` goes
        model::DeliveryPolicy policy;
        std::vector<sink::Answer> answers;
        bool retired = false;
    };

    std::uint64_t Roll(std::uint64_t below) { return dice_() % below; }
    void Tell(std::string what);

    void OpenStore();
    void CloseProcess();
    std::string Image();
    void Settle();
    std::set<model::NameId> TakeReady();
    model::DeliveryPolicy DrawPolicy(model::NameId destination);
    model::RetryPolicy StrictestOf(model::NameId destination) const;
    void AddLane(model::NameId destination, std::unique_ptr<FarSide> far);

    void Turn();
    bool TurnOnce();
    void Check();

    void Post();
    void PostAgain();
    void Accept(std::uint64_t number, bool is_new);
    void Answer();
    void AnswerOne(Place& place, std::size_t at, model::OutcomeKind kind);
    void Wait();
    void Reload();
    void Pause();
    void Steer(bool retry);
    void Prune();
    void Crash();
    void Stop();
    void SetClockWrong();

    static constexpr model::NameId kDestinations = 3;

    std::mt19937_64 dice_;
    const std::string directory_;
    const Control control_;
    support::ManualClock clock_;
    Accounts accounts_;
    std::string store_path_;
    std::string stale_;  // what the disk held before the last post; for a control
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<ShakyOutbox> outbox_;
    std::vector<std::unique_ptr<Place>> places_;
    std::mutex mutex_;
    std::set<model::NameId> ready_;  // guarded by mutex_
    std::deque<std::string> story_;
    std::uint64_t posted_ = 0;
    std::uint64_t crashes_ = 0;
    std::uint64_t images_ = 0;
    std::uint64_t delivered_ = 0;
    bool faults_ = true;
};

}  // namespace fanfare::simulator
