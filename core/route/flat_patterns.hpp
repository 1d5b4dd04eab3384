// The patterns of all rules, laid out so that to verify one reads few lines of memory: with many rules each of them is
// far from the processor. Inside of the room. Threads: immutable once all patterns are there.
#pragma once

#include <cstdint>
#include <vector>

#include "route/event_tree.hpp"
#include "route/pattern.hpp"

namespace fanfare::route {

class FlatPatterns {
public:
    // Of one pattern.
    struct Range {
        std::uint32_t first = 0;
        std::uint32_t last = 0;
    };

    // Of a pattern whose fields are numbered; its tests are moved out of it.
    Range Add(Pattern pattern);

    // Whether a pattern holds for the fields of an event.
    bool Holds(const Range& pattern, const EventTree& tree) const { return Holds(pattern, tree, EventTree::kEvent); }

private:
    struct Node {
        enum class Kind : std::uint32_t { kLeaf, kNested, kChoice, kAlternative };
        Kind kind = Kind::kLeaf;
        std::uint32_t field = 0;   // of kLeaf and kNested: its number
        std::uint32_t end = 0;     // behind it and what is below it
        std::uint32_t test = 0;    // of kLeaf: the first of its tests
        std::uint32_t behind = 0;  // and the one behind its last
    };

    void AddFields(Pattern& pattern);
    std::uint32_t Open(Node::Kind kind, std::uint32_t field);
    void Close(std::uint32_t node) { nodes_[node].end = static_cast<std::uint32_t>(nodes_.size()); }

    bool Holds(const Range& pattern, const EventTree& tree, std::uint32_t item) const;
    bool HoldsFor(const Range& pattern, const EventTree& tree, std::uint32_t object) const;
    bool HoldsOne(const Node& node, const EventTree& tree, std::uint32_t item) const;
    bool HoldsChoice(std::uint32_t choice, const EventTree& tree, std::uint32_t object) const;

    std::vector<Node> nodes_;
    std::vector<Test> tests_;
};

}  // namespace fanfare::route
