// The options of the sqs plugin as JSON Schema draft-07.
#pragma once

#include <string_view>

#include "aws/schema.hpp"

namespace fanfare::plugins::sqs {

inline constexpr std::string_view kHead = R"json({
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "additionalProperties": false,
    "properties": {
        "queue_url": {
            "type": "string",
            "maxLength": 2048,
            "description": "URL of the queue. Either this or 'queue'. Requests go to its host unless 'endpoint' says otherwise, and it gives the Region if it can.",
            "examples": ["https://sqs.eu-west-1.amazonaws.com/123456789012/orders"]
        },
        "queue": {
            "type": "string",
            "pattern": "^[A-Za-z0-9_-]{1,80}(\\.fifo)?$",
            "description": "Name of the queue; its URL is asked for once (GetQueueUrl) and kept.",
            "examples": ["orders", "orders.fifo"]
        },
        "queue_owner": {
            "type": "string",
            "pattern": "^[0-9]{12}$",
            "description": "Account id of the owner of 'queue', if it is another account's."
        },
        "message_group_id": {
            "type": "string",
            "minLength": 1,
            "format": "fanfare-template-line",
            "description": "Message group id. Default for FIFO queues: the order key of the delivery, or 'fanfare' where there is none; for other queues: none.",
            "examples": ["{{ subject }}"]
        },
        "deduplication_id": {
            "type": "string",
            "minLength": 1,
            "format": "fanfare-template-line",
            "description": "Message deduplication id, for FIFO queues. Default: the id of the delivery, which is the same at every attempt.",
            "examples": ["{{ source }}-{{ id }}"]
        },
        "delay_seconds": {
            "type": "integer",
            "minimum": 0,
            "maximum": 900,
            "description": "Seconds until a message can be received. Default: as the queue says. Not for FIFO queues."
        },
        "encoding": {
            "type": "string",
            "enum": ["text", "base64"],
            "default": "text",
            "description": "text: the data as it is, which must be text that SQS takes; base64: always in base64, for data that is not text."
        },
        "attributes": {
            "type": "array",
            "maxItems": 10,
            "uniqueItems": true,
            "items": {"type": "string", "pattern": "^[a-z0-9]{1,64}$"},
            "description": "Attributes of the event to send as message attributes: id, source, type, specversion, subject, time, datacontenttype, dataschema, realm, or an extension. Default: in that order, then the extensions, up to the ten that SQS takes.",
            "examples": [["type", "realm", "traceparent"]]
        },
        "max_message_bytes": {
            "type": "integer",
            "minimum": 1024,
            "maximum": 16777216,
            "default": 1048576,
            "description": "Largest message, body and attributes, and largest request: what is larger is rejected unsent. Lower it to what the queue takes (MaximumMessageSize)."
        },)json";
inline constexpr std::string_view kTail = R"json(
    }
})json";
inline constexpr auto kSchemaText =
    aws::Join<kHead.size() + aws::kOptions.size() + kTail.size()>(kHead, aws::kOptions, kTail);
inline constexpr std::string_view kSchema(kSchemaText.data(), kSchemaText.size());

}  // namespace fanfare::plugins::sqs
