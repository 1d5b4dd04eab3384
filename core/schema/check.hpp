// The check itself: walks a value along the rules.
#pragma once

#include <vector>

#include "json/value.hpp"
#include "schema/finding.hpp"
#include "schema/rules.hpp"

namespace fanfare::schema {

// Findings of one check; those past it are left out.
inline constexpr std::size_t kMaxFindings = 100;

// What in `value` does not meet the rules; nothing if all does. Linear in the size of `value`: a check that needs more
// steps than that allows, as a schema may ask for that refers to itself twice, ends in Kind::kTooMuch.
std::vector<Finding> Check(const Rules& rules, const json::Value& value);

}  // namespace fanfare::schema
