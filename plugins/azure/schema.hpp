// The options of the azure plugin as JSON Schema draft-07.
// Source of limits: learn.microsoft.com/rest/api/storageservices: put-message (messagettl, visibilitytimeout),
// naming-queues-and-metadata (3 to 63 characters, lower case, single dashes inside).
#pragma once

namespace fanfare::plugins::azure {

inline constexpr char kSchema[] = R"json({
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "additionalProperties": false,
    "required": ["queue"],
    "properties": {
        "queue": {
            "type": "string",
            "minLength": 3,
            "maxLength": 63,
            "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$",
            "description": "Name of the queue: 3 to 63 lower-case letters, digits and single dashes.",
            "examples": ["orders"]
        },
        "connection_string": {
            "type": "string",
            "format": "fanfare-secret",
            "writeOnly": true,
            "description": "The storage account's connection string, as the portal shows it: with AccountKey, or with SharedAccessSignature; QueueEndpoint, EndpointSuffix and DefaultEndpointsProtocol are observed. UseDevelopmentStorage=true means the emulator on this machine. In place of account, key, sas and endpoint."
        },
        "account": {
            "type": "string",
            "pattern": "^[a-z0-9]{3,24}$",
            "description": "Name of the storage account, with key, or with sas where no endpoint is set."
        },
        "key": {
            "type": "string",
            "format": "fanfare-secret",
            "writeOnly": true,
            "description": "One of the account's two access keys, in base64. Requests are signed with it (Shared Key)."
        },
        "sas": {
            "type": "string",
            "format": "fanfare-secret",
            "writeOnly": true,
            "description": "A shared access signature in place of a key: the query 'sv=...&sig=...', with the permission to add messages; with create_queue also to create (of the resource type container)."
        },
        "endpoint": {
            "type": "string",
            "description": "Where the queue service is, if not at https://ACCOUNT.queue.core.windows.net: another cloud, a private link, an emulator (http://127.0.0.1:10001/devstoreaccount1).",
            "examples": ["http://127.0.0.1:10001/devstoreaccount1"]
        },
        "body": {
            "type": "string",
            "enum": ["cloudevent", "data"],
            "default": "cloudevent",
            "description": "What the message is, unless the destination has a shape: the whole event as CloudEvent in JSON, or its data alone, as received."
        },
        "base64": {
            "type": "boolean",
            "default": false,
            "description": "Encode the message in base64, as Azure Functions expects it by default. Without it the message must be text."
        },
        "ttl_seconds": {
            "type": "integer",
            "minimum": -1,
            "default": 604800,
            "description": "How long the message lives if nobody takes it; -1: for ever."
        },
        "visibility_seconds": {
            "type": "integer",
            "minimum": 0,
            "maximum": 604800,
            "default": 0,
            "description": "How long the message stays invisible at first. Less than ttl_seconds."
        },
        "create_queue": {
            "type": "boolean",
            "default": false,
            "description": "Create the queue when the service says that it is not there, then put the message."
        }
    }
})json";

}  // namespace fanfare::plugins::azure
