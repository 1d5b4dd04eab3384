#include "app/signals.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

namespace fanfare::app {

Signals::Signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, number);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    signal(SIGPIPE, SIG_IGN);
    signal_fd_ = signalfd(-1, &set, SFD_CLOEXEC);
    event_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    // Without them nothing could stop the daemon in good order; a process this short of descriptors cannot run anyway.
    if (signal_fd_ < 0 || event_fd_ < 0) std::abort();
}

Signals::~Signals() {
    close(signal_fd_);
    close(event_fd_);
}

Signals::Event Signals::Wait(std::chrono::milliseconds at_most) {
    pollfd fds[] = {{signal_fd_, POLLIN, 0}, {event_fd_, POLLIN, 0}};
    if (poll(fds, 2, static_cast<int>(at_most.count())) <= 0) return {};
    if (fds[1].revents != 0) {
        std::uint64_t count = 0;
        // Non-blocking; what it counts does not matter, the flags do.
        if (read(event_fd_, &count, sizeof count) != sizeof count) return {};
        if (failed_) return {Wake::kFailure, "failure"};
        if (reload_.exchange(false)) return {Wake::kReload, "request"};
        return {};
    }
    signalfd_siginfo info{};
    if (read(signal_fd_, &info, sizeof info) != sizeof info) return {};
    if (info.ssi_signo == SIGHUP) return {Wake::kReload, "SIGHUP"};
    return {Wake::kStop, info.ssi_signo == SIGINT ? "SIGINT" : "SIGTERM"};
}

void Signals::Fail() {
    failed_ = true;
    Raise();
}

void Signals::AskToReload() {
    reload_ = true;
    Raise();
}

void Signals::Raise() {
    const std::uint64_t one = 1;
    // The counter cannot be full: it takes 2^64 raises.
    if (write(event_fd_, &one, sizeof one) != sizeof one) std::abort();
}

}  // namespace fanfare::app
