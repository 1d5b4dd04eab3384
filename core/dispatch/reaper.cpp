#include "dispatch/reaper.hpp"

#include <chrono>
#include <utility>

#include "base/thread_name.hpp"
#include "dispatch/lane.hpp"

namespace fanfare::dispatch {
namespace {

// Nothing is in flight: a plugin that takes longer hangs, and is left behind as at the end of the process.
constexpr std::chrono::seconds kPatience{5};

}  // namespace

Reaper::~Reaper() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Reaper::Take(Lane& lane, std::shared_ptr<void> owner) {
    {
        const std::lock_guard lock(mutex_);
        bodies_.push_back({&lane, std::move(owner)});
    }
    wake_.notify_one();
    if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
}

void Reaper::Run() {
    base::NameThisThread("reaper");
    while (true) {
        std::vector<Body> bodies;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stop_ || !bodies_.empty(); });
            if (bodies_.empty()) return;
            bodies.swap(bodies_);
        }
        for (const Body& body : bodies) body.lane->StopSink(std::chrono::steady_clock::now() + kPatience);
    }
}

}  // namespace fanfare::dispatch
