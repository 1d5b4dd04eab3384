// Decides which destinations an event goes to: realm, then type, then match. Pure; compiled once, read by many threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "json/outline.hpp"
#include "json/value.hpp"
#include "model/event.hpp"
#include "route/pattern.hpp"

namespace fanfare::route {

// A route as the operator wrote it.
struct Rule {
    std::string name;
    std::vector<std::string> realms;  // empty: every event, with or without a realm (A16), but for model::kOwnRealm
    std::vector<std::string> types;   // AMQP topic patterns; empty: every type
    json::Value match;                // null: everything; else an object, see pattern.hpp
    std::vector<std::string> to;      // names of destinations
    bool fallback = false;            // applies only to events that no other route takes
};

std::vector<RuleFault> Check(const Rule& rule);

// Positions in the list of rules that Compile was given.
struct Hit {
    std::uint32_t rule = 0;
    std::uint32_t to = 0;  // position in the rule's `to`
};

struct Routing {
    std::vector<std::uint32_t> rules;  // that take the event, ascending
    std::vector<Hit> hits;             // one per destination, that of the first rule which names it
};

// Threads: immutable; safe from every thread.
class Router {
public:
    // Rules must have passed Check.
    static std::unique_ptr<const Router> Compile(const std::vector<Rule>& rules);
    virtual ~Router() = default;
    // `data`: that of the event, as the scan that it went through outlined it. Without it the event is routed alike,
    // but if its data may be JSON it is scanned once more.
    virtual Routing Route(const model::Envelope& envelope, const std::optional<json::OutlinedText>& data) const = 0;
};

}  // namespace fanfare::route
