// The fields that any rule names, each with a number: 0 is the event, below it the attributes, below `data` members of
// the data. What is not in here is skipped when an event is read. Inside of the room.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "route/pattern.hpp"

namespace fanfare::route {

class FieldTree {
public:
    static constexpr std::uint32_t kEvent = 0;

    FieldTree() : nodes_(1) {}

    // Numbers every field of the pattern, and those that are not known yet.
    void Add(Pattern& pattern, std::uint32_t parent = kEvent);

    // The field of that name below another; 0 if no rule names it.
    std::uint32_t Find(std::uint32_t parent, std::string_view name) const;
    bool HasChildren(std::uint32_t field) const { return !nodes_[field].children.empty(); }
    std::size_t size() const { return nodes_.size(); }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    using Names = std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>>;
    struct Node {
        std::vector<std::pair<std::string, std::uint32_t>> children;
        Names by_name;  // filled where there are many
    };

    std::uint32_t FindOrAdd(std::uint32_t parent, const std::string& name);

    std::vector<Node> nodes_;
};

}  // namespace fanfare::route
