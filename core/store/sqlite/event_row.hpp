// Rows of `event` and of `request`, in and out.
#pragma once

#include <memory>

#include "model/event.hpp"
#include "model/request.hpp"
#include "store/sqlite/codec.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/names.hpp"
#include "store/sqlite/schema.hpp"

namespace fanfare::store::sqlite {

// The columns ReadEvent wants, in this order, of an event called e.
#define FANFARE_EVENT_COLUMNS "e.seq, e.id, e.source, e.realm, e.type, e.recv_us, e.meta, e.crc, e.body"
inline constexpr int kEventColumns = 9;

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

// The columns ReadRequest wants, in this order, of a delivery called d. Where d.request is NULL nothing is looked up.
#define FANFARE_REQUEST_COLUMNS "d.request, r.crc, r.body"
#define FANFARE_JOIN_REQUEST " LEFT JOIN request r ON r.id = d.request"

// Null, without an error, if the event is sent as it came.
inline base::Result<model::RequestPtr> ReadRequest(const Rows& rows, int first) {
    if (rows.IsNull(first) || rows.Int(first) == kNeverRendered) return model::RequestPtr();
    const std::string_view body = rows.Bytes(first + 2);
    if (rows.IsNull(first + 1) || rows.Unsigned(first + 1) != Crc32(body)) {
        return base::MakeError(base::Code::kCorrupt, "its check sum does not match");
    }
    auto request = model::DecodeRequest(body);
    if (!request) return std::move(request).error();
    return std::make_shared<const model::Request>(*std::move(request));
}

}  // namespace fanfare::store::sqlite
