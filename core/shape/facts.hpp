// The names of one event and their values. Inside of the room.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/event.hpp"
#include "shape/value.hpp"
#include "shape/work.hpp"

namespace fanfare::shape {

// What the hooks of SEED-SYSTEMS 1D called it. Each absent if the data is no change or lacks the member.
struct Change {
    std::optional<Value> event_type;
    std::optional<Value> object_type;
    std::optional<Value> object_id;
    std::optional<Value> object_serialization;
    std::string missing;  // the first member of the data that they need and do not find; empty: nothing
};

// Each thing is found out at its first use and then kept.
// Threads: one at a time. `envelope` must outlive it.
class Facts {
public:
    Facts(const model::Envelope& envelope, Work& work) : envelope_(envelope), work_(work) {}

    // By the name that an event has at its top; nullopt if this one has not got it.
    std::optional<Value> Find(std::string_view name);
    // Data that is not JSON is text. nullopt: there is none.
    const std::optional<Value>& data();
    const Change& change();

private:
    std::optional<Value> ReadData() const;
    std::optional<Value> Attribute(std::string_view name);
    std::optional<Value> Extension(std::string_view name) const;
    void ReadChange();

    const model::Envelope& envelope_;
    Work& work_;
    std::optional<std::optional<Value>> data_;
    std::optional<Change> change_;
    std::string received_at_;
    std::string object_type_;
};

}  // namespace fanfare::shape
