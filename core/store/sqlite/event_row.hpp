// A row of `event`, in and out.
#pragma once

#include "model/event.hpp"
#include "store/sqlite/codec.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/names.hpp"

namespace fanfare::store::sqlite {

// The columns ReadEvent wants, in this order, of an event called e.
#define FANFARE_EVENT_COLUMNS "e.seq, e.id, e.source, e.realm, e.type, e.recv_us, e.meta, e.crc, e.body"

inline std::uint32_t CrcOf(std::string_view meta, std::string_view body) { return Crc32(body, Crc32(meta)); }

// Null if the row is missing or is not what was written.
inline model::StoredEventPtr ReadEvent(const Rows& rows, int first, std::uint32_t store_tag, const Names& names) {
    const std::string_view meta = rows.Bytes(first + 6);
    const std::string_view body = rows.Bytes(first + 8);
    if (rows.IsNull(first) || rows.Unsigned(first + 7) != CrcOf(meta, body)) return nullptr;
    auto stored = std::make_shared<model::StoredEvent>();
    stored->key = {rows.Unsigned(first), store_tag};
    model::Event& event = stored->envelope.event;
    if (!DecodeMeta(meta, event)) return nullptr;
    event.id = rows.Bytes(first + 1);
    event.source = rows.Bytes(first + 2);
    event.type = rows.Bytes(first + 4);
    event.data = body;
    stored->envelope.realm = names.Text(static_cast<model::NameId>(rows.Unsigned(first + 3)));
    stored->envelope.received_at = base::Time(base::Duration(rows.Int(first + 5)));
    return stored;
}

}  // namespace fanfare::store::sqlite
