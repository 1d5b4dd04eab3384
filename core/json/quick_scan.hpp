// The way by which nearly all text passes Scan: 64 bytes at a time, from token to token. Inside of the room.
#pragma once

#include <cstddef>
#include <string_view>

namespace fanfare::json {

// True: Scan takes the text. False says nothing: Scan reads it step by step, and says what is wrong if anything is.
bool IsSurelyJson(std::string_view text, std::size_t depth_limit);

}  // namespace fanfare::json
