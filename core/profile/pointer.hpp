// JSON pointers (RFC 6901) into JSON text. Inside of the room.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/scan.hpp"

namespace fanfare::profile {

// The steps of a pointer with their escapes undone; nullopt if it is none.
std::optional<std::vector<std::string>> ParsePointer(std::string_view pointer);

// The value at a path below a scanned value. Of names that occur twice the last counts. Reads each level once.
std::optional<json::Raw> FindAt(const json::Raw& value, const std::vector<std::string>& path);

}  // namespace fanfare::profile
