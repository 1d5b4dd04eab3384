#include "ingest/plan.hpp"

#include <utility>

namespace fanfare::ingest {

Plan MakePlan(const Rules& rules, const model::Envelope& envelope) {
    Plan plan;
    route::Routing routing = rules.router->Route(envelope);
    plan.routes = std::move(routing.rules);
    plan.deliveries.reserve(routing.hits.size());
    for (const route::Hit& hit : routing.hits) {
        const RouteEntries& route = rules.routes[hit.rule];
        const Entry& entry = route.to[hit.to];
        if (entry.target.destination != 0) plan.deliveries.push_back({&route, &entry, nullptr, {}});
    }
    return plan;
}

model::Payload PayloadOf(const model::Envelope& envelope, const Planned& planned) {
    if (planned.request && planned.request->payload) return *planned.request->payload;
    return {envelope.event.content_type, envelope.event.data};
}

}  // namespace fanfare::ingest
