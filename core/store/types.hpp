// The words that the three interfaces of the store share.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/delivery.hpp"
#include "model/event.hpp"

namespace fanfare::store {

// Every open or finished delivery is in exactly one of these: created = waiting + sending + sent + dead + cancelled.
struct Counts {
    std::uint64_t waiting = 0;
    std::uint64_t sending = 0;
    std::uint64_t sent = 0;
    std::uint64_t dead = 0;
    std::uint64_t cancelled = 0;
    std::uint64_t created = 0;
};

// Why a delivery that was dead from the start cannot be retried.
inline base::Error NeverRendered(const model::DeliveryId& id) {
    return base::MakeError(base::Code::kConflict, "delivery " + model::ToText(id) +
                                                      " was never rendered: correct the shape of "
                                                      "its destination and send the event again");
}

// What the start of this process found (RELIABILITY 2.3, 3.6).
struct Recovery {
    bool unclean = false;           // the last process did not close the store
    std::uint64_t in_doubt = 0;     // deliveries that may have been sent but were not recorded: sent again
    std::uint64_t lost_events = 0;  // acknowledged events that the disk no longer holds
};

}  // namespace fanfare::store
