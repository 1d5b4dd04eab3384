// Ends the sinks of lanes that are no longer wanted: stopping one may wait for its plugin, which nobody else is to feel.
// Threads: Take by one thread. The destructor waits for the last of them.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace fanfare::dispatch {

class Lane;

class Reaper {
public:
    ~Reaper();
    // A lane that has nothing in flight. `owner` keeps alive what its sink may still call until it is stopped.
    void Take(Lane& lane, std::shared_ptr<void> owner);

private:
    struct Body {
        Lane* lane;
        std::shared_ptr<void> owner;
    };

    void Run();

    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Body> bodies_;  // guarded by mutex_
    bool stop_ = false;         // guarded by mutex_
    std::thread thread_;        // started with the first body
};

}  // namespace fanfare::dispatch
