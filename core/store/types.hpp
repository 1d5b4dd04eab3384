// The words that the three interfaces of the store share.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/delivery.hpp"
#include "model/event.hpp"

namespace fanfare::store {

// Every delivery is in exactly one of these: created = waiting + sending + sent + dead + cancelled + pruned.
struct Counts {
    std::uint64_t waiting = 0;
    std::uint64_t sending = 0;
    std::uint64_t sent = 0;
    std::uint64_t dead = 0;
    std::uint64_t cancelled = 0;
    std::uint64_t pruned = 0;  // was sent, dead or cancelled, and is no longer kept
    std::uint64_t created = 0;

    Counts& operator+=(const Counts& other);
    friend bool operator==(const Counts&, const Counts&) = default;
};

inline Counts& Counts::operator+=(const Counts& other) {
    waiting += other.waiting;
    sending += other.sending;
    sent += other.sent;
    dead += other.dead;
    cancelled += other.cancelled;
    pruned += other.pruned;
    created += other.created;
    return *this;
}

struct DestinationCounts {
    std::string destination;
    Counts counts;
};

// The delivery of a destination that has waited longest, for its first try or another.
struct OldestWaiting {
    std::string destination;
    base::Time accepted_at;  // its event

    friend bool operator==(const OldestWaiting&, const OldestWaiting&) = default;
};

// How much room the store takes. Zero for what a store does not have.
struct Space {
    std::uint64_t file_bytes = 0;       // of the database
    std::uint64_t free_bytes = 0;       // inside of it: used before the file grows
    std::uint64_t wal_bytes = 0;        // of its write-ahead log
    std::uint64_t disk_free_bytes = 0;  // around it
    std::uint64_t commits = 0;          // since the start
};

// Why an event is not taken.
inline base::Error Contradicts(const model::Event& event) {
    return base::MakeError(base::Code::kConflict,
                           "an event with id '" + event.id + "' and source '" + event.source +
                               "' but other content was accepted before; give the new one an id of its own");
}

// Why a delivery cannot be steered as somebody ordered.
inline base::Error NoSuchDelivery(const model::DeliveryId& id) {
    return base::MakeError(base::Code::kNotFound, "there is no delivery " + model::ToText(id));
}
inline base::Error NotToBeRetried(const model::DeliveryId& id, bool sent) {
    return base::MakeError(base::Code::kConflict, "delivery " + model::ToText(id) +
                                                      (sent ? " is sent" : " is still being tried") +
                                                      "; only a dead or cancelled one can be retried");
}
inline base::Error NotToBeCancelled(const model::DeliveryId& id, bool sent) {
    return base::MakeError(base::Code::kConflict,
                           "delivery " + model::ToText(id) + (sent ? " is sent" : " is cancelled") +
                               "; only a waiting or dead one can be cancelled");
}
inline base::Error BeingSent(const model::DeliveryId& id) {
    return base::MakeError(base::Code::kConflict, "delivery " + model::ToText(id) +
                                                      " is being sent; cancel it when its attempt has ended");
}
// And one that was dead from the start.
inline base::Error NeverRendered(const model::DeliveryId& id) {
    return base::MakeError(base::Code::kConflict, "delivery " + model::ToText(id) +
                                                      " was never rendered: correct the shape of its destination "
                                                      "and retry it with --render (render=true)");
}
inline base::Error CannotBeRendered(const model::DeliveryId& id, bool dead, const std::string& reason) {
    return base::MakeError(base::Code::kUnprocessable, "delivery " + model::ToText(id) + " cannot be rendered and stays " +
                                                           (dead ? "dead: " : "cancelled: ") + reason);
}

inline base::Error Stopped(std::string_view what) {
    return base::MakeError(base::Code::kBusy,
                           std::string(what) + " was stopped before its end; ask for it again when fanfare runs");
}

// What the start of this process found (RELIABILITY 2.3, 3.6).
struct Recovery {
    bool unclean = false;           // the last process did not close the store
    std::uint64_t in_doubt = 0;     // deliveries that may have been sent but were not recorded: sent again
    std::uint64_t lost_events = 0;  // acknowledged events that the disk no longer holds
};

}  // namespace fanfare::store
