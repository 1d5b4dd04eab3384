// Moves what is in the write-ahead log into the database while the writer goes on.
//
// A log begins anew once all of it has been moved and nobody reads it. While the writer appends to it that never comes
// by itself: the bulk is moved here, beside the writer, and the little that came meanwhile is the writer's to move.
// Owns a thread and a connection. Threads: all calls by the writer, the listener in the thread of this.
// Errors: what a checkpoint failed with goes to the listener; the log then holds what it held.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "store/sqlite/connection.hpp"

namespace fanfare::store::sqlite {

class Checkpointer {
public:
    using OnError = std::function<void(const SqlError&)>;

    // Throws SqlError if the database cannot be opened.
    Checkpointer(const std::string& path, OnError on_error);
    // Waits for what is being moved.
    ~Checkpointer();

    // Begins to move. Does nothing while it moves.
    void Start();
    // Waits until nothing is being moved.
    void Wait();
    bool is_moving() const;
    // True once after the bulk has been moved: what is left is little.
    bool TakeMoved();

private:
    enum class State { kIdle, kMoving, kMoved, kStopped };

    void Run();
    State Move();

    Connection db_;
    const OnError on_error_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    State state_ = State::kIdle;
    std::thread thread_;
};

}  // namespace fanfare::store::sqlite
