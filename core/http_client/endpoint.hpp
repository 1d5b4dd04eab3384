// Addresses of sockets. Pure.
#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/network.hpp"

namespace fanfare::http_client {

struct Endpoint {
    base::Address address;
    int port = 0;
};

// nullopt: a Unix socket.
std::optional<Endpoint> EndpointOf(int family, const sockaddr& address);

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
};
SocketAddress SocketAddressOf(const Endpoint& endpoint);

// "192.0.2.1:443", "[2001:db8::1]:443"
std::string RemoteName(std::string_view address, int port);

}  // namespace fanfare::http_client
