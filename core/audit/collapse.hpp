// Lines that anyone can cause, such as refused requests: the first of an action and a host is written at once, more of
// them within a minute are counted and told by the next line, so that a flood fills neither the disk nor the log's
// queue.
//
// Memory is fixed: an action and a host whose place is taken by another is forgotten with its count.
// Threads: safe from every thread.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <string>

#include "audit/log.hpp"
#include "base/clock.hpp"

namespace fanfare::audit {

class Collapse {
public:
    // log: nullptr: nothing is written. Both outlive it.
    Collapse(Log* log, const base::Clock& clock) : log_(log), clock_(clock) {}

    void Note(Entry entry);

private:
    struct Place {
        std::size_t key = 0;
        base::SteadyTime until{};
        std::uint64_t left_out = 0;
    };

    Log* const log_;
    const base::Clock& clock_;
    std::mutex mutex_;
    std::array<Place, 512> places_{};  // guarded by mutex_
};

}  // namespace fanfare::audit
