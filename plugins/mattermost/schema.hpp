// The options of the mattermost plugin as JSON Schema draft-07.
// Sources: developers.mattermost.com: integrate/webhooks/incoming (parameters),
// integrate/reference/message-attachments, integrate/reference/message-priority.
#pragma once

namespace fanfare::plugins::mattermost {

inline constexpr char kSchema[] = R"json({
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "additionalProperties": false,
    "required": ["host", "token"],
    "properties": {
        "host": {
            "type": "string",
            "minLength": 8,
            "description": "Address of the Mattermost server, with http or https, and its path if it has one.",
            "examples": ["https://chat.example.com"]
        },
        "token": {
            "type": "string",
            "format": "fanfare-secret",
            "writeOnly": true,
            "description": "What stands behind /hooks/ in the address of the incoming webhook: letters and digits."
        },
        "channel": {
            "type": "string",
            "format": "fanfare-template-line",
            "description": "Channel to post in, if not the webhook's own: its name as in its address, or @name of a user. May be a template.",
            "examples": ["town-square", "@{{ data.owner }}"]
        },
        "username": {
            "type": "string",
            "format": "fanfare-template-line",
            "description": "Name to post under, if not the webhook's own; the server must allow it. May be a template."
        },
        "icon_url": {
            "type": "string",
            "format": "fanfare-template-line",
            "description": "Picture to post under: an address; the server must allow it. May be a template."
        },
        "icon_emoji": {
            "type": "string",
            "format": "fanfare-template-line",
            "description": "Picture to post under: the name of an emoji; wins over icon_url. May be a template.",
            "examples": ["rocket"]
        },
        "type": {
            "type": "string",
            "pattern": "^custom_",
            "maxLength": 26,
            "description": "Type of the post, custom_..., for a plugin of Mattermost that shows it."
        },
        "priority": {
            "type": "object",
            "additionalProperties": false,
            "required": ["priority"],
            "properties": {
                "priority": {"type": "string", "enum": ["important", "urgent"], "description": "The mark of the message."},
                "requested_ack": {"type": "boolean", "description": "Ask readers to acknowledge it."},
                "persistent_notifications": {"type": "boolean", "description": "Notify again until acknowledged; with urgent only."}
            },
            "description": "Marks the message as important or urgent.",
            "examples": [{"priority": "urgent", "requested_ack": true}]
        },
        "attachments": {
            "type": "array",
            "maxItems": 20,
            "items": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "fallback": {"type": "string", "format": "fanfare-template-text", "description": "Summary for notifications."},
                    "color": {"type": "string", "format": "fanfare-template-line", "description": "Colour of its edge, as #FF8000."},
                    "pretext": {"type": "string", "format": "fanfare-template-text", "description": "Text above it."},
                    "text": {"type": "string", "format": "fanfare-template-text", "description": "Text in it."},
                    "author_name": {"type": "string", "format": "fanfare-template-line", "description": "Who it is by."},
                    "author_link": {"type": "string", "format": "fanfare-template-line", "description": "Address behind the name."},
                    "author_icon": {"type": "string", "format": "fanfare-template-line", "description": "Picture beside the name."},
                    "title": {"type": "string", "format": "fanfare-template-line", "description": "Its title."},
                    "title_link": {"type": "string", "format": "fanfare-template-line", "description": "Address behind the title."},
                    "image_url": {"type": "string", "format": "fanfare-template-line", "description": "Picture in it."},
                    "thumb_url": {"type": "string", "format": "fanfare-template-line", "description": "Small picture beside it."},
                    "footer": {"type": "string", "format": "fanfare-template-line", "description": "Line below it."},
                    "footer_icon": {"type": "string", "format": "fanfare-template-line", "description": "Picture in that line."},
                    "fields": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "additionalProperties": false,
                            "properties": {
                                "title": {"type": "string", "format": "fanfare-template-line", "description": "Head of the cell."},
                                "value": {"type": "string", "format": "fanfare-template-text", "description": "Text of the cell."},
                                "short": {"type": "boolean", "description": "Room for another one beside it."}
                            }
                        },
                        "description": "A table in it."
                    }
                }
            },
            "description": "Message attachments. Their texts may be templates. With them a message needs no text.",
            "examples": [[{"color": "#FF8000", "title": "{{ subject }}", "text": "{{ data.message }}"}]]
        },
        "props": {
            "type": "object",
            "properties": {
                "card": {"type": "string", "format": "fanfare-template-text", "description": "Text of the panel beside the message. May be a template."}
            },
            "additionalProperties": true,
            "description": "Properties of the post: card, and what plugins of Mattermost understand."
        },
        "max_characters": {
            "type": "integer",
            "minimum": 100,
            "default": 16383,
            "description": "Longest text of a post that the server takes (4000 where its database schema is an old one)."
        },
        "long_text": {
            "type": "string",
            "enum": ["split", "cut"],
            "default": "split",
            "description": "What becomes of a longer text: several posts, split at a line end or blank where there is one near; or one that is cut and ends in an ellipsis."
        }
    }
})json";

}  // namespace fanfare::plugins::mattermost
