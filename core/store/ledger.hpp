// The store as people see it: reads that never hold up a commit, and the few things a person may change.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/delivery.hpp"
#include "model/event.hpp"
#include "model/request.hpp"
#include "store/types.hpp"

namespace fanfare::store {

struct DeliveryFilter {
    std::optional<model::DeliveryState> state;
    std::string destination;                 // empty: every one
    std::optional<model::DeliveryId> after;  // the last one of the page before
    std::size_t limit = 100;
};

struct DeliveryPage {
    std::vector<model::DeliveryView> deliveries;
    // Where to go on. A page may be short and still have a next: a read looks at a bounded number of rows.
    std::optional<model::DeliveryId> next;
};

struct EventView {
    model::StoredEventPtr event;
    std::vector<model::DeliveryView> deliveries;
};

struct DeliveryDetail {
    model::DeliveryView delivery;
    std::vector<model::Attempt> attempts;  // failed ones, and the last
    model::RequestPtr request{};           // null: the event as it came
};

// Threads: safe from every thread. Reads block for a bounded time; call them off the hot threads.
class Ledger {
public:
    virtual ~Ledger() = default;
    // By our key ("msg_...") or by the CloudEvents id; every event that has it, newest first, at most 10.
    virtual base::Result<std::vector<EventView>> FindEvents(std::string_view id) = 0;
    // In order of destination, then acceptance.
    virtual base::Result<DeliveryPage> ListDeliveries(const DeliveryFilter& filter) = 0;
    virtual base::Result<DeliveryDetail> FindDelivery(const model::DeliveryId& id) = 0;
    // Makes a dead or cancelled delivery waiting again, due at once, with a fresh count of attempts. `done` is called
    // after the commit, on the store's thread: kNotFound, or kConflict if it is not in such a state or was dead from
    // the start: there is nothing to send.
    virtual void Retry(const model::DeliveryId& id, std::function<void(base::Status)> done) = 0;
    virtual Counts counts() const = 0;
};

}  // namespace fanfare::store
