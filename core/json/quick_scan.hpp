// Judges text for Scan: 64 bytes at a time, from token to token. Inside of the room.
#pragma once

#include <cstddef>
#include <string_view>

#include "json/outline.hpp"

namespace fanfare::json {

// Whether Scan takes the text, by what scan.hpp says of it. If it does, its outline is appended to `outline`, if there
// is one.
bool IsWellFormed(std::string_view text, std::size_t depth_limit, Outline* outline);

}  // namespace fanfare::json
