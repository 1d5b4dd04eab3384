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
#define FANFARE_EVENT_COLUMNS "e.seq, e.id, e.source, e.realm, e.type, e.recv_us, e.destinations, e.meta, e.body, e.crc"
inline constexpr int kEventColumns = 10;

// Valid until the next row.
inline EventColumns ColumnsOf(const Rows& rows, int first) {
    return {rows.Unsigned(first),     rows.Bytes(first + 1), rows.Bytes(first + 2),
            rows.Unsigned(first + 3), rows.Bytes(first + 4), rows.Int(first + 5),
            rows.Bytes(first + 6),    rows.Bytes(first + 7), rows.Bytes(first + 8)};
}

inline bool IsAsWritten(const Rows& rows, int first, const EventColumns& columns) {
    return rows.Unsigned(first + 9) == CrcOf(columns);
}

// Null if the row is missing or is not what was written.
inline model::StoredEventPtr ReadEvent(const Rows& rows, int first, std::uint32_t store_tag, const Names& names) {
    if (rows.IsNull(first)) return nullptr;
    const EventColumns row = ColumnsOf(rows, first);
    if (!IsAsWritten(rows, first, row)) return nullptr;
    auto stored = std::make_shared<model::StoredEvent>();
    stored->key = {row.seq, store_tag};
    model::Event& event = stored->envelope.event;
    if (!DecodeMeta(row.meta, event)) return nullptr;
    event.id = row.id;
    event.source = row.source;
    event.type = row.type;
    event.data = row.body;
    stored->envelope.realm = names.Text(static_cast<model::NameId>(row.realm));
    stored->envelope.received_at = base::Time(base::Duration(row.recv_us));
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
