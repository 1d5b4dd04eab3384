#include "route/field_tree.hpp"

#include <utility>

namespace fanfare::route {

FieldTree::FieldTree() : names_(1), children_(1), slots_(16) {}

void FieldTree::Add(Pattern& pattern, std::uint32_t parent) {
    for (route::Field& field : pattern.fields) {
        field.number = FindOrAdd(parent, field.name);
        if (field.below) Add(*field.below, field.number);
    }
    for (std::vector<Pattern>& alternatives : pattern.choices) {
        for (Pattern& alternative : alternatives) Add(alternative, parent);
    }
}

std::uint32_t FieldTree::FindOrAdd(std::uint32_t parent, const std::string& name) {
    if (const std::uint32_t found = Find(parent, name)) return found;
    if (names_.size() * 2 >= slots_.size()) Grow();
    const auto number = static_cast<std::uint32_t>(names_.size());
    names_.push_back(name);
    children_.push_back(0);
    children_[parent] |= FilterBit(name);
    Insert({HeadOf(name), TailOf(name), static_cast<std::uint32_t>(name.size()), parent, number});
    return number;
}

void FieldTree::Insert(const Slot& slot) {
    std::size_t at = PlaceOf(slot.parent, slot.head, slot.length);
    while (slots_[at].field != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
}

void FieldTree::Grow() {
    const std::vector<Slot> slots = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
    for (const Slot& slot : slots) {
        if (slot.field != 0) Insert(slot);
    }
}

}  // namespace fanfare::route
