// Of one event the fields that some rule names, as a small tree; the rest of the data is stepped over. Inside of the
// room.
//
// Reads the data by its outline, which is made here only if nobody brings one. Of two members with one name the later
// takes the place of the earlier. Memory is kept from event to event. Threads: not safe; each thread has its own.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/outline.hpp"
#include "model/event.hpp"
#include "route/field_tree.hpp"

namespace fanfare::route {

struct Item {
    enum class Kind { kObject, kList, kScalar };

    std::uint32_t field = 0;
    Kind kind = Kind::kObject;
    std::uint32_t next = 0;         // sibling; 0: none
    std::uint32_t first_child = 0;  // 0: none
    std::uint32_t end = 0;          // position behind the last item below this one
    Scalar value;
};

class EventTree {
public:
    static constexpr std::uint32_t kEvent = 0;  // the first item
    static constexpr std::uint32_t kNone = UINT32_MAX;

    // `data`: that of the event, if its outline is there. Borrows from both until the next Read.
    void Read(const FieldTree& fields, const model::Envelope& envelope, const json::OutlinedText* data);

    const std::vector<Item>& items() const { return items_; }
    // The member of an object item; kNone if it has none.
    std::uint32_t Child(std::uint32_t item, std::uint32_t field) const;
    // Whether the field has a value that is no object anywhere in the event.
    bool HasLeaf(std::uint32_t field) const { return marks_[field].round == round_ && marks_[field].leaves != 0; }

private:
    // What is known of a field in this event; that of an earlier round counts for nothing.
    struct Mark {
        std::uint32_t round = 0;
        std::uint32_t leaves = 0;  // how many of its values are no objects
        std::uint32_t member = 0;  // its item in the last object that has it; 0: none
    };

    void ReadAttributes(const model::Envelope& envelope);
    void AddAttribute(std::string_view name, std::string_view value);
    void ReadData(const model::Event& event);
    const json::OutlinedText* Outlined(const model::Event& event);
    void ReadValue(std::uint32_t parent, std::uint32_t field, const json::Outline::Mark& value, std::size_t depth);
    void ReadMembers(std::uint32_t item, const json::Outline::Mark& object, std::size_t depth);
    std::uint32_t FindField(std::uint32_t parent, const json::Outline::Mark& name) const;
    Scalar ReadScalar(const json::Outline::Mark& value);
    Mark& MarkOf(std::uint32_t field);
    std::uint32_t Append(std::uint32_t parent, std::uint32_t field, Item::Kind kind);
    void Remove(std::uint32_t parent, std::uint32_t child);

    const FieldTree* fields_ = nullptr;
    const json::OutlinedText* data_ = nullptr;
    json::Outline own_outline_;  // of data that came without one
    std::optional<json::OutlinedText> own_data_;
    std::vector<Item> items_;
    std::vector<Mark> marks_;  // by field
    std::uint32_t round_ = 0;
    std::deque<std::string> texts_;  // with escapes undone; used again
    std::size_t texts_used_ = 0;
};

}  // namespace fanfare::route
