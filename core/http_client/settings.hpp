// How the client reaches the far sides of one destination. Made once, then immutable and shared with every request.
//
// Connections are shared only among requests with the same Settings object: libcurl's own comparison sees neither the
// key of a client certificate, nor the user of a proxy, nor the network policy, under which a connection was made.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "http_client/client_certificate.hpp"
#include "http_client/policy.hpp"
#include "http_client/proxy.hpp"
#include "http_client/trust.hpp"

namespace fanfare::http_client {

enum class HttpVersion {
    kAuto,  // HTTP/2 over TLS where the server offers it
    kOne,   // HTTP/1.1
    kTwo,   // as kAuto over TLS; HTTP/2 from the first byte without
};

enum class MinimumTls { kOneTwo, kOneThree };

// Client credentials grant, RFC 6749, section 4.4.
struct OAuth2 {
    std::string token_url;
    std::string client_id;
    base::Secret client_secret;
    std::string scope;            // empty: not sent, as the next one
    std::string audience;         // not of RFC 6749, but of many servers
    bool secret_in_body = false;  // rather than in Authorization: Basic
};

// Of requests that have no Authorization header themselves: whoever signs a request knows better.
struct Authorization {
    base::Secret header;           // "Basic ..." or "Bearer ..."; empty: none
    std::optional<OAuth2> oauth2;  // in place of `header`
};

struct Settings {
    Trust trust;
    ClientCertificate certificate;
    MinimumTls minimum_tls = MinimumTls::kOneTwo;
    HttpVersion http_version = HttpVersion::kAuto;
    std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);  // name lookup apart
    std::size_t max_connections = 0;                                       // to one host; 0: as many as are needed
    Proxies proxies;
    Policy policy;
    Authorization authorization;
};

}  // namespace fanfare::http_client
