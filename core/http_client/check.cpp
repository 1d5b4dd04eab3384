#include "http_client/check.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/text.hpp"

namespace fanfare::http_client {
namespace {

using base::Code;
using base::Error;
using base::MakeError;

constexpr std::array<std::string_view, 9> kOurHeaders = {
    "content-length", "host", "connection", "transfer-encoding", "te", "upgrade", "trailer", "keep-alive", "expect"};

// sockaddr_un holds 108 bytes with the closing zero (unix(7)).
constexpr std::size_t kMaxUnixPath = 107;

constexpr bool IsAlphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Every byte of every request is looked at, so what it may be stands in a table.
using Bytes = std::array<bool, 256>;

template <class Predicate>
constexpr Bytes BytesThat(Predicate predicate) {
    Bytes bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = predicate(static_cast<char>(i));
    return bytes;
}

constexpr bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

constexpr Bytes kInToken = BytesThat(
    [](char c) { return IsAlphanumeric(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos; });
constexpr Bytes kInUrl =
    BytesThat([](char c) { return !IsControl(c) && static_cast<unsigned char>(c) < 0x80 && c != ' ' && c != '\\'; });
constexpr Bytes kInValue = BytesThat([](char c) { return !IsControl(c) || c == '\t'; });
constexpr Bytes kInPath = BytesThat([](char c) { return !IsControl(c); });

bool IsAllOf(const Bytes& allowed, std::string_view text) {
    return std::all_of(text.begin(), text.end(), [&](char c) { return allowed[static_cast<unsigned char>(c)]; });
}

bool IsToken(std::string_view text) { return !text.empty() && IsAllOf(kInToken, text); }

bool IsOurs(std::string_view name) {
    constexpr std::string_view kOfProxy = "proxy-";
    return base::EqualsIgnoreCase(name.substr(0, kOfProxy.size()), kOfProxy) ||
           std::any_of(kOurHeaders.begin(), kOurHeaders.end(),
                       [name](std::string_view ours) { return base::EqualsIgnoreCase(name, ours); });
}

std::optional<Error> CheckMethod(const Request& request) {
    if (!IsToken(request.method))
        return MakeError(Code::kInvalid, "the method is not an HTTP token; use one like POST");
    if (request.method == "CONNECT")
        return MakeError(Code::kInvalid, "the method CONNECT asks for a tunnel, not a request");
    if (request.method == "HEAD" && !request.body.empty())
        return MakeError(Code::kInvalid, "a HEAD request cannot have a body; use another method");
    return std::nullopt;
}

std::optional<Error> CheckHeader(const std::string& name, const std::string& value) {
    if (!IsToken(name))
        return MakeError(Code::kInvalid,
                         "a header name is not an HTTP token: only letters, digits and !#$%&'*+-.^_`|~");
    if (IsOurs(name))
        return MakeError(Code::kInvalid,
                         "the header " + name + " cannot be set: it belongs to the connection; remove it");
    if (!IsAllOf(kInValue, value))
        return MakeError(Code::kInvalid,
                         "the value of the header " + name + " has a control character (such as CR or LF) in it");
    return std::nullopt;
}

bool IsHost(std::string_view host) {
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        const std::string_view address = host.substr(1, host.size() - 2);
        return address.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
    }
    return !host.empty() && std::all_of(host.begin(), host.end(),
                                        [](char c) { return IsAlphanumeric(c) || c == '-' || c == '.' || c == '_'; });
}

base::Result<Target> ReadUrl(std::string_view url) {
    if (!IsAllOf(kInUrl, url))
        return MakeError(
            Code::kInvalid,
            "the URL has a space, backslash, control character or a byte beyond ASCII in it; percent-encode it");
    if (url.find('#') != std::string_view::npos)
        return MakeError(Code::kInvalid, "the URL has a fragment (#...), which is never sent; remove it");
    const std::size_t colon = std::min(url.find(':'), url.size());
    const std::string scheme = base::ToLower(url.substr(0, colon));
    if ((scheme != "http" && scheme != "https") || url.substr(colon, 3) != "://")
        return MakeError(Code::kInvalid, "the URL does not start with http:// or https://");
    const std::string_view rest = url.substr(colon + 3);
    base::Result<Target> target = ReadAuthority(rest.substr(0, rest.find_first_of("/?")), scheme == "https" ? 443 : 80);
    if (target) target->https = scheme == "https";
    return target;
}

}  // namespace

std::string Target::Name() const { return unix_socket.empty() ? host + ":" + std::to_string(port) : unix_socket; }

bool Target::NeedsLookup() const {
    const auto is_of_address = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
    const bool is_address = host.starts_with('[') || std::all_of(host.begin(), host.end(), is_of_address);
    return unix_socket.empty() && !is_address && !base::EqualsIgnoreCase(host, "localhost");
}

base::Result<Target> ReadAuthority(std::string_view authority, int default_port) {
    if (authority.find('@') != std::string_view::npos)
        return MakeError(Code::kInvalid, "the URL has a user name or password in it; put credentials in a header");
    Target target{.https = false, .host = {}, .port = default_port, .unix_socket = {}};
    const std::size_t colon = authority.rfind(':');
    const std::size_t bracket = authority.rfind(']');
    if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
        const std::string_view port = authority.substr(colon + 1);
        const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), target.port);
        if (error != std::errc() || end != port.data() + port.size() || target.port < 1 || target.port > 65535)
            return MakeError(Code::kInvalid, "the port of the URL is not a number from 1 to 65535");
        authority = authority.substr(0, colon);
    }
    if (!IsHost(authority))
        return MakeError(
            Code::kInvalid,
            "the host of the URL is not a name or an address; write names beyond ASCII in their xn-- form");
    target.host = authority;
    return target;
}

base::Result<Target> CheckRequest(const Request& request) {
    if (auto error = CheckMethod(request)) return *std::move(error);
    for (const auto& [name, value] : request.headers) {
        if (auto error = CheckHeader(name, value)) return *std::move(error);
    }
    if (request.unix_socket.size() > kMaxUnixPath || !IsAllOf(kInPath, request.unix_socket))
        return MakeError(Code::kInvalid,
                         "the path of the Unix socket is longer than 107 bytes or has a control character");
    base::Result<Target> target = ReadUrl(request.url);
    if (target) target->unix_socket = request.unix_socket;
    return target;
}

}  // namespace fanfare::http_client
