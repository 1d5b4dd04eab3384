// The operator's configuration: fanfare.toml, conf.d/*.toml and profiles.d/*.toml beside it, read, checked and turned
// into values.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "config/http.hpp"
#include "config/position.hpp"
#include "json/value.hpp"
#include "model/access.hpp"
#include "model/policy.hpp"
#include "model/rate.hpp"
#include "profile/order_by.hpp"
#include "profile/profile.hpp"
#include "route/router.hpp"
#include "shape/shape.hpp"

namespace fanfare::config {

enum class Severity { kError, kWarning };

struct Diagnostic {
    Severity severity = Severity::kError;
    Position where;
    std::string message;  // what is wrong, with which thing
    std::string hint;     // what to do, or empty
    std::string source;   // the offending line, secrets hidden, or empty
};

// "file:line:column: error: message", the line with a caret under the column, "hint: ...". No trailing newline. What
// would disturb a terminal is shown as '?'.
std::string Format(const Diagnostic& diagnostic);

// Of a listener: PEM files, absolute paths, read again by every reload.
struct Tls {
    std::string cert_file;  // the certificate, those of its issuers behind it
    std::string key_file;
    std::string client_ca_file;  // only who has a certificate of these authorities is let in; empty: anyone
    Position where;

    friend bool operator==(const Tls&, const Tls&) = default;
};

struct Server {
    std::string listen = "127.0.0.1:8640";
    std::optional<Tls> tls;  // of `listen`
    std::string admin = "unix:/run/fanfare/admin.sock";
    std::optional<Tls> admin_tls;
    std::vector<model::AccessToken>
        admin_tokens;  // that open the admin API on TCP; none are asked for on a Unix socket
    std::optional<std::size_t> threads;  // nullopt: http::UsualThreads
    std::size_t max_body = 8u << 20;   // of one request
    std::size_t max_event = 1u << 20;  // of one event's data
    std::size_t max_batch = 10'000;    // events in one request
    std::size_t max_depth = 64;        // nesting of JSON
    std::size_t max_connections = 8192;
    std::size_t max_connections_per_address = 1024;
    std::chrono::microseconds head_timeout = std::chrono::seconds(5);
    std::chrono::microseconds body_timeout = std::chrono::seconds(10);
    std::chrono::microseconds idle_timeout = std::chrono::seconds(60);
    std::chrono::microseconds shutdown_timeout = std::chrono::seconds(30);

    friend bool operator==(const Server&, const Server&) = default;
};

struct Store {
    std::string kind = "sqlite";                                       // or "memory": nothing survives the process
    std::string path = "/var/lib/fanfare";                             // a directory, made if absent
    std::chrono::microseconds keep_sent = std::chrono::hours(7 * 24);  // events whose deliveries were sent or cancelled
    std::chrono::microseconds keep_dead = std::chrono::hours(90 * 24);  // those with a dead one
    std::optional<std::size_t> max_size;  // above it sent ones go earlier; nullopt: no limit
};

struct Log {
    log::Level level = log::Level::kInfo;
    log::Format format = log::Format::kText;
    std::string audit{};  // a file; empty: audit.ndjson beside the store, none beside a store in memory
};

struct Plugins {
    std::vector<std::string> path = {"/usr/lib/fanfare/plugins"};  // directories, searched in order; absolute

    friend bool operator==(const Plugins&, const Plugins&) = default;
};

struct Signature {
    model::SignatureScheme scheme = model::SignatureScheme::kStandardWebhooks;
    std::vector<WrittenSecret> secrets;                             // any of them may have signed
    std::chrono::microseconds tolerance = std::chrono::minutes(5);  // between the time signed and now, either way
};

struct Profile {
    std::string name;
    std::shared_ptr<const profile::Profile> profile;  // null if it is at fault
    Position where;
};

struct Realm {
    std::string name;
    std::vector<model::AccessToken> tokens;  // with a signature too: both must hold
    std::optional<Signature> signature;
    std::optional<model::Rate> rate;
    std::chrono::microseconds dedup_window = std::chrono::hours(24);
    std::optional<std::size_t> max_body;
    std::string profile;                                // of plain JSON bodies; empty: none
    std::shared_ptr<const profile::DataSchema> schema;  // of the data of every event; null: any
    Position where;

    // Takes events from whoever reaches the address.
    bool is_open() const { return tokens.empty() && !signature; }
};

// What is sent. No shape: the event as it came.
struct Shaping {
    std::shared_ptr<const shape::Shape> shape;
    shape::Missing missing = shape::Missing::kError;  // of names in templates that are options of a plugin
};

struct Destination {
    std::string name;
    std::string plugin;
    bool enabled = true;
    bool is_isolated = false;  // the plugin gets a process of its own
    json::Value options;  // the plugin's own keys, as written
    Shaping shaping;
    std::optional<Http> http;  // none: as the client does it by itself
    model::DeliveryPolicy delivery;
    std::shared_ptr<const profile::OrderBy> order_by;  // null: no order
    Position where;
    // Of every value, by JSON pointer into `options`; "" is the destination, "/plugin" its plugin key.
    std::map<std::string, Position> option_positions;
};

struct Route {
    route::Rule rule;
    // One per destination in rule.to, in place of what the destination says; null: as it says.
    std::vector<std::shared_ptr<const shape::Shape>> shapes;
    Position where;
};

// What an event must do: `fanfare test` runs it against the rest of the configuration.
struct Test {
    std::string name;
    std::string realm;
    std::vector<std::pair<std::string, std::string>> headers;  // of the request that brings the event
    std::string body;                                          // of that request
    std::vector<std::string> expect;                           // the destinations it goes to, and no others
    bool refused = false;                                      // or it is refused
    std::map<std::string, std::string> payload;                // what some of them are sent, by destination
    Position where;
};

struct Config {
    Server server;
    Store store;
    Log log;
    Plugins plugins;
    std::vector<Profile> profiles;  // in order of the files
    std::vector<Realm> realms;
    std::vector<Destination> destinations;
    std::vector<Route> routes;
    std::vector<Test> tests;
};

struct Loaded {
    Config config;                        // complete only if no diagnostic is an error
    std::vector<Diagnostic> diagnostics;  // in order of file and line
    bool ok() const;
};

// Reads `file`, and beside it conf.d/*.toml and profiles.d/*.toml in name order; the latter hold profiles only. Reports
// every fault it can find, not only the first.
Loaded Load(const std::string& file);

// A diagnostic at a place in a file that Load has read, with the offending line filled in.
Diagnostic At(const Position& where, std::string message, std::string hint = {});

// A secret as written in an option: a string, or one of {file = }, {env = }, {credential = }. A file's last newline
// does not count; its path must be absolute. Errors: kConfig, naming the source, never the value.
base::Result<base::Secret> ResolveSecret(const json::Value& value);

}  // namespace fanfare::config
