#include "ingest/plan.hpp"

#include <algorithm>
#include <utility>

namespace fanfare::ingest {
namespace {

const Entry* FindEntry(const RouteEntries& route, std::string_view destination) {
    const auto found = std::find_if(route.to.begin(), route.to.end(),
                                    [&](const Entry& one) { return one.destination == destination; });
    return found == route.to.end() ? nullptr : &*found;
}

}  // namespace

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

std::optional<Planned> PlanAnew(const Rules& rules, std::string_view route, std::string_view destination,
                                const model::Envelope& envelope) {
    const auto named = std::find_if(rules.routes.begin(), rules.routes.end(),
                                    [&](const RouteEntries& one) { return one.name == route; });
    if (named != rules.routes.end()) {
        if (const Entry* const entry = FindEntry(*named, destination)) return MakePlanned(*named, *entry, envelope);
    }
    const Entry* const entry = FindEntry(rules.direct, destination);
    return entry == nullptr ? std::nullopt : std::optional(MakePlanned(rules.direct, *entry, envelope));
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
