#include "store/sqlite/checkpointer.hpp"

#include <utility>

#include "base/thread_name.hpp"

namespace fanfare::store::sqlite {

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

std::optional<int> Checkpointer::TakeMoved() {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kMoved) return std::nullopt;
    state_ = State::kIdle;
    return moved_pages_;
}

void Checkpointer::Run() {
    base::NameThisThread("checkpoint");
    while (true) {
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return state_ == State::kMoving || state_ == State::kStopped; });
            if (state_ == State::kStopped) return;
        }
        const std::optional<int> moved = Move();
        {
            const std::lock_guard lock(mutex_);
            moved_pages_ = moved.value_or(0);
            state_ = moved ? State::kMoved : State::kIdle;
        }
        changed_.notify_all();
    }
}

std::optional<int> Checkpointer::Move() {
    try {
        const auto checkpointed = db_.Checkpoint(SQLITE_CHECKPOINT_PASSIVE);
        return checkpointed ? checkpointed->moved_pages : 0;
    } catch (const SqlError& error) {
        on_error_(error);
        return std::nullopt;
    }
}

}  // namespace fanfare::store::sqlite
