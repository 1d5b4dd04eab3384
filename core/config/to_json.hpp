// TOML values that are not ours to understand, as JSON, each with its place.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "config/keys.hpp"
#include "json/value.hpp"

namespace fanfare::config {

using ElementPositions = std::map<std::string, Position>;  // by JSON pointer

// Members in the order in which they are written. Dates and numbers that JSON does not know are faults; false then, and
// `out` is without them. Every value's position is entered under its pointer, which starts with `pointer`.
bool ToJson(const Scope& scope, const toml::node& node, const std::string& pointer, json::Value& out,
            ElementPositions& positions);

}  // namespace fanfare::config
