// Text of a mail's body: what it says by default, and how it travels.
#pragma once

#include <string>
#include <string_view>

namespace fanfare::plugins::smtp {

// What people read of a JSON value: an object or list indented by two spaces, with numbers and strings exactly as
// written; the text of a string; nothing for null. `json` is well-formed. A value whose indentation would be many times
// as long as itself stays on one line.
std::string ReadableJson(std::string_view json);

struct Encoded {
    const char* transfer_encoding = "7bit";
    std::string bytes;  // lines of at most 998 ASCII characters, ended by CR LF
};

// `text` is UTF-8 with line ends of any kind. As it is, if it is ASCII in lines that every server takes;
// quoted-printable, or base64 where that is shorter. Source: RFC 5322, 2.1.1 and 2.3; RFC 2045, 6.7
// (quoted-printable), 6.8 (base64).
Encoded EncodeText(std::string_view text);
Encoded EncodeBytes(std::string_view bytes);

}  // namespace fanfare::plugins::smtp
