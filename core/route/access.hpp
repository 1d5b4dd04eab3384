// Where to look for a rule: tests of which at least one must hold if the rule is to hold, chosen so that few events
// pass one. A rule is then verified only for events that do (Fabret et al., "Filtering algorithms and implementation
// for very fast publish/subscribe systems", SIGMOD 2001: access predicates). Inside of the room.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "route/pattern.hpp"

namespace fanfare::route {

struct Access {
    // By number of the field. Empty with `always`.
    std::vector<std::pair<std::uint32_t, const Test*>> tests;
    double cost = 0;
    bool always = false;  // the pattern may hold whatever the event has
};

// What the patterns of all rules share: a test that many rules have brings many candidates.
class Popularity {
public:
    // Of a pattern whose fields are numbered.
    void Count(const Pattern& pattern);
    double CostOf(std::uint32_t field, const Test& test) const;

private:
    static std::string KeyOf(std::uint32_t field, const Test& test);

    std::unordered_map<std::string, std::uint32_t> counts_;
};

// Borrows from the pattern.
Access ChooseAccess(const Pattern& pattern, const Popularity& popularity);

}  // namespace fanfare::route
