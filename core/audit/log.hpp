// The audit log: who asked for which change, when, and what became of it. JSON lines in a file that only its owner
// reads, chained (chain.hpp), each on the disk before what it tells of is done.
//
// Owns: the file, and one thread that writes. Threads: safe from every thread.
// Source of what is to be told: RELIABILITY.md, 2.6.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace fanfare::audit {

struct Entry {
    std::string action;                                        // "admin.asked", "config.reloaded"
    std::string who;                                           // "unix uid=0 pid=71", "127.0.0.1:40122", "fanfare"
    std::vector<std::pair<std::string, std::string>> facts{};  // no secrets
};

class Log {
public:
    // Continues the chain of the file, or begins one (mode 0600). A last line without an end was torn by a crash and is
    // taken away; a file whose chain is broken is moved aside as evidence, and the new one begins with that. Errors:
    // kIo.
    static base::Result<std::unique_ptr<Log>> Open(std::string path, const base::Clock& clock);
    // Writes what is queued.
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    // Called once the line is on the disk, with its number, or with why it is not; on the log's thread; must not wait.
    using Done = std::function<void(base::Result<std::uint64_t>)>;
    void Append(Entry entry, Done done = nullptr);
    // Waits until all that was appended is written and its `done` has returned.
    void Drain();
    // Writes into a new file of the same name if the old one was moved away (logrotate); the chain goes on.
    void Reopen();

    const std::string& path() const { return path_; }

private:
    struct Queued {
        Entry entry;
        Done done;
    };

    Log(std::string path, const base::Clock& clock) : path_(std::move(path)), clock_(clock) {}
    base::Status OpenFile();
    void Run();
    void Write(std::vector<Queued> queued);
    // All of `text`, durable; on failure the file is as long as it was.
    base::Status WriteAll(const std::string& text);
    std::string LineOf(const Entry& entry, std::uint64_t number, const std::string& previous) const;

    const std::string path_;
    const base::Clock& clock_;
    // Of the thread.
    int file_ = -1;
    std::uint64_t number_ = 0;
    std::string last_;
    std::uint64_t bytes_ = 0;

    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable idle_;
    std::vector<Queued> queue_;  // these four guarded by mutex_
    bool writing_ = false;
    bool reopen_ = false;
    bool stop_ = false;
    std::thread thread_;
};

}  // namespace fanfare::audit
