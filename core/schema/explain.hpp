// Puts what the validator found into an operator's words.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "json/value.hpp"
#include "schema/schema.hpp"

namespace fanfare::schema {

// One finding of valijson 1.0: where, and its own text, of which the beginning tells the keyword.
struct Finding {
    std::string pointer;
    std::string text;
};

// Checks `value` against a schema document and returns the findings.
using Judge = std::function<std::vector<Finding>(const json::Value& document, const json::Value& value)>;

// `document` is the schema, `value` what was checked, `findings` what Judge said of the two. Judge is asked again about
// single alternatives of anyOf and oneOf. No message shows a value, since any value may be a secret.
std::vector<Violation> Explain(const json::Value& document, const json::Value& value,
                               const std::vector<Finding>& findings, const Judge& judge);

}  // namespace fanfare::schema
