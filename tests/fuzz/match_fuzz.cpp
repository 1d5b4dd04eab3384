// libFuzzer over rules and events: no crash, and the router says of each rule what the plain evaluator
// says, whether or not the outline of the data comes with the event.
// The input is the match of one rule, a NUL, that of another, a NUL, and the data of an event.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "json/outline.hpp"
#include "json/scan.hpp"
#include "json/value.hpp"
#include "route/explain.hpp"
#include "route/router.hpp"

namespace {

using fanfare::route::Rule;

std::string_view TakeUpToNul(std::string_view& rest) {
    const std::size_t end = std::min(rest.find('\0'), rest.size());
    const std::string_view taken = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return taken;
}

void AddRule(std::vector<Rule>& rules, std::string_view match) {
    auto value = fanfare::json::Parse(match);
    if (!value || !value->is_object()) return;
    Rule rule;
    rule.name = "r" + std::to_string(rules.size());
    rule.match = *std::move(value);
    rule.to = {"a"};
    if (fanfare::route::Check(rule).empty()) rules.push_back(std::move(rule));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
    std::string_view rest(reinterpret_cast<const char*>(bytes), count);
    std::vector<Rule> rules;
    AddRule(rules, TakeUpToNul(rest));
    AddRule(rules, TakeUpToNul(rest));
    if (rules.empty()) return 0;
    fanfare::model::Envelope envelope;
    envelope.event.id = "1";
    envelope.event.type = "a.b";
    envelope.event.data = rest;
    fanfare::json::Outline outline;
    std::optional<fanfare::json::OutlinedText> data;
    if (fanfare::json::Scan(rest, {}, &outline)) {
        envelope.event.content_type = "application/json";
        data.emplace(envelope.event.data, outline, fanfare::json::Outline::Place{});
    }
    const auto router = fanfare::route::Router::Compile(rules);
    const auto routing = router->Route(envelope, data);
    if (routing.rules != router->Route(envelope, std::nullopt).rules) std::abort();
    for (std::uint32_t i = 0; i < rules.size(); ++i) {
        const bool routed = std::binary_search(routing.rules.begin(), routing.rules.end(), i);
        if (routed != fanfare::route::Explain(rules[i], envelope).matched) std::abort();
    }
    return 0;
}
