// The fields that any rule names, each with a number: 0 is the event, below it the attributes, below `data` members of
// the data. What is not in here is skipped when an event is read. Inside of the room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "route/hash.hpp"
#include "route/pattern.hpp"

namespace fanfare::route {

class FieldTree {
public:
    static constexpr std::uint32_t kEvent = 0;

    FieldTree();

    // Numbers every field of the pattern, and those that are not known yet.
    void Add(Pattern& pattern, std::uint32_t parent = kEvent);

    // The field of that name below another; 0 if no rule names it.
    std::uint32_t Find(std::uint32_t parent, std::string_view name) const {
        return (children_[parent] & FilterBit(name)) == 0 ? 0 : FindSlot(parent, name);
    }
    bool HasChildren(std::uint32_t field) const { return children_[field] != 0; }
    std::size_t size() const { return names_.size(); }

private:
    // One table over all parents. A name of at most sixteen bytes is told by its ends and its length.
    struct Slot {
        std::uint64_t head = 0;
        std::uint64_t tail = 0;
        std::uint32_t length = 0;
        std::uint32_t parent = 0;
        std::uint32_t field = 0;  // 0: empty
    };

    std::uint32_t FindSlot(std::uint32_t parent, std::string_view name) const;
    std::uint32_t FindOrAdd(std::uint32_t parent, const std::string& name);
    void Insert(const Slot& slot);
    void Grow();
    std::size_t PlaceOf(std::uint32_t parent, std::uint64_t head, std::size_t length) const {
        return Mix(head, std::uint64_t{parent} << 32 | length) & (slots_.size() - 1);
    }

    // One of 64 for each name; most names of an event have one that no name of a rule has.
    static std::uint64_t FilterBit(std::string_view name) {
        const std::size_t first = name.empty() ? 0 : static_cast<unsigned char>(name.front());
        return std::uint64_t{1} << ((first + name.size() * 11) & 63);
    }

    // By field.
    std::vector<std::string> names_;
    std::vector<std::uint64_t> children_;  // the bits of the names below it
    std::vector<Slot> slots_;              // a power of two, at least twice as many as fields
};

inline std::uint32_t FieldTree::FindSlot(std::uint32_t parent, std::string_view name) const {
    const std::uint64_t head = HeadOf(name);
    for (std::size_t at = PlaceOf(parent, head, name.size());; at = (at + 1) & (slots_.size() - 1)) {
        const Slot& slot = slots_[at];
        if (slot.field == 0) return 0;
        if (slot.head != head || slot.length != name.size() || slot.parent != parent || slot.tail != TailOf(name))
            continue;
        if (name.size() <= 16 || names_[slot.field] == name) return slot.field;
    }
}

}  // namespace fanfare::route
