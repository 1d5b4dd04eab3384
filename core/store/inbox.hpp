// The store as ingest sees it: it takes events and says when they are durable.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/delivery.hpp"
#include "model/event.hpp"
#include "model/request.hpp"

namespace fanfare::store {

struct Target {
    model::NameId destination = 0;
    model::NameId route = 0;
    model::RequestPtr request{};  // null: the event as it came. One that several targets share is stored once
    std::string dead{};           // not empty: never to be sent, for this reason; the delivery is dead from the start
    std::optional<std::uint64_t> order_key{};  // deliveries of a destination with the same key keep their order
};

struct NewEvent {
    model::Envelope envelope;
    std::vector<Target> targets;  // one delivery each; no destination twice
    // An event of the same (realm, source, id) younger than this is the same event. Zero: no deduplication.
    base::Duration dedup_window{};
};

struct Accepted {
    model::EventKey key;
    bool duplicate = false;        // the same content was accepted before; nothing new was stored
    std::uint32_t deliveries = 0;  // created for it, now or, for a duplicate, then
};

// All of a batch or nothing of it.
struct AcceptBatch {
    std::vector<NewEvent> events;
    std::size_t bytes = 0;  // about what the events and their requests hold, for the queue's budget
    // Called exactly once, on the store's thread, after the commit: all events are durable, or none is and the error
    // says why. kConflict: an event of the same identity with other content. Must be quick and must not call back into
    // the store.
    std::function<void(base::Result<std::vector<Accepted>>)> done;
};

// What a store holds in its queue; above either, new events are refused with kBusy (a single batch above it is taken
// when nothing else waits). Bounds the memory of a slow disk (RELIABILITY 2.2, M5).
inline constexpr std::size_t kMaxQueuedBytes = 64u << 20;
inline constexpr std::size_t kMaxQueuedEvents = 100'000;

// Threads: safe from every thread.
class Inbox {
public:
    virtual ~Inbox() = default;
    // Queues the batch and returns. `done` is always called, in the order of commits.
    virtual void Accept(AcceptBatch batch) = 0;
    // An error if new events would be refused now: too much is queued (kBusy), no space (kFull), broken (kIo).
    virtual base::Status Ready() const = 0;
};

}  // namespace fanfare::store
