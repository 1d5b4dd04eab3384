// What becomes of a delivery after an outcome. Pure: the caller brings the clock and the dice.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "model/delivery.hpp"
#include "model/policy.hpp"

namespace fanfare::dispatch {

struct Verdict {
    model::DeliveryState state = model::DeliveryState::kWaiting;  // kWaiting, kSent or kDead
    base::Duration delay{};                                       // with kWaiting: until the next attempt
    std::string reason;                                           // with kWaiting and kDead

    friend bool operator==(const Verdict&, const Verdict&) = default;
};

// attempts: made so far, this one included. age: since the event was accepted. dice: 0..1, spreads the delay by
// `jitter` around its value. kUnreachable ends by age only. A Retry-After makes the delay longer, never shorter, and is clamped to max_delay.
// kNotAttempted never comes here: it is given back to the store untouched.
Verdict Decide(const model::RetryPolicy& policy, const model::Outcome& outcome, std::uint32_t attempts, base::Duration age,
               double dice);

// No retry is postponed for longer.
base::Duration LongestDelay(const model::RetryPolicy& policy);

// True if a delivery of this age may not be attempted any more.
bool IsExpired(const model::RetryPolicy& policy, base::Duration age);

// The sentence a delivery is dead with that was too old when its turn came.
std::string ExpiredReason(const model::RetryPolicy& policy);

}  // namespace fanfare::dispatch
