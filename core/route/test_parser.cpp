#include "route/test_parser.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/text.hpp"
#include "model/quote.hpp"
#include "route/fold.hpp"

namespace fanfare::route {
namespace {

using model::Quote;
using Op = Test::Op;

const std::vector<std::string_view> kOperators = {
    "prefix", "suffix", "equals-ignore-case", "wildcard", "anything-but", "numeric", "cidr", "exists"};

std::string NumberText(const json::Value& number) { return number.dump(); }

Test OfText(Op op, std::string text) {
    Test test;
    test.op = op;
    test.text = std::move(text);
    return test;
}

class TestParser {
public:
    TestParser(Place place, std::vector<RuleFault>& faults) : place_(place), faults_(faults) {}

    std::optional<Test> Parse(const std::string& at, const json::Value& value) {
        return value.is_object() ? Operator(at, value) : Literal(at, value);
    }

private:
    std::nullopt_t Fault(std::string at, std::string message, std::string hint = {}) {
        faults_.push_back({std::move(at), std::move(message), std::move(hint)});
        return std::nullopt;
    }

    std::optional<Test> Literal(const std::string& at, const json::Value& value) {
        if (value.is_array()) return Fault(at, "a list in a list is not a value");
        if (value.is_string()) return OfText(Op::kText, value.get<std::string>());
        if (place_ == Place::kAttribute) {
            if (value.is_null()) return Fault(at, "an attribute is never null", "leave it out");
            if (value.is_number_float()) {
                return Fault(at, "an attribute is never a number with decimals", "write it as text");
            }
            return OfText(Op::kText, value.dump());
        }
        if (value.is_boolean()) return OfText(value.get<bool>() ? Op::kTrue : Op::kFalse, {});
        if (value.is_null()) return OfText(Op::kNull, {});
        return Number(at, value);
    }

    std::optional<Decimal> ReadDecimal(const std::string& at, const json::Value& value) {
        if (!value.is_number()) return Fault(at, "must be a number");
        if (value.is_number_float() && !std::isfinite(value.get<double>())) {
            return Fault(at, "no event has a number that is not finite");
        }
        const auto decimal = Decimal::Parse(NumberText(value));
        if (!decimal) return Fault(at, "the number has too many digits");
        return decimal;
    }

    std::optional<Test> Number(const std::string& at, const json::Value& value) {
        const auto decimal = ReadDecimal(at, value);
        if (!decimal) return std::nullopt;
        return OfText(Op::kNumber, std::string(decimal->text()));
    }

    std::optional<Test> Operator(const std::string& at, const json::Value& object) {
        if (object.empty()) return Fault(at, "an operator has a name and a value", "{ prefix = \"...\" }");
        if (object.size() > 1) {
            return Fault(at, "has more than one operator", "write each in a table of its own: one of a list must hold");
        }
        const std::string& name = object.begin().key();
        const json::Value& value = object.begin().value();
        const std::string inside = json::PointerTo(at, name);
        if (name == "prefix") return Affix(inside, name, Op::kPrefix, value);
        if (name == "suffix") return Affix(inside, name, Op::kSuffix, value);
        if (name == "equals-ignore-case") return IgnoreCase(inside, value);
        if (name == "wildcard") return Wildcard(inside, value);
        if (name == "anything-but") return AnythingBut(inside, value);
        if (name == "numeric") return Numeric(inside, value);
        if (name == "cidr") return Cidr(inside, value);
        if (name == "exists") return Exists(inside, value);
        const std::string_view near = base::DidYouMean(name, kOperators);
        return Fault(inside, "there is no operator " + Quote(name),
                     near.empty() ? "" : "did you mean '" + std::string(near) + "'?");
    }

    // A text, or { equals-ignore-case = text }.
    std::optional<Test> Affix(const std::string& at, const std::string& name, Op op, const json::Value& value) {
        if (value.is_string()) return OfText(op, value.get<std::string>());
        if (value.is_object() && value.size() == 1 && value.contains("equals-ignore-case") &&
            value["equals-ignore-case"].is_string()) {
            Test test = OfText(op, Fold(value["equals-ignore-case"].get<std::string>()));
            test.folded = true;
            return test;
        }
        return Fault(at, "'" + name + "' wants a text", "or { equals-ignore-case = \"...\" }");
    }

    std::optional<Test> IgnoreCase(const std::string& at, const json::Value& value) {
        if (!value.is_string()) return Fault(at, "'equals-ignore-case' wants a text");
        return OfText(Op::kIgnoreCase, Fold(value.get<std::string>()));
    }

    std::optional<Test> Wildcard(const std::string& at, const json::Value& value) {
        if (!value.is_string()) return Fault(at, "'wildcard' wants a text", "{ wildcard = \"a*b\" }");
        const std::string text = value.get<std::string>();
        Test test = OfText(Op::kWildcard, text);
        test.pieces.emplace_back();
        bool after_star = false;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '*') {
                if (after_star) return Fault(at, "has two '*' in a row", "one means the same");
                test.pieces.emplace_back();
                after_star = true;
                continue;
            }
            after_star = false;
            if (text[i] == '\\' && (++i == text.size() || (text[i] != '*' && text[i] != '\\'))) {
                return Fault(at, "has a '\\' before what needs none", "`\\*` is a star, `\\\\` is a backslash");
            }
            test.pieces.back() += text[i];
        }
        return test;
    }

