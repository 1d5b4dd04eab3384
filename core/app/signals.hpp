// Waits for the signals that end the daemon, or for the house to end it itself.
#pragma once

#include <string>

#include "base/result.hpp"

namespace fanfare::app {

// Blocks SIGINT and SIGTERM for this thread and all that it starts later, and ignores SIGPIPE: make one before the
// first thread.
class Signals {
public:
    Signals();
    ~Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    // Until a signal comes or Raise was called; says which.
    std::string Wait();
    // Threads: safe from every thread.
    void Raise();

private:
    int signal_fd_ = -1;
    int event_fd_ = -1;
};

}  // namespace fanfare::app
