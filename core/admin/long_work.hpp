// Work of minutes that an operator asked for: one at a time, on a thread of its own, so that the admin API goes on answering.
// Threads: safe from every thread. The destructor waits for the end of the work.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

namespace fanfare::admin {

class LongWork {
public:
    ~LongWork() {
        if (thread_.joinable()) thread_.join();
    }

    // False: other work is under way. `work` gives what is to be done last, when the next may already start: whoever hears
    // of its end may ask again at once.
    bool Start(std::function<std::function<void()>()> work) {
        const std::lock_guard lock(mutex_);
        if (busy_) return false;
        if (thread_.joinable()) thread_.join();
        busy_ = true;
        thread_ = std::thread([this, work = std::move(work)] {
            const std::function<void()> last = work();
            busy_ = false;
            last();
        });
        return true;
    }

private:
    std::mutex mutex_;
    std::atomic<bool> busy_{false};
    std::thread thread_;
};

}  // namespace fanfare::admin
