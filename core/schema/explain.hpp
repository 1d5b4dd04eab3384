// Puts what a check found into an operator's words.
#pragma once

#include <vector>

#include "json/value.hpp"
#include "schema/finding.hpp"
#include "schema/schema.hpp"

namespace fanfare::schema {

// `document` is the schema. No message shows a value, since any value may be a secret.
std::vector<Violation> Explain(const json::Value& document, Subject subject, const std::vector<Finding>& findings);

}  // namespace fanfare::schema
