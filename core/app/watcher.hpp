// From what dispatch sees to what operators are told, and to what those see who watch.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "admin/activity.hpp"
#include "alert/alerts.hpp"
#include "dispatch/observer.hpp"

namespace fanfare::app {

class Watcher final : public dispatch::Observer {
public:
    // Gives the dead letter of a failed delivery, if its destination keeps a history of errors.
    using DeadLetter = std::function<std::optional<std::string>(const dispatch::Failed& failed)>;

    // Both outlive it.
    Watcher(alert::Alerts& alerts, admin::Activity& activity, DeadLetter dead_letter)
        : alerts_(alerts), activity_(activity), dead_letter_(std::move(dead_letter)) {}

    void OnFailed(const dispatch::Failed& failed) override {
        const bool dead = failed.verdict.state == model::DeliveryState::kDead;
        alerts_.DeliveryFailed({failed.claimed.id, *failed.claimed.event, failed.destination, failed.attempts, failed.code,
                                failed.verdict.reason, dead, failed.verdict.delay,
                                dead ? dead_letter_(failed).value_or(std::string()) : std::string()});
        if (!activity_.IsWanted()) return;
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
    const DeadLetter dead_letter_;
};

}  // namespace fanfare::app
