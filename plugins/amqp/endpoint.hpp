// Where a broker is, from an AMQP URL.
//
// Source: RabbitMQ, "RabbitMQ URI Specification" (https://www.rabbitmq.com/docs/uri-spec): amqp:// and amqps://, ports
// 5672 and 5671, the virtual host as one percent-encoded segment of the path.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fanfare::plugins::amqp {

struct Endpoint {
    std::string host;  // name or address
    std::uint16_t port = 0;
    bool tls = false;

    // "rabbit.example.com:5672", "[::1]:5671"
    std::string text() const;
};

struct Url {
    Endpoint endpoint;
    std::optional<std::string> vhost;  // "/" and nothing behind the host both name none
};

// Errors: ConfigError. User names and passwords in it are refused, and never shown.
Url ParseUrl(std::string_view text);

}  // namespace fanfare::plugins::amqp
