#include "route/router.hpp"

#include <algorithm>
#include <unordered_map>

#include "route/matcher.hpp"
#include "route/topic.hpp"

namespace fanfare::route {
namespace {

// What of a rule is decided without its `match`.
struct Gate {
    std::vector<std::string> realms;
    std::vector<TopicPattern> types;
    bool every_type = false;
    std::vector<std::uint32_t> to;  // numbers of destinations
};

bool Passes(const Gate& gate, const model::Envelope& envelope) {
    // An event without a realm passes no rule that names one (A17): no name of a realm is empty.
    if (!gate.realms.empty() &&
        std::find(gate.realms.begin(), gate.realms.end(), envelope.realm) == gate.realms.end()) {
        return false;
    }
    return gate.every_type || std::any_of(gate.types.begin(), gate.types.end(), [&](const TopicPattern& pattern) {
               return pattern.Matches(envelope.event.type);
           });
}

class CompiledRouter final : public Router {
public:
    explicit CompiledRouter(const std::vector<Rule>& rules) {
        std::unordered_map<std::string, std::uint32_t> numbers;
        std::vector<json::Value> tables;
        for (const Rule& rule : rules) {
            gates_.push_back(MakeGate(rule, numbers));
            tables.push_back(rule.match);
        }
        destinations_ = numbers.size();
        matcher_ = Matcher::Compile(tables);
    }

    Routing Route(const model::Envelope& envelope) const override {
        Positions candidates;
        for (std::uint32_t rule = 0; rule < gates_.size(); ++rule) {
            if (Passes(gates_[rule], envelope)) candidates.push_back(rule);
        }
        Routing routing;
        if (candidates.empty()) return routing;
        std::vector<bool> named(destinations_);
        routing.rules = matcher_->Match(envelope, std::move(candidates));
        for (const std::uint32_t rule : routing.rules) {
            const std::vector<std::uint32_t>& to = gates_[rule].to;
            for (std::uint32_t i = 0; i < to.size(); ++i) {
                if (named[to[i]]) continue;
                named[to[i]] = true;
                routing.hits.push_back({rule, i});
            }
        }
        return routing;
    }

private:
    static Gate MakeGate(const Rule& rule, std::unordered_map<std::string, std::uint32_t>& numbers) {
        Gate gate{rule.realms, {}, rule.types.empty(), {}};
        for (const std::string& type : rule.types) {
            if (auto pattern = TopicPattern::Parse(type)) gate.types.push_back(*std::move(pattern));
        }
        for (const std::string& name : rule.to) {
            gate.to.push_back(numbers.emplace(name, static_cast<std::uint32_t>(numbers.size())).first->second);
        }
        return gate;
    }

    std::vector<Gate> gates_;
    std::size_t destinations_ = 0;
    std::unique_ptr<const Matcher> matcher_;
};

}  // namespace

std::unique_ptr<const Router> Router::Compile(const std::vector<Rule>& rules) {
    return std::make_unique<CompiledRouter>(rules);
}

}  // namespace fanfare::route
