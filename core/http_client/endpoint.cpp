#include "http_client/endpoint.hpp"

#include <netinet/in.h>

#include <cstring>

namespace fanfare::http_client {

std::optional<Endpoint> EndpointOf(int family, const sockaddr& address) {
    Endpoint endpoint;
    if (family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
        std::memcpy(endpoint.address.bytes.data(), &v4.sin_addr, sizeof v4.sin_addr);
        endpoint.port = ntohs(v4.sin_port);
    } else if (family == AF_INET6) {
        const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
        endpoint.address.v6 = true;
        std::memcpy(endpoint.address.bytes.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
        endpoint.port = ntohs(v6.sin6_port);
    } else {
        return std::nullopt;
    }
    return endpoint;
}

SocketAddress SocketAddressOf(const Endpoint& endpoint) {
    SocketAddress out;
    const auto port = htons(static_cast<std::uint16_t>(endpoint.port));
    if (endpoint.address.v6) {
        auto& v6 = reinterpret_cast<sockaddr_in6&>(out.storage);
        v6.sin6_family = AF_INET6;
        v6.sin6_port = port;
        std::memcpy(&v6.sin6_addr, endpoint.address.bytes.data(), sizeof v6.sin6_addr);
        out.size = sizeof v6;
    } else {
        auto& v4 = reinterpret_cast<sockaddr_in&>(out.storage);
        v4.sin_family = AF_INET;
        v4.sin_port = port;
        std::memcpy(&v4.sin_addr, endpoint.address.bytes.data(), sizeof v4.sin_addr);
        out.size = sizeof v4;
    }
    return out;
}

std::string RemoteName(std::string_view address, int port) {
    const bool is_v6 = address.find(':') != std::string_view::npos;
    return (is_v6 ? "[" + std::string(address) + "]" : std::string(address)) + ":" + std::to_string(port);
}

}  // namespace fanfare::http_client
