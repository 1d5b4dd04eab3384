// The names that templates ask for, as a tree of their parts, so that one pass over an object finds all of them: the
// cost of a rendering does not rise with the number of tags. Inside of the room.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fanfare::shape {

using NameId = std::uint32_t;

class NameTree {
public:
    static constexpr NameId kRoot = 0;

    struct Node {
        std::string part;
        NameId first = kRoot;                // the first part of this name
        std::optional<std::uint32_t> index;  // of the part, if it can be a place in a list
        std::vector<NameId> children;        // by part
        std::vector<NameId> places;          // those that have an index, by it
    };

    NameTree() : nodes_(1) {}

    NameId Add(const std::vector<std::string_view>& parts);

    const Node& at(NameId id) const { return nodes_[id]; }
    std::size_t size() const { return nodes_.size(); }
    std::optional<NameId> Child(NameId parent, std::string_view part) const;

private:
    NameId AddChild(NameId parent, std::string_view part);

    std::vector<Node> nodes_;
};

// Whether an event can have this name where no section is open: an attribute, data or a word of a change. Any name of
// an extension can be.
bool IsEventName(std::string_view name);
// Whether anything can be below it.
bool HasMembers(std::string_view name);
// Those that are always there, for advice.
const std::vector<std::string_view>& EventNames();

}  // namespace fanfare::shape
