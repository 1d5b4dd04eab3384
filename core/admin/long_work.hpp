// Work of minutes that an operator asked for: one at a time, on a thread of its own, so that the admin API goes on
// answering. Threads: safe from every thread. The destructor asks the work to stop and waits for its end.
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
    LongWork() = default;
    LongWork(const LongWork&) = delete;
    LongWork& operator=(const LongWork&) = delete;
    ~LongWork() {
        stop_.request_stop();
        if (thread_.joinable()) thread_.join();
    }

    // False: other work is under way. `stop` ends the work early. `work` gives what is to be done last, when the next
    // may already start: whoever hears of its end may ask again at once.
    bool Start(std::stop_source stop, std::function<std::function<void()>(std::stop_token)> work) {
        const std::lock_guard lock(mutex_);
        if (busy_) return false;
        if (thread_.joinable()) thread_.join();
        busy_ = true;
        stop_ = std::move(stop);
        thread_ = std::thread([this, token = stop_.get_token(), work = std::move(work)] {
            const std::function<void()> last = work(token);
            busy_ = false;
            last();
        });
        return true;
    }

private:
    std::mutex mutex_;
    std::atomic<bool> busy_{false};
    std::stop_source stop_{std::nostopstate};
    std::thread thread_;
};

}  // namespace fanfare::admin
