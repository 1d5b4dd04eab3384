// The router against Explain, which shares no index and no reading of events with it, on random rules and events.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "json/outline.hpp"
#include "model/media_type.hpp"
#include "route/explain.hpp"
#include "unit/route/random_rules.hpp"

namespace fanfare::route {
namespace {

#ifndef FANFARE_DIFFERENTIAL_CASES
#define FANFARE_DIFFERENTIAL_CASES 1'000'000
#endif

std::string Described(const Rule& rule, const model::Envelope& envelope) {
    return "rule " + json::Dump(rule.match) + " realms " + std::to_string(rule.realms.size()) + " types " +
           (rule.types.empty() ? "" : rule.types[0]) + "\nevent " + envelope.event.type + " realm " + envelope.realm +
           " data " + envelope.event.data;
}

// That take the event if the outline of its data comes with it; `otherwise` if its data is no JSON.
std::vector<std::uint32_t> RulesByOutline(const Router& router, const model::Envelope& envelope,
                                          const std::vector<std::uint32_t>& otherwise) {
    json::Outline outline;
    if (!model::IsJson(envelope.event.content_type) || !json::Scan(envelope.event.data, {1000}, &outline)) {
        return otherwise;
    }
    return router.Route(envelope, json::OutlinedText(envelope.event.data, outline, {})).rules;
}

TEST(Differential, TheRouterAndThePlainEvaluatorAgreeOnAMillionCases) {
    constexpr std::size_t kRules = 40;
    constexpr std::size_t kEvents = 50;
    std::size_t matches = 0;
    std::size_t cases = 0;
    for (unsigned seed = 0; cases < FANFARE_DIFFERENTIAL_CASES; ++seed) {
        RandomRules random(seed);
        std::vector<Rule> rules;
        while (rules.size() < kRules) {
            Rule rule = random.MakeRule();
            if (Check(rule).empty()) rules.push_back(std::move(rule));
        }
        const auto router = Router::Compile(rules);
        for (std::size_t i = 0; i < kEvents; ++i) {
            const model::Envelope envelope = random.MakeEvent();
            const Routing routing = router->Route(envelope, std::nullopt);
            ASSERT_EQ(RulesByOutline(*router, envelope, routing.rules), routing.rules) << envelope.event.data;
            for (std::uint32_t rule = 0; rule < rules.size(); ++rule) {
                const bool compiled = std::binary_search(routing.rules.begin(), routing.rules.end(), rule);
                ASSERT_EQ(compiled, Explain(rules[rule], envelope).matched) << "seed " << seed << "\n"
                                                                            << Described(rules[rule], envelope);
                matches += compiled;
                ++cases;
            }
        }
    }
    EXPECT_GT(matches, cases / 100) << "rules and events that never meet prove nothing";
}

}  // namespace
}  // namespace fanfare::route
