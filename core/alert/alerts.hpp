// What operators want to hear of, as events in the realm "fanfare": routed, stored and delivered like any other.
//
//   fanfare.delivery.failed           an attempt failed and will be repeated (level 3)
//   fanfare.delivery.dead             a delivery was given up (level 4)
//   fanfare.destination.unreachable | recovered | paused | resumed
//   fanfare.config.reloaded | rejected
//   fanfare.store.low_space
//
// No loop: of a delivery of such an event nothing is told, whatever becomes of it.
// Many are one: of a type and a subject the first is told at once; what follows within `window` is told when it ends, as
// one event with their number and the last of them. What changes a state (destination, config) is always told.
// What carries a dead letter is told one by one as well, or the letter would be lost.
// Levels are those of Gadz.org's log (SEED-SYSTEMS A29): 0 debug to 4 error.
// Threads: safe from every thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "json/value.hpp"
#include "model/delivery.hpp"
#include "model/event.hpp"

namespace fanfare::alert {

// A delivery whose attempt did not succeed. Borrows for the call.
struct Failure {
    const model::DeliveryId& delivery;
    const model::StoredEvent& event;
    std::string_view destination;
    std::uint32_t attempts = 0;
    int code = 0;  // the far side's own, 0 if none
    std::string_view reason;
    bool dead = false;
    base::Duration next_try_in{};  // unless it is dead
    std::string letter{};          // JSON: what was to be sent, with its errors; empty: not told
};

class Alerts {
public:
    // Called with each event, on the thread that told of it; must not wait.
    using Publish = std::function<void(model::Envelope)>;

    // `clock` outlives it.
    Alerts(Publish publish, const base::Clock& clock, base::Duration window = std::chrono::minutes(1));

    void DeliveryFailed(const Failure& failure);
    // `state`: "unreachable", "recovered", "paused" or "resumed".
    void DestinationChanged(std::string_view destination, std::string_view state, std::string_view reason);
    // Names of destinations.
    void ConfigReloaded(const std::vector<std::string>& added, const std::vector<std::string>& changed,
                        const std::vector<std::string>& removed);
    void ConfigRejected(const std::vector<std::string>& errors);
    void LowSpace(std::string_view reason);

    // Tells of what was held back and whose window is over. Call about once a second.
    void Tick();

private:
    struct Held {
        base::SteadyTime until;
        std::uint64_t count = 0;  // since the last event
        json::Value last;
    };
    using Key = std::pair<std::string, std::string>;  // type, subject

    void Tell(std::string type, std::string subject, json::Value data);
    void TellSeldom(std::string type, std::string subject, json::Value data);

    const Publish publish_;
    const base::Clock& clock_;
    const base::Duration window_;
    std::mutex mutex_;
    std::map<Key, Held> held_;  // guarded by mutex_
};

}  // namespace fanfare::alert
