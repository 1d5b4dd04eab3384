#include "net/socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <system_error>

namespace fanfare::plugins::net {
namespace {

std::string Text(int error) { return std::generic_category().message(error); }

void SetOption(int fd, int level, int name, int value) { ::setsockopt(fd, level, name, &value, sizeof value); }

// A peer that vanished without a word is noticed within a minute also while nothing is under way (RELIABILITY B10).
void SetTcpOptions(int fd) {
    SetOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    SetOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    SetOption(fd, IPPROTO_TCP, TCP_KEEPIDLE, 30);
    SetOption(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10);
    SetOption(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
    SetOption(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 30000);
}

}  // namespace

Io PlainStream::Explain(int error, Io wanted) {
    if (error == EAGAIN || error == EWOULDBLOCK || error == EINTR) return wanted;
    error_ = Text(error);
    return Io::kError;
}

Io PlainStream::Read(char* bytes, std::size_t capacity, std::size_t& got) {
    const ssize_t n = ::recv(fd_.get(), bytes, capacity, 0);
    if (n < 0) return Explain(errno, Io::kWantRead);
    got = static_cast<std::size_t>(n);
    return n == 0 ? Io::kEnd : Io::kDone;
}

Io PlainStream::Write(const char* bytes, std::size_t size, std::size_t& put) {
    const ssize_t n = ::send(fd_.get(), bytes, size, MSG_NOSIGNAL);
    if (n < 0) return Explain(errno, Io::kWantWrite);
    put = static_cast<std::size_t>(n);
    return Io::kDone;
}

Address UnixAddress(const std::string& path) {
    Address address;
    auto* const unix_address = reinterpret_cast<sockaddr_un*>(&address.storage);
    unix_address->sun_family = AF_UNIX;
    path.copy(unix_address->sun_path, sizeof unix_address->sun_path - 1);
    address.size = sizeof(sockaddr_un);
    return address;
}

Descriptor BeginConnect(const Address& address, std::string& error) {
    const int family = address.storage.ss_family;
    Descriptor fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.is_open()) {
        error = Text(errno);
        return {};
    }
    if (family != AF_UNIX) SetTcpOptions(fd.get());
    const auto* const to = reinterpret_cast<const sockaddr*>(&address.storage);
    if (::connect(fd.get(), to, address.size) != 0 && errno != EINPROGRESS && errno != EINTR) {
        error = Text(errno);
        return {};
    }
    return fd;
}

std::string ConnectError(const Descriptor& fd) {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    return error == 0 ? std::string() : Text(error);
}

}  // namespace fanfare::plugins::net
