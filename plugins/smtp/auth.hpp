// How a client logs in to a mail server.
// Source: RFC 4954 (AUTH), RFC 4616 (PLAIN), draft-murchison-sasl-login-00 (LOGIN), RFC 2195 (CRAM-MD5), and Google's
// "XOAUTH2 mechanism" page for IMAP and SMTP (XOAUTH2: what the server says to a refused token is answered by an empty
// line).
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "options.hpp"
#include "reply.hpp"

namespace fanfare::plugins::smtp {

// Sends one line, without its end, and gives the answer. What it is given is wiped afterwards.
using Ask = std::function<Reply(const std::string& line)>;

// The last answer of the server: 235 if it is content. `mechanism` is not automatic.
Reply LogInWith(Auth mechanism, std::string_view username, std::string_view password, const Ask& ask);

const char* NameOf(Auth mechanism);

}  // namespace fanfare::plugins::smtp
