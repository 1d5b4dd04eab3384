// fanfare/batch.hpp: the events of one deliver call and the duty to answer them.
//
// Owns: the duty. Whatever is still open when a Batch goes is answered RETRY, so no path of a plugin, thrown or
// forgotten, leaves an event without an answer.
// Threads: different events may be answered on different threads at once; moving and destroying must be alone.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fanfare/event.hpp>
#include <fanfare/host.hpp>
#include <fanfare/plugin.h>

FANFARE_SDK_BEGIN

class Batch {
public:
    Batch(const Host& host, const fanfare_batch& batch)
        : host_(host),
          events_(batch.events),
          count_(batch.count),
          id_(batch.id),
          flags_(batch.flags),
          deadline_(deadline_of(batch.deadline_mono_ns)),
          answered_(std::make_unique<std::atomic<bool>[]>(batch.count)) {}
    Batch(Batch&& other) noexcept
        : host_(other.host_),
          events_(other.events_),
          count_(std::exchange(other.count_, 0)),
          id_(other.id_),
          flags_(other.flags_),
          deadline_(other.deadline_),
          answered_(std::move(other.answered_)) {}
    Batch& operator=(Batch&&) = delete;
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;
    ~Batch() { give_back("the plugin let go of the event without an answer"); }

    std::size_t size() const noexcept { return count_; }
    // Not after its answer: the event is gone then.
    Event operator[](std::size_t index) const noexcept { return Event(*events_[index]); }
    std::uint64_t id() const noexcept { return id_; }
    // The events must reach the far side in order: stop at the first failure, answer the rest not_attempted.
    bool ordered() const noexcept { return (flags_ & FANFARE_BATCH_ORDERED) != 0; }
    Deadline deadline() const noexcept { return deadline_; }
    bool is_open(std::size_t index) const noexcept { return !answered_[index].load(std::memory_order_acquire); }

    // Once for each event. Errors: std::logic_error for an event that is not in the batch or was answered before.
    void answer(std::size_t index, const Outcome& outcome) {
        if (index >= count_) throw std::logic_error("answered an event that is not in the batch");
        if (answered_[index].exchange(true)) throw std::logic_error("answered an event twice");
        const fanfare_result result = outcome.border(static_cast<std::uint32_t>(index));
        const fanfare_result* const results[] = {&result};
        host_.raw()->complete(host_.ctx(), id_, results, 1);
    }
    // The same answer for every event in [begin, end) that is still open.
    void answer_range(std::size_t begin, std::size_t end, const Outcome& outcome) {
        if (begin == 0 && end >= count_) return answer_all(outcome);
        for (std::size_t i = begin; i < end && i < count_; ++i) {
            if (is_open(i)) answer(i, outcome);
        }
    }
    // The same answer for every event that is still open.
    void answer_all(const Outcome& outcome) noexcept { complete_open(outcome.border(0)); }
    // RETRY for every event that is still open.
    void give_back(std::string_view reason) noexcept {
        fanfare_result result = {};
        result.struct_size = sizeof result;
        result.outcome = FANFARE_RETRY;
        result.reason = border(reason);
        complete_open(result);
    }
    // Gives up the duty without an answer: only for a deliver that takes nothing.
    void forget() noexcept { count_ = 0; }

private:
    void complete_open(const fanfare_result& result) noexcept {
        bool any = false;
        for (std::size_t i = 0; i < count_; ++i) any = !answered_[i].exchange(true) || any;
        if (any) host_.raw()->complete_all(host_.ctx(), id_, &result);
    }

    Host host_;
    const fanfare_event* const* events_;
    std::size_t count_;
    std::uint64_t id_;
    std::uint32_t flags_;
    Deadline deadline_;
    std::unique_ptr<std::atomic<bool>[]> answered_;
};

// For callbacks that each answer one event: the last one that goes lets go of the batch.
inline std::shared_ptr<Batch> share(Batch&& batch) { return std::make_shared<Batch>(std::move(batch)); }

FANFARE_SDK_END
