// From what dispatch sees to what operators are told.
#pragma once

#include "alert/alerts.hpp"
#include "dispatch/observer.hpp"

namespace fanfare::app {

class Watcher final : public dispatch::Observer {
public:
    // `alerts` outlives it.
    explicit Watcher(alert::Alerts& alerts) : alerts_(alerts) {}

    void OnFailed(const dispatch::Failed& failed) override {
        alerts_.DeliveryFailed({failed.claimed.id, *failed.claimed.event, failed.destination, failed.attempts, failed.code,
                                failed.verdict.reason, failed.verdict.state == model::DeliveryState::kDead,
                                failed.verdict.delay});
    }

    void OnGate(const std::string& destination, dispatch::GateState from, dispatch::GateState to,
                const std::string& reason) override {
        using dispatch::GateState;
        const char* const state = to == GateState::kPaused        ? "paused"
                                  : to == GateState::kUnreachable ? "unreachable"
                                  : from == GateState::kPaused    ? "resumed"
                                                                  : "recovered";
        alerts_.DestinationChanged(destination, state, reason);
    }

private:
    alert::Alerts& alerts_;
};

}  // namespace fanfare::app
