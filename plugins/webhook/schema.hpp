// The options of the webhook plugin as JSON Schema draft-07.
#pragma once

namespace fanfare::plugins::webhook {

inline constexpr char kSchema[] = R"json({
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "additionalProperties": false,
    "required": ["url"],
    "properties": {
        "url": {
            "type": "string",
            "minLength": 8,
            "maxLength": 8192,
            "format": "fanfare-template-url",
            "description": "Where to send each event: http or https, without user name and fragment. May be a template behind the host. Shown to nobody in full: reasons name host and port only.",
            "examples": ["https://hooks.example.com/fanfare", "https://hooks.example.com/orders/{{ data.order }}"]
        },
        "method": {
            "type": "string",
            "enum": ["POST", "PUT", "PATCH"],
            "default": "POST",
            "description": "HTTP method of the request."
        },
        "headers": {
            "type": "object",
            "additionalProperties": {"type": "string", "maxLength": 8192},
            "default": {},
            "description": "Headers added to every request; a Content-Type here wins over that of the event. Values without control characters. Not those that belong to the protocol: webhook-*, ce-*, Idempotency-Key, Content-Length, Host, Connection, Transfer-Encoding and other hop-by-hop headers.",
            "examples": [{"Authorization": "Bearer abc", "X-Team": "blue"}]
        },
        "secret": {
            "description": "Signs each request as Standard Webhooks 1.0 says: 24 to 64 random bytes in base64, with or without 'whsec_' before it. A list while it is being rotated: every secret in it signs.",
            "anyOf": [
                {"type": "string", "format": "fanfare-secret", "writeOnly": true},
                {"type": "array", "minItems": 1, "maxItems": 10,
                 "items": {"type": "string", "format": "fanfare-secret", "writeOnly": true}}
            ]
        }
    }
})json";

}  // namespace fanfare::plugins::webhook
