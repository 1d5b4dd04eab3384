// What becomes of an event: which routes take it, and what each destination is asked to send. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/rules.hpp"
#include "model/event.hpp"
#include "model/request.hpp"

namespace fanfare::ingest {

// A delivery as it would be made. Borrows from the rules.
struct Planned {
    const RouteEntries* route = nullptr;
    const Entry* entry = nullptr;
    model::RequestPtr request;  // null: the event as it came
    std::string dead;           // not empty: it cannot be shaped, and this is why
};

struct Plan {
    std::vector<std::uint32_t> routes;  // positions of those that take the event, ascending
    std::vector<Planned> deliveries;    // one per destination that is switched on
};

// What an entry of a route is asked to send of an event.
Planned MakePlanned(const RouteEntries& route, const Entry& entry, const model::Envelope& envelope);

// The same for a delivery that was made long ago: by its route, if that still leads to the destination, or else as the
// destination's own section has it. Nullopt: there is no such destination any more.
std::optional<Planned> PlanAnew(const Rules& rules, std::string_view route, std::string_view destination,
                                const model::Envelope& envelope);

// `data`: that of the event, as its scan outlined it (Decoded::DataOf).
Plan MakePlan(const Rules& rules, const model::Envelope& envelope, const std::optional<json::OutlinedText>& data);

// What the destination gets as body.
model::Payload PayloadOf(const model::Envelope& envelope, const Planned& planned);

}  // namespace fanfare::ingest
