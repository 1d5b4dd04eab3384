// Changes of objects: {id, created, action, changes, old_object, new_object, diff, content_type}. Inside of the room.
// `changes` is the JSON Patch (RFC 6902) that leads from one object to the other.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/scan.hpp"
#include "model/event.hpp"

namespace fanfare::profile {

struct ChangeRules {
    bool verify = false;   // `changes` must hold
    bool compute = false;  // it is filled in where there is none
    bool compare = false;  // whether an update changes nothing must be known
};

struct Change {
    std::string action;
    std::string subject;              // of what has changed; empty: the body does not say
    std::optional<std::string> data;  // the body with `changes` filled in
    bool is_unchanged = false;        // an update to what was there before
    std::vector<model::Fault> violations;
};

// `body`: the whole text, in which `value` was scanned.
Change ReadChange(std::string_view body, const json::Raw& value, const ChangeRules& rules);

}  // namespace fanfare::profile
