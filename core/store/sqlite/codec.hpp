// How an event's row holds what has no column of its own, and the check sum over it. The formats are in FORMAT.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/delivery.hpp"
#include "model/event.hpp"

namespace fanfare::store::sqlite {

// CRC-32 as in IEEE 802.3 and zlib (reflected, polynomial 0xEDB88320).
std::uint32_t Crc32(std::string_view bytes, std::uint32_t so_far = 0);

// subject, time, datacontenttype, dataschema and the extension attributes.
std::string EncodeMeta(const model::Event& event);
// False if the bytes are not what EncodeMeta writes.
bool DecodeMeta(std::string_view meta, model::Event& event);

// A row of `event` but for its check sum.
struct EventColumns {
    std::uint64_t seq = 0;
    std::string_view id;
    std::string_view source;
    std::uint64_t realm = 0;
    std::string_view type;
    std::int64_t recv_us = 0;
    std::string_view destinations;
    std::string_view meta;
    std::string_view body;
};
std::uint32_t CrcOf(const EventColumns& row);

// The destinations an event is owed to.
std::string EncodeDestinations(const std::vector<model::NameId>& destinations);
std::optional<std::vector<model::NameId>> DecodeDestinations(std::string_view bytes);

}  // namespace fanfare::store::sqlite
