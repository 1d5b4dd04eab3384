#include "app/rules.hpp"

#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace fanfare::app {
namespace {

// What each destination is sent where a route says nothing else.
struct Defaults {
    std::map<std::string_view, std::shared_ptr<const shape::Shape>> shapes;
    std::map<std::string_view, std::shared_ptr<const profile::OrderBy>> orders;
    const Templates& templates;
};

base::Result<ingest::RouteEntries> MakeEntries(const config::Route& route, const Defaults& defaults,
                                               const Numbering& destination, const Numbering& number) {
    const auto id = number(route.rule.name);
    if (!id) return id.error();
    ingest::RouteEntries entries;
    entries.name = route.rule.name;
    for (std::size_t i = 0; i < route.rule.to.size(); ++i) {
        const std::string& to = route.rule.to[i];
        const auto target = destination(to);
        if (!target) return target.error();
        const auto templates = defaults.templates.find(to);
        entries.to.push_back({{*target, *id},
                              to,
                              route.shapes[i] ? route.shapes[i] : defaults.shapes.at(to),
                              templates == defaults.templates.end() ? nullptr : templates->second,
                              defaults.orders.at(to)});
    }
    return entries;
}

// The name that stands for the route of what no route decided.
constexpr std::string_view kDirect = "(direct)";

base::Result<ingest::RouteEntries> MakeDirect(const config::Config& config, const Defaults& defaults, const Numbering& destination,
                                              const Numbering& number) {
    config::Route route;
    route.rule.name = kDirect;
    for (const config::Destination& one : config.destinations) route.rule.to.push_back(one.name);
    route.shapes.resize(route.rule.to.size());
    return MakeEntries(route, defaults, destination, number);
}

}  // namespace

base::Result<ingest::Rules> MakeRules(const config::Config& config, Realms realms, const Templates& templates,
                                      const Numbering& destination, const Numbering& route) {
    ingest::Rules rules;
    rules.realms = std::move(realms);
    std::vector<route::Rule> routes;
    Defaults defaults{{}, {}, templates};
    for (const config::Destination& one : config.destinations) {
        defaults.shapes[one.name] = one.shaping.shape;
        defaults.orders[one.name] = one.order_by;
    }
    for (const config::Route& one : config.routes) {
        auto entries = MakeEntries(one, defaults, destination, route);
        if (!entries) return std::move(entries).error();
        rules.routes.push_back(*std::move(entries));
        routes.push_back(one.rule);
    }
    auto direct = MakeDirect(config, defaults, destination, route);
    if (!direct) return std::move(direct).error();
    rules.direct = *std::move(direct);
    rules.router = route::Router::Compile(routes);
    rules.limits = {config.server.max_event, config.server.max_batch, config.server.max_depth};
    rules.max_body = config.server.max_body;
    return rules;
}

}  // namespace fanfare::app
