// The JSON value of configuration, schemas and answers. Events are never held in it: their bytes stay as they came.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace fanfare::json {

using Value = nlohmann::ordered_json;

// Strict RFC 8259; the error names line and column. No exception leaves.
base::Result<Value> Parse(std::string_view text);
// Compact; bytes that are not UTF-8 are replaced by U+FFFD.
std::string Dump(const Value& value);
std::string DumpPretty(const Value& value);
// Whether two texts are JSON and mean the same: the order of members and the way numbers are written do not count.
bool IsSame(std::string_view a, std::string_view b);

// The value at a JSON pointer (RFC 6901), nullptr if there is none. The empty pointer is the whole.
const Value* At(const Value& root, std::string_view pointer);
// The pointer of a member (or of an element, by its index as text) of what `parent` points to.
std::string PointerTo(const std::string& parent, std::string_view member);

}  // namespace fanfare::json
