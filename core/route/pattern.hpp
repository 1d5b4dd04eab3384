// The language of `match`: Amazon EventBridge's event patterns, as aws/event-ruler defines them, over our events.
// Sources: github.com/aws/event-ruler, README ("Ruler in two minutes" and on); docs.aws.amazon.com/eventbridge,
// "Comparison operators for use in event patterns".
//
// A pattern names fields: attributes of the event (id, source, type, subject, time, realm, datacontenttype, dataschema,
// extensions) and, below `data`, members of its data by nested tables. A field has a list of alternatives (or a single
// value), of which one must hold; every field must hold.
//   "x", 1, true, null        equal: text by its bytes once escapes are undone, numbers by their decimal value
//   { prefix = "x" }, { suffix = "x" }, either also { prefix = { equals-ignore-case = "x" } }
//   { equals-ignore-case = "x" }
//   { wildcard = "a*b" }      `*` is any text; `\*` and `\\` are themselves; no two `*` in a row
//   { anything-but = "x" }    also a list of texts or of numbers, or { prefix|suffix|equals-ignore-case|wildcard = text
//   or
//                             list }: a value that none of these takes
//   { numeric = [">", 0, "<=", 5] }, with = < <= > >=
//   { cidr = "10.0.0.0/8" }   also IPv6
//   { exists = true }         the field has a value that is no object; { exists = false }: nowhere in the event has it
//   one $or = [ {...}, {...} ]    beside fields: one of the tables must hold
// A field that is not there holds for nothing but exists = false. A list in the event holds if one of its elements
// does, however deep lists lie in lists; fields of objects in a list must hold for one and the same object. Of two
// members with one name the last counts. Data counts only if it is JSON. Attributes are text on the wire, so a whole
// number or a boolean of a pattern stands for its text there.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/network.hpp"
#include "json/value.hpp"
#include "route/decimal.hpp"
#include "route/topic.hpp"

namespace fanfare::route {

// A value of an event as tests see it.
struct Scalar {
    enum class Kind { kText, kNumber, kTrue, kFalse, kNull };
    Kind kind = Kind::kNull;
    std::string_view text;  // of kText, escapes undone; of kNumber, as it stands
};

struct Bound {
    Decimal value;
    bool inclusive = false;
};

// One alternative of a field.
struct Test {
    enum class Op {
        kText,
        kNumber,
        kTrue,
        kFalse,
        kNull,
        kPrefix,
        kSuffix,
        kIgnoreCase,
        kWildcard,
        kRange,
        kNetwork,
        kTopic,
        kExists,
        kAbsent,
        kAnythingBut
    };
    Op op = Op::kNull;
    bool folded = false;              // of kPrefix and kSuffix: without case
    std::string text;                 // folded where case does not count; of kNumber its Decimal's text
    std::vector<std::string> pieces;  // of kWildcard: the text between the stars
    std::optional<Bound> low;         // of kRange
    std::optional<Bound> high;
    std::optional<base::Network> network;
    std::optional<TopicPattern> topic;
    std::vector<Test> but;  // of kAnythingBut

    // Whether the value satisfies it. kAbsent never: it speaks of an event, not of a value.
    bool Holds(const Scalar& value) const;
    // As an operator reads it: `prefix "x"`.
    std::string Words() const;
};

struct Pattern;

struct Field {
    std::string name;
    std::vector<Test> tests;         // alternatives; empty if `below` is there
    std::unique_ptr<Pattern> below;  // fields of an object
    std::uint32_t number = 0;        // within the router that was compiled of it
};

struct Pattern {
    std::vector<Field> fields;                  // all must hold
    std::vector<std::vector<Pattern>> choices;  // of each, one must hold
};

// A fault in a rule, by JSON pointer below it: "/types/0", "/match/data/provider/1".
struct RuleFault {
    std::string pointer;
    std::string message;
    std::string hint;
};

// null is the pattern that every event satisfies. With faults, what is returned is what could be read.
Pattern ParsePattern(const json::Value& match, std::vector<RuleFault>& faults);

// Whether `name` is that of an operator, where fields stand.
bool IsOperator(std::string_view name);

}  // namespace fanfare::route
