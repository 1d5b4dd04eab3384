#include "http_client/line.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "http_client/ages.hpp"
#include "http_client/policy.hpp"

namespace fanfare::http_client {

Line::~Line() {
    if (fd_ >= 0) sockets_.CloseSocket(fd_);
}

int Line::Connect(const Endpoint& to) {
    const SocketAddress address = SocketAddressOf(to);
    fd_ = sockets_.OpenSocket(address.storage.ss_family, SOCK_STREAM, 0);
    if (fd_ < 0) return errno;
    remote_ = RemoteName(TextOf(to.address), to.port);
    opened_ = std::chrono::steady_clock::now();
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0 && errno != EINPROGRESS)
        return errno;
    Want(EPOLLOUT);
    return 0;
}

int Line::Progress() {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
    if (error != 0) return error;
    // The event may have been that of another socket (sockets.hpp).
    sockaddr_storage peer{};
    socklen_t peer_size = sizeof peer;
    if (::getpeername(fd_, reinterpret_cast<sockaddr*>(&peer), &peer_size) == 0) return 0;
    return errno == ENOTCONN ? EINPROGRESS : errno;
}

bool Line::HasWord() const {
    char byte = 0;
    return ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

bool Line::IsStale(base::SteadyTime now) const { return now - idle_since_ > kMaxIdle || now - opened_ > kMaxAge; }

}  // namespace fanfare::http_client
