// Every socket of the client in one epoll set, with few system calls: what is wanted of each is written down and
// applied just before waiting, so that a kept connection that goes idle and is used again costs none (libcurl asks for
// REMOVE and ADD around each request).
//
// Owns: the epoll set, the wake-up event. Threads: one, but Wake() from every thread.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.hpp"

namespace fanfare::http_client {

// Who is told of a socket.
class Watcher {
public:
    virtual ~Watcher() = default;
    // events: EPOLLIN and so on. They may be those of a socket that had the same number before.
    virtual void OnSocket(int fd, std::uint32_t events) = 0;
};

class Sockets {
public:
    struct Ready {
        int fd;
        std::uint32_t events;
    };

    Sockets() = default;
    ~Sockets();
    Sockets(const Sockets&) = delete;
    Sockets& operator=(const Sockets&) = delete;

    base::Status Open();

    // Over `limit` open sockets, a new one is refused.
    void SetLimit(std::size_t limit) { limit_ = limit; }
    std::size_t open_count() const { return open_count_; }

    // Sockets are opened and closed here, those of libcurl too. -1: refused, errno says why.
    int OpenSocket(int family, int type, int protocol);
    int CloseSocket(int fd);
    // events 0: nothing for now. `watcher` stays until the socket is closed.
    void Want(int fd, std::uint32_t events, Watcher* watcher);

    void Wake();
    // Waits for at most `timeout_ms` (-1: for ever). Valid until the next call.
    std::span<const Ready> Wait(int timeout_ms);
    // To whoever has the socket by now.
    void Tell(const Ready& ready);

private:
    struct Entry {
        std::uint32_t wanted = 0;
        std::uint32_t registered = 0;
        Watcher* watcher = nullptr;
        bool changed = false;
    };

    Entry& At(int fd);
    void ApplyChanges();
    void Forget(int fd);
    void TakeWake();

    int epoll_ = -1;
    int wake_ = -1;
    std::size_t limit_ = SIZE_MAX;
    std::size_t open_count_ = 0;
    std::vector<Entry> entries_;  // by file descriptor
    std::vector<int> changed_;
    std::array<epoll_event, 256> events_{};
    std::vector<Ready> ready_;
};

}  // namespace fanfare::http_client
