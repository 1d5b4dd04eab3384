#include "app/rehearsal.hpp"

#include <algorithm>

#include "app/rules.hpp"
#include "base/clock.hpp"

namespace fanfare::app {
namespace {

// Any numbers do where nothing is stored, but for 0, which stands for "switched off".
ingest::Rules RulesOf(const config::Config& config, const Templates& templates) {
    const auto destination = [&](const std::string& name) -> base::Result<model::NameId> {
        const auto found = std::find_if(config.destinations.begin(), config.destinations.end(),
                                        [&](const config::Destination& one) { return one.name == name; });
        const bool enabled = found != config.destinations.end() && found->enabled;
        return enabled ? static_cast<model::NameId>(found - config.destinations.begin() + 1) : 0;
    };
    const auto route = [](const std::string&) -> base::Result<model::NameId> { return 1; };
    Realms realms;
    // An event of Fanfare's own can be rehearsed, though nobody may send one.
    if (!config.realms.empty()) realms.emplace(model::kOwnRealm, ingest::RealmRules{});
    for (const config::Realm& realm : config.realms) {
        realms[realm.name] = {realm.dedup_window, realm.max_body, {}, {}, ProfileOf(config, realm), realm.schema};
    }
    return *MakeRules(config, std::move(realms), templates, destination, route);
}

}  // namespace

Rehearsal::Rehearsal(const Checked& checked) : config_(checked.config), rules_(RulesOf(config_, checked.templates)) {}

Rehearsed Rehearsal::Run(const RehearsedRequest& request) const {
    ingest::Input input;
    input.realm_in_path = request.realm;
    for (const auto& [name, value] : request.headers) input.headers.push_back({name, value});
    input.body = request.body;
    input.now = base::SystemClock().Now();
    ingest::Decoded decoded =
        ingest::Decode(input, rules_.limits, [this](std::string_view realm) { return rules_.GuideTo(realm); });
    Rehearsed rehearsed;
    rehearsed.refusal = std::move(decoded.refusal);
    for (ingest::Dropped& one : decoded.dropped) rehearsed.dropped.push_back(std::move(one.id));
    for (std::size_t i = 0; i < decoded.events.size(); ++i) {
        model::Envelope& envelope = decoded.events[i];
        if (!envelope.realm.empty() && !rules_.realms.empty() && !rules_.realms.contains(envelope.realm)) {
            rehearsed.refusal =
                ingest::Refusal{base::MakeError(base::Code::kForbidden,
                                                "there is no [realm." + envelope.realm + "], and there are others"),
                                {}};
            return rehearsed;
        }
        ingest::Plan plan = ingest::MakePlan(rules_, envelope, decoded.DataOf(i));
        rehearsed.events.push_back({std::move(envelope), std::move(plan)});
    }
    return rehearsed;
}

std::vector<ExplainedRoute> Rehearsal::Explain(const RehearsedEvent& event) const {
    std::vector<ExplainedRoute> explained;
    for (std::uint32_t i = 0; i < config_.routes.size(); ++i) {
        const route::Rule& rule = config_.routes[i].rule;
        const auto& taking = event.plan.routes;
        const bool taken = std::binary_search(taking.begin(), taking.end(), i);
        explained.push_back({rule.name, taken, route::Explain(rule, event.envelope)});
    }
    return explained;
}

}  // namespace fanfare::app
