#include "conformance/listener.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace fanfare::conformance {
namespace {

constexpr int kBacklog = 64;
constexpr int kLookPauseMs = 50;

}  // namespace

Listener::Listener(FarSide who) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    // Bound but not listening: the port is nobody else's, and connections to it are refused.
    const bool bound = bind(socket_.get(), plain, sizeof address) == 0 && getsockname(socket_.get(), plain, &size) == 0;
    if (!bound || (who != FarSide::kNobody && listen(socket_.get(), kBacklog) != 0)) {
        throw std::system_error(errno, std::generic_category(), "no port on loopback");
    }
    port_ = ntohs(address.sin_port);
    if (who == FarSide::kHangsUp) thread_ = std::thread([this] { HangUp(); });
}

Listener::~Listener() {
    ends_ = true;
    if (thread_.joinable()) thread_.join();
}

void Listener::HangUp() {
    while (!ends_) {
        pollfd waiting{socket_.get(), POLLIN, 0};
        if (poll(&waiting, 1, kLookPauseMs) > 0) base::Descriptor(accept(socket_.get(), nullptr, nullptr));
    }
}

}  // namespace fanfare::conformance
