#include "app/rules.hpp"

#include <utility>
#include <vector>

namespace fanfare::app {
namespace {

base::Result<ingest::RouteEntries> MakeEntries(const config::Route& route, const Numbering& destination,
                                               const Numbering& number) {
    const auto id = number(route.rule.name);
    if (!id) return id.error();
    ingest::RouteEntries entries;
    entries.name = route.rule.name;
    for (const std::string& to : route.rule.to) {
        const auto target = destination(to);
        if (!target) return target.error();
        entries.to.push_back({{*target, *id}, to});
    }
    return entries;
}

}  // namespace

base::Result<ingest::Rules> MakeRules(const config::Config& config, Realms realms, const Numbering& destination,
                                      const Numbering& route) {
    ingest::Rules rules;
    rules.realms = std::move(realms);
    std::vector<route::Rule> routes;
    for (const config::Route& one : config.routes) {
        auto entries = MakeEntries(one, destination, route);
        if (!entries) return std::move(entries).error();
        rules.routes.push_back(*std::move(entries));
        routes.push_back(one.rule);
    }
    rules.router = route::Router::Compile(routes);
    rules.limits = {config.server.max_event, config.server.max_batch, config.server.max_depth};
    rules.max_body = config.server.max_body;
    return rules;
}

}  // namespace fanfare::app
