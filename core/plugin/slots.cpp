#include "plugin/slots.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "plugin/text.hpp"

namespace fanfare::plugin {
namespace {

constexpr int kGenerationBits = 32;

std::uint32_t NumberOf(Handle handle) { return static_cast<std::uint32_t>(handle); }
std::uint32_t GenerationOf(Handle handle) { return static_cast<std::uint32_t>(handle >> kGenerationBits); }

// CLOCK_MONOTONIC is what libstdc++ has behind steady_clock.
std::int64_t MonotonicNs(base::SteadyTime time) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

// FANFARE_KIND_*
std::uint8_t KindOf(model::AttributeKind kind) {
    switch (kind) {
        case model::AttributeKind::kString:
            return FANFARE_KIND_STRING;
        case model::AttributeKind::kInteger:
            return FANFARE_KIND_INTEGER;
        case model::AttributeKind::kBoolean:
            return FANFARE_KIND_BOOLEAN;
    }
    return FANFARE_KIND_STRING;
}

void AddPairs(const model::Request::Pairs& pairs, std::vector<fanfare_kv>& out) {
    for (const auto& [name, value] : pairs) out.push_back({Str(name), Str(value)});
}

// What pointers into arrays of the slot an event has.
struct Places {
    const fanfare_kv* extensions;
    const std::uint8_t* kinds;
    const fanfare_kv* rendered;
};

void ShowRequest(const model::Request& request, const fanfare_kv* rendered, fanfare_event& view) {
    view.headers = rendered;
    view.header_count = request.headers.size();
    view.options = rendered + view.header_count;
    view.option_count = request.options.size();
    if (!request.payload) return;
    view.flags |= FANFARE_EVENT_SHAPED;
    view.content_type = Str(request.payload->content_type);
    view.data = Bytes(request.payload->body);
}

fanfare_event EventOf(const sink::Item& item, const Places& places) {
    const model::Envelope& envelope = item.event->envelope;
    const model::Event& event = envelope.event;
    fanfare_event view{};
    view.struct_size = sizeof view;
    view.attempt = item.attempt;
    view.id = Str(event.id);
    view.source = Str(event.source);
    view.type = Str(event.type);
    view.subject = Str(event.subject);
    view.time = Str(event.time);
    view.content_type = Str(event.content_type);
    view.data_schema = Str(event.data_schema);
    view.realm = Str(envelope.realm);
    view.extensions = places.extensions;
    view.extension_count = event.extensions.size();
    view.extension_kinds = places.kinds;
    view.data = Bytes(event.data);
    view.received_unix_ns =
        std::chrono::duration_cast<std::chrono::nanoseconds>(envelope.received_at.time_since_epoch()).count();
    if (item.request) ShowRequest(*item.request, places.rendered, view);
    return view;
}

void AppendOrderKey(const std::optional<std::uint64_t>& key, std::string& out) {
    if (!key) return;
    std::array<char, 17> text{};
    std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(*key));
    out += text.data();
}

// The ids are made first, then pointed to: the string may move while it grows.
void FillIds(Slot& slot) {
    slot.ids.clear();
    for (std::size_t i = 0; i < slot.items.size(); ++i) {
        const std::size_t start = slot.ids.size();
        slot.ids += model::ToText(slot.items[i].delivery);
        const std::size_t middle = slot.ids.size();
        slot.ids += model::ToText(slot.items[i].event->key);
        const std::size_t end = slot.ids.size();
        AppendOrderKey(slot.items[i].order_key, slot.ids);
        slot.events[i].delivery_id.len = middle - start;
        slot.events[i].message_id.len = end - middle;
        slot.events[i].order_key.len = slot.ids.size() - end;
    }
    const char* at = slot.ids.data();
    for (fanfare_event& event : slot.events) {
        event.delivery_id.ptr = at;
        event.message_id.ptr = at += event.delivery_id.len;
        event.order_key.ptr = at += event.message_id.len;
        at += event.order_key.len;
    }
}

// All of a batch stands in the arrays before anything points into them: they may move while they grow.
void FillPairs(Slot& slot) {
    slot.extensions.clear();
    slot.extension_kinds.clear();
    slot.rendered.clear();
    for (const sink::Item& item : slot.items) {
        for (const model::Attribute& attribute : item.event->envelope.event.extensions) {
            slot.extensions.push_back({Str(attribute.name), Str(attribute.value)});
            slot.extension_kinds.push_back(KindOf(attribute.kind));
        }
        if (!item.request) continue;
        AddPairs(item.request->headers, slot.rendered);
        AddPairs(item.request->options, slot.rendered);
    }
}

void FillEvents(Slot& slot) {
    slot.events.clear();
    Places places{slot.extensions.data(), slot.extension_kinds.data(), slot.rendered.data()};
    for (const sink::Item& item : slot.items) {
        const fanfare_event& event = slot.events.emplace_back(EventOf(item, places));
        places.extensions += event.extension_count;
        places.kinds += event.extension_count;
        places.rendered += event.header_count + event.option_count;
    }
}

}  // namespace

