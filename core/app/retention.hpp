// Takes away events that ended long enough ago, on a thread of its own, slice by slice between other work of the store.
//
// At a pace: what is taken away goes through the write-ahead log too, and at full speed its checkpoints are felt by those
// who send events (p99 6.5 times that of before, measured by prune_bench). 2,000 events a second cost them little (1.16
// times; 5,000: 2.4 times), and where more come in, twice as many go, so that it keeps up.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/clock.hpp"
#include "config/config.hpp"
#include "store/ledger.hpp"

namespace fanfare::app {

class Retention {
public:
    // `ledger` and `clock` outlive it. `pause`: between two passes; what is pruned a minute late harms nobody.
    Retention(store::Ledger& ledger, const base::Clock& clock, const config::Store& rules,
              std::chrono::milliseconds pause = std::chrono::minutes(1));
    ~Retention();

    // Threads: safe from every thread.
    void SetRules(const config::Store& rules);

private:
    void Run();
    // One slice, and the rest after it; false at the end of a pass, if the store cannot now, or to stop.
    bool PruneSlice(const store::PruneOrder& order);
    base::Duration RestAfter(std::uint64_t events);
    void Pass();
    bool IsOver(std::uint64_t most_bytes);
    store::Ledger& ledger_;
    const base::Clock& clock_;
    const std::chrono::milliseconds pause_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::uint64_t created_ = 0;           // deliveries, when the pace was last looked at; of the thread
    base::SteadyTime created_at_{};       // of the thread
    double pace_ = 0;                     // events a second; of the thread
    config::Store rules_;   // guarded by mutex_
    bool stop_ = false;     // guarded by mutex_
    std::thread thread_;
};

}  // namespace fanfare::app
