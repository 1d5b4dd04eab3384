// What the main thread waits for: the signals that end or reload the daemon, and what the house itself asks of it.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "base/result.hpp"

namespace fanfare::app {

enum class Wake { kTimeout, kStop, kReload, kFailure };

// Blocks SIGINT, SIGTERM and SIGHUP for this thread and all that it starts later, and ignores SIGPIPE: make one before
// the first thread.
class Signals {
public:
    Signals();
    ~Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    struct Event {
        Wake wake = Wake::kTimeout;
        std::string reason;  // with kStop and kReload: the signal
    };
    // Until a signal comes, one of the others was called, or the time is over.
    Event Wait(std::chrono::milliseconds at_most);
    // Threads: safe from every thread.
    void Fail();
    void AskToReload();

private:
    void Raise();

    int signal_fd_ = -1;
    int event_fd_ = -1;
    std::atomic<bool> failed_{false};
    std::atomic<bool> reload_{false};
};

}  // namespace fanfare::app
