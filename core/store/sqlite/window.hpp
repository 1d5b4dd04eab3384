// What one destination has in memory: the next fresh deliveries, the leases, the counts, and how far it has been handed
// out.
//
// Fresh deliveries come in order of seq through a bounded ring. While the ring is *attached*, each commit appends to it
// and it holds every fresh delivery there is; when a commit finds no room, it detaches, and what follows is only on
// disk until a read by seq has caught up. A commit may fall between such a read and its entry here: `committed_hi_`
// tells.
//
// What may be handed out is bounded by what is written down: fresh ones up to `sent_hi`, retries up to `due_hi`. After
// a crash everything open below these may have been sent, and nothing above them (Recovery::in_doubt).
//
// Threads: safe from every thread; readers (Take..., Plan..., Append) of one destination one at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "model/delivery.hpp"
#include "model/event.hpp"
#include "model/request.hpp"
#include "store/outbox.hpp"
#include "store/sqlite/order.hpp"
#include "store/types.hpp"

namespace fanfare::store::sqlite {

// The row of a destination: true at every commit.
struct Marks {
    std::uint64_t created = 0;
    std::uint64_t sent = 0;
    std::uint64_t dead = 0;
    std::uint64_t cancelled = 0;
    std::uint64_t pruned = 0;
    std::uint64_t retry = 0;     // rows that wait for another try
    std::uint64_t done_lo = 0;   // no fresh row has a seq up to this
    std::uint64_t sent_hi = 0;   // no fresh row above it was handed out
    std::int64_t due_hi_us = 0;  // no retry due later was handed out

    std::uint64_t open() const { return created - sent - dead - cancelled - pruned; }
    std::uint64_t fresh() const { return open() - retry; }
};

// What is handed out.
struct Parcel {
    model::StoredEventPtr event;
    model::RequestPtr request{};  // null: the event as it came
    std::string_view damaged{};   // "event" or "request": what is stored of it is not what was written. Not to be sent
};
// About what it takes of memory: what a window's budget counts.
std::size_t BytesOf(const Parcel& parcel);

using OrderKey = std::optional<std::uint64_t>;

struct Fresh {
    std::uint64_t seq = 0;
    Parcel parcel;
    OrderKey key{};
};

struct Due {
    std::uint64_t seq = 0;
    std::int64_t due_us = 0;
    std::uint32_t attempts = 0;
    Parcel parcel;
    OrderKey key{};
};

// A finish that the window has taken: the lease cannot be released any more.
struct Settled {
    Finish finish;
    bool was_retry = false;
};

// What a group of changes in one transaction does to one destination.
struct Change {
    std::uint64_t last_seq = 0;  // of the deliveries that it creates
    std::vector<Fresh> fresh;
    std::uint64_t born_dead = 0;                  // created, and never to be handed out
    std::vector<std::uint64_t> settled;           // leases that end
    std::vector<std::uint64_t> postponed;         // those of them that wait for another try
    std::vector<std::uint64_t> cancelled_open;    // of those that waited
    std::optional<std::int64_t> earliest_due_us;  // of rows that wait for another try now
    std::optional<std::int64_t> latest_due_us;    // rows that were due later are due then
    bool none_is_due_later = false;               // with latest_due_us
    std::int64_t sent = 0, dead = 0, cancelled = 0, retry = 0, pruned = 0;
};

struct WindowLimits {
    std::size_t deliveries = 1024;
    std::size_t bytes = 4u << 20;
};

// Which retries to read from disk.
struct RetryPlan {
    std::size_t limit = 0;
    std::int64_t until_us = 0;
    std::set<std::uint64_t> leased;  // to be left out
    std::uint64_t version = 0;
    std::uint64_t cancellations = 0;
};

// Which fresh deliveries to read from disk.
struct RefillPlan {
    std::uint64_t after = 0;
    std::size_t limit = 0;
    std::size_t bytes = 0;
    std::uint64_t committed_hi = 0;
    std::uint64_t cancellations = 0;
};

class Window {
public:
    static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

    Window(model::NameId destination, const Marks& marks, WindowLimits limits);
    // At the start: a delivery that waits for another try holds back those with its key.
    void NoteRetryKey(std::uint64_t seq, std::uint64_t key) { order_.NoteRetry(seq, key); }

    model::NameId destination() const { return destination_; }

    // --- the writer ---
    // The row that goes into the transaction of `change`.
    Marks Plan(const Change& change) const;
    // After the commit. True if there may be something to claim now that was not there before.
    bool Commit(const Change& change, const Marks& marks);
    // From now on the delivery is not handed out, until Commit or Abort. False: it is leased. It must be waiting.
    bool Withhold(std::uint64_t seq);
    // The transaction was rolled back.
    void Abort();
    // True if `marks` lag behind what readers want.
    bool wants_marks() const;

