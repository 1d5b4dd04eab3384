// Moves what is in the write-ahead log into the database while the writer goes on.
//
// A log begins anew once all of it has been moved and nobody reads it. While the writer appends to it that never comes
// by itself: the bulk is moved here, beside the writer, then what came meanwhile, and so on, until the little that is
// left is the writer's to move.
// Up to 3.51.2 SQLite can damage a database when one connection begins the log anew while another has begun a checkpoint
// and not yet looked at it ("WAL-reset bug", sqlite.org/wal.html). A log begins anew only once all of it has been moved:
// so Start is called only while it holds pages that have not been, and the writer moves none itself before TakeMoved.
// Owns a thread and a connection. Threads: all calls by the writer, the listener in the thread of this.
// Errors: what a checkpoint failed with goes to the listener; the log then holds what it held.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
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

    // Begins to move. Not while it moves, and not with a log of which all has been moved.
    void Start();
    // Waits until nothing is being moved.
    void Wait();
    bool is_moving() const;
    // Once after it has moved: how many pages of the log, from its beginning, are in the database now.
    std::optional<int> TakeMoved();

private:
    enum class State { kIdle, kMoving, kMoved, kStopped };

    void Run();
    // Nullopt: it failed, and the listener knows.
    std::optional<int> Move();

    Connection db_;
    const OnError on_error_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    State state_ = State::kIdle;
    int moved_pages_ = 0;  // with kMoved
    std::thread thread_;
};

}  // namespace fanfare::store::sqlite
