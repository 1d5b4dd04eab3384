// A whole mail as it goes over the wire, without dot-stuffing: headers and body, every line ended by CR LF.
//
// It is ASCII but for addresses beyond it, so no server needs 8BITMIME. The same Draft makes the same bytes.
// Source: RFC 5322, 3.6 (fields), 3.6.4 (Message-ID); RFC 2046, 5.1 (multipart); RFC 3834, 5 (Auto-Submitted).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "address.hpp"

namespace fanfare::plugins::smtp {

struct Attachment {
    std::string content_type;
    std::string_view bytes;
};

struct Draft {
    Mailbox from;
    std::vector<Mailbox> to;
    std::vector<Mailbox> cc;
    std::vector<Mailbox> bcc;  // stands in no header
    std::vector<Mailbox> reply_to;
    std::string subject;
    std::optional<std::string> text;
    std::optional<std::string> html;  // with `text`: an alternative to it
    std::optional<Attachment> attachment;
    std::vector<std::pair<std::string, std::string>> headers;
    std::int64_t unix_s = 0;
    std::string id;  // letters, digits, '_': makes Message-ID and boundaries
};

std::string Build(const Draft& draft);

}  // namespace fanfare::plugins::smtp
