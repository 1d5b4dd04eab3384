// Takes away events that ended long enough ago, on a thread of its own, slice by slice between other work of the store.
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
    // `ledger` and `clock` outlive it.
    Retention(store::Ledger& ledger, const base::Clock& clock, const config::Store& rules);
    ~Retention();

    // Threads: safe from every thread.
    void SetRules(const config::Store& rules);

private:
    void Run();
    // One slice; false at the end of a pass, or if the store cannot now.
    bool PruneSlice(const store::PruneOrder& order);
    void Pass();
    bool IsOver(std::uint64_t most_bytes);
    bool stopped();

    store::Ledger& ledger_;
    const base::Clock& clock_;
    std::mutex mutex_;
    std::condition_variable wake_;
    config::Store rules_;   // guarded by mutex_
    bool stop_ = false;     // guarded by mutex_
    std::thread thread_;
};

}  // namespace fanfare::app
