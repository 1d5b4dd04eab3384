// Which of the 16384 slots of a cluster a key lies in.
// Source: redis.io, "Redis cluster specification": key distribution model, hash tags, CRC-16/XMODEM.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fanfare::plugins::redis {

inline constexpr std::size_t kSlots = 16384;

inline std::size_t HashSlot(std::string_view key) {
    // Only what stands between the first '{' and the first '}' behind it counts, if that is anything.
    if (const std::size_t open = key.find('{'); open != std::string_view::npos) {
        const std::size_t close = key.find('}', open);
        if (close != std::string_view::npos && close > open + 1) key = key.substr(open + 1, close - open - 1);
    }
    std::uint16_t crc = 0;
    for (const char c : key) {
        crc = static_cast<std::uint16_t>(crc ^ (static_cast<unsigned char>(c) << 8));
        for (int bit = 0; bit < 8; ++bit) {
            crc = static_cast<std::uint16_t>((crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1);
        }
    }
    return crc % kSlots;
}

}  // namespace fanfare::plugins::redis
