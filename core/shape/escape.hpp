// How a value is written into what is around it, so that it stays one value. Inside of the room.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "shape/value.hpp"

namespace fanfare::shape {

enum class Escape {
    kNone,
    kJsonString,  // inside the quotes of a JSON string
    kJsonValue,   // where a JSON value stands
    kXml,
    kHtml,
    kUrl,
};

// Errors: kUnprocessable, without the name of the value; `out` is to be thrown away then.
base::Status AppendEscaped(std::string& out, const Value& value, Escape escape);

// Percent-encoded; unreserved characters stay (RFC 3986, 2.3).
void AppendUrl(std::string& out, std::string_view text);

}  // namespace fanfare::shape
