// The options of the amqp plugin as JSON Schema draft-07.
#pragma once

namespace fanfare::plugins::amqp {

inline constexpr char kSchema[] = R"json({
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "additionalProperties": false,
    "required": ["url"],
    "properties": {
        "url": {
            "description": "Where the broker listens: amqp://host, amqps://host (TLS), with :port and /vhost if need be (a slash in the name of the virtual host is %2F), without user name and password. A list: tried in turn until one takes the connection.",
            "anyOf": [
                {"type": "string", "minLength": 8, "maxLength": 1024},
                {"type": "array", "minItems": 1, "maxItems": 16, "items": {"type": "string", "minLength": 8, "maxLength": 1024}}
            ],
            "examples": ["amqp://rabbit.example.com", "amqps://rabbit.example.com:5671/orders", ["amqp://rabbit-1", "amqp://rabbit-2"]]
        },
        "vhost": {
            "type": "string",
            "minLength": 1,
            "maxLength": 255,
            "description": "Virtual host. Default: that of the url, else '/'."
        },
        "user": {
            "type": "string",
            "minLength": 1,
            "maxLength": 255,
            "description": "User name. Default: guest, which RabbitMQ lets in from its own machine only."
        },
        "password": {
            "type": "string",
            "format": "fanfare-secret",
            "writeOnly": true,
            "description": "Password of the user. Read at each connect, so it can be rotated. Default for guest: guest."
        },
        "auth": {
            "type": "string",
            "enum": ["plain", "external"],
            "default": "plain",
            "description": "plain: user and password. external: the certificate of tls.certificate says who we are."
        },
        "tls": {
            "type": "object",
            "additionalProperties": false,
            "description": "For amqps: TLS 1.2 or later, the certificate always verified. Not needed if a public authority has issued it.",
            "properties": {
                "ca": {"type": "string", "minLength": 1, "description": "PEM file with the authorities to trust, in place of those of the system."},
                "server_name": {"type": "string", "minLength": 1, "maxLength": 253, "description": "Name or address that the certificate must have. Default: the host of the url."},
                "certificate": {"type": "string", "minLength": 1, "description": "PEM file with our own certificate and its chain, if the broker asks for one."},
                "key": {"type": "string", "minLength": 1, "description": "PEM file with its private key, not encrypted."}
            }
        },
        "heartbeat_seconds": {
            "type": "integer",
            "minimum": 0,
            "maximum": 3600,
            "default": 20,
            "description": "How often both sides give a sign of life; a broker that is silent twice as long is taken for gone. The broker may ask for less. 0: none from our side."
        },
        "exchange": {
            "type": "string",
            "maxLength": 255,
            "default": "",
            "description": "Exchange to publish to. Empty: the default exchange, where the routing key is the name of a queue."
        },
        "routing_key": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024,
            "format": "fanfare-template-line",
            "description": "Routing key, at most 255 bytes. May be a template. Default: the type of the event.",
            "examples": ["orders", "orders.{{ data.region }}"]
        },
        "mandatory": {
            "type": "boolean",
            "default": true,
            "description": "A message that reaches no queue comes back, and its event is rejected as unroutable. false: the broker drops it, and the event counts as delivered."
        },
        "persistent": {
            "type": "boolean",
            "default": true,
            "description": "The broker confirms a message once it is on disk, in every queue that keeps messages."
        },
        "form": {
            "type": "string",
            "enum": ["cloudevents", "gadz-v1", "gadz-v2"],
            "default": "cloudevents",
            "description": "cloudevents: the data as body, the attributes as headers. gadz-v1: the envelope of the SOA of Gadz.org as body. gadz-v2: the data of the envelope as body, the rest as properties and headers."
        },
        "app_id": {
            "type": "string",
            "minLength": 1,
            "maxLength": 255,
            "description": "Property app_id. Default: fanfare; in the forms of Gadz.org the source of the event."
        },
        "priority": {
            "type": "integer",
            "minimum": 0,
            "maximum": 255,
            "description": "Property priority, for queues with x-max-priority."
        },
        "expiration_ms": {
            "type": "integer",
            "minimum": 0,
            "maximum": 4294967295,
            "description": "Milliseconds after which the broker drops a message that no one has taken."
        },
        "max_unconfirmed": {
            "type": "integer",
            "minimum": 1,
            "maximum": 65535,
            "default": 2000,
            "description": "Messages that may be under way at once without a confirm of the broker. As many at most may arrive twice when a connection breaks."
        },
        "declare_exchange": {
            "type": "object",
            "additionalProperties": false,
            "description": "Declares the exchange at each connect.",
            "properties": {
                "passive": {"type": "boolean", "default": false, "description": "Only see that it is there."},
                "type": {"type": "string", "minLength": 1, "maxLength": 255, "default": "topic", "description": "Type of the exchange: topic, direct, fanout, headers, or one of a plugin of the broker."},
                "durable": {"type": "boolean", "default": true, "description": "It outlives a restart of the broker."},
                "auto_delete": {"type": "boolean", "default": false, "description": "It goes with its last binding."},
                "arguments": {"type": "object", "additionalProperties": {"type": ["string", "integer", "boolean"]}, "default": {}, "description": "Optional arguments, as the broker names them."}
            }
        },
        "declare_queue": {
            "type": "object",
            "additionalProperties": false,
            "required": ["name"],
            "description": "Declares a queue at each connect and, unless the exchange is the default one, binds it.",
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 255, "description": "Name of the queue."},
                "passive": {"type": "boolean", "default": false, "description": "Only see that it is there; bind nothing."},
                "durable": {"type": "boolean", "default": true, "description": "It outlives a restart of the broker."},
                "auto_delete": {"type": "boolean", "default": false, "description": "It goes with its last consumer."},
                "binding_key": {"type": "string", "maxLength": 255, "default": "#", "description": "Key of the binding to the exchange."},
                "arguments": {"type": "object", "additionalProperties": {"type": ["string", "integer", "boolean"]}, "default": {}, "description": "Optional arguments, as the broker names them."}
            },
            "examples": [{"name": "orders", "arguments": {"x-queue-type": "quorum"}}]
        }
    }
})json";

}  // namespace fanfare::plugins::amqp
