#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "model/quote.hpp"
#include "route/router.hpp"
#include "route/topic.hpp"

namespace fanfare::route {
namespace {

using model::Quote;

constexpr std::size_t kDeepest = 64;  // no deeper than data may be
const std::vector<std::string_view> kAttributes = {"id",    "source", "type",            "subject",    "time",
                                                   "realm", "data",   "datacontenttype", "dataschema"};
// Operators of Event Ruler and EventBridge, spelt as there.
const std::vector<std::string_view> kOperators = {"prefix",       "suffix",  "equals-ignore-case", "wildcard",
                                                  "anything-but", "numeric", "cidr",               "exists", "$or"};

bool IsOperator(std::string_view name) {
    return std::find(kOperators.begin(), kOperators.end(), name) != kOperators.end();
}

class Checker {
public:
    std::vector<RuleFault> Run(const Rule& rule) {
        for (std::size_t i = 0; i < rule.realms.size(); ++i) Realm("/realms/" + std::to_string(i), rule.realms[i]);
        for (std::size_t i = 0; i < rule.types.size(); ++i) Type("/types/" + std::to_string(i), rule.types[i]);
        if (rule.match.is_object()) {
            for (const auto& [name, value] : rule.match.items()) Attribute(name, value);
        } else if (!rule.match.is_null()) {
            Add("/match", "must be a table of fields", "match.data.action = [\"create\"]");
        }
        if (rule.to.empty()) Add("/to", "names no destination: the route goes nowhere", "to = [\"NAME\"]");
        return std::move(faults_);
    }

private:
    void Add(std::string pointer, std::string message, std::string hint = {}) {
        faults_.push_back({std::move(pointer), std::move(message), std::move(hint)});
    }

    void Realm(std::string pointer, const std::string& realm) {
        if (realm.empty()) {
            Add(std::move(pointer), "the name of a realm must not be empty",
                "leave `realms` out to take events of every realm");
        } else if (!base::IsName(realm)) {
            Add(std::move(pointer), Quote(realm) + " is not the name of a realm",
                "1 to 64 of A-Z a-z 0-9 . _ -, first a letter or digit");
        }
    }

    void Type(std::string pointer, const std::string& type) {
        const auto pattern = TopicPattern::Parse(type);
        if (!pattern) Add(std::move(pointer), pattern.error().message);
    }

    void Attribute(const std::string& name, const json::Value& value) {
        const std::string place = json::PointerTo("/match", name);
        if (name == "data") return Data(place, value, 1);
        if (IsOperator(name)) return NotOffered(place, name);
        if (!IsAttribute(name)) {
            const std::string_view near = base::DidYouMean(name, kAttributes);
            return Add(
                place, Quote(name) + " is not an attribute of events",
                near.empty() ? "fields of the data stand below `data`" : "did you mean '" + std::string(near) + "'?");
        }
        if (value.is_object()) {
            return Add(place, "the attribute " + Quote(name) + " is text and has no members", "only `data` has");
        }
        Values(place, value, [&](const std::string& at, const json::Value& one) { AttributeValue(at, one); });
    }

    // Names of extensions are of a-z and 0-9, and specversion is always 1.0 (CloudEvents 3.1).
    static bool IsAttribute(std::string_view name) {
        return !name.empty() && name != "specversion" && std::all_of(name.begin(), name.end(), [](char c) {
                   return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
               });
    }

    void Data(const std::string& place, const json::Value& value, std::size_t depth) {
        if (!value.is_object()) {
            return Values(place, value, [&](const std::string& at, const json::Value& one) { DataValue(at, one); });
        }
        if (value.empty()) return Add(place, "names no field", "leave it out, or name one");
        if (depth > kDeepest) return Add(place, "is nested deeper than " + std::to_string(kDeepest) + " levels");
        for (const auto& [name, below] : value.items()) {
            const std::string inside = json::PointerTo(place, name);
            // { prefix = "a" } where [{ prefix = "a" }] was meant would be a field that no event has.
            if (IsOperator(name) && !below.is_array() && !below.is_object()) {
                Add(inside, "'" + name + "' is an operator, and operators stand in a list",
                    "for a field of that name write a list: " + name + " = [" +
                        below.dump(-1, ' ', false, json::Value::error_handler_t::replace) + "]");
            } else if (name == "$or") {
                NotOffered(inside, name);
            } else {
                Data(inside, below, depth + 1);
            }
        }
    }

    template <class Check>
    void Values(const std::string& place, const json::Value& values, const Check& check) {
        if (!values.is_array()) return check(place, values);
        if (values.empty()) Add(place, "an empty list matches no event", "leave the field out, or name a value");
        for (std::size_t i = 0; i < values.size(); ++i) {
            const std::string at = place + "/" + std::to_string(i);
            if (values[i].is_object()) {
                Operator(at, values[i]);
            } else {
                check(at, values[i]);
            }
        }
    }

    void AttributeValue(const std::string& at, const json::Value& value) {
        if (value.is_null()) return Add(at, "an attribute is never null", "leave it out");
        if (value.is_number_float()) return Add(at, "an attribute is never a number with decimals", "write it as text");
        DataValue(at, value);
    }

    void DataValue(const std::string& at, const json::Value& value) {
        if (value.is_array()) Add(at, "a list in a list is not a value");
        if (value.is_number_float() && !std::isfinite(value.get<double>())) {
            Add(at, "no event has a number that is not finite");
        }
    }

    void Operator(const std::string& at, const json::Value& object) {
        if (object.empty()) return Add(at, "an operator has a name and a value", "{ prefix = \"...\" }");
        for (const auto& [name, value] : object.items()) {
            if (IsOperator(name)) {
                NotOffered(json::PointerTo(at, name), name);
                continue;
            }
            const std::string_view near = base::DidYouMean(name, kOperators);
            Add(json::PointerTo(at, name), "there is no operator " + Quote(name),
                near.empty() ? "" : "did you mean '" + std::string(near) + "'?");
        }
    }

    void NotOffered(std::string at, const std::string& name) {
        Add(std::move(at), "operator '" + name + "' is not offered by this version", "exact values are");
    }

    std::vector<RuleFault> faults_;
};

}  // namespace

std::vector<RuleFault> Check(const Rule& rule) { return Checker().Run(rule); }

}  // namespace fanfare::route