    // --- claims ---
    // Nullopt while the ring suffices.
    std::optional<RefillPlan> PlanRefill() const;
    void Refill(const RefillPlan& plan, std::vector<Fresh> read, bool reached_end);
    bool HasFresh() const;
    // Leases. Blocked: more could be handed out if the marks were further.
    struct Taken {
        std::vector<Fresh> fresh;
        bool blocked = false;
        bool moved = false;  // something was taken, or held by its order: there may be more
    };
    Taken TakeFresh(std::size_t limit);

    // A claim ended before it had seen all that it might take: the listener is told after the next commit.
    void AskAgain();
    // True if so much has ended that is not written yet that nothing is handed out before the next commit, after which
    // the listener is told: destinations may be faster than the disk, and what they took stays in memory until then.
    bool IsAheadOfTheDisk();
    // Nullopt if no retry can be due at `now`, or none may be handed out yet; then `blocked` says so.
    std::optional<RetryPlan> PlanRetries(std::size_t limit, base::Time now, bool& blocked);
    // Leases what of it is still free. `next_due_us`: of the first row that was not read.
    std::vector<Due> TakeRetries(const RetryPlan& plan, std::vector<Due> read, std::int64_t next_due_us);
    // What TakeRetries would have to read to know the next due time; nullopt if there is none.
    std::optional<RetryPlan> PlanNextDue() const;
    // How many of `limit` go to retries while fresh ones wait: half; an odd one in turn.
    std::size_t RetryShare(std::size_t limit);

    // --- the end of leases ---
    // False if it is not leased.
    bool Settle(std::uint64_t seq, bool& was_retry);
    void Release(std::uint64_t seq);

    bool IsLeased(std::uint64_t seq) const;
    // The fresh delivery that has waited longest: `seq`, or if that is nullopt, the first one on disk above `after`.
    struct OldestFresh {
        std::optional<std::uint64_t> seq;
        std::uint64_t after = 0;
    };
    OldestFresh FindOldestFresh() const;
    std::vector<std::uint64_t> Leased() const;
    Counts counts() const;

private:
    struct Handed {
        Parcel parcel;
        OrderKey key{};
        bool leased = true;
        bool settled = false;
    };
    struct RetryLease {
        std::int64_t due_us = 0;
        bool settled = false;
    };

    std::uint64_t SentHi(const Change& change) const;
    void ShortenLeases(std::int64_t latest_due_us);
    bool Free(std::uint64_t key);
    void Push(Fresh fresh);
    bool Forget(std::uint64_t seq);
    bool IsLeasedLocked(std::uint64_t seq) const;
    void NoteDue(std::int64_t due_us);
    std::set<std::uint64_t> LeasedRetries() const;

    const model::NameId destination_;
    const WindowLimits limits_;

    mutable std::mutex mutex_;
    Marks marks_;  // as durable
    std::deque<Fresh> ring_;
    std::size_t ring_bytes_ = 0;
    bool attached_;
    std::uint64_t cursor_;                         // the highest seq that was handed out
    std::uint64_t loaded_hi_;                      // the highest seq that was handed out or is in the ring
    std::uint64_t committed_hi_ = 0;               // the highest seq that was committed since the start
    std::map<std::uint64_t, Handed> handed_;       // fresh ones that were handed out and are not finished
    std::set<std::uint64_t> released_;             // those of them that were given back, or whose turn has come
    std::map<std::uint64_t, RetryLease> retries_;  // leased retries
    std::set<std::uint64_t> withheld_;             // that the transaction under way cancels
    std::uint64_t cancellations_ = 0;              // rises with each: what was read before may hold a cancelled one
    std::int64_t next_due_us_ = 0;                 // no free retry is due earlier
    std::uint64_t retry_version_ = 0;              // rises when next_due_us_ may have to fall
    std::int64_t claimed_us_ = 0;                  // the latest `now` of a claim
    std::size_t ahead_;                            // how many fresh ones the next mark lets be handed out
    std::size_t taken_ = 0;                        // how many were since the last commit
    std::size_t unwritten_ = 0;                    // leases that have ended, but not on disk
    bool blocked_ = false;                         // a claim went short for want of marks, or of a commit
    bool odd_to_retries_ = false;
    Order order_;
    std::size_t held_bytes_ = 0;  // of what order_ holds
};

}  // namespace fanfare::store::sqlite
