#include "route/access.hpp"

#include <algorithm>

namespace fanfare::route {
namespace {

using Op = Test::Op;

// How many of a thousand values pass, roughly, where nothing but the kind of the test is known.
double BaseCost(const Test& test) {
    constexpr double kShort = 64;  // what a text of one letter lets through
    const auto by_length = [&](std::size_t length) { return kShort / static_cast<double>(length * length + 1); };
    switch (test.op) {
        case Op::kText:
        case Op::kIgnoreCase:
        case Op::kNumber:
            return 0;
        case Op::kPrefix:
        case Op::kSuffix:
        case Op::kTopic:
            return by_length(test.text.size());
        case Op::kWildcard: {
            std::size_t longest = 0;
            for (const std::string& piece : test.pieces) longest = std::max(longest, piece.size());
            return longest == 0 ? 1e6 : 2 * by_length(longest);
        }
        case Op::kNetwork:
            return 4;
        case Op::kRange:
            return 200;
        case Op::kTrue:
        case Op::kFalse:
        case Op::kNull:
            return 500;
        case Op::kExists:
        case Op::kAbsent:
        case Op::kAnythingBut:
            return 1e6;
    }
    return 1e6;
}

// One of `other` must hold too.
void Join(Access& access, Access other) {
    access.tests.insert(access.tests.end(), other.tests.begin(), other.tests.end());
    access.cost += other.cost;
    access.always = access.always || other.always;
}

Access OfField(const Field& field, const Popularity& popularity) {
    if (field.below) return ChooseAccess(*field.below, popularity);
    Access access;
    for (const Test& test : field.tests) {
        Join(access, {{{field.number, &test}}, popularity.CostOf(field.number, test), test.op == Op::kAbsent});
    }
    return access;
}

}  // namespace

std::string Popularity::KeyOf(std::uint32_t field, const Test& test) {
    return std::to_string(field) + (test.folded ? "f" : " ") + std::to_string(static_cast<int>(test.op)) + test.text;
}

void Popularity::Count(const Pattern& pattern) {
    for (const Field& field : pattern.fields) {
        for (const Test& test : field.tests) ++counts_[KeyOf(field.number, test)];
        if (field.below) Count(*field.below);
    }
    for (const std::vector<Pattern>& alternatives : pattern.choices) {
        for (const Pattern& alternative : alternatives) Count(alternative);
    }
}

double Popularity::CostOf(std::uint32_t field, const Test& test) const {
    const auto found = counts_.find(KeyOf(field, test));
    return BaseCost(test) + (found == counts_.end() ? 1 : found->second);
}

Access ChooseAccess(const Pattern& pattern, const Popularity& popularity) {
    Access best;
    best.always = true;
    const auto offer = [&](Access access) {
        if (!access.always && (best.always || access.cost < best.cost)) best = std::move(access);
    };
    for (const Field& field : pattern.fields) offer(OfField(field, popularity));
    for (const std::vector<Pattern>& alternatives : pattern.choices) {
        Access any;
        for (const Pattern& alternative : alternatives) Join(any, ChooseAccess(alternative, popularity));
        offer(std::move(any));
    }
    return best;
}

}  // namespace fanfare::route
