#include "simulator/accounts.hpp"

#include "dispatch/retry_policy.hpp"

namespace fanfare::simulator {
namespace {

using model::DeliveryState;

bool IsFinal(const Owed& owed) {
    return owed.state != DeliveryState::kWaiting && owed.state != DeliveryState::kSending;
}

}  // namespace

void Require(bool holds, const model::DeliveryId& id, const std::string& promise) {
    if (!holds) {
        throw Broken("event " + std::to_string(id.seq) + " to destination " + std::to_string(id.destination) + ": " +
                     promise);
    }
}

void Accounts::OnAccepted(const model::DeliveryId& id, base::Time now, std::optional<std::uint64_t> order_key) {
    Owed owed;
    owed.created_at = now;
    owed.order_key = order_key;
    Require(owed_.emplace(id, owed).second, id, "was accepted twice");
}

void Accounts::OnClaimed(const store::Claimed& claimed, base::Time now) {
    const auto found = owed_.find(claimed.id);
    Require(found != owed_.end(), claimed.id, "was never owed, or is pruned, and is handed out");
    Owed& owed = found->second;
    Require(owed.state == DeliveryState::kWaiting, claimed.id,
            "is handed out while it is " + std::string(Name(owed.state)));
    Require(owed.attempts == claimed.attempts, claimed.id, "has another number of attempts than were made");
    Require(!owed.due || *owed.due <= now, claimed.id, "is handed out before it is due");
    CheckOrder(claimed.id, owed);
    owed.state = DeliveryState::kSending;
    owed.handed = false;
}

void Accounts::CheckOrder(const model::DeliveryId& id, const Owed& owed) const {
    if (!owed.order_key || owed.by_hand) return;
    for (const auto& [other, before] : owed_) {
        if (other.seq >= id.seq) return;
        if (other.destination != id.destination || before.order_key != owed.order_key || before.by_hand) continue;
        Require(IsFinal(before), id,
                "overtakes event " + std::to_string(other.seq) + ", which has the same key and is " +
                    std::string(Name(before.state)) + " after " + std::to_string(before.attempts) + " attempts");
    }
}

void Accounts::OnReleased(const model::DeliveryId& id) {
    Owed& owed = owed_.at(id);
    Require(owed.state == DeliveryState::kSending, id, "is given back without a lease");
    owed.state = DeliveryState::kWaiting;
}

void Accounts::OnHandedOver(const model::DeliveryId& id) {
    const auto found = owed_.find(id);
    Require(found != owed_.end() && found->second.state == DeliveryState::kSending, id,
            "is handed over without a lease");
    Require(!found->second.handed, id, "is handed over twice under one lease");
    found->second.handed = true;
}

void Accounts::CheckFinish(const store::Finish& finish, const model::RetryPolicy& policy, base::Time now) const {
    const Owed& owed = owed_.at(finish.id);
    Require(owed.state == DeliveryState::kSending, finish.id, "ends without a lease");
    if (finish.state == DeliveryState::kSent) Require(owed.arrived, finish.id, "is called sent and never arrived");
    if (finish.state != DeliveryState::kDead) return;
    const std::uint32_t tries = finish.attempt ? finish.attempt->number : owed.attempts;
    const bool spent = tries >= policy.max_attempts;
    const bool old = now - owed.created_at + policy.max_delay * 2 >= policy.max_age;
    Require(owed.rejected || spent || old, finish.id, "is given up without a reason: " + finish.reason);
    Require(!finish.reason.empty(), finish.id, "is dead and nobody says why");
}

void Accounts::OnFinished(const store::Finish& finish) {
    Owed& owed = owed_.at(finish.id);
    owed.state = finish.state;
    owed.due = finish.next_attempt_at;
    if (finish.attempt && finish.spent) owed.attempts = finish.attempt->number;
}

void Accounts::OnBroughtForward(model::NameId destination, base::Time latest) {
    for (auto& [id, owed] : owed_) {
        if (id.destination == destination && owed.due) owed.due = std::min(*owed.due, latest);
    }
}

void Accounts::OnSteered(const model::DeliveryId& id, bool retry, base::Time now) {
    Owed& owed = owed_.at(id);
    owed.state = retry ? DeliveryState::kWaiting : DeliveryState::kCancelled;
    if (!retry) return;
    owed.attempts = 0;
    owed.due = now;
    owed.by_hand = true;
    owed.rejected = false;
}

std::uint64_t Accounts::OnPruned() {
    if (events_.empty()) return 0;
    std::set<std::uint64_t> going = events_;
    going.erase(*events_.rbegin());
    for (const auto& [id, owed] : owed_) {
        if (!IsFinal(owed)) going.erase(id.seq);
    }
    pruned_ += std::erase_if(owed_, [&](const auto& one) { return going.contains(one.first.seq); });
    for (const std::uint64_t seq : going) events_.erase(seq);
    return going.size();
}

std::uint64_t Accounts::OnCrash() {
    std::uint64_t in_doubt = 0;
    for (auto& [id, owed] : owed_) {
        if (owed.state != DeliveryState::kSending) continue;
        in_doubt += owed.handed;
        owed.state = DeliveryState::kWaiting;
    }
    return in_doubt;
}

store::Counts Accounts::counts() const {
    store::Counts counts;
    counts.pruned = pruned_;
    counts.created = pruned_ + owed_.size();
    for (const auto& [id, owed] : owed_) {
        counts.waiting += owed.state == DeliveryState::kWaiting;
        counts.sending += owed.state == DeliveryState::kSending;
        counts.sent += owed.state == DeliveryState::kSent;
        counts.dead += owed.state == DeliveryState::kDead;
        counts.cancelled += owed.state == DeliveryState::kCancelled;
    }
    return counts;
}

}  // namespace fanfare::simulator
