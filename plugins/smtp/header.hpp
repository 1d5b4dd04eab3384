// Header fields of a mail: folded, and encoded where they are not plain ASCII.
//
// Whatever the value is, it stays one field: control characters, also CR and LF, become spaces.
// Source: RFC 5322, 2.1.1 (lines of 78, never more than 998), 2.2.3 (folding), 3.2.3 and 3.2.4 (atoms, quoted strings);
// RFC 2047, 2 (encoded words: 75 characters each, 76 a line), 5 (where they may stand).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "address.hpp"

namespace fanfare::plugins::smtp {

// Appends "Name: value" with CR LF. For text: subjects and fields of the operator.
void AppendTextHeader(std::string& out, std::string_view name, std::string_view value);
// The same for addresses; nothing if there are none. Addresses beyond ASCII stand as they are (RFC 6532, 3.2).
void AppendAddressHeader(std::string& out, std::string_view name, const std::vector<Mailbox>& mailboxes);

}  // namespace fanfare::plugins::smtp
