#include "store/sqlite/checkpointer.hpp"

#include <utility>

#include "base/thread_name.hpp"

namespace fanfare::store::sqlite {
namespace {

// The writer moves so many pages of 8 KiB in a few milliseconds.
constexpr int kLittle = 500;
// Where the writer is as fast as this, or a reader holds the log, another pass leaves no less.
constexpr int kPasses = 4;

}  // namespace

Checkpointer::Checkpointer(const std::string& path, OnError on_error)
    : db_(path, Connection::Mode::kReadWrite), on_error_(std::move(on_error)) {
    db_.Execute("PRAGMA synchronous = FULL");
    thread_ = std::thread([this] { Run(); });
}

Checkpointer::~Checkpointer() {
    Wait();
    {
        const std::lock_guard lock(mutex_);
        state_ = State::kStopped;
    }
    changed_.notify_all();
    thread_.join();
}

void Checkpointer::Start() {
    {
        const std::lock_guard lock(mutex_);
        state_ = State::kMoving;
    }
    changed_.notify_all();
}

void Checkpointer::Wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return state_ != State::kMoving; });
}

bool Checkpointer::is_moving() const {
    const std::lock_guard lock(mutex_);
    return state_ == State::kMoving;
}

bool Checkpointer::TakeMoved() {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kMoved) return false;
    state_ = State::kIdle;
    return true;
}

void Checkpointer::Run() {
    base::NameThisThread("checkpoint");
    while (true) {
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return state_ == State::kMoving || state_ == State::kStopped; });
            if (state_ == State::kStopped) return;
        }
        const State after = Move();
        {
            const std::lock_guard lock(mutex_);
            state_ = after;
        }
        changed_.notify_all();
    }
}

Checkpointer::State Checkpointer::Move() {
    try {
        for (int pass = 0; pass < kPasses; ++pass) {
            const auto checkpointed = db_.Checkpoint(SQLITE_CHECKPOINT_PASSIVE);
            if (!checkpointed || checkpointed->log_pages - checkpointed->moved_pages <= kLittle) break;
        }
        return State::kMoved;
    } catch (const SqlError& error) {
        on_error_(error);
        return State::kIdle;
    }
}

}  // namespace fanfare::store::sqlite
