// From what dispatch sees to what operators are told, and to what those see who watch.
#pragma once

#include <utility>

#include "admin/activity.hpp"
#include "alert/alerts.hpp"
#include "dispatch/observer.hpp"

namespace fanfare::app {

class Watcher final : public dispatch::Observer {
public:
    // Both outlive it.
    Watcher(alert::Alerts& alerts, admin::Activity& activity) : alerts_(alerts), activity_(activity) {}

    void OnFailed(const dispatch::Failed& failed) override {
        alerts_.DeliveryFailed({failed.claimed.id, *failed.claimed.event, failed.destination, failed.attempts, failed.code,
                                failed.verdict.reason, failed.verdict.state == model::DeliveryState::kDead,
                                failed.verdict.delay});
        if (!activity_.IsWanted()) return;
        const bool dead = failed.verdict.state == model::DeliveryState::kDead;
        admin::ActivityEntry entry = Of(failed.claimed, failed.destination, failed.attempts, failed.code);
        entry.kind = dead ? admin::Happening::kDead : admin::Happening::kFailed;
        entry.state = model::Name(failed.verdict.state);
        entry.reason = failed.verdict.reason;
        activity_.Add(std::move(entry));
    }

    void OnSent(const store::Claimed& claimed, const std::string& destination, std::uint32_t attempts, int code,
                base::Duration took) override {
        if (!activity_.IsWanted()) return;
        admin::ActivityEntry entry = Of(claimed, destination, attempts, code);
        entry.kind = admin::Happening::kSent;
        entry.state = model::Name(model::DeliveryState::kSent);
        entry.took = took;
        activity_.Add(std::move(entry));
    }

    void OnGate(const std::string& destination, dispatch::GateState from, dispatch::GateState to,
                const std::string& reason) override {
        using dispatch::GateState;
        const char* const state = to == GateState::kPaused        ? "paused"
                                  : to == GateState::kUnreachable ? "unreachable"
                                  : from == GateState::kPaused    ? "resumed"
                                                                  : "recovered";
        alerts_.DestinationChanged(destination, state, reason);
        if (!activity_.IsWanted()) return;
        admin::ActivityEntry entry;
        entry.kind = admin::Happening::kGate;
        entry.destination = destination;
        entry.state = dispatch::Name(to);
        entry.reason = reason;
        activity_.Add(std::move(entry));
    }

private:
    static admin::ActivityEntry Of(const store::Claimed& claimed, const std::string& destination, std::uint32_t attempts,
                                   int code) {
        admin::ActivityEntry entry;
        entry.delivery = model::ToText(claimed.id);
        entry.event_id = claimed.event->envelope.event.id;
        entry.type = claimed.event->envelope.event.type;
        entry.destination = destination;
        entry.attempts = attempts;
        entry.code = code;
        return entry;
    }

    alert::Alerts& alerts_;
    admin::Activity& activity_;
};

}  // namespace fanfare::app
