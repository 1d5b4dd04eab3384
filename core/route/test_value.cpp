// What the alternatives of a pattern say of a value.
#include <algorithm>

#include "base/json_text.hpp"
#include "route/fold.hpp"
#include "route/pattern.hpp"

namespace fanfare::route {
namespace {

using Op = Test::Op;
using Kind = Scalar::Kind;

// Each piece where it first stands behind the one before: if there is a way, this is one.
bool MatchesWildcard(const std::vector<std::string>& pieces, std::string_view text) {
    const std::string& first = pieces.front();
    const std::string& last = pieces.back();
    if (pieces.size() == 1) return text == first;
    if (text.size() < first.size() + last.size() || !text.starts_with(first) || !text.ends_with(last)) return false;
    std::string_view middle = text.substr(first.size(), text.size() - first.size() - last.size());
    for (std::size_t i = 1; i + 1 < pieces.size(); ++i) {
        const std::size_t at = middle.find(pieces[i]);
        if (at == std::string_view::npos) return false;
        middle.remove_prefix(at + pieces[i].size());
    }
    return true;
}

bool IsWithin(const Test& test, std::string_view number) {
    const auto value = Decimal::Parse(number);
    if (!value) return false;
    const auto above = [&](const Bound& low) {
        const int order = Decimal::Compare(*value, low.value);
        return order > 0 || (order == 0 && low.inclusive);
    };
    const auto below = [&](const Bound& high) {
        const int order = Decimal::Compare(*value, high.value);
        return order < 0 || (order == 0 && high.inclusive);
    };
    return (!test.low || above(*test.low)) && (!test.high || below(*test.high));
}

bool EqualsNumber(const Test& test, std::string_view number) {
    const auto value = Decimal::Parse(number);
    return value && value->text() == test.text;
}

bool IsInNetwork(const base::Network& network, std::string_view text) {
    const auto address = base::ParseAddress(text);
    return address && network.Contains(*address);
}

bool HoldsForText(const Test& test, std::string_view text) {
    switch (test.op) {
        case Op::kText:
            return text == test.text;
        case Op::kPrefix:
            return test.folded ? Fold(text).starts_with(test.text) : text.starts_with(test.text);
        case Op::kSuffix:
            return test.folded ? Fold(text).ends_with(test.text) : text.ends_with(test.text);
        case Op::kIgnoreCase:
            return Fold(text) == test.text;
        case Op::kWildcard:
            return MatchesWildcard(test.pieces, text);
        case Op::kNetwork:
            return IsInNetwork(*test.network, text);
        case Op::kTopic:
            return test.topic->Matches(text);
        case Op::kNumber:
        case Op::kRange:
        case Op::kTrue:
        case Op::kFalse:
        case Op::kNull:
        case Op::kExists:
        case Op::kAbsent:
        case Op::kAnythingBut:
            break;
    }
    return false;
}

std::string Quoted(std::string_view text) {
    std::string out;
    base::AppendJsonString(out, text);
    return out;
}

// From a Decimal's "digits p|n exponent".
std::string NumberWords(std::string_view decimal) {
    const std::size_t sign = decimal.find_first_of("pn");
    if (sign == std::string_view::npos) return "0";
    std::string digits(decimal.substr(0, sign));
    const int exponent = std::atoi(std::string(decimal.substr(sign + 1)).c_str());
    constexpr int kPlain = 15;
    if (exponent > kPlain || exponent < -kPlain) {
        digits += "e" + std::to_string(exponent);
    } else if (exponent >= 0) {
        digits.append(static_cast<std::size_t>(exponent), '0');
    } else {
        const auto decimals = static_cast<std::size_t>(-exponent);
        if (digits.size() <= decimals) digits.insert(0, decimals - digits.size() + 1, '0');
        digits.insert(digits.size() - decimals, ".");
    }
    return (decimal[sign] == 'n' ? "-" : "") + digits;
}

std::string RangeWords(const Test& test) {
    std::string words;
    if (test.low) words += (test.low->inclusive ? ">= " : "> ") + NumberWords(test.low->value.text());
    if (test.low && test.high) words += " and ";
    if (test.high) words += (test.high->inclusive ? "<= " : "< ") + NumberWords(test.high->value.text());
    return words;
}

}  // namespace

bool Test::Holds(const Scalar& value) const {
    if (op == Op::kExists) return true;
    if (op == Op::kAnythingBut) {
        return std::none_of(but.begin(), but.end(), [&](const Test& test) { return test.Holds(value); });
    }
    switch (value.kind) {
        case Kind::kText:
            return HoldsForText(*this, value.text);
        case Kind::kNumber:
            if (op == Op::kNumber) return EqualsNumber(*this, value.text);
            return op == Op::kRange && IsWithin(*this, value.text);
        case Kind::kTrue:
            return op == Op::kTrue;
        case Kind::kFalse:
            return op == Op::kFalse;
        case Kind::kNull:
            return op == Op::kNull;
    }
    return false;
}

std::string Test::Words() const {
    const std::string without_case = folded ? " without case" : "";
    switch (op) {
        case Op::kText:
            return Quoted(text);
        case Op::kNumber:
            return NumberWords(text);
        case Op::kTrue:
            return "true";
        case Op::kFalse:
            return "false";
        case Op::kNull:
            return "null";
        case Op::kPrefix:
            return "text that begins with " + Quoted(text) + without_case;
        case Op::kSuffix:
            return "text that ends with " + Quoted(text) + without_case;
        case Op::kIgnoreCase:
            return Quoted(text) + " in any case";
        case Op::kWildcard:
            return "text like " + Quoted(text);
        case Op::kRange:
            return "a number " + RangeWords(*this);
        case Op::kNetwork:
            return "an address in " + text;
        case Op::kTopic:
            return "the topic " + text;
        case Op::kExists:
            return "any value";
        case Op::kAbsent:
            return "no value";
        case Op::kAnythingBut:
            break;
    }
    std::string words;
    for (const Test& test : but) words += (words.empty() ? "anything but " : ", ") + test.Words();
    return words;
}

}  // namespace fanfare::route
