// The store as dispatch sees it: it hands out deliveries that are due and takes what became of them.
//
// A claim is a lease: what was claimed is not handed out again until it is finished or released, or the process ends.
// SQLite and memory keep leases in memory only (one process, RELIABILITY 3.3); a store for many nodes writes them down.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/delivery.hpp"
#include "model/event.hpp"
#include "model/request.hpp"

namespace fanfare::store {

struct Claimed {
    model::DeliveryId id;
    std::uint32_t attempts = 0;  // already made
    base::Time created_at;
    model::StoredEventPtr event;
    model::RequestPtr request{};  // null: the event as it came. The same at every attempt
    std::optional<std::uint64_t> order_key{};
};

// What became of a claimed delivery.
struct Finish {
    model::DeliveryId id;
    model::DeliveryState state = model::DeliveryState::kWaiting;  // kWaiting, kSent, kDead
    base::Time next_attempt_at{};                                 // with kWaiting
    std::string reason;                                           // with kWaiting and kDead
    std::optional<model::Attempt> attempt;                        // the try that led here, if one was made
    bool spent = true;  // false: the attempt does not count; nobody was there to take it
};

// Whether a destination is delivered to. What a store keeps for dispatch, which decides it.
struct Gate {
    bool paused = false;       // by hand
    bool unreachable = false;  // by what its deliveries met
    std::string reason;
    base::Time since{};  // of the last change

    friend bool operator==(const Gate&, const Gate&) = default;
};

inline constexpr std::size_t kMostHeld = 10'000;

// Threads: safe from every thread; Claim for one destination by one thread at a time.
class Outbox {
public:
    virtual ~Outbox() = default;
    // Up to `limit` deliveries of a destination that are due at `now`: retries by due time, then fresh ones in order of
    // acceptance; retries take at most half of `limit` while fresh ones wait. Reads at most a few milliseconds.
    // Of those with the same order key only the one that was accepted first and has not ended: while it is leased or
    // waits for another try, the rest of them wait, and nobody else. A dead letter that is retried by hand stands outside
    // of the order. Up to kMostHeld, and 16 MiB of them, are held so; with more, the destination waits as
    // a whole.
    // May give less than there is, even nothing: where a store writes down how far it has handed out, it does so first.
    // The listener is then told when there is more.
    virtual base::Result<std::vector<Claimed>> Claim(model::NameId destination, std::size_t limit, base::Time now) = 0;
    // Durable with the next commit, in batches; returns at once. Until then the lease holds. If the store cannot write,
    // it keeps them and tries again or fails as a whole.
    virtual void Finish(std::vector<Finish> finished) = 0;
    // Gives leases back untouched: as if they had not been claimed.
    virtual void Release(std::span<const model::DeliveryId> ids) = 0;
    // When the earliest waiting retry of a destination that is not yet claimed is due; nullopt if there is none.
    virtual base::Result<std::optional<base::Time>> NextDue(model::NameId destination) = 0;
    // A retry that is due later than `latest` is due then: it was postponed under a clock that was ahead. Durable in a
    // while, and what was finished before this call is seen; given up if the disk is full.
    virtual void BringForward(model::NameId destination, base::Time latest) = 0;
    // The gate last written; an open one if there was none.
    virtual base::Result<Gate> ReadGate(model::NameId destination) = 0;
    // `done` is called after the commit, on the store's thread; it may be null.
    virtual void WriteGate(model::NameId destination, Gate gate, std::function<void(base::Status)> done) = 0;
    // Who hears that a destination has something to claim that was not there before: after a commit, on the store's
    // thread, at least once. Must be quick. Set before the first Accept.
    virtual void OnReady(std::function<void(model::NameId destination)> listener) = 0;
};

}  // namespace fanfare::store
