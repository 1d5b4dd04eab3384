#include "store/sqlite/pruner.hpp"

#include <algorithm>

#include "store/sqlite/codec.hpp"

namespace fanfare::store::sqlite {
namespace {

// How many events a slice looks at for each that it may take.
constexpr std::size_t kLooksPerEvent = 20;

std::int64_t Micros(base::Time time) { return time.time_since_epoch().count(); }

}  // namespace

Pruner::Pruner(Connection& db)
    : list_(db, "SELECT seq, recv_us, destinations FROM event WHERE seq > ? AND seq < ? ORDER BY seq LIMIT ?"),
      read_delivery_(db, "SELECT state, updated_us, request FROM delivery WHERE destination = ? AND seq = ?"),
      delete_event_(db, "DELETE FROM event WHERE seq = ?"),
      delete_delivery_(db, "DELETE FROM delivery WHERE destination = ? AND seq = ?"),
      delete_attempts_(db, "DELETE FROM attempt WHERE destination = ? AND seq = ?"),
      delete_request_(db, "DELETE FROM request WHERE id = ?") {}

Pruned Pruner::Run(const PruneOrder& order, std::uint64_t last_seq,
                   const std::function<void(model::NameId, RowState)>& gone) {
    Pruned pruned;
    const std::int64_t horizon_us = Micros(std::max(order.sent_before, order.dead_before.value_or(order.sent_before)));
    const std::size_t most_looks = order.limit * kLooksPerEvent;
    std::size_t looks = 0;
    std::vector<Ended> ended;
    Rows rows = list_.Run(after_, last_seq, static_cast<std::uint64_t>(most_looks));
    while (pruned.events < order.limit && rows.Next()) {
        // Later ones were accepted later and cannot have ended before.
        if (rows.Int(1) >= horizon_us) {
            after_ = 0;
            return pruned;
        }
        ++looks;
        const std::uint64_t seq = rows.Unsigned(0);
        after_ = seq;
        if (!Collect(order, seq, rows.Bytes(2), ended)) continue;
        if (ended.empty() && rows.Int(1) >= Micros(order.sent_before)) continue;
        for (const Ended& one : ended) {
            delete_delivery_.Execute(one.destination, seq);
            delete_attempts_.Execute(one.destination, seq);
            if (one.request != 0) delete_request_.Execute(one.request);
            gone(one.destination, one.state);
        }
        delete_event_.Execute(seq);
        ++pruned.events;
        pruned.deliveries += ended.size();
    }
    pruned.more = pruned.events == order.limit || looks == most_looks;
    if (!pruned.more) after_ = 0;
    return pruned;
}

bool Pruner::Collect(const PruneOrder& order, std::uint64_t seq, std::string_view destinations,
                     std::vector<Ended>& ended) {
    ended.clear();
    const auto owed = DecodeDestinations(destinations);
    if (!owed) return false;
    for (const model::NameId destination : *owed) {
        Rows rows = read_delivery_.Run(destination, seq);
        if (!rows.Next()) continue;
        const auto state = static_cast<RowState>(rows.Int(0));
        std::optional<base::Time> before;
        if (state == RowState::kSent || state == RowState::kCancelled) before = order.sent_before;
        if (state == RowState::kDead) before = order.dead_before;
        if (!before || rows.Int(1) >= Micros(*before)) return false;
        ended.push_back({destination, state, rows.IsNull(2) ? 0 : rows.Int(2)});
    }
    return true;
}

}  // namespace fanfare::store::sqlite
