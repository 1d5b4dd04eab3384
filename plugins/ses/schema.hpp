// The options of the ses plugin as JSON Schema draft-07.
#pragma once

#include <string_view>

#include "aws/schema.hpp"

namespace fanfare::plugins::ses {

inline constexpr std::string_view kHead = R"json({
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "additionalProperties": false,
    "required": ["sender", "recipients"],
    "properties": {
        "sender": {
            "type": "string",
            "minLength": 3,
            "maxLength": 320,
            "description": "Address that the mail comes from; SES must have verified it or its domain.",
            "examples": ["fanfare@example.com"]
        },
        "sender_name": {
            "type": "string",
            "maxLength": 256,
            "format": "fanfare-template-line",
            "description": "Name shown beside the sender's address.",
            "examples": ["Orders", "{{ realm }}"]
        },
        "recipients": {
            "description": "Who gets the mail: addresses, each with or without a name ('Ann <ann@example.com>'), as a list or in one text with commas. May be templates. 50 at most, with cc and bcc.",
            "anyOf": [
                {"type": "string", "minLength": 3, "format": "fanfare-template-line"},
                {"type": "array", "minItems": 1, "maxItems": 50,
                 "items": {"type": "string", "minLength": 3, "format": "fanfare-template-line"}}
            ],
            "examples": ["ann@example.com, bob@example.com", ["{{ data.customer.email }}"]]
        },
        "cc": {
            "description": "Who gets a copy; as recipients.",
            "anyOf": [
                {"type": "string", "format": "fanfare-template-line"},
                {"type": "array", "maxItems": 50, "items": {"type": "string", "format": "fanfare-template-line"}}
            ]
        },
        "bcc": {
            "description": "Who gets a copy that the others do not see; as recipients.",
            "anyOf": [
                {"type": "string", "format": "fanfare-template-line"},
                {"type": "array", "maxItems": 50, "items": {"type": "string", "format": "fanfare-template-line"}}
            ]
        },
        "reply_to": {
            "description": "Where answers go; as recipients.",
            "anyOf": [
                {"type": "string", "format": "fanfare-template-line"},
                {"type": "array", "maxItems": 50, "items": {"type": "string", "format": "fanfare-template-line"}}
            ]
        },
        "subject": {
            "type": "string",
            "minLength": 1,
            "default": "{{ type }}",
            "format": "fanfare-template-line",
            "description": "Subject of the mail.",
            "examples": ["Order {{ data.order }} is paid"]
        },
        "text": {
            "type": "string",
            "minLength": 1,
            "format": "fanfare-template-text",
            "description": "The mail as plain text. Default, unless 'html' or 'attachment_name' is set: the data, JSON indented, a JSON string as its text; or what the shape made."
        },
        "html": {
            "type": "string",
            "minLength": 1,
            "format": "fanfare-template-html",
            "description": "The mail as HTML, values escaped; beside 'text' if both are set. A shape of type text/html is HTML without this."
        },
        "attachment_name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 255,
            "format": "fanfare-template-line",
            "description": "Attaches the data, any bytes, under this file name with its content type.",
            "examples": ["order-{{ data.order }}.json"]
        },
        "configuration_set": {
            "type": "string",
            "pattern": "^[A-Za-z0-9_-]{1,64}$",
            "description": "Configuration set to send with."
        },
        "tags": {
            "type": "object",
            "maxProperties": 50,
            "additionalProperties": {"type": "string", "maxLength": 256, "format": "fanfare-template-line"},
            "default": {},
            "description": "Tags of the mail, for SES's events: letters, digits, '_', '-', '.' and '@'.",
            "examples": [{"team": "blue"}]
        },
        "api": {
            "type": "string",
            "enum": ["v2", "v1"],
            "default": "v2",
            "description": "v2: SES API v2, JSON; v1: the Query API of 2010-12-01, for what speaks only that."
        },
        "max_message_bytes": {
            "type": "integer",
            "minimum": 1024,
            "maximum": 41943040,
            "description": "Largest mail: subject and texts, or with an attachment the whole message, encoded. What is larger is rejected unsent. Default: what SES takes, 41943040, with v1 10485760."
        },)json";
inline constexpr std::string_view kTail = R"json(
    }
})json";
inline constexpr auto kSchemaText =
    aws::Join<kHead.size() + aws::kOptions.size() + kTail.size()>(kHead, aws::kOptions, kTail);
inline constexpr std::string_view kSchema(kSchemaText.data(), kSchemaText.size());

}  // namespace fanfare::plugins::ses
