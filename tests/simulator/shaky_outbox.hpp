// The store's outbox with a world between it and the lanes: what became of deliveries reaches the disk when the world
// says so, reads fail when it says so, and all that passes is entered in the accounts.
// Threads: one, the world's; the listener of OnReady is called on the store's.
#pragma once

#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "simulator/accounts.hpp"
#include "store/outbox.hpp"

namespace fanfare::simulator {

// Ways to break a promise on purpose: a run with one of them must be caught.
enum class Control {
    kNone,
    kForgetRetry,   // a delivery that is to be tried again is dropped by the lane's side
    kSendUnproven,  // what timed out is called sent
    kHandOutTwice,  // a claim gives something that is leased
    kTrustClock,    // what was postponed under a clock that was ahead waits until that time comes
    kLoseAccepted,  // after a crash the disk is as it was before the last events
};

class ShakyOutbox final : public store::Outbox {
public:
    // All outlive it. `policy_of`: the strictest by which a lane of the destination decides.
    ShakyOutbox(store::Outbox& real, Accounts& accounts, const base::Clock& clock, Control control,
                std::function<model::RetryPolicy(model::NameId)> policy_of)
        : real_(real), accounts_(accounts), clock_(clock), control_(control), policy_of_(std::move(policy_of)) {}

    void FailReads(bool fail) { fails_ = fail; }
    // Hands the store what became of deliveries since the last call. Not called before a crash: it is lost.
    void Commit() {
        if (held_.empty()) return;
        for (const store::Finish& one : held_) accounts_.OnFinished(one);
        real_.Finish(std::exchange(held_, {}));
    }

    base::Result<std::vector<store::Claimed>> Claim(model::NameId destination, std::size_t limit,
                                                    base::Time now) override {
        if (fails_) return base::MakeError(base::Code::kIo, "the disk does not answer");
        auto claimed = real_.Claim(destination, limit, now);
        if (!claimed) return claimed;
        if (control_ == Control::kHandOutTwice && last_.contains(destination))
            claimed->push_back(last_.at(destination));
        for (store::Claimed& one : *claimed) {
            accounts_.OnClaimed(one, now);
            last_.insert_or_assign(destination, one);
        }
        return claimed;
    }
    void Finish(std::vector<store::Finish> finished) override {
        for (store::Finish& one : finished) {
            const bool again = one.state == model::DeliveryState::kWaiting;
            if (again && control_ == Control::kSendUnproven) one.state = model::DeliveryState::kSent;
            if (again && control_ == Control::kForgetRetry) continue;
            accounts_.CheckFinish(one, policy_of_(one.id.destination), clock_.Now());
            held_.push_back(std::move(one));
        }
    }
    void Release(std::span<const model::DeliveryId> ids) override {
        for (const model::DeliveryId& id : ids) accounts_.OnReleased(id);
        real_.Release(ids);
    }
    base::Result<std::optional<base::Time>> NextDue(model::NameId destination) override {
        if (fails_) return base::MakeError(base::Code::kIo, "the disk does not answer");
        return real_.NextDue(destination);
    }
    void BringForward(model::NameId destination, base::Time latest) override {
        if (control_ == Control::kTrustClock) return;
        Commit();
        accounts_.OnBroughtForward(destination, latest);
        real_.BringForward(destination, latest);
    }
    base::Result<store::Gate> ReadGate(model::NameId destination) override { return real_.ReadGate(destination); }
    void WriteGate(model::NameId destination, store::Gate gate, std::function<void(base::Status)> done) override {
        real_.WriteGate(destination, std::move(gate), std::move(done));
    }
    void OnReady(std::function<void(model::NameId)> listener) override { real_.OnReady(std::move(listener)); }

private:
    store::Outbox& real_;
    Accounts& accounts_;
    const base::Clock& clock_;
    const Control control_;
    const std::function<model::RetryPolicy(model::NameId)> policy_of_;
    bool fails_ = false;
    std::vector<store::Finish> held_;
    std::map<model::NameId, store::Claimed> last_;
};

}  // namespace fanfare::simulator
