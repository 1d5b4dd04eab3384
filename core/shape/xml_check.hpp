// Whether a text is well-formed XML 1.0 (fifth edition), read strictly and in one pass; a document type is refused, so
// that there are no entities but the five of XML. Namespaces are not looked at. Inside of the room.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace fanfare::shape {

// Errors: kUnprocessable; the message says at which byte what is wrong.
base::Status CheckXml(std::string_view text);

// The first character of UTF-8 that XML 1.0 cannot carry in any form (2.2), or npos.
std::size_t FindForbiddenInXml(std::string_view text);

}  // namespace fanfare::shape
