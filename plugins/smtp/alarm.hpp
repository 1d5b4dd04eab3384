// Ends every wait of a destination's connections when the daemon stops.
//
// Threads: all.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <stdexcept>

#include <fanfare/host.hpp>

namespace fanfare::plugins::smtp {

class Alarm {
public:
    Alarm() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        if (fd_ < 0) throw std::runtime_error("no file descriptor is left: raise the limit of open files");
    }
    ~Alarm() { ::close(fd_); }
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;

    // From now on no wait lasts beyond `last`.
    void Ring(Deadline last) {
        last_ns_ = mono_ns(last);
        rung_ = true;
        ::eventfd_write(fd_, 1);
    }
    bool rung() const { return rung_; }
    // When a wait until `deadline` has to end.
    Deadline Cap(Deadline deadline) const { return rung_ ? std::min(deadline, deadline_of(last_ns_)) : deadline; }
    // Readable once it has rung.
    int fd() const { return fd_; }

private:
    int fd_;
    std::atomic<bool> rung_{false};
    std::atomic<std::int64_t> last_ns_{0};
};

}  // namespace fanfare::plugins::smtp
