// The configuration as JSON Schema (draft-07), for editors. The readers in this room are what counts: schema.json says
// the same in other words, and tests/unit/config/schema_test.cpp holds the two together, key by key.
//
// Where JSON Schema has no word for a rule (a duration's bounds, names that must exist, keys that exclude each other)
// the schema is the wider of the two.
#pragma once

#include <string_view>

namespace fanfare::config {

// Without the options of plugins: "definitions/destination" takes any. JSON; compiled in, so it lives forever.
std::string_view SchemaText();

}  // namespace fanfare::config
