#include "http_client/sockets.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace fanfare::http_client {
namespace {

// Data that nobody acknowledges for this long ends the connection: a peer that vanished is found even while new
// requests are put on its HTTP/2 connection. The kept-alive probes find it on an idle one: 30 s + 3 * 10 s.
constexpr int kUserTimeoutMs = 30'000;
constexpr int kProbeIdleSeconds = 30;
constexpr int kProbeEverySeconds = 10;
constexpr int kProbes = 3;

void SetOption(int fd, int level, int option, int value) { ::setsockopt(fd, level, option, &value, sizeof value); }

void TuneTcp(int fd) {
    SetOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    SetOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    SetOption(fd, IPPROTO_TCP, TCP_KEEPIDLE, kProbeIdleSeconds);
    SetOption(fd, IPPROTO_TCP, TCP_KEEPINTVL, kProbeEverySeconds);
    SetOption(fd, IPPROTO_TCP, TCP_KEEPCNT, kProbes);
    SetOption(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, kUserTimeoutMs);
}

base::Error SystemError(const char* what) {
    return base::MakeError(base::Code::kIo, std::string(what) + ": " + std::generic_category().message(errno) +
                                                "; raise the limit of open files");
}

}  // namespace

Sockets::~Sockets() {
    if (wake_ >= 0) ::close(wake_);
    if (epoll_ >= 0) ::close(epoll_);
}

base::Status Sockets::Open() {
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ < 0) return SystemError("the HTTP client cannot make an epoll set");
    wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_ < 0) return SystemError("the HTTP client cannot make an eventfd");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = wake_;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) != 0)
        return SystemError("the HTTP client cannot use its epoll set");
    return {};
}

Sockets::Entry& Sockets::At(int fd) {
    const auto index = static_cast<std::size_t>(fd);
    if (index >= entries_.size()) entries_.resize(index + index / 2 + 64);
    return entries_[index];
}

int Sockets::OpenSocket(int family, int type, int protocol) {
    if (open_count_ >= limit_) {
        errno = EMFILE;
        return -1;
    }
    const int fd = ::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    if (fd < 0) return -1;
    Forget(fd);  // libcurl closes some that it did not open here
    ++open_count_;
    if (family != AF_UNIX) TuneTcp(fd);
    return fd;
}

int Sockets::CloseSocket(int fd) {
    Forget(fd);
    --open_count_;
    return ::close(fd);
}

// close() takes the socket out of the epoll set; the number may come back at once for another one.
void Sockets::Forget(int fd) {
    Entry& entry = At(fd);
    entry.wanted = 0;
    entry.registered = 0;
    entry.watcher = nullptr;
}

void Sockets::Want(int fd, std::uint32_t events, Watcher* watcher) {
    Entry& entry = At(fd);
    entry.wanted = events;
    entry.watcher = watcher;
    if (entry.changed) return;
    entry.changed = true;
    changed_.push_back(fd);
}

void Sockets::ApplyChanges() {
    for (const int fd : changed_) {
        Entry& entry = At(fd);
        entry.changed = false;
        if (entry.wanted == 0 || entry.wanted == entry.registered) continue;
        epoll_event event{};
        event.events = entry.wanted;
        event.data.fd = fd;
        ::epoll_ctl(epoll_, entry.registered != 0 ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
        entry.registered = entry.wanted;
    }
    changed_.clear();
}

void Sockets::Wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof one);
}

void Sockets::TakeWake() {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = ::read(wake_, &count, sizeof count);
}

std::span<const Sockets::Ready> Sockets::Wait(int timeout_ms) {
    ApplyChanges();
    ready_.clear();
    const int count = ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), timeout_ms);
    for (int i = 0; i < count; ++i) {
        const int fd = events_[static_cast<std::size_t>(i)].data.fd;
        if (fd == wake_) {
            TakeWake();
            continue;
        }
        Entry& entry = At(fd);
        if (entry.wanted != 0) {
            ready_.push_back({fd, events_[static_cast<std::size_t>(i)].events});
            continue;
        }
        epoll_event ignored{};
        ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, &ignored);
        entry.registered = 0;
    }
    return ready_;
}

void Sockets::Tell(const Ready& ready) {
    if (Watcher* const watcher = At(ready.fd).watcher) watcher->OnSocket(ready.fd, ready.events);
}

}  // namespace fanfare::http_client
