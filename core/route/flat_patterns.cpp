#include "route/flat_patterns.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace fanfare::route {
namespace {

bool HoldsSome(const Test& test, const EventTree& tree, std::uint32_t item) {
    const Item& value = tree.items()[item];
    switch (value.kind) {
        case Item::Kind::kScalar:
            return test.Holds(value.value);
        case Item::Kind::kObject:
            return false;
        case Item::Kind::kList:
            break;
    }
    for (std::uint32_t at = value.first_child; at != 0; at = tree.items()[at].next) {
        if (HoldsSome(test, tree, at)) return true;
    }
    return false;
}

}  // namespace

FlatPatterns::Range FlatPatterns::Add(Pattern pattern) {
    const auto first = static_cast<std::uint32_t>(nodes_.size());
    AddFields(pattern);
    return {first, static_cast<std::uint32_t>(nodes_.size())};
}

void FlatPatterns::AddFields(Pattern& pattern) {
    for (Field& field : pattern.fields) {
        const std::uint32_t node = Open(field.below ? Node::Kind::kNested : Node::Kind::kLeaf, field.number);
        if (field.below) AddFields(*field.below);
        nodes_[node].test = static_cast<std::uint32_t>(tests_.size());
        std::move(field.tests.begin(), field.tests.end(), std::back_inserter(tests_));
        nodes_[node].behind = static_cast<std::uint32_t>(tests_.size());
        Close(node);
    }
    for (std::vector<Pattern>& alternatives : pattern.choices) {
        const std::uint32_t choice = Open(Node::Kind::kChoice, 0);
        for (Pattern& alternative : alternatives) {
            const std::uint32_t node = Open(Node::Kind::kAlternative, 0);
            AddFields(alternative);
            Close(node);
        }
        Close(choice);
    }
}

std::uint32_t FlatPatterns::Open(Node::Kind kind, std::uint32_t field) {
    nodes_.push_back({kind, field, 0, 0, 0});
    return static_cast<std::uint32_t>(nodes_.size() - 1);
}

// `item`: what stands where the pattern speaks of; kNone if there is nothing.
bool FlatPatterns::Holds(const Range& pattern, const EventTree& tree, std::uint32_t item) const {
    if (item == EventTree::kNone) return HoldsFor(pattern, tree, item);
    switch (tree.items()[item].kind) {
        case Item::Kind::kObject:
            return HoldsFor(pattern, tree, item);
        case Item::Kind::kScalar:
            return HoldsFor(pattern, tree, EventTree::kNone);
        case Item::Kind::kList:
            break;
    }
    for (std::uint32_t at = tree.items()[item].first_child; at != 0; at = tree.items()[at].next) {
        if (Holds(pattern, tree, at)) return true;
    }
    return HoldsFor(pattern, tree, EventTree::kNone);
}

// An object, or nothing: then only what asks for absence can hold.
bool FlatPatterns::HoldsFor(const Range& pattern, const EventTree& tree, std::uint32_t object) const {
    const auto child = [&](const Node& node) {
        return object == EventTree::kNone ? EventTree::kNone : tree.Child(object, node.field);
    };
    for (std::uint32_t at = pattern.first; at != pattern.last; at = nodes_[at].end) {
        const Node& node = nodes_[at];
        bool holds = false;
        switch (node.kind) {
            case Node::Kind::kLeaf:
                holds = HoldsOne(node, tree, child(node));
                break;
            case Node::Kind::kNested:
                holds = Holds({at + 1, node.end}, tree, child(node));
                break;
            case Node::Kind::kChoice:
                holds = HoldsChoice(at, tree, object);
                break;
            case Node::Kind::kAlternative:
                holds = HoldsFor({at + 1, node.end}, tree, object);
                break;
        }
        if (!holds) return false;
    }
    return true;
}

bool FlatPatterns::HoldsChoice(std::uint32_t choice, const EventTree& tree, std::uint32_t object) const {
    for (std::uint32_t at = choice + 1; at != nodes_[choice].end; at = nodes_[at].end) {
        if (HoldsFor({at, nodes_[at].end}, tree, object)) return true;
    }
    return false;
}

bool FlatPatterns::HoldsOne(const Node& node, const EventTree& tree, std::uint32_t item) const {
    return std::any_of(tests_.begin() + node.test, tests_.begin() + node.behind, [&](const Test& test) {
        if (test.op == Test::Op::kAbsent) return !tree.HasLeaf(node.field);
        return item != EventTree::kNone && HoldsSome(test, tree, item);
    });
}

}  // namespace fanfare::route
