// "format" of JSON Schema, where a form is simple enough to be checked.
#pragma once

#include <string_view>

namespace fanfare::schema {

// date, date-time, time (RFC 3339), uuid (RFC 4122), ipv4, ipv6. Every other format is a note for the reader.
bool IsCheckedFormat(std::string_view format);
// `format` must be one of them.
bool HasFormat(std::string_view text, std::string_view format);

}  // namespace fanfare::schema
