// What the memory store keeps. Inside of the room.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "model/delivery.hpp"
#include "model/event.hpp"
#include "model/request.hpp"
#include "store/outbox.hpp"
#include "store/types.hpp"

namespace fanfare::store::memory {

struct Row {
    model::NameId route = 0;
    model::DeliveryState state = model::DeliveryState::kWaiting;
    std::optional<std::uint64_t> order_key;
    model::RequestPtr request;
    bool rendered = true;  // false: dead from the start
    bool retry = false;    // waits in `retries` and not in `fresh`
    base::Time due{};
    std::uint32_t attempts = 0;
    std::string reason;
    base::Time updated;
    std::vector<model::Attempt> history;  // failed ones, and the last
};

struct Home {
    std::map<std::uint64_t, Row> rows;
    std::set<std::uint64_t> fresh;                           // waiting, not claimed
    std::set<std::pair<base::Time, std::uint64_t>> retries;  // waiting, not claimed
    std::set<std::uint64_t> retries_by_age;                  // those of `retries`
    std::map<std::uint64_t, std::set<std::uint64_t>> open;   // by order key: not final, but for those retried by hand
    bool odd_to_retries = false;
    Counts counts;
    Gate gate;
};

// How much of a claim goes to retries while fresh ones wait; an odd one in turn.
inline std::size_t HalfOf(std::size_t limit, Home& home) {
    if (limit % 2 == 0) return limit / 2;
    home.odd_to_retries = !home.odd_to_retries;
    return limit / 2 + (home.odd_to_retries ? 1 : 0);
}

// It is final, or gone. True if another's turn has come.
inline bool Leave(Home& home, std::uint64_t seq) {
    const auto key = home.rows.at(seq).order_key;
    if (!key) return false;
    const auto open = home.open.find(*key);
    if (open == home.open.end() || open->second.erase(seq) == 0) return false;
    if (!open->second.empty()) return true;
    home.open.erase(open);
    return false;
}

// Those in flight too: they may be given back.
inline void BringForward(Home& home, base::Time latest) {
    for (auto& [seq, row] : home.rows) {
        if (!row.retry || row.due <= latest) continue;
        if (home.retries.erase({row.due, seq}) > 0) home.retries.emplace(latest, seq);
        row.due = latest;
    }
}

// Whether it is old enough for a prune.
inline bool MayGo(const Row& row, const PruneOrder& order) {
    if (row.state == model::DeliveryState::kDead) return order.dead_before && row.updated < *order.dead_before;
    const bool ended = row.state == model::DeliveryState::kSent || row.state == model::DeliveryState::kCancelled;
    return ended && row.updated < order.sent_before;
}

// By a prune.
inline void Drop(Home& home, std::uint64_t seq) {
    const model::DeliveryState state = home.rows.at(seq).state;
    --(state == model::DeliveryState::kSent   ? home.counts.sent
       : state == model::DeliveryState::kDead ? home.counts.dead
                                              : home.counts.cancelled);
    ++home.counts.pruned;
    home.rows.erase(seq);
}

struct Kept {
    model::StoredEventPtr event;
    std::vector<model::NameId> destinations;
};

using Identity = std::tuple<std::string, std::string, std::string>;  // realm, source, id

}  // namespace fanfare::store::memory
