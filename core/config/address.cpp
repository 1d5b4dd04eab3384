#include "config/address.hpp"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <optional>

namespace fanfare::config {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr std::string_view kSystemd = "systemd:";
constexpr std::string_view kExamples = "write it as \"127.0.0.1:8640\", \"[::1]:8640\" or \"unix:/run/fanfare/x.sock\"";

struct HostPort {
    std::string host;  // without brackets
    std::string port;
    bool bracketed = false;
};

std::optional<HostPort> Split(std::string_view address) {
    const std::size_t colon = address.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view host = address.substr(0, colon);
    const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    return HostPort{std::string(host), std::string(address.substr(colon + 1)), bracketed};
}

bool IsPort(std::string_view text) {
    const bool digits = std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    return digits && !text.empty() && text.size() <= 5 && std::stoi(std::string(text)) <= 65535;
}

bool IsIpv4(const std::string& host) {
    in_addr address{};
    return inet_pton(AF_INET, host.c_str(), &address) == 1;
}

bool IsIpv6(const std::string& host) {
    in6_addr address{};
    return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

AddressFault CheckUnix(std::string_view path) {
    if (path.empty() || path.front() != '/') return {"needs an absolute path after 'unix:'", std::string(kExamples)};
    constexpr std::size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
    if (path.size() > kLongest) {
        return {"has a path of " + std::to_string(path.size()) + " bytes; the system takes " + std::to_string(kLongest),
                "choose a shorter path"};
    }
    return {};
}

}  // namespace

AddressFault CheckAddress(std::string_view address) {
    if (address.find('\0') != std::string_view::npos) return {"contains a NUL", std::string(kExamples)};
    if (address.starts_with(kUnix)) return CheckUnix(address.substr(kUnix.size()));
    if (address.starts_with(kSystemd)) {
        if (address.size() > kSystemd.size()) return {};
        return {"names no socket", "write \"systemd:NAME\", with NAME from FileDescriptorName= of the socket unit"};
    }
    const auto parts = Split(address);
    if (!parts || IsIpv6(std::string(address))) return {"has no port", std::string(kExamples)};
    if (!IsPort(parts->port)) return {"has no port between 0 and 65535 behind the last ':'", std::string(kExamples)};
    if (parts->host.empty())
        return {"has no host", "for every address of this machine write \"0.0.0.0:" + parts->port + "\""};
    if (parts->bracketed ? IsIpv6(parts->host) : IsIpv4(parts->host)) return {};
    if (IsIpv6(parts->host)) {
        return {"has an IPv6 host without brackets", "write \"[" + parts->host + "]:" + parts->port + "\""};
    }
    if (parts->host == "localhost") {
        return {"must be a number, not a host name", "write \"127.0.0.1:" + parts->port + "\""};
    }
    return {"has no IPv4 address, nor an IPv6 address in brackets, as its host", std::string(kExamples)};
}

bool IsLoopback(std::string_view address) {
    if (address.starts_with(kUnix)) return true;
    const auto parts = Split(address);
    if (!parts) return false;
    in6_addr six{};
    if (parts->bracketed) return inet_pton(AF_INET6, parts->host.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
    return parts->host.starts_with("127.");
}

}  // namespace fanfare::config
