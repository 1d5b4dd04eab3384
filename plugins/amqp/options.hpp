// The options of one destination at a broker, read and checked.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <fanfare/host.hpp>

#include "endpoint.hpp"
#include "net/tls.hpp"

namespace fanfare::plugins::amqp {

// What is published. kGadz...: the messages of the SOA of Gadz.org, version 1 (envelope as body) and 2 (data as body).
enum class Form { kCloudEvents, kGadz1, kGadz2 };

struct Argument {
    std::string name;
    std::variant<std::string, std::int64_t, bool> value;
};

struct ExchangeDeclaration {
    bool passive = false;
    std::string type;
    bool durable = true;
    bool auto_delete = false;
    std::vector<Argument> arguments;
};

struct QueueDeclaration {
    std::string name;
    bool passive = false;
    bool durable = true;
    bool auto_delete = false;
    std::string binding_key;
    std::vector<Argument> arguments;
};

struct Options {
    std::vector<Endpoint> endpoints;
    std::string vhost;
    std::string user;
    bool external = false;          // SASL EXTERNAL: the certificate says who we are
    std::optional<net::TlsOptions> tls;  // there is one if any endpoint wants it
    std::chrono::seconds heartbeat{};

    std::string exchange;
    std::string routing_key;  // empty: the type of the event
    bool routing_key_is_template = false;
    bool mandatory = true;
    bool persistent = true;
    Form form = Form::kCloudEvents;
    std::string app_id;
    std::optional<std::uint8_t> priority;
    std::string expiration;  // milliseconds, as the property wants it; empty: none
    std::size_t max_unconfirmed = 0;

    std::optional<ExchangeDeclaration> declare_exchange;
    std::optional<QueueDeclaration> declare_queue;
};

// Errors: ConfigError.
Options ReadOptions(const Config& config);

}  // namespace fanfare::plugins::amqp
