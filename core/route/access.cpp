#include "route/access.hpp"

#include <algorithm>
#include <utility>

namespace fanfare::route {
namespace {

using MaybeAccess = std::optional<Access>;  // nullopt: none can be had

// The cheapest handle of one test.
MaybeAccess OfTest(std::uint32_t field, const Test& test, const Popularity& popularity) {
    MaybeAccess best;
    for (Handle& handle : HandlesOf(test)) {
        const double cost = popularity.CostOf(field, handle);
        if (!best || cost < best->cost) best = Access{{{field, std::move(handle)}}, cost};
    }
    return best;
}

// Those of all alternatives, since any of them may be the one that holds.
template <class Alternatives, class AccessOf>
MaybeAccess OfAny(const Alternatives& alternatives, const AccessOf& access_of) {
    Access all;
    for (const auto& alternative : alternatives) {
        MaybeAccess one = access_of(alternative);
        if (!one) return std::nullopt;
        std::move(one->handles.begin(), one->handles.end(), std::back_inserter(all.handles));
        all.cost += one->cost;
    }
    return all;
}

}  // namespace

std::string Popularity::KeyOf(std::uint32_t field, const Handle& handle) {
    return std::to_string(field) + " " + handle.key();
}

void Popularity::Count(const Pattern& pattern) {
    for (const Field& field : pattern.fields) {
        for (const Test& test : field.tests) {
            for (const Handle& handle : HandlesOf(test)) ++counts_[KeyOf(field.number, handle)];
        }
        if (field.below) Count(*field.below);
    }
    for (const std::vector<Pattern>& alternatives : pattern.choices) {
        for (const Pattern& alternative : alternatives) Count(alternative);
    }
}

double Popularity::CostOf(std::uint32_t field, const Handle& handle) const {
    const auto found = counts_.find(KeyOf(field, handle));
    return handle.base_cost() + (found == counts_.end() ? 1 : found->second);
}

std::optional<Access> ChooseAccess(const Pattern& pattern, const Popularity& popularity) {
    MaybeAccess best;
    const auto offer = [&](MaybeAccess access) {
        if (access && (!best || access->cost < best->cost)) best = std::move(access);
    };
    for (const Field& field : pattern.fields) {
        offer(field.below ? ChooseAccess(*field.below, popularity) : OfAny(field.tests, [&](const Test& test) {
            return OfTest(field.number, test, popularity);
        }));
    }
    for (const std::vector<Pattern>& alternatives : pattern.choices) {
        offer(OfAny(alternatives, [&](const Pattern& one) { return ChooseAccess(one, popularity); }));
    }
    return best;
}

}  // namespace fanfare::route
