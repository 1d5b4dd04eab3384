// A string as JSON, for the rooms that write JSON without holding it: logs, problems, answers.
#pragma once

#include <string>
#include <string_view>

namespace fanfare::base {

// Appends `text` as a JSON string with its quotes (RFC 8259, section 7). Bytes that are not UTF-8 become '?'; DEL is
// escaped as well, for the sake of terminals.
void AppendJsonString(std::string& out, std::string_view text);

}  // namespace fanfare::base
