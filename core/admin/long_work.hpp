// Work of minutes that an operator asked for: one at a time, on a thread of its own, so that the admin API goes on answering.
// Threads: safe from every thread. The destructor asks the work to stop and waits for its end.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

namespace fanfare::admin {

class LongWork {
public:
    // False: other work is under way. `work` gives what is to be done last, when the next may already start: whoever hears
    // of its end may ask again at once.
    bool Start(std::function<std::function<void()>(std::stop_token)> work) {
        const std::lock_guard lock(mutex_);
        if (busy_) return false;
        if (thread_.joinable()) thread_.join();
        busy_ = true;
        thread_ = std::jthread([this, work = std::move(work)](std::stop_token stop) {
            const std::function<void()> last = work(std::move(stop));
            busy_ = false;
            last();
        });
        return true;
    }

private:
    std::mutex mutex_;
    std::atomic<bool> busy_{false};
    std::jthread thread_;  // last: ends before what it uses
};

}  // namespace fanfare::admin