void Fill(Slot& slot, sink::Batch batch) {
    slot.items = std::move(batch.items);
    slot.answered.assign(slot.items.size(), false);
    slot.open = slot.items.size();
    FillPairs(slot);
    FillEvents(slot);
    FillIds(slot);
    slot.pointers.clear();
    for (const fanfare_event& event : slot.events) slot.pointers.push_back(&event);
    slot.view = {};
    slot.view.struct_size = sizeof slot.view;
    slot.view.id = slot.handle;
    slot.view.events = slot.pointers.data();
    slot.view.count = slot.pointers.size();
    slot.view.deadline_mono_ns = MonotonicNs(batch.deadline);
}

Slot& Slots::Reserve(sink::BatchId batch) {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.push_back(std::make_unique<Slot>());
        slots_.back()->handle = free_.back();
    }
    Slot& slot = *slots_[free_.back()];
    free_.pop_back();
    slot.handle += Handle{1} << kGenerationBits;
    slot.state = Slot::State::kFilling;
    slot.batch = batch;
    slot.abandoned = false;
    slot.in_call = true;
    peak_ = std::max(peak_, ++held_);
    return slot;
}

void Slots::Publish(Slot& slot) { slot.state = Slot::State::kHeld; }

Slot* Slots::Find(Handle handle) {
    if (NumberOf(handle) >= slots_.size()) return nullptr;
    Slot& slot = *slots_[NumberOf(handle)];
    return slot.state == Slot::State::kHeld && slot.handle == handle ? &slot : nullptr;
}

Slot* Slots::FindBatch(sink::BatchId batch) {
    for (const auto& slot : slots_) {
        if (slot->state != Slot::State::kFree && slot->batch == batch && !slot->abandoned) return slot.get();
    }
    return nullptr;
}

Slots::Verdict Slots::Explain(Handle handle) const {
    if (NumberOf(handle) >= slots_.size() || GenerationOf(handle) == 0) return Verdict::kUnknown;
    const Slot& slot = *slots_[NumberOf(handle)];
    if (GenerationOf(handle) > GenerationOf(slot.handle)) return Verdict::kUnknown;
    // Only the last use of a slot is remembered; nearly every use ends by answers.
    if (handle == slot.handle && slot.state == Slot::State::kFilling) return Verdict::kUnknown;
    return handle == slot.handle && slot.taken_back ? Verdict::kLate : Verdict::kTwice;
}

Slots::Verdict Slots::Answer(Slot& slot, std::uint32_t index) {
    if (index >= slot.answered.size()) return Verdict::kUnknown;
    if (slot.answered[index]) return Verdict::kTwice;
    slot.answered[index] = true;
    --slot.open;
    return slot.abandoned ? Verdict::kLate : Verdict::kAccepted;
}

void Slots::Abandon(Slot& slot) {
    slot.abandoned = true;
    --held_;
    ++abandoned_;
}

std::vector<sink::Item> Slots::Release(Slot& slot, bool taken_back) {
    --(slot.abandoned ? abandoned_ : held_);
    slot.state = Slot::State::kFree;
    slot.taken_back = taken_back;
    free_.push_back(NumberOf(slot.handle));
    return std::move(slot.items);
}

std::vector<Slot*> Slots::InUse() {
    std::vector<Slot*> in_use;
    for (const auto& slot : slots_) {
        if (slot->state != Slot::State::kFree) in_use.push_back(slot.get());
    }
    return in_use;
}

}  // namespace fanfare::plugin
