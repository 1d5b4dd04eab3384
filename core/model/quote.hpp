// Shows text of strangers in a message: quoted, without control characters, cut where a person stops reading.
#pragma once

#include <string>
#include <string_view>

#include "base/text.hpp"

namespace fanfare::model {

inline std::string Quote(std::string_view text) {
    constexpr std::size_t kLongest = 64;
    std::string out = "'";
    for (const char c : text.substr(0, kLongest)) {
        const bool plain = c >= 0x20 && c < 0x7F;
        out += plain ? std::string(1, c) : "\\x" + base::EncodeHex({&c, 1});
    }
    return out + (text.size() > kLongest ? "...'" : "'");
}

}  // namespace fanfare::model
