// Reads one alternative of a field, with the strictness of aws/event-ruler (its JsonRuleCompiler). Inside of the room.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "route/pattern.hpp"

namespace fanfare::route {

enum class Place { kAttribute, kData };

// nullopt with a fault added if it cannot be one.
std::optional<Test> ParseTest(const std::string& at, const json::Value& value, Place place,
                              std::vector<RuleFault>& faults);

}  // namespace fanfare::route
