// The JSON value of configuration, schemas and answers. An event's data stays the bytes that came; it is held in such a
// value only while it is checked.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace fanfare::json {

using Value = nlohmann::ordered_json;

// Strict RFC 8259; the error names line and column. No exception leaves.
base::Result<Value> Parse(std::string_view text);
// The same for bytes of strangers: in n log n, where Parse is quadratic in the members of one object. Members come
// sorted; of names that occur twice the last counts.
base::Result<Value> ParseData(std::string_view text);
// Compact; bytes that are not UTF-8 are replaced by U+FFFD.
std::string Dump(const Value& value);
std::string DumpPretty(const Value& value);
// Whether two texts are JSON and mean the same: the order of members and the way numbers are written do not count.
// For bytes of strangers too.
bool IsSame(std::string_view a, std::string_view b);

// The value at a JSON pointer (RFC 6901), nullptr if there is none. The empty pointer is the whole.
const Value* At(const Value& root, std::string_view pointer);
// The pointer of a member (or of an element, by its index as text) of what `parent` points to.
std::string PointerTo(const std::string& parent, std::string_view member);

}  // namespace fanfare::json
