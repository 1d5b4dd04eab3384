// The store as people see it: reads that never hold up a commit, and the few things a person may change.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
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
    std::string realm;                       // empty: every one
    std::string type;                        // of the event; empty: every one
    std::string text;                        // occurs in the event's id or type, or in the reason; empty: any
    std::optional<base::Time> created_after;   // at or after
    std::optional<base::Time> created_before;
    std::optional<model::DeliveryId> after;  // the last one of the page before
    std::size_t limit = 100;
};

struct DeliveryPage {
    std::vector<model::DeliveryView> deliveries;
    // Where to go on. A page may be short and still have a next: a read looks at a bounded number of rows.
    std::optional<model::DeliveryId> next;
};

// True for what the filter asks of a delivery, but for its place in the list.
bool Matches(const DeliveryFilter& filter, const model::DeliveryView& delivery);

// What Prune takes away: an event with all its deliveries, once every one of them is final and old enough. One that
// waits or is being sent keeps its event, however old.
struct PruneOrder {
    base::Time sent_before;                 // sent and cancelled ones that ended before this
    std::optional<base::Time> dead_before;  // dead ones that ended before this; nullopt: none
    std::size_t limit = 200;                // events; bounds how long others wait
};

struct Pruned {
    std::uint64_t events = 0;
    std::uint64_t deliveries = 0;
    bool more = false;  // the pass is not at its end: call again
};

struct EventView {
    model::StoredEventPtr event;
    std::vector<model::DeliveryView> deliveries;
};

struct EventFilter {
    std::string realm;                          // empty: every one
    std::string type;                           // empty: every one
    std::string text;                           // occurs in the id, source, type or subject; empty: any
    std::optional<base::Time> received_after;   // at or after
    std::optional<base::Time> received_before;
    std::optional<model::EventKey> after;       // the last one of the page before
    std::size_t limit = 100;
};

struct EventPage {
    std::vector<EventView> events;  // the newest first
    // Where to go on. A page may be short and still have a next: a read looks at a bounded number of rows.
    std::optional<model::EventKey> next;
};

bool Matches(const EventFilter& filter, const model::Envelope& envelope);

struct DeliveryDetail {
    model::DeliveryView delivery;
    std::vector<model::Attempt> attempts;  // failed ones, and the last
    model::RequestPtr request{};           // null: the event as it came
};

// A delivery and what it owes.
struct Debt {
    model::DeliveryView delivery;
    model::StoredEventPtr event;
};

// What a delivery is to be sent from now on, in place of what is stored with it.
struct Anew {
    model::DeliveryId id;
    model::RequestPtr request{};  // null: the event as it came
    std::string dead{};           // not empty: it cannot be rendered, and this is why
};

// Threads: safe from every thread. Reads block for a bounded time; call them off the hot threads.
class Ledger {
public:
    virtual ~Ledger() = default;
    // By our key ("msg_...") or by the CloudEvents id; every event that has it, newest first, at most 10.
    virtual base::Result<std::vector<EventView>> FindEvents(std::string_view id) = 0;
    virtual base::Result<EventPage> ListEvents(const EventFilter& filter) = 0;
    // In order of destination, then acceptance.
    virtual base::Result<DeliveryPage> ListDeliveries(const DeliveryFilter& filter) = 0;
    virtual base::Result<DeliveryDetail> FindDelivery(const model::DeliveryId& id) = 0;
    // Looks at no stored request, so that one that is damaged is no hindrance. kNotFound; kCorrupt: the event is damaged.
    virtual base::Result<Debt> FindDebt(const model::DeliveryId& id) = 0;
    // What became of each of the deliveries, in their order. Called after the commit, on the store's thread.
    using OnSteered = std::function<void(std::vector<base::Status>)>;
    // Makes dead or cancelled deliveries waiting again, due at once, with a fresh count of attempts. kNotFound, or
    // kConflict for one that is not in such a state or was dead from the start: there is nothing to send.
    virtual void Retry(std::vector<model::DeliveryId> ids, OnSteered done) = 0;
    // The same with a new request each, for those too that were dead from the start. kUnprocessable: it cannot be
    // rendered; a dead one stays so with this as its reason, and keeps the request that it had.
    virtual void RetryAnew(std::vector<Anew> deliveries, OnSteered done) = 0;
    // Ends waiting and dead deliveries as cancelled. kNotFound, or kConflict for one that is being sent or has ended
    // otherwise.
    virtual void Cancel(std::vector<model::DeliveryId> ids, OnSteered done) = 0;
    // One bounded slice; the next call goes on where it ended, and the one after a pass begins anew. `done` is called
    // after the commit, on the store's thread. The newest event always stays.
    virtual void Prune(PruneOrder order, std::function<void(base::Result<Pruned>)> done) = 0;
    virtual Counts counts() const = 0;
    // In order of their first use.
    virtual std::vector<DestinationCounts> counts_by_destination() const = 0;
    // Of each destination where one waits, in order of their first use. Looks at a few rows, however many wait. What is
    // committed meanwhile may or may not be seen.
    virtual base::Result<std::vector<OldestWaiting>> oldest_waiting() = 0;
    virtual base::Result<Space> space() = 0;
    // A consistent copy in a new file at an absolute path, on disk when this returns; gives its size in bytes. Blocks as
    // long as it takes or until `stop`; others are not held up. kConflict if the file exists or the store has none to
    // copy; kBusy: stopped, and the file is gone.
    virtual base::Result<std::uint64_t> Backup(const std::string& path, std::stop_token stop) = 0;
    // What is wrong with what is stored, a sentence each, at most 100. Reads all of it and blocks as long as it takes or
    // until `stop`; others are not held up. kBusy: stopped.
    virtual base::Result<std::vector<std::string>> Verify(std::stop_token stop) = 0;
};

}  // namespace fanfare::store
