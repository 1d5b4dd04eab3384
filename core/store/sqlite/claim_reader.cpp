#include "store/sqlite/claim_reader.hpp"

#include "store/sqlite/event_row.hpp"

namespace fanfare::store::sqlite {
namespace {

// Behind a long stretch of finished rows a read has far to go; it must end some time all the same, since a checkpoint
// cannot pass it.
constexpr auto kLimit = std::chrono::seconds(2);

// Behind the columns of a parcel.
OrderKey ReadKey(const Rows& rows) {
    constexpr int kColumn = 1 + kEventColumns + 3;
    return rows.IsNull(kColumn) ? std::nullopt : OrderKey(rows.Unsigned(kColumn));
}

}  // namespace

ClaimReader::ClaimReader(const std::string& path, const Names& names, std::uint32_t store_tag)
    : db_(path, Connection::Mode::kReadOnly),
      names_(names),
      store_tag_(store_tag),
      fresh_(db_, "SELECT d.seq, " FANFARE_EVENT_COLUMNS ", " FANFARE_REQUEST_COLUMNS ", d.order_key"
                  " FROM delivery d LEFT JOIN event e ON e.seq = d.seq" FANFARE_JOIN_REQUEST
                  " WHERE d.destination = ? AND d.seq > ? AND d.state = 0 ORDER BY d.seq LIMIT ?"),
      due_(db_, "SELECT seq, due_us FROM delivery WHERE destination = ? AND state = 2 ORDER BY due_us, seq LIMIT ?"),
      one_(db_, "SELECT d.tries, " FANFARE_EVENT_COLUMNS ", " FANFARE_REQUEST_COLUMNS ", d.order_key"
                " FROM delivery d LEFT JOIN event e ON e.seq = d.seq" FANFARE_JOIN_REQUEST
                " WHERE d.destination = ? AND d.seq = ?") {
    db_.Execute("PRAGMA cache_size = -4096");
    db_.Execute("PRAGMA query_only = ON");
}

Parcel ClaimReader::ReadParcel(const Rows& rows) const {
    Parcel parcel{ReadEvent(rows, 1, store_tag_, names_)};
    if (!parcel.event) parcel.damaged = "event";
    if (auto request = ReadRequest(rows, 1 + kEventColumns)) {
        parcel.request = *std::move(request);
    } else {
        parcel.damaged = "request";
    }
    return parcel;
}

ClaimReader::FreshRows ClaimReader::ReadFresh(model::NameId destination, const RefillPlan& plan) {
    db_.SetDeadline(std::chrono::steady_clock::now() + kLimit);
    FreshRows read;
    std::size_t bytes = 0;
    Rows rows = fresh_.Run(destination, plan.after, static_cast<std::uint64_t>(plan.limit));
    while (bytes < plan.bytes && rows.Next()) {
        read.rows.push_back({rows.Unsigned(0), ReadParcel(rows), ReadKey(rows)});
        bytes += BytesOf(read.rows.back().parcel);
    }
    read.reached_end = bytes < plan.bytes && read.rows.size() < plan.limit;
    return read;
}

// One transaction: a row that the list names is read as the list saw it.
ClaimReader::DueRows ClaimReader::ReadDue(model::NameId destination, const RetryPlan& plan) {
    db_.SetDeadline(std::chrono::steady_clock::now() + kLimit);
    DueRows read;
    Rows list = due_.Run(destination, static_cast<std::uint64_t>(plan.limit + plan.leased.size() + 1));
    while (list.Next()) {
        const std::uint64_t seq = list.Unsigned(0);
        if (plan.leased.contains(seq)) continue;
        if (read.rows.size() == plan.limit || list.Int(1) > plan.until_us) {
            read.next_due_us = list.Int(1);
            break;
        }
        Rows row = one_.Run(destination, seq);
        if (!row.Next()) continue;
        read.rows.push_back({seq, list.Int(1), static_cast<std::uint32_t>(row.Int(0)), ReadParcel(row), ReadKey(row)});
    }
    return read;
}

}  // namespace fanfare::store::sqlite
