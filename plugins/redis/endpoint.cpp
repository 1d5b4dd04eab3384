#include "endpoint.hpp"

#include <charconv>

#include <fanfare/host.hpp>
#include <fanfare/text.hpp>

namespace fanfare::plugins::redis {
namespace {

std::optional<std::uint16_t> PortOf(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

bool IsHost(std::string_view text) {
    return !text.empty() && text.size() <= 253 && text.find_first_of(" \t\r\n/@[]") == std::string_view::npos &&
           text.find('\0') == std::string_view::npos;
}

[[noreturn]] void Refuse(std::string_view text, const char* why) {
    throw ConfigError("server '" + first_line(text, 128) + "' " + why);
}

Endpoint UnixEndpoint(std::string_view text, std::string_view path) {
    constexpr std::size_t kMaxPath = 107;  // sun_path, less the NUL: unix(7)
    if (path.empty() || path.front() != '/') Refuse(text, "is no absolute path: write unix:/path/of/the.sock");
    if (path.size() > kMaxPath || path.find('\0') != std::string_view::npos) {
        Refuse(text, "is too long for a Unix socket (107 bytes): move the socket");
    }
    return {{}, 0, std::string(path)};
}

}  // namespace

std::string Endpoint::text() const {
    if (is_unix()) return "unix:" + path;
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Endpoint ParseEndpoint(std::string_view text, std::uint16_t default_port) {
    constexpr std::string_view kUnix = "unix:";
    if (text.substr(0, kUnix.size()) == kUnix) return UnixEndpoint(text, text.substr(kUnix.size()));
    if (text.find("://") != std::string_view::npos) {
        Refuse(text.substr(0, text.find("://")),
               "is a URL: write host:port, and user, password, database and tls as options");
    }
    std::string_view host = text;
    std::string_view rest;
    if (!text.empty() && text.front() == '[') {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) Refuse(text, "has no ']': write [address]:port");
        host = text.substr(1, close - 1);
        rest = text.substr(close + 1);
    } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
        host = text.substr(0, colon);
        rest = text.substr(colon);
    }
    if (!IsHost(host)) Refuse(text, "names no host: write host:port, or unix:/path");
    if (rest.empty()) return {std::string(host), default_port};
    const auto port = rest.front() == ':' ? PortOf(rest.substr(1)) : std::nullopt;
    if (!port) Refuse(text, "has no port from 1 to 65535 behind the host: write host:port, or [address]:port for IPv6");
    return {std::string(host), *port};
}

std::optional<Endpoint> ParseRedirect(std::string_view text, const Endpoint& answering) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto port = PortOf(text.substr(colon + 1));
    std::string_view host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    if (host.empty()) host = answering.host;
    if (!port || !IsHost(host)) return std::nullopt;
    return Endpoint{std::string(host), *port};
}

}  // namespace fanfare::plugins::redis
