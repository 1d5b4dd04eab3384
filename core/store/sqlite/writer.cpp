#include "store/sqlite/writer.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "base/log.hpp"
#include "base/thread_name.hpp"

namespace fanfare::store::sqlite {
namespace {

using base::Code;
using base::MakeError;
using namespace std::chrono_literals;

// Pages of 8 KiB in the write-ahead log.
constexpr int kCheckpointPages = 4'000;
constexpr int kLittle = 64;  // the writer moves so many in a few milliseconds
// Where the writer is as fast as what moves, or a reader holds the log, another pass leaves no less.
constexpr int kPasses = 4;
constexpr int kWaitForCheckpoint = 16'384;  // 128 MiB: the disk does not keep up
constexpr int kWaitForReaders = 32'768;     // 256 MiB
constexpr int kRefuse = 131'072;            // 1 GiB
// Somebody who waits for a group waits for its fsync; for finishes, which nobody waits for, about as long again.
constexpr base::Duration kLeastForFinishes = 1ms;
constexpr base::Duration kMostForFinishes = 20ms;
// How often a writer that refuses looks whether it still has to.
constexpr base::Duration kLookAgain = 500ms;

// What has been answered; what became of deliveries stays.
void Clear(Work& work) {
    work.accepts.clear();
    work.steers.clear();
    work.gates.clear();
    work.forwards.clear();
    work.prunes.clear();
    work.interns.clear();
}

std::size_t EventsOf(const std::vector<AcceptBatch>& batches) {
    std::size_t events = 0;
    for (const AcceptBatch& batch : batches) events += batch.events.size();
    return events;
}

std::size_t BytesOf(const std::vector<AcceptBatch>& batches) {
    std::size_t bytes = 0;
    for (const AcceptBatch& batch : batches) bytes += batch.bytes;
    return bytes;
}

}  // namespace

Writer::Writer(Started& started, const Options& options, const Controls& controls, const base::Clock& clock)
    : started_(started),
      options_(options),
      controls_(controls),
      db_(*started.db),
      group_(db_, *started.names, *started.windows, started.store_tag, clock),
      commit_(db_, "COMMIT"),
      checkpoint_at_(kCheckpointPages) {
    checkpointer_.emplace(started.directory->FilePath(kDatabaseName),
                          [this](const SqlError& error) { OnCheckpointError(error); });
    thread_ = std::thread([this] { Run(); });
}

Writer::~Writer() {
    queue_.Stop();
    thread_.join();
}

base::Status Writer::Alive() const {
    if (!failed_) return {};
    const std::lock_guard lock(failure_mutex_);
    return *failure_;
}

void Writer::OnReady(std::function<void(model::NameId)> listener) {
    const std::lock_guard lock(ready_mutex_);
    on_ready_ = std::move(listener);
}

void Writer::OnFailure(std::function<void(const base::Error&)> listener) {
    const std::lock_guard lock(failure_mutex_);
    on_failure_ = std::move(listener);
    if (failure_ && on_failure_) std::exchange(on_failure_, nullptr)(*failure_);
}

void Writer::Run() {
    base::NameThisThread("store");
    bool stop = false;
    while (!stop) {
        Work work = queue_.Take(refusing_ ? std::optional(kLookAgain) : std::nullopt);
        stop = work.stop;
        try {
            Turn(work);
        } catch (const std::exception& error) {
            const base::Error cause =
                MakeError(Code::kInternal, std::string("the store's writer gave up: ") + error.what());
            Fail(cause);
            Reject(work, cause);
        }
    }
    Close();
}

void Writer::Turn(Work& work) {
    for (RefusedBatch& batch : std::exchange(work.refused, {})) batch.done(std::move(batch.error));
    if (failed_) return Reject(work, Alive().error());
    if (refusing_) TryToReopen();
    work.settled.insert(work.settled.begin(), std::make_move_iterator(kept_.begin()),
                        std::make_move_iterator(kept_.end()));
    kept_.clear();
    if (work.needs_commit() && Commit(work)) Checkpoint();
}

// False: `work` has been answered with an error or kept.
bool Writer::Commit(Work& work) {
    const std::size_t events = EventsOf(work.accepts);
    const std::size_t bytes = BytesOf(work.accepts);
    bool committed = false;
    try {
        const auto until =
            std::chrono::steady_clock::now() + std::clamp(commit_took_, kLeastForFinishes, kMostForFinishes);
        GroupResult result =
            group_.Apply(work, started_.last_seq, [&](Work& taken) { return queue_.TakeMore(taken, until); });
        if (controls_.ack_before_commit) Answer(work, result);
        const auto before = std::chrono::steady_clock::now();
        commit_.Execute();
        commit_took_ = std::chrono::duration_cast<base::Duration>(std::chrono::steady_clock::now() - before);
        committed = true;
        commits_.fetch_add(1, std::memory_order_relaxed);
        Publish(work, result);
    } catch (const SqlError& error) {
        Rollback();
        for (Window* const window : started_.windows->All()) window->Abort();
        Abandon(work, error);
    }
    queue_.Answered(events, bytes);
    return committed;
}

void Writer::Publish(Work& work, GroupResult& result) {
    for (auto& [id, name] : result.names) started_.names->Add(id, std::move(name));
    std::vector<model::NameId> ready;
    for (const auto& [window, change] : result.changes) {
        if (window->Commit(change.first, change.second)) ready.push_back(window->destination());
    }
    if (std::exchange(started_.last_seq, result.last_seq) != result.last_seq) {
        const base::Status marked = started_.directory->WriteHighWater({result.last_seq, started_.store_tag});
        if (!marked && !std::exchange(hwm_failed_, true)) {
            log::Warn("store.hwm_not_written", {{"error", marked.error().message}});
        }
    }
    if (!controls_.ack_before_commit) Answer(work, result);
    for (const ForwardCommand& rest : result.forwards) queue_.BringForward(rest);
    const std::lock_guard lock(ready_mutex_);
    if (!on_ready_) return;
    for (const model::NameId destination : ready) on_ready_(destination);
}

void Writer::Answer(Work& work, GroupResult& result) {
    for (std::size_t i = 0; i < work.accepts.size(); ++i) work.accepts[i].done(std::move(result.accepts[i]));
    for (std::size_t i = 0; i < work.steers.size(); ++i) work.steers[i].done(std::move(result.steers[i]));
    for (GateCommand& command : work.gates) {
        if (command.done) command.done({});
    }
    for (std::size_t i = 0; i < work.prunes.size(); ++i) work.prunes[i].done(result.prunes[i]);
    for (std::size_t i = 0; i < work.interns.size(); ++i) work.interns[i].done(result.interns[i]);
    Clear(work);
}

void Writer::Reject(Work& work, const base::Error& error) {
    for (AcceptBatch& batch : work.accepts) batch.done(error);
    for (SteerCommand& command : work.steers) command.done(std::vector<base::Status>(command.ids.size(), error));
    for (GateCommand& command : work.gates) {
        if (command.done) command.done(error);
    }
    for (PruneCommand& command : work.prunes) command.done(error);
    for (InternCommand& command : work.interns) command.done(error);
    Clear(work);
}

void Writer::Abandon(Work& work, const SqlError& error) {
    if (error.is_full())
        return OnFull(work, MakeError(Code::kFull, "no space is left for the store; free some on the disk of " +
                                                       options_.directory));
    if ((error.code() & 0xFF) == SQLITE_BUSY) {
        Suspend(work, MakeError(Code::kBusy, "another program writes to the store's database in " + options_.directory +
                                                 "; stop it"));
        return Keep(work);
    }
    const base::Error failed = MakeError(Code::kIo, error.what());
    Fail(failed);
    Reject(work, failed);
}

// New events have no claim on the last of the space, what became of deliveries has: it would be sent again.
void Writer::OnFull(Work& work, const base::Error& error) {
    Suspend(work, error);
    if (work.settled.empty()) return;
    if (started_.directory->HasBallast()) {
        started_.directory->DropBallast();
        log::Warn("store.ballast_dropped", {{"directory", options_.directory}});
        Commit(work);
        return;
    }
    Keep(work);
}

void Writer::Suspend(Work& work, const base::Error& error) {
    // First of all: who hears of it and asks Ready must get the same answer.
    if (!std::exchange(refusing_, true)) {
        queue_.Refuse(error);
        log::Error("store.suspended", {{"directory", options_.directory}, {"error", error.message}});
    }
    Reject(work, error);
}

void Writer::Keep(Work& work) { kept_ = std::exchange(work.settled, {}); }

void Writer::TryToReopen() {
    if (last_wal_pages_ > kRefuse) {
        checkpointer_->Wait();
        if (!MoveLog(SQLITE_CHECKPOINT_TRUNCATE)) return;
        last_wal_pages_ = 0;
    }
    Directory& directory = *started_.directory;
    const auto free = directory.FreeBytes();
    const std::uint64_t needed = directory.HasBallast() ? 0 : started_.ballast_bytes;
    if (!free || *free < needed + started_.ballast_bytes / 4) return;
    if (needed > 0 && !directory.MakeBallast(needed)) return;
    refusing_ = false;
    queue_.Refuse(std::nullopt);
    log::Info("store.accepting", {{"directory", options_.directory}});
}

void Writer::Fail(const base::Error& error) {
    std::function<void(const base::Error&)> listener;
    {
        const std::lock_guard lock(failure_mutex_);
        if (failure_) return;
        failure_ = error;
        failed_ = true;
        listener = std::exchange(on_failure_, nullptr);
    }
    queue_.Refuse(error);
    log::Error("store.failed", {{"directory", options_.directory}, {"error", error.message}});
    if (listener) listener(error);
}

void Writer::Checkpoint() {
    const int pages = db_.wal_pages();
    if (pages < last_wal_pages_) checkpoint_at_ = kCheckpointPages;  // the WAL began anew
    last_wal_pages_ = pages;
    if (pages > kWaitForCheckpoint) checkpointer_->Wait();
    if (const auto moved = checkpointer_->TakeMoved()) {
        if (pages - *moved > kLittle && --passes_ > 0) {
            checkpointer_->Start();
        } else {
            MoveRest(pages);
        }
    } else if (pages >= checkpoint_at_ && !checkpointer_->is_moving()) {
        checkpoint_at_ = pages + kCheckpointPages;
        passes_ = kPasses;
        checkpointer_->Start();
    }
    if (pages <= kRefuse) return;
    Work nothing;
    Suspend(nothing, MakeError(Code::kBusy,
                               "a reader holds up the store's write-ahead log; end what reads " + options_.directory));
}

// After this, if nobody reads, the next commit begins the log anew.
void Writer::MoveRest(int pages) {
    checkpoint_at_ = pages + kCheckpointPages;
    MoveLog(pages > kWaitForReaders ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE);
}

bool Writer::MoveLog(int mode) {
    try {
        return db_.Checkpoint(mode).has_value();
    } catch (const SqlError& error) {
        OnCheckpointError(error);
        return false;
    }
}

// A full disk harms nothing here: the log stays until there is room.
void Writer::OnCheckpointError(const SqlError& error) {
    if (!error.is_full()) return Fail(MakeError(Code::kIo, error.what()));
    log::Warn("store.checkpoint_failed", {{"error", error.what()}});
}

void Writer::Rollback() {
    if (db_.in_transaction()) sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Writer::Close() {
    checkpointer_.reset();
    if (failed_ || !kept_.empty()) return;
    std::uint64_t leased = 0;
    for (const Window* const window : started_.windows->All()) leased += window->Leased().size();
    try {
        db_.Execute("BEGIN IMMEDIATE");
        Statement write(db_, "INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)");
        write.Execute(std::string_view("clean"), 1);
        write.Execute(std::string_view("in_doubt"), leased);
        db_.Execute("COMMIT");
        db_.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (const SqlError& error) {
        log::Warn("store.not_closed_cleanly", {{"error", error.what()}});
    }
}

}  // namespace fanfare::store::sqlite