    std::optional<Test> AnythingBut(const std::string& at, const json::Value& value) {
        Test test = OfText(Op::kAnythingBut, {});
        if (value.is_object()) {
            if (!ButOperator(at, value, test)) return std::nullopt;
        } else if (!ButValues(at, value, test)) {
            return std::nullopt;
        }
        return test;
    }

    bool ButOperator(const std::string& at, const json::Value& object, Test& test) {
        static const std::vector<std::string_view> kInside = {"prefix", "suffix", "equals-ignore-case", "wildcard"};
        const std::string name = object.size() == 1 ? object.begin().key() : std::string();
        if (std::find(kInside.begin(), kInside.end(), name) == kInside.end()) {
            Fault(at, "inside of 'anything-but' stands one of prefix, suffix, equals-ignore-case and wildcard",
                  "{ anything-but = { prefix = \"...\" } }");
            return false;
        }
        const json::Value& values = object.begin().value();
        const std::string inside = json::PointerTo(at, name);
        return ForEach(inside, values, [&](const std::string& place, const json::Value& one) {
            if ((name == "prefix" || name == "suffix") && one.is_string() && one.get<std::string>().empty()) {
                Fault(place, "an empty text takes every value", "name one");
                return false;
            }
            auto inner = Operator(place, json::Value{{name, one}});
            if (inner) test.but.push_back(*std::move(inner));
            return inner.has_value();
        });
    }

    bool ButValues(const std::string& at, const json::Value& values, Test& test) {
        const bool mixed = values.is_array() && std::any_of(values.begin(), values.end(), [&](const json::Value& one) {
                               return one.is_number() != values[0].is_number();
                           });
        if (mixed) {
            Fault(at, "a list of 'anything-but' has texts or numbers, not both");
            return false;
        }
        return ForEach(at, values, [&](const std::string& place, const json::Value& one) {
            if (!one.is_string() && !one.is_number()) {
                Fault(place, "'anything-but' wants a text, a number, a list of either, or an operator");
                return false;
            }
            auto inner = Literal(place, one);
            if (inner) test.but.push_back(*std::move(inner));
            return inner.has_value();
        });
    }

    // Of a list each element, else the one value; false as soon as `use` says so.
    template <class Use>
    bool ForEach(const std::string& at, const json::Value& values, const Use& use) {
        if (!values.is_array()) return use(at, values);
        if (values.empty()) {
            Fault(at, "an empty list excludes nothing", "name a value, or write { exists = true }");
            return false;
        }
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (!use(at + "/" + std::to_string(i), values[i])) return false;
        }
        return true;
    }

    std::optional<Test> Numeric(const std::string& at, const json::Value& value) {
        constexpr std::string_view kHow = "{ numeric = [\">\", 0, \"<=\", 5] }";
        if (!value.is_array() || (value.size() != 2 && value.size() != 4)) {
            return Fault(at, "'numeric' wants a comparison and a number, or two of each", std::string(kHow));
        }
        Test test = OfText(Op::kRange, {});
        for (std::size_t i = 0; i < value.size(); i += 2) {
            if (!ReadBound(at, value, i, test)) return std::nullopt;
        }
        if (!test.low && !test.high) return test.op == Op::kNumber ? std::optional(test) : std::nullopt;
        if (value.size() == 4 &&
            (!test.low || !test.high || Decimal::Compare(test.low->value, test.high->value) >= 0)) {
            return Fault(at, "the range is empty: the lower end comes first and is the smaller one", std::string(kHow));
        }
        return test;
    }

    bool ReadBound(const std::string& at, const json::Value& value, std::size_t i, Test& test) {
        const std::string word = value[i].is_string() ? value[i].get<std::string>() : "";
        const auto number = ReadDecimal(at + "/" + std::to_string(i + 1), value[i + 1]);
        if (!number) return false;
        if (word == "=" && value.size() == 2) {
            test.op = Op::kNumber;
            test.text = number->text();
        } else if ((word == ">" || word == ">=") && i == 0) {
            test.low = Bound{*number, word == ">="};
        } else if (word == "<" || word == "<=") {
            test.high = Bound{*number, word == "<="};
        } else {
            Fault(at + "/" + std::to_string(i), Quote(word) + " cannot stand here",
                  "=, <, <=, > or >=; of two, first > or >=, then < or <=");
            return false;
        }
        return true;
    }

    std::optional<Test> Cidr(const std::string& at, const json::Value& value) {
        Test test = OfText(Op::kNetwork, {});
        if (value.is_string()) test.network = base::ParseNetwork(value.get<std::string>());
        if (!test.network) return Fault(at, "'cidr' wants a network", "\"10.0.0.0/8\" or \"2001:db8::/32\"");
        test.text = value.get<std::string>();
        return test;
    }

    std::optional<Test> Exists(const std::string& at, const json::Value& value) {
        if (!value.is_boolean()) return Fault(at, "'exists' is true or false");
        return OfText(value.get<bool>() ? Op::kExists : Op::kAbsent, {});
    }

    const Place place_;
    std::vector<RuleFault>& faults_;
};

}  // namespace

bool IsOperator(std::string_view name) {
    return std::find(kOperators.begin(), kOperators.end(), name) != kOperators.end();
}

std::optional<Test> ParseTest(const std::string& at, const json::Value& value, Place place,
                              std::vector<RuleFault>& faults) {
    return TestParser(place, faults).Parse(at, value);
}

}  // namespace fanfare::route
