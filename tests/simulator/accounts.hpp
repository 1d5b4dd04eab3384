// What must hold of every delivery, kept beside the store by a model that is too simple to be wrong. A broken promise
// throws Broken: the run ends there, with a sentence.
// Threads: one, the world's.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>

#include "model/delivery.hpp"
#include "model/policy.hpp"
#include "store/outbox.hpp"
#include "store/types.hpp"

namespace fanfare::simulator {

class Broken : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Throws Broken unless it holds.
void Require(bool holds, const model::DeliveryId& id, const std::string& promise);

struct Owed {
    model::DeliveryState state = model::DeliveryState::kWaiting;  // as it is committed; leased ones are kSending
    std::uint32_t attempts = 0;
    std::optional<base::Time> due;  // of another try
    base::Time created_at{};
    std::optional<std::uint64_t> order_key;
    bool by_hand = false;   // tried again by a person: stands outside of the order
    bool handed = false;    // to the far side, since it was leased
    bool arrived = false;   // the far side has it
    bool rejected = false;  // the far side never wants it
};

class Accounts {
public:
    void OnAccepted(const model::DeliveryId& id, base::Time now, std::optional<std::uint64_t> order_key);
    void OnClaimed(const store::Claimed& claimed, base::Time now);
    void OnReleased(const model::DeliveryId& id);
    // The lane hands it over.
    void OnHandedOver(const model::DeliveryId& id);
    // The far side has taken it, whatever it answers.
    void OnArrived(const model::DeliveryId& id) { owed_.at(id).arrived = true; }
    void OnRejected(const model::DeliveryId& id) { owed_.at(id).rejected = true; }
    // What the lane tells the store; `policy` is the strictest it may decide by.
    void CheckFinish(const store::Finish& finish, const model::RetryPolicy& policy, base::Time now) const;
    // The store has it.
    void OnFinished(const store::Finish& finish);
    void OnBroughtForward(model::NameId destination, base::Time latest);
    void OnSteered(const model::DeliveryId& id, bool retry, base::Time now);
    // Takes away what may go; gives the number of events.
    std::uint64_t OnPruned();
    // The process is gone: what was leased waits again. Gives how many of those may have arrived.
    std::uint64_t OnCrash();

    // That of the store must be equal.
    store::Counts counts() const;
    const std::map<model::DeliveryId, Owed>& owed() const { return owed_; }
    void OnEvent(std::uint64_t seq) { events_.insert(seq); }

private:
    void CheckOrder(const model::DeliveryId& id, const Owed& owed) const;

    std::map<model::DeliveryId, Owed> owed_;
    std::set<std::uint64_t> events_;  // kept
    std::uint64_t pruned_ = 0;
};

}  // namespace fanfare::simulator
