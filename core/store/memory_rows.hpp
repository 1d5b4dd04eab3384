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

struct Kept {
    model::StoredEventPtr event;
    std::vector<model::NameId> destinations;
};

using Identity = std::tuple<std::string, std::string, std::string>;  // realm, source, id

}  // namespace fanfare::store::memory
