// The one thread that changes the database: it takes what is queued, commits it as a group, and tells what came of it.
//
// After a commit, in this order: windows, high-water mark, answers, listener. When the disk is full, new events are
// refused and what became of deliveries is kept and written when there is room. After any other error nothing is
// trusted: every answer from then on is an error, and the process has to start again (an fsync that failed cannot be
// repeated: the pages are marked clean although the disk does not have them).
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "store/sqlite/checkpointer.hpp"
#include "store/sqlite/group.hpp"
#include "store/sqlite/queue.hpp"
#include "store/sqlite/start.hpp"

namespace fanfare::store::sqlite {

// Threads: safe from every thread.
class Writer {
public:
    // Started must outlive the writer; nobody else uses its connection or its directory.
    Writer(Started& started, const Options& options, const Controls& controls, const base::Clock& clock);
    // Commits what is queued and marks the store as closed.
    ~Writer();

    Queue& queue() { return queue_; }
    const Queue& queue() const { return queue_; }
    base::Status Alive() const;
    std::uint64_t commits() const { return commits_.load(std::memory_order_relaxed); }
    void OnReady(std::function<void(model::NameId)> listener);
    void OnFailure(std::function<void(const base::Error&)> listener);

private:
    void Run();
    void Turn(Work& work);
    bool Commit(Work& work);
    void Publish(Work& work, GroupResult& result);
    void Answer(Work& work, GroupResult& result);
    void Reject(Work& work, const base::Error& error);
    void Abandon(Work& work, const SqlError& error);
    void OnFull(Work& work, const base::Error& error);
    // Refuses new events until TryToReopen says otherwise.
    void Suspend(Work& work, const base::Error& error);
    void Keep(Work& work);
    void TryToReopen();
    void Fail(const base::Error& error);
    void Checkpoint();
    void MoveRest(int pages);
    // False: it could not be moved, and is as it was.
    bool MoveLog(int mode);
    void OnCheckpointError(const SqlError& error);
    void Close();
    void Rollback();

    Started& started_;
    const Options& options_;
    const Controls controls_;
    Connection& db_;
    Group group_;
    Statement commit_;
    Queue queue_;

    std::vector<Settled> kept_;  // could not be written for want of space
    bool refusing_ = false;      // no space, or too much of a WAL
    int checkpoint_at_;
    int passes_ = 0;  // of the checkpointer that are left until the rest is moved
    int last_wal_pages_ = 0;
    base::Duration commit_took_{};
    bool hwm_failed_ = false;
    std::atomic<std::uint64_t> commits_{0};

    mutable std::mutex failure_mutex_;
    std::optional<base::Error> failure_;
    std::atomic<bool> failed_{false};
    std::function<void(const base::Error&)> on_failure_;
    std::mutex ready_mutex_;
    std::function<void(model::NameId)> on_ready_;
    std::optional<Checkpointer> checkpointer_;  // until the writer closes the store
    std::thread thread_;
};

}  // namespace fanfare::store::sqlite
