// What a test's event with this id carries, so that a verifier needs no list of bodies. tests/power/load.py does the same.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace fanfare::power {

inline std::string BodyOf(std::string_view id) {
    std::size_t sum = 0;
    for (const char c : id) sum += static_cast<unsigned char>(c);
    std::string body = "{\"fill\":\"";
    for (std::size_t i = 0; i < 8 + sum % 64; ++i) body.append(id).append(".");
    return body + "\"}";
}

}  // namespace fanfare::power
