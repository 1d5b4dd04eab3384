// The value of a header that carries an attribute: at most one quoted string is undone, then exactly one round of
// percent-encoding. Inside of the room.
// Source: CloudEvents 1.0.2 HTTP protocol binding, 3.1.3.2; RFC 9110, 5.6.4.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace fanfare::ingest {

// Errors: kInvalid: bytes that a header must not hold, a broken quoted string or percent-encoding, a result that is not
// UTF-8.
base::Result<std::string> DecodeHeaderValue(std::string_view value);

}  // namespace fanfare::ingest
