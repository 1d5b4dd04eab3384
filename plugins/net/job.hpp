// One batch under way, and the answers of its events.
//
// Events that are delivered are answered together with the last one: a batch that goes well costs the host one call.
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <fanfare/batch.hpp>

namespace fanfare::plugins::net {

class Job {
public:
    explicit Job(Batch&& batch) : batch_(std::move(batch)), finished_(batch_.size(), false), open_(batch_.size()) {}

    std::size_t size() const { return finished_.size(); }
    bool ordered() const { return batch_.ordered(); }
    Deadline deadline() const { return batch_.deadline(); }
    bool is_open(std::size_t index) const { return !finished_[index]; }
    bool is_done() const { return open_ == 0; }
    // Of one that is open.
    Event event(std::size_t index) const { return batch_[index]; }

    // Once for each event.
    void Finish(std::size_t index, const Outcome& outcome);
    // The same for every event that is still open.
    void FinishOpen(const Outcome& outcome);

private:
    bool IsLikeTheOthers(const Outcome& outcome) const;
    void NoteFinished(std::size_t index);

    Batch batch_;
    std::vector<bool> finished_;
    std::size_t open_;
    bool any_delivered_ = false;
    Outcome delivered_;  // what is owed to all that are finished and not answered
};

}  // namespace fanfare::plugins::net
