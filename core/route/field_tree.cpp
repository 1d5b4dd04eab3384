#include "route/field_tree.hpp"

namespace fanfare::route {
namespace {

constexpr std::size_t kFew = 12;  // so many are compared faster than one is hashed

}  // namespace

void FieldTree::Add(Pattern& pattern, std::uint32_t parent) {
    for (Field& field : pattern.fields) {
        field.number = FindOrAdd(parent, field.name);
        if (field.below) Add(*field.below, field.number);
    }
    for (std::vector<Pattern>& alternatives : pattern.choices) {
        for (Pattern& alternative : alternatives) Add(alternative, parent);
    }
}

std::uint32_t FieldTree::Find(std::uint32_t parent, std::string_view name) const {
    const Node& node = nodes_[parent];
    if (!node.by_name.empty()) {
        const auto found = node.by_name.find(name);
        return found == node.by_name.end() ? 0 : found->second;
    }
    for (const auto& [child, number] : node.children) {
        if (child == name) return number;
    }
    return 0;
}

std::uint32_t FieldTree::FindOrAdd(std::uint32_t parent, const std::string& name) {
    if (const std::uint32_t found = Find(parent, name)) return found;
    const auto number = static_cast<std::uint32_t>(nodes_.size());
    nodes_.emplace_back();
    Node& node = nodes_[parent];
    node.children.emplace_back(name, number);
    if (node.children.size() > kFew) node.by_name.insert(node.children.begin(), node.children.end());
    return number;
}

}  // namespace fanfare::route
