// Why a rule takes an event, or does not: clause by clause, in words.
//
// Deliberately plain: one rule, one event, no index, and the data read anew for every field. It shares with the router
// only the parsed pattern and what a single test says of a value, so that each is a check on the other.
#pragma once

#include <string>
#include <vector>

#include "route/router.hpp"

namespace fanfare::route {

struct Clause {
    std::string field;  // "realm", "type", "data.ref"; "$or" for a choice
    bool held = false;
    std::string wants;  // in words: `"a" or text that begins with "b"`
    std::string has;    // what the event has there: `"x"`, `3 values: 1, 2, 3`, "nothing"
};

struct Explanation {
    bool matched = false;
    std::vector<Clause> clauses;  // realms, types, then the fields of `match` as written
};

// The rule must have passed Check. `fallback` is not looked at: it depends on other rules.
Explanation Explain(const Rule& rule, const model::Envelope& envelope);

}  // namespace fanfare::route
