// Proxies between the client and the far side, and for which hosts there is none. Pure, but for ProxiesOfEnvironment.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/network.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "http_client/check.hpp"

namespace fanfare::http_client {

struct ProxyServer {
    std::string scheme;  // "http", "https" or "socks5h"
    Target target;       // host and port
    std::string user;    // empty: it asks for none
    base::Secret password;

    std::string Url() const { return scheme + "://" + target.Name(); }
};
// "http://host:port"; also with "user:password@", percent-encoded. Errors: kConfig, without the text.
base::Result<ProxyServer> ParseProxy(std::string_view url);

// An entry of no_proxy: a host with all below it ("example.com", ".example.com"), an address, a network, "*" for all.
class Unproxied {
public:
    // nullopt: none of these.
    static std::optional<Unproxied> Parse(std::string_view text);
    bool Fits(const Target& target) const;

private:
    std::string name_;  // in lower case, without a dot before it; "*"; empty: network_ counts
    base::Network network_;
};

struct Proxies {
    std::optional<ProxyServer> http;   // for http:// URLs
    std::optional<ProxyServer> https;  // for https:// URLs
    std::vector<Unproxied> unproxied;

    bool any() const { return http || https; }
    // nullptr: straight to the target.
    const ProxyServer* For(const Target& target) const;
};

// What http_proxy, https_proxy (or HTTPS_PROXY) and no_proxy (or NO_PROXY) of the environment say. HTTP_PROXY in
// capitals is not read, as everywhere: a CGI server would let a client set it. Errors: kConfig, with the name of the
// variable.
base::Result<Proxies> ProxiesOfEnvironment();

}  // namespace fanfare::http_client
