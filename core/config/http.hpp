// [destination.NAME.http] as it is written: how the host's HTTP client reaches the far side. Files are named, not read,
// and secrets not resolved yet.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "config/position.hpp"
#include "http_client/settings.hpp"
#include "json/value.hpp"

namespace fanfare::config {

struct WrittenSecret {
    json::Value value;  // for ResolveSecret
    Position where;
};

struct HttpAuth {
    enum class Kind { kBasic, kBearer, kOAuth2 };
    Kind kind = Kind::kBearer;
    std::string user;                     // kBasic
    http_client::OAuth2 oauth2;           // kOAuth2, without its secret
    std::optional<WrittenSecret> secret;  // password, token, or the client's secret
};

struct Http {
    http_client::Proxies proxies;  // without the password of proxy_password
    std::optional<WrittenSecret> proxy_password;
    std::string ca_file;             // absolute, as the next one; empty: none
    std::string client_certificate;  // holds the key as well if client_key is not set
    std::optional<WrittenSecret> client_key;
    std::optional<WrittenSecret> client_key_password;
    http_client::MinimumTls minimum_tls = http_client::MinimumTls::kOneTwo;
    http_client::HttpVersion http_version = http_client::HttpVersion::kAuto;
    base::Duration connect_timeout = std::chrono::seconds(10);
    std::size_t max_connections = 0;  // 0: any number
    http_client::Policy policy;
    std::optional<HttpAuth> auth;
    json::Value text;                                        // all of it, as it is written
    std::map<std::string, Position, std::less<>> positions;  // of its keys; "" is the table
};

}  // namespace fanfare::config
