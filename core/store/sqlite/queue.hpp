// What waits for the writer, its budget, and when a group is worth starting.
//
// Groups form by themselves: while one is being committed the next gathers. Nothing waits on purpose for an event,
// since somebody waits for its answer; finishes, for which nobody waits, wait a little so that they share another's
// fsync, and do not fill a group that somebody waits for or that is in somebody's way. Threads: safe from every thread;
// Take by the writer.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "store/inbox.hpp"
#include "store/ledger.hpp"
#include "store/outbox.hpp"
#include "store/sqlite/window.hpp"

namespace fanfare::store::sqlite {

// What a person orders of deliveries.
struct SteerCommand {
    enum class Kind { kRetry, kRetryAnew, kCancel };
    Kind kind = Kind::kRetry;
    std::vector<model::DeliveryId> ids;
    Ledger::OnSteered done;
    std::vector<Anew> anew{};  // kRetryAnew: in the order of the ids
};

struct GateCommand {
    model::NameId destination = 0;
    Gate gate;
    std::function<void(base::Status)> done;  // may be null
};

struct ForwardCommand {
    model::NameId destination = 0;
    std::int64_t latest_us = 0;
    std::uint64_t behind = 0;  // so many finishes, which may say what is to be brought forward; the queue's business
};

struct PruneCommand {
    PruneOrder order;
    std::function<void(base::Result<Pruned>)> done;
};

struct InternCommand {
    std::string name;
    std::function<void(base::Result<model::NameId>)> done;
};

struct RefusedBatch {
    std::function<void(base::Result<std::vector<Accepted>>)> done;
    base::Error error;
};

// What one group takes.
struct Work {
    std::vector<AcceptBatch> accepts;
    std::vector<RefusedBatch> refused;  // to be answered, in the writer's thread, without a commit
    std::vector<Settled> settled;
    std::vector<SteerCommand> steers;
    std::vector<GateCommand> gates;
    std::vector<ForwardCommand> forwards;
    std::vector<PruneCommand> prunes;
    std::vector<InternCommand> interns;
    bool marks = false;
    bool urgent_marks = false;  // a claim waits for them
    bool stop = false;          // and nothing is left

    bool is_awaited() const {
        return !accepts.empty() || !refused.empty() || !steers.empty() || !gates.empty() || !interns.empty() ||
               urgent_marks;
    }
    bool needs_commit() const {
        return !accepts.empty() || !settled.empty() || !steers.empty() || !gates.empty() || !forwards.empty() ||
               !prunes.empty() || !interns.empty() || marks;
    }
};

class Queue {
public:
    void Accept(AcceptBatch batch);
    void Settle(std::vector<Settled> settled);
    void Steer(SteerCommand command);
    void Write(GateCommand command);
    void BringForward(ForwardCommand command);
    void Prune(PruneCommand command);
    void Intern(InternCommand command);
    // Asks for a group that moves the marks; urgent: a claim waits for it.
    void WantMarks(bool urgent);
    void Stop();

    // Refuses new events with this, until nullopt.
    void Refuse(std::optional<base::Error> error);
    base::Status Ready() const;

    // Waits for work, or at most so long. Of the finishes it takes a few: see TakeMore.
    Work Take(std::optional<base::Duration> at_most);
    // More finishes into the same work. False: there are none, the group is full, or it is past `until` and somebody
    // waits for this group or for the next.
    bool TakeMore(Work& work, base::SteadyTime until);
    // The batches of a Work have been answered: their budget is free.
    void Answered(std::size_t events, std::size_t bytes);

private:
    template <class Command>
    void Put(std::vector<Command>& commands, Command command);
    bool IsAwaited() const;
    bool IsUrgent() const;
    void Wait(std::unique_lock<std::mutex>& lock, std::optional<base::Duration> at_most);
    void TakeAccepts(Work& work);
    void TakeSettled(Work& work);
    void TakeForwards(Work& work);

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    // Of these one group takes a part.
    std::deque<AcceptBatch> accepts_;
    std::deque<std::vector<Settled>> settled_;  // as they came
    std::vector<ForwardCommand> forwards_;
    Work rest_;  // of which the next group takes all
    std::uint64_t finishes_put_ = 0;
    std::uint64_t finishes_taken_ = 0;
    bool stop_ = false;
    std::optional<base::SteadyTime> patient_since_;
    std::optional<base::Error> refusal_;
    std::size_t queued_events_ = 0;
    std::size_t queued_bytes_ = 0;
    std::atomic<bool> closed_{false};  // Ready would say no
};

}  // namespace fanfare::store::sqlite
