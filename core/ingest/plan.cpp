#include "ingest/plan.hpp"

#include <utility>

namespace fanfare::ingest {

Planned MakePlanned(const RouteEntries& route, const Entry& entry, const model::Envelope& envelope) {
    Planned planned{&route, &entry, nullptr, {}};
    if (!entry.shape && !entry.options) return planned;
    auto request = std::make_shared<model::Request>();
    base::Status rendered;
    if (entry.shape) rendered = entry.shape->Render(envelope, *request);
    if (rendered && entry.options) rendered = entry.options->Render(envelope, *request);
    if (rendered) {
        planned.request = std::move(request);
    } else {
        planned.dead = std::move(rendered).error().message;
    }
    return planned;
}

Plan MakePlan(const Rules& rules, const model::Envelope& envelope, const std::optional<json::OutlinedText>& data) {
    Plan plan;
    route::Routing routing = rules.router->Route(envelope, data);
    plan.routes = std::move(routing.rules);
    plan.deliveries.reserve(routing.hits.size());
    for (const route::Hit& hit : routing.hits) {
        const RouteEntries& route = rules.routes[hit.rule];
        const Entry& entry = route.to[hit.to];
        if (entry.target.destination != 0) plan.deliveries.push_back(MakePlanned(route, entry, envelope));
    }
    return plan;
}

model::Payload PayloadOf(const model::Envelope& envelope, const Planned& planned) {
    if (planned.request && planned.request->payload) return *planned.request->payload;
    return {envelope.event.content_type, envelope.event.data};
}

}  // namespace fanfare::ingest
