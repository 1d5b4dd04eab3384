// What keeps a value of an event from choosing where a request goes (RFC 3986). Inside of the room.
#pragma once

#include <string>
#include <vector>

#include "shape/program.hpp"

namespace fanfare::shape {

// Faults: scheme, host or port depend on the event.
void CheckUrl(const Program& program, const std::string& part, std::vector<Fault>& faults);

// Takes the marks (kUrlMark) out of a rendered URL. Returns why it may not be used, or nothing: a segment of its path
// that values make empty, "." or "..", which would move the request above what is configured.
std::string SettleUrl(std::string& url);

}  // namespace fanfare::shape
