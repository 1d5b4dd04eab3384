// Where to look for a rule: handles of which a value of the event must have at least one if the rule is to hold, chosen
// so that few events do. A rule is then verified only for those (Fabret et al., "Filtering algorithms and
// implementation for very fast publish/subscribe systems", SIGMOD 2001: access predicates). Inside of the room.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "route/handle.hpp"

namespace fanfare::route {

struct FieldHandle {
    std::uint32_t field = 0;  // number
    Handle handle;
};

struct Access {
    std::vector<FieldHandle> handles;
    double cost = 0;
};

// What the patterns of all rules share: a handle that many rules have brings many candidates.
class Popularity {
public:
    // Of a pattern whose fields are numbered.
    void Count(const Pattern& pattern);
    double CostOf(std::uint32_t field, const Handle& handle) const;

private:
    static std::string KeyOf(std::uint32_t field, const Handle& handle);

    std::unordered_map<std::string, std::uint32_t> counts_;
};

// nullopt: it may hold whatever the event has. Borrows from the pattern.
std::optional<Access> ChooseAccess(const Pattern& pattern, const Popularity& popularity);

}  // namespace fanfare::route
