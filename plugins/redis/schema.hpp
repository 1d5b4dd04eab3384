// The options of the redis plugin as JSON Schema draft-07.
#pragma once

namespace fanfare::plugins::redis {

inline constexpr char kSchema[] = R"json({
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "additionalProperties": false,
    "required": ["server", "key"],
    "properties": {
        "server": {
            "description": "Where Redis listens: host, host:port (6379 without a port), [IPv6]:port or unix:/path. A list: tried in turn until one takes writes. With sentinel: the Sentinels (26379 without a port). With cluster: some of its nodes.",
            "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": 300},
                {"type": "array", "minItems": 1, "maxItems": 16, "items": {"type": "string", "minLength": 1, "maxLength": 300}}
            ],
            "examples": ["redis.example.com:6379", "unix:/run/redis/redis-server.sock", ["sentinel-1", "sentinel-2", "sentinel-3"]]
        },
        "key": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024,
            "format": "fanfare-template-line",
            "description": "Name of the stream, list or channel. May be a template; what stands before its first tag cannot be changed by an event, and must not be empty.",
            "examples": ["events", "orders:{{ data.region }}"]
        },
        "mode": {
            "type": "string",
            "enum": ["stream", "list", "channel"],
            "default": "stream",
            "description": "What the key names: a stream (XADD), a list (RPUSH or LPUSH), or a Pub/Sub channel (PUBLISH: who does not listen at that moment misses it)."
        },
        "format": {
            "type": "string",
            "enum": ["fields", "json"],
            "description": "fields: an entry of a stream has one field for each attribute, and data. json: one structured CloudEvent. Default: fields for a stream; lists and channels know json only."
        },
        "push": {
            "type": "string",
            "enum": ["right", "left"],
            "default": "right",
            "description": "End of the list that events are added to: right is RPUSH, left is LPUSH."
        },
        "max_length": {
            "type": "integer",
            "minimum": 1,
            "maximum": 9007199254740991,
            "description": "Entries that a stream or list keeps; the oldest go. Without it nothing is removed."
        },
        "max_age_seconds": {
            "type": "integer",
            "minimum": 1,
            "maximum": 3153600000,
            "description": "How long a stream keeps its entries (XADD MINID, Redis 6.2)."
        },
        "exact_trim": {
            "type": "boolean",
            "description": "Keep a stream at max_length or max_age_seconds to the entry. Default false: Redis removes whole nodes of the stream, which is much cheaper."
        },
        "require_receiver": {
            "type": "boolean",
            "description": "For a channel: try again later if nobody was listening. Not in a cluster, where only the receivers of one node are counted. Default false."
        },
        "user": {
            "type": "string",
            "minLength": 1,
            "maxLength": 256,
            "description": "ACL user (Redis 6). Without it, a password is that of the default user."
        },
        "password": {
            "type": "string",
            "format": "fanfare-secret",
            "writeOnly": true,
            "description": "Password of the user. Read at each connect, so it can be rotated."
        },
        "database": {
            "type": "integer",
            "minimum": 0,
            "maximum": 2147483647,
            "default": 0,
            "description": "Number of the database. A cluster has 0 only."
        },
        "tls": {
            "type": "object",
            "additionalProperties": false,
            "description": "TLS 1.2 or later, the certificate always verified. Of Sentinels and all nodes, too. An empty table will do if a public authority has issued it.",
            "properties": {
                "ca": {"type": "string", "minLength": 1, "description": "PEM file with the authorities to trust, in place of those of the system."},
                "server_name": {"type": "string", "minLength": 1, "maxLength": 253, "description": "Name or address that the certificate must have. Default: the host that is connected to."},
                "certificate": {"type": "string", "minLength": 1, "description": "PEM file with our own certificate and its chain, if the server asks for one."},
                "key": {"type": "string", "minLength": 1, "description": "PEM file with its private key, not encrypted."}
            }
        },
        "sentinel": {
            "type": "object",
            "additionalProperties": false,
            "required": ["master"],
            "description": "The servers are Sentinels that know the master.",
            "properties": {
                "master": {"type": "string", "minLength": 1, "maxLength": 256, "description": "Name of the master in the configuration of the Sentinels."},
                "user": {"type": "string", "minLength": 1, "maxLength": 256, "description": "ACL user of the Sentinels."},
                "password": {"type": "string", "format": "fanfare-secret", "writeOnly": true, "description": "Password of the Sentinels; often they have none, or another one than the master."}
            }
        },
        "cluster": {
            "type": "boolean",
            "default": false,
            "description": "The servers are nodes of a Redis Cluster."
        }
    }
})json";

}  // namespace fanfare::plugins::redis
