// Equality of JSON values as JSON Schema has it, as equality of texts.
#pragma once

#include <string>
#include <string_view>

#include "json/value.hpp"

namespace fanfare::schema {

// The same text for values that are equal and for no others: the order of members and the way a number is written do
// not count.
std::string Canonical(const json::Value& value);

// "object", "array", "string", "boolean", "integer", "number", "null"
std::string_view TypeName(const json::Value& value);

// Code points, as "minLength" counts them. `text` is UTF-8.
std::size_t Length(std::string_view text);

// A number without loss: the 64 bits of an integer fit the mantissa.
long double Number(const json::Value& number);

// 3 and 3.0, but not 3.5.
bool IsIntegral(const json::Value& number);

}  // namespace fanfare::schema
