// Mail addresses as operators and events write them: "ops@example.com", "Ops team <ops@example.com>", lists with
// commas.
//
// Taken: a local part of dot-separated atoms and a domain of labels or an address literal (RFC 5321, 4.1.2 and 4.1.3),
// both also with letters beyond ASCII (RFC 6531, 3.3). Quoted local parts are not: hardly anything has them, and they
// are the way in for characters that a command line or a header must not see.
// Errors: ConfigError with the text at fault.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fanfare::plugins::smtp {

struct Mailbox {
    std::string name;     // as people read it, UTF-8; may be empty
    std::string address;  // local@domain

    friend bool operator==(const Mailbox&, const Mailbox&) = default;
};

Mailbox ParseMailbox(std::string_view text);
// Separated by commas outside quotes and angle brackets; white space around each is not part of it, empty ones are
// skipped.
std::vector<Mailbox> ParseMailboxes(std::string_view text);

bool IsAscii(std::string_view text);
// The same mailbox: domains are compared without case, local parts are the receiver's own (RFC 5321, 2.4).
bool IsSameAddress(std::string_view a, std::string_view b);
std::string_view DomainOf(std::string_view address);

}  // namespace fanfare::plugins::smtp
