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

// The destinations an event is owed to.
std::string EncodeDestinations(const std::vector<model::NameId>& destinations);
std::optional<std::vector<model::NameId>> DecodeDestinations(std::string_view bytes);

}  // namespace fanfare::store::sqlite
