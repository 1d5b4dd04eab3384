// A schema document as valijson reads it, with what the check needs besides.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <valijson/schema.hpp>
#include <vector>

#include "json/value.hpp"
#include "schema/pattern.hpp"
#include "schema/schema.hpp"

namespace fanfare::schema {

struct Rules {
    // A subschema as its author wrote it.
    struct Node {
        const json::Value* source;
        std::unordered_set<std::string> choices;  // of "enum", canonical
        std::string constant;                     // of "const", canonical
    };

    // The title of each subschema is the index of its node.
    valijson::Schema schema;
    std::vector<Node> nodes;
    std::unordered_map<std::string, Pattern> patterns;
    bool is_3_0_an_integer = true;  // since draft 6
};

// `document` must outlive the rules. Throws std::exception with what is wrong with it.
std::unique_ptr<const Rules> ReadRules(const json::Value& document, Subject subject);

}  // namespace fanfare::schema
