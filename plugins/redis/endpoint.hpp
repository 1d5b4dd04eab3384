// Where a server is: host and port, or the path of a Unix socket.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fanfare::plugins::redis {

struct Endpoint {
    std::string host;  // name or address; empty for a Unix socket
    std::uint16_t port = 0;
    std::string path = {};  // of a Unix socket

    bool is_unix() const { return !path.empty(); }
    // "redis.example.com:6379", "[::1]:6379", "unix:/run/redis/redis.sock"
    std::string text() const;

    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// "host", "host:port", "[v6]:port" or "unix:/path". Errors: ConfigError, which names the text.
Endpoint ParseEndpoint(std::string_view text, std::uint16_t default_port);

// The address in a MOVED or ASK error: "10.0.0.1:6381", the port behind the last colon, also of IPv6. Without a host it
// is that of `answering`. Source: redis.io, "Redis cluster specification", MOVED redirection ("endpoint may be empty").
std::optional<Endpoint> ParseRedirect(std::string_view text, const Endpoint& answering);

}  // namespace fanfare::plugins::redis
