// The options of the smtp plugin as JSON Schema draft-07.
#pragma once

namespace fanfare::plugins::smtp {

inline constexpr char kSchema[] = R"json({
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "additionalProperties": false,
    "required": ["from"],
    "properties": {
        "host": {
            "type": "string",
            "maxLength": 255,
            "description": "Name or address of the mail server; its certificate must be for it. Without it, the environment variable EVENT_MAIL_HOST.",
            "examples": ["smtp.example.com"]
        },
        "port": {
            "type": "integer",
            "minimum": 0,
            "maximum": 65535,
            "description": "Port of the mail server. Without it (or 0), the environment variable EVENT_MAIL_PORT; without that, 587 with starttls, 465 with implicit, 25 with none."
        },
        "tls": {
            "type": "string",
            "enum": ["starttls", "implicit", "none"],
            "default": "starttls",
            "description": "starttls: the connection must become encrypted before anything is said, or nothing is sent. implicit: encrypted from its first byte. none: everything in the clear. The server's certificate is always verified."
        },
        "ca_file": {
            "type": "string",
            "minLength": 1,
            "description": "PEM file with the certificate authorities that may sign for the server, in place of the system's. An absolute path."
        },
        "username": {
            "type": "string",
            "minLength": 1,
            "maxLength": 512,
            "description": "Log in as this user, with `password`. With every kind of `tls`."
        },
        "password": {
            "type": "string",
            "format": "fanfare-secret",
            "writeOnly": true,
            "description": "Password of `username`, any characters but NUL, read at each login; with auth = \"xoauth2\" the access token."
        },
        "auth": {
            "type": "string",
            "enum": ["auto", "plain", "login", "cram-md5", "xoauth2"],
            "default": "auto",
            "description": "How to log in. auto: on an encrypted connection PLAIN, else LOGIN, else CRAM-MD5; on one in the clear CRAM-MD5 first."
        },
        "ehlo": {
            "type": "string",
            "minLength": 1,
            "maxLength": 255,
            "description": "Name that the server is greeted with. Default: the name of this machine, if it has a domain, else its address."
        },
        "from": {
            "type": "string",
            "minLength": 3,
            "description": "Who the mails are from, and where those that come back go: an address, with or without a name.",
            "examples": ["Fanfare <fanfare@example.com>"]
        },
        "to": {
            "description": "Recipients: a list of addresses, or one string of them with commas. Each may be a template. At least one, with cc and bcc; whoever is named twice gets one mail.",
            "anyOf": [
                {"type": "string", "format": "fanfare-template-line"},
                {"type": "array", "items": {"type": "string", "format": "fanfare-template-line"}}
            ],
            "examples": [["ops@example.com", "Jo Doe <jo@example.com>"], "ops@example.com, {{ data.owner }}"]
        },
        "cc": {
            "description": "Recipients of a copy, as `to`.",
            "anyOf": [
                {"type": "string", "format": "fanfare-template-line"},
                {"type": "array", "items": {"type": "string", "format": "fanfare-template-line"}}
            ]
        },
        "bcc": {
            "description": "Recipients of a copy that the others do not see, as `to`.",
            "anyOf": [
                {"type": "string", "format": "fanfare-template-line"},
                {"type": "array", "items": {"type": "string", "format": "fanfare-template-line"}}
            ]
        },
        "reply_to": {
            "description": "Where answers go, as `to`.",
            "anyOf": [
                {"type": "string", "format": "fanfare-template-line"},
                {"type": "array", "items": {"type": "string", "format": "fanfare-template-line"}}
            ]
        },
        "subject": {
            "type": "string",
            "format": "fanfare-template-line",
            "description": "Subject. Default: the type of the event, and its subject if it has one.",
            "examples": ["[prod] {{ type }}: {{ data.name }}"]
        },
        "text": {
            "type": "string",
            "format": "fanfare-template-text",
            "description": "The text. Default: the data; a JSON object indented, a JSON string as its text. Data that is no text is attached."
        },
        "html": {
            "type": "string",
            "format": "fanfare-template-html",
            "description": "The same in HTML, as an alternative to the text. Values are escaped."
        },
        "headers": {
            "type": "object",
            "additionalProperties": {"type": "string", "format": "fanfare-template-line"},
            "default": {},
            "description": "Further header fields; each may be a template. Not those that other options or the mail itself make (From, Date, Message-ID, Content-* and the like); Auto-Submitted may be replaced.",
            "examples": [{"X-Team": "blue", "List-Id": "<alerts.example.com>"}]
        },
        "connections": {
            "type": "integer",
            "minimum": 1,
            "maximum": 16,
            "default": 2,
            "description": "Most connections to the server at once. Each is kept for the mails that follow."
        },
        "idle": {
            "type": "integer",
            "minimum": 0,
            "maximum": 3600,
            "default": 60,
            "description": "Seconds that a connection without a mail is kept."
        },
        "receipts": {
            "type": "string",
            "minLength": 1,
            "description": "File that remembers who has got a mail that others must wait for, so that nobody gets it twice after a restart. An absolute path in a directory that the daemon may write to. Without it, that is remembered until the daemon ends.",
            "examples": ["/var/lib/fanfare/mail.receipts"]
        }
    }
})json";

}  // namespace fanfare::plugins::smtp
