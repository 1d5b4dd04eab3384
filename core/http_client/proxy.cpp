#include "http_client/proxy.hpp"

#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <utility>

#include "base/text.hpp"

namespace fanfare::http_client {
namespace {

base::Error Fault(const char* message) { return base::MakeError(base::Code::kConfig, message); }

std::string PercentDecoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = text[i] == '%' ? base::DecodeHex(text.substr(i + 1, 2)) : std::nullopt;
        if (byte && byte->size() == 1) i += 2;
        out += byte && byte->size() == 1 ? byte->front() : text[i];
    }
    return out;
}

std::string_view WithoutBrackets(std::string_view host) {
    const bool bracketed = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
    return bracketed ? host.substr(1, host.size() - 2) : host;
}

std::string FromEnvironment(std::initializer_list<const char*> names, std::string& found) {
    for (const char* name : names) {
        const char* const value = std::getenv(name);
        if (value == nullptr || *value == '\0') continue;
        found = name;
        return value;
    }
    return {};
}

base::Result<std::optional<ProxyServer>> ProxyOfEnvironment(std::initializer_list<const char*> names) {
    std::string name;
    std::string url = FromEnvironment(names, name);
    if (url.empty()) return std::optional<ProxyServer>();
    if (url.find("://") == std::string::npos) url.insert(0, "http://");
    while (url.ends_with('/')) url.pop_back();
    base::Result<ProxyServer> proxy = ParseProxy(url);
    if (!proxy) return base::MakeError(base::Code::kConfig, name + " of the environment: " + proxy.error().message);
    return std::optional<ProxyServer>(*std::move(proxy));
}

}  // namespace

base::Result<ProxyServer> ParseProxy(std::string_view url) {
    ProxyServer proxy;
    const std::size_t colon = std::min(url.find("://"), url.size());
    proxy.scheme = base::ToLower(url.substr(0, colon));
    if (proxy.scheme != "http" && proxy.scheme != "https" && proxy.scheme != "socks5h")
        return Fault("a proxy is written as http://host:port, https://host:port or socks5h://host:port");
    std::string_view authority = url.substr(std::min(colon + 3, url.size()));
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
        const std::string_view user = authority.substr(0, at);
        const std::size_t split = std::min(user.find(':'), user.size());
        proxy.user = PercentDecoded(user.substr(0, split));
        proxy.password = base::Secret(PercentDecoded(user.substr(std::min(split + 1, user.size()))));
        authority.remove_prefix(at + 1);
    }
    base::Result<Target> target = ReadAuthority(authority, 0);
    if (!target) return Fault("a proxy needs a host and a port, and nothing behind them: http://host:port");
    if (target->port == 0) return Fault("a proxy needs its port: http://host:port");
    proxy.target = *std::move(target);
    return proxy;
}

std::optional<Unproxied> Unproxied::Parse(std::string_view text) {
    Unproxied parsed;
    const std::string_view bare = WithoutBrackets(text);
    if (const auto network = base::ParseNetwork(bare)) {
        parsed.network_ = *network;
        return parsed;
    }
    if (const auto address = base::ParseAddress(bare)) {
        parsed.network_ = {*address, address->v6 ? 128u : 32u};
        return parsed;
    }
    if (text.starts_with('.')) text.remove_prefix(1);
    const bool is_name = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
               c == '_';
    });
    if (!is_name && text != "*") return std::nullopt;
    parsed.name_ = base::ToLower(text);
    return parsed;
}

bool Unproxied::Fits(const Target& target) const {
    if (name_ == "*") return true;
    if (name_.empty()) {
        const auto address = base::ParseAddress(WithoutBrackets(target.host));
        return address && network_.Contains(*address);
    }
    const std::string host = base::ToLower(target.host);
    return host == name_ || host.ends_with("." + name_);
}

const ProxyServer* Proxies::For(const Target& target) const {
    const std::optional<ProxyServer>& proxy = target.https ? https : http;
    if (!proxy || !target.unix_socket.empty()) return nullptr;
    const auto fits = [&](const Unproxied& entry) { return entry.Fits(target); };
    return std::any_of(unproxied.begin(), unproxied.end(), fits) ? nullptr : &*proxy;
}

base::Result<Proxies> ProxiesOfEnvironment() {
    Proxies proxies;
    base::Result<std::optional<ProxyServer>> http = ProxyOfEnvironment({"http_proxy"});
    if (!http) return std::move(http).error();
    base::Result<std::optional<ProxyServer>> https = ProxyOfEnvironment({"https_proxy", "HTTPS_PROXY"});
    if (!https) return std::move(https).error();
    proxies.http = *std::move(http);
    proxies.https = *std::move(https);
    std::string name;
    const std::string list = FromEnvironment({"no_proxy", "NO_PROXY"}, name);
    std::string_view rest = list;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find_first_of(", "), rest.size());
        const std::string_view entry = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (entry.empty()) continue;
        const auto parsed = Unproxied::Parse(entry);
        if (!parsed)
            return base::MakeError(base::Code::kConfig,
                                   name + " of the environment holds something that is no host, address or network");
        proxies.unproxied.push_back(*parsed);
    }
    return proxies;
}

}  // namespace fanfare::http_client
