// Strings that cross the border: views of the C ABI, and what plugins say made safe to store and to show.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <fanfare/plugin.h>

#include "base/secret.hpp"

namespace fanfare::plugin {

// A null pointer counts as empty whatever its length says.
inline std::string_view View(fanfare_str text) {
    return text.ptr == nullptr ? std::string_view() : std::string_view(text.ptr, text.len);
}
inline std::string_view View(fanfare_bytes bytes) {
    return bytes.ptr == nullptr ? std::string_view()
                                : std::string_view(reinterpret_cast<const char*>(bytes.ptr), bytes.len);
}
inline fanfare_str Str(std::string_view text) { return {text.data(), text.size()}; }
inline fanfare_bytes Bytes(std::string_view text) {
    return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// At most `limit` bytes of UTF-8 on one line: control characters as \n, \t or \xNN, other bytes that are not UTF-8 as
// U+FFFD, every secret as ***. What is cut ends in "...".
std::string Clean(std::string_view text, std::size_t limit, std::span<const base::Secret> secrets);

}  // namespace fanfare::plugin
