#include "shape/scope.hpp"

#include <string>

#include "json/reader.hpp"

namespace fanfare::shape {

Scope::Scope(const NameTree& names, Facts& facts, Work& work) : names_(names), facts_(facts), work_(work), frames_(1) {
    frames_[0].generation = 1;
    frames_[0].slots.resize(names.size());
}

std::optional<Value> Scope::Find(NameId id) {
    const NameId first = names_.at(id).first;
    for (std::size_t depth = depth_; depth > 0; --depth) {
        Frame& frame = frames_[depth];
        work_.Charge(1);
        if (Has(frame, first)) return frame.slots[id].value;
    }
    FillEvent(first);
    return frames_[0].slots[id].value;
}

void Scope::Push(const Value& value) {
    if (++depth_ == frames_.size()) frames_.emplace_back();
    Frame& frame = frames_[depth_];
    frame.value = value;
    ++frame.generation;
    frame.filled = false;
    work_.Charge(sizeof(Value));
}

// Whether the frame has a name's first part.
bool Scope::Has(Frame& frame, NameId first) {
    if (!frame.filled) {
        frame.filled = true;
        frame.slots.resize(names_.size());
        Fill(frame, frame.value, NameTree::kRoot);
    }
    return frame.slots[first].generation == frame.generation;
}

void Scope::FillEvent(NameId first) {
    Frame& event = frames_[0];
    if (event.slots[first].generation == event.generation) return;
    Forget(event, first);
    if (const auto value = facts_.Find(names_.at(first).part)) Fill(event, *value, first);
}

void Scope::Fill(Frame& frame, const Value& value, NameId id) {
    if (id != NameTree::kRoot) frame.slots[id].value = value;
    if (value.plain || names_.at(id).children.empty()) return;
    if (value.kind == json::Kind::kObject) return FillObject(frame, value, id);
    if (value.kind == json::Kind::kArray) return FillList(frame, value, id);
}

void Scope::FillObject(Frame& frame, const Value& value, NameId id) {
    work_.Charge(value.text.size());
    json::Reader reader(value.text);
    reader.Enter();
    for (std::string_view name; reader.NextMember(name);) {
        const json::Raw member = reader.Take();
        const bool escaped = name.find('\\') != std::string_view::npos;
        const auto child = escaped ? names_.Child(id, json::UnescapeName(name)) : names_.Child(id, name);
        if (!child) continue;
        Forget(frame, *child);  // of names that occur twice, the last counts
        Fill(frame, OfJson(member), *child);
    }
}

void Scope::FillList(Frame& frame, const Value& value, NameId id) {
    const auto& places = names_.at(id).places;
    if (places.empty()) return;
    work_.Charge(value.text.size());
    json::Reader reader(value.text);
    reader.Enter();
    auto wanted = places.begin();
    for (std::uint32_t index = 0; wanted != places.end() && reader.NextElement(); ++index) {
        const json::Raw element = reader.Take();
        if (names_.at(*wanted).index != index) continue;
        Forget(frame, *wanted);
        Fill(frame, OfJson(element), *wanted);
        ++wanted;
    }
}

// Known to be there with nothing below it, until more is found.
void Scope::Forget(Frame& frame, NameId id) {
    work_.Charge(1);
    frame.slots[id] = {frame.generation, std::nullopt};
    for (const NameId child : names_.at(id).children) Forget(frame, child);
}

}  // namespace fanfare::shape
