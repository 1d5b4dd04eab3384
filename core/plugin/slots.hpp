// The batches that a plugin holds, as the C ABI shows them, and which of their events are still open.
//
// A batch lives in a slot; its handle is the slot's number and how often the slot was used. So an answer for a batch
// that is gone is recognised, never acted on. The memory of a slot is used again, not freed: a plugin that reads a
// batch it has answered reads wrong events, but no freed memory.
//
// Threads: not safe; the instance guards it. Between Reserve and Publish only the calling thread may touch the slot.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <fanfare/plugin.h>

#include "sink/sink.hpp"

namespace fanfare::plugin {

using Handle = std::uint64_t;

struct Slot {
    enum class State { kFree, kFilling, kHeld };

    State state = State::kFree;
    bool abandoned = false;   // the sink's caller no longer waits for it
    bool in_call = false;     // deliver has not returned
    bool taken_back = false;  // how its last use ended: by the host rather than by answers
    Handle handle = 0;
    sink::BatchId batch = 0;
    std::size_t open = 0;
    std::vector<bool> answered;

    std::vector<sink::Item> items;  // pins the events that the views below point into
    std::vector<fanfare_event> events;
    std::vector<const fanfare_event*> pointers;
    std::vector<fanfare_kv> extensions;
    std::vector<std::uint8_t> extension_kinds;  // beside `extensions`, one for each
    std::vector<fanfare_kv> rendered;           // of each event its headers, then its options
    std::string ids;
    fanfare_batch view{};
};

// Makes the views. Allocates nothing once the slot has held a batch of this size.
void Fill(Slot& slot, sink::Batch batch);

class Slots {
public:
    enum class Verdict { kAccepted, kTwice, kLate, kUnknown };

    Slot& Reserve(sink::BatchId batch);
    // From here on its events can be answered.
    void Publish(Slot& slot);

    // nullptr if the batch is not held (any more).
    Slot* Find(Handle handle);
    Slot* FindBatch(sink::BatchId batch);
    // What an answer for a handle that Find does not know is.
    Verdict Explain(Handle handle) const;
    // Marks one event as answered. kLate closes the event too: it had been taken back.
    Verdict Answer(Slot& slot, std::uint32_t index);

    void Abandon(Slot& slot);
    // Ends the use of a slot; returns what it pinned, to be freed where no lock is held.
    std::vector<sink::Item> Release(Slot& slot, bool taken_back);

    std::size_t held() const { return held_; }  // without the abandoned ones
    std::size_t abandoned() const { return abandoned_; }
    std::size_t peak() const { return peak_; }  // of held()
    // Every slot in use.
    std::vector<Slot*> InUse();

private:
    std::vector<std::unique_ptr<Slot>> slots_;
    std::vector<std::uint32_t> free_;
    std::size_t held_ = 0;
    std::size_t abandoned_ = 0;
    std::size_t peak_ = 0;
};

}  // namespace fanfare::plugin
