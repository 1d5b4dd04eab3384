#include "endpoint.hpp"

#include <charconv>

#include <fanfare/host.hpp>
#include <fanfare/text.hpp>

namespace fanfare::plugins::amqp {
namespace {

constexpr std::uint16_t kPort = 5672;
constexpr std::uint16_t kTlsPort = 5671;

[[noreturn]] void Refuse(std::string_view shown, const std::string& why) {
    throw ConfigError("url '" + first_line(shown, 128) + "' " + why);
}

std::optional<std::uint16_t> PortOf(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

bool IsHost(std::string_view text) {
    return !text.empty() && text.size() <= 253 && text.find_first_of(" \t\r\n[]") == std::string_view::npos &&
           text.find('\0') == std::string_view::npos;
}

// "name", "name:5672", "[::1]:5672"
void ReadAuthority(std::string_view authority, Endpoint& out) {
    std::size_t end = authority.find(':');
    if (!authority.empty() && authority.front() == '[') {
        end = authority.find(']');
        if (end == std::string_view::npos) Refuse(authority, "has no ']': write amqp://[address]:port");
        out.host = authority.substr(1, end - 1);
        ++end;
    } else {
        out.host = authority.substr(0, end);
    }
    if (!IsHost(out.host)) Refuse(authority, "names no host: write amqp://host or amqp://host:port");
    if (end >= authority.size()) return;
    const auto port = authority[end] == ':' ? PortOf(authority.substr(end + 1)) : std::nullopt;
    if (!port) Refuse(authority, "has no port from 1 to 65535 behind the host: write amqp://host:port");
    out.port = *port;
}

std::optional<std::string> PercentDecoded(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            out += text[at];
            continue;
        }
        unsigned value = 0;
        const char* const from = text.data() + at + 1;
        if (at + 2 >= text.size() || std::from_chars(from, from + 2, value, 16).ptr != from + 2) return std::nullopt;
        out += static_cast<char>(value);
        at += 2;
    }
    return out;
}

}  // namespace

std::string Endpoint::text() const {
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Url ParseUrl(std::string_view text) {
    Url url;
    const bool plain = starts_with_ignoring_case(text, "amqp://");
    url.endpoint.tls = starts_with_ignoring_case(text, "amqps://");
    // Whoever forgets the scheme may still have written a password.
    if (text.find('@') != std::string_view::npos) {
        throw ConfigError("url has a user name before the host: put it into user, and the password into password");
    }
    if (!plain && !url.endpoint.tls) Refuse(text, "does not start with amqp:// or amqps://: write the whole address");
    if (text.find_first_of("?#") != std::string_view::npos) {
        Refuse(text.substr(0, text.find_first_of("?#")), "has a query or fragment: write these as options");
    }
    url.endpoint.port = plain ? kPort : kTlsPort;
    std::string_view rest = text.substr(plain ? 7 : 8);
    const std::size_t slash = rest.find('/');
    ReadAuthority(rest.substr(0, slash), url.endpoint);
    if (slash == std::string_view::npos || slash + 1 == rest.size()) return url;
    const std::string_view path = rest.substr(slash + 1);
    url.vhost = PercentDecoded(path);
    if (!url.vhost || path.find('/') != std::string_view::npos) {
        Refuse(text, "has a path that is no virtual host: write one segment, with a slash in the name as %2F");
    }
    return url;
}

}  // namespace fanfare::plugins::amqp
