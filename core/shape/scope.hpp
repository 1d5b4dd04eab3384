// The context stack of Mustache: what a name means where sections are open. Inside of the room.
//
// The bottom is the event; each open section puts the value that it stands for on top. The first part of a name is
// looked up from the top down, the rest within what was found.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "shape/facts.hpp"
#include "shape/names.hpp"
#include "shape/value.hpp"
#include "shape/work.hpp"

namespace fanfare::shape {

// Threads: one at a time. All that it is given must outlive it.
class Scope {
public:
    Scope(const NameTree& names, Facts& facts, Work& work);

    std::optional<Value> Find(NameId id);
    // The value of the innermost section. There must be one.
    const Value& current() const { return frames_[depth_].value; }

    void Push(const Value& value);
    void Pop() { --depth_; }

private:
    // What a frame knows of a name. Stale unless it has the generation of the frame, so that an element of a list costs
    // no clearing.
    struct Slot {
        std::uint32_t generation = 0;
        std::optional<Value> value;
    };
    struct Frame {
        Value value;
        std::uint32_t generation = 0;
        bool filled = false;
        std::vector<Slot> slots;
    };

    bool Has(Frame& frame, NameId first);
    void FillEvent(NameId first);
    void Fill(Frame& frame, const Value& value, NameId id);
    void FillObject(Frame& frame, const Value& value, NameId id);
    void FillList(Frame& frame, const Value& value, NameId id);
    void Forget(Frame& frame, NameId id);

    const NameTree& names_;
    Facts& facts_;
    Work& work_;
    std::vector<Frame> frames_;
    std::size_t depth_ = 0;
};

}  // namespace fanfare::shape
