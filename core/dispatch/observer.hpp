// Facts for those who watch over deliveries. Called on the dispatcher's thread: must only note and return.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "dispatch/retry_policy.hpp"
#include "model/delivery.hpp"
#include "store/outbox.hpp"

namespace fanfare::dispatch {

// A delivery did not arrive. Borrows for the call.
struct Failed {
    const store::Claimed& claimed;
    const std::string& destination;
    std::uint32_t attempts = 0;  // made, this one included if it counts
    int code = 0;
    const Verdict& verdict;  // waiting or dead
    const model::Attempt* last = nullptr;  // the attempt that failed; nullptr if it expired untried
};

enum class GateState { kOpen, kPaused, kUnreachable };
inline const char* Name(GateState state) {
    return state == GateState::kOpen ? "open" : state == GateState::kPaused ? "paused" : "unreachable";
}

class Observer {
public:
    virtual ~Observer() = default;
    virtual void OnFailed(const Failed& failed) = 0;
    // A delivery arrived, by the last of `attempts`. Borrows for the call.
    virtual void OnSent(const store::Claimed& claimed, const std::string& destination, std::uint32_t attempts, int code,
                        base::Duration took) = 0;
    virtual void OnGate(const std::string& destination, GateState from, GateState to, const std::string& reason) = 0;
};

}  // namespace fanfare::dispatch
