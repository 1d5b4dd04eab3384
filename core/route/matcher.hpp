// Matches the `match` tables of many rules against one event.
//
// A table names fields: attributes of the event (id, source, type, subject, time, realm, datacontenttype, dataschema,
// extensions) and, below `data`, members of its data by nested tables. A field has a value or a list of values, of
// which one must be equal; every field must match. Text equals by its bytes once escapes are undone; numbers by their
// decimal value; true, false and null by kind. A field that is not there never matches. A list in the event matches if
// one of its elements does, however deep lists lie in lists; an object in a list is searched like one outside. Of two
// members with one name the last counts. Data counts only if it is JSON. Attributes are text on the wire, so a whole
// number or a boolean of a rule stands for its text there.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "json/value.hpp"
#include "model/event.hpp"

namespace fanfare::route {

// Positions in the list of tables that Compile was given, ascending.
using Positions = std::vector<std::uint32_t>;

// Threads: immutable; safe from every thread.
class Matcher {
public:
    // Exact values only. Tables must have passed Check; null and {} match everything.
    static std::unique_ptr<const Matcher> Compile(const std::vector<json::Value>& tables);
    virtual ~Matcher() = default;
    // Those of `candidates` whose table matches. Reads the event's data at most once, and only if the verdict on a
    // candidate depends on it.
    virtual Positions Match(const model::Envelope& envelope, Positions candidates) const = 0;
};

}  // namespace fanfare::route
