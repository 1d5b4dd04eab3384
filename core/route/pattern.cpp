#include "route/pattern.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/text.hpp"
#include "model/quote.hpp"
#include "route/fold.hpp"
#include "route/test_parser.hpp"

namespace fanfare::route {
namespace {

using model::Quote;

constexpr std::size_t kDeepest = 64;      // no deeper than data may be
constexpr std::size_t kMostTests = 4096;  // of one pattern
const std::vector<std::string_view> kAttributes = {"id",   "source",          "type",      "subject", "time", "realm",
                                                   "data", "datacontenttype", "dataschema"};

// Names of extensions are of a-z and 0-9, and specversion is always 1.0 (CloudEvents 3.1).
bool IsAttribute(std::string_view name) {
    return !name.empty() && name != "specversion" && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    });
}

class Parser {
public:
    explicit Parser(std::vector<RuleFault>& faults) : faults_(faults) {}

    Pattern Root(const std::string& place, const json::Value& table) {
        Pattern pattern;
        for (const auto& [name, value] : table.items()) {
            const std::string inside = json::PointerTo(place, name);
            if (name == "$or") {
                Choice(inside, value, pattern,
                       [this](const std::string& at, const json::Value& one) { return Root(at, one); });
            } else if (name == "data") {
                pattern.fields.push_back(Data(inside, name, value, 1));
            } else {
                Attribute(inside, name, value, pattern);
            }
        }
        return pattern;
    }

private:
    void Add(std::string pointer, std::string message, std::string hint = {}) {
        faults_.push_back({std::move(pointer), std::move(message), std::move(hint)});
    }

    // `one` reads an alternative.
    template <class ReadOne>
    void Choice(const std::string& place, const json::Value& value, Pattern& pattern, const ReadOne& one) {
        if (!value.is_array() || value.size() < 2) {
            return Add(place, "'$or' is a list of at least two tables", "$or = [{ a = [1] }, { b = [2] }]");
        }
        std::vector<Pattern> alternatives;
        for (std::size_t i = 0; i < value.size(); ++i) {
            const std::string at = place + "/" + std::to_string(i);
            if (!value[i].is_object() || value[i].empty()) {
                Add(at, "an alternative of '$or' is a table that names a field", "{ a = [1] }");
            } else {
                alternatives.push_back(one(at, value[i]));
            }
        }
        pattern.choices.push_back(std::move(alternatives));
    }

    void Attribute(const std::string& place, const std::string& name, const json::Value& value, Pattern& pattern) {
        if (IsOperator(name)) {
            return Add(place, "'" + name + "' is an operator, and operators stand in the list of a field",
                       "name = [{ " + name + " = ... }]");
        }
        if (!IsAttribute(name)) {
            const std::string_view near = base::DidYouMean(name, kAttributes);
            return Add(
                place, Quote(name) + " is not an attribute of events",
                near.empty() ? "fields of the data stand below `data`" : "did you mean '" + std::string(near) + "'?");
        }
        if (value.is_object()) {
            return Add(place, "the attribute " + Quote(name) + " is text and has no members", "only `data` has");
        }
        pattern.fields.push_back(Leaf(place, name, value, Place::kAttribute));
    }

    Field Data(const std::string& place, const std::string& name, const json::Value& value, std::size_t depth) {
        if (!value.is_object()) return Leaf(place, name, value, Place::kData);
        Field field;
        field.name = name;
        if (value.empty()) {
            Add(place, "names no field", "leave it out, or name one");
        } else if (depth > kDeepest) {
            Add(place, "is nested deeper than " + std::to_string(kDeepest) + " levels");
        } else {
            field.below = std::make_unique<Pattern>(Members(place, value, depth));
        }
        return field;
    }

    Pattern Members(const std::string& place, const json::Value& table, std::size_t depth) {
        Pattern pattern;
        for (const auto& [name, value] : table.items()) {
            const std::string inside = json::PointerTo(place, name);
            // { prefix = "a" } where [{ prefix = "a" }] was meant would be a field that no event has.
            if (name == "$or") {
                Choice(inside, value, pattern, [this, depth](const std::string& at, const json::Value& one) {
                    return Members(at, one, depth);
                });
            } else if (IsOperator(name) && !value.is_array() && !value.is_object()) {
                Add(inside, "'" + name + "' is an operator, and operators stand in a list",
                    "for a field of that name write a list: " + name + " = [" +
                        value.dump(-1, ' ', false, json::Value::error_handler_t::replace) + "]");
            } else {
                pattern.fields.push_back(Data(inside, name, value, depth + 1));
            }
        }
        return pattern;
    }

    Field Leaf(const std::string& place, const std::string& name, const json::Value& values, Place kind) {
        Field field;
        field.name = name;
        if (!values.is_array()) {
            AddTest(place, values, kind, field);
            return field;
        }
        if (values.empty()) Add(place, "an empty list matches no event", "leave the field out, or name a value");
        for (std::size_t i = 0; i < values.size(); ++i) {
            AddTest(place + "/" + std::to_string(i), values[i], kind, field);
        }
        return field;
    }

    void AddTest(const std::string& at, const json::Value& value, Place kind, Field& field) {
        if (++tests_ > kMostTests) {
            if (tests_ == kMostTests + 1) {
                Add(at, "the pattern has more than " + std::to_string(kMostTests) + " alternatives",
                    "divide it over several routes");
            }
            return;
        }
        if (auto test = ParseTest(at, value, kind, faults_)) field.tests.push_back(*std::move(test));
    }

    std::vector<RuleFault>& faults_;
    std::size_t tests_ = 0;
};

}  // namespace

Pattern ParsePattern(const json::Value& match, std::vector<RuleFault>& faults) {
    if (match.is_null()) return {};
    if (!match.is_object()) {
        faults.push_back({"/match", "must be a table of fields", "match.data.action = [\"create\"]"});
        return {};
    }
    return Parser(faults).Root("/match", match);
}

}  // namespace fanfare::route
