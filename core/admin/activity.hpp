// What happened to deliveries and destinations a moment ago, for those who watch right now.
//
// Nothing is noted, and nothing is kept, when nobody has asked for kPatience. Of what is noted the last kKept stay; as
// numbers leave none out, a reader sees how many it missed.
// Threads: safe from every thread. Add waits for a reader no longer than it takes to copy pointers.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace fanfare::admin {

enum class Happening { kSent, kFailed, kDead, kGate };
const char* Name(Happening kind);

struct ActivityEntry {
    std::uint64_t n = 0;  // rises by one; set by Activity, as is the time
    base::Time time{};
    Happening kind = Happening::kSent;
    std::string delivery;  // with kGate empty, as are the event's
    std::string event_id;
    std::string type;
    std::string destination;
    std::string state;  // the delivery's; with kGate the destination's
    std::uint32_t attempts = 0;
    int code = 0;
    std::string reason;
    std::optional<base::Duration> took{};  // with kSent
};

class Activity {
public:
    static constexpr std::size_t kKept = 4096;
    static constexpr base::Duration kPatience = std::chrono::seconds(10);

    // `clock` outlives it.
    explicit Activity(const base::Clock& clock) : clock_(clock) {}

    // Whether somebody asked lately: then it is worth making an entry.
    bool IsWanted() const;
    // Does nothing unless it is wanted.
    void Add(ActivityEntry entry);

    struct Page {
        std::vector<std::shared_ptr<const ActivityEntry>> entries;  // the oldest first
        std::uint64_t next = 0;                                     // `after` of the page behind it
    };
    // Those behind `after`, at most `limit`. Without `after`: none, only where the end is now. One that was never given
    // out is of a daemon that ran before: everything is behind it.
    Page Read(std::optional<std::uint64_t> after, std::size_t limit);

private:
    // A steady time; 0: nobody asked, or that is over and the entries are gone.
    std::atomic<base::SteadyTime::rep> wanted_until_{0};
    const base::Clock& clock_;
    std::mutex mutex_;
    std::uint64_t last_ = 0;                                  // guarded by mutex_
    std::deque<std::shared_ptr<const ActivityEntry>> kept_;  // guarded by mutex_
};

}  // namespace fanfare::admin
