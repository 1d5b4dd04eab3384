#include "admin/activity.hpp"

#include <algorithm>
#include <utility>

namespace fanfare::admin {

const char* Name(Happening kind) {
    switch (kind) {
        case Happening::kSent:
            return "sent";
        case Happening::kFailed:
            return "failed";
        case Happening::kDead:
            return "dead";
        case Happening::kGate:
            return "gate";
    }
    return "";
}

// True as well when the time is just over: the Add that follows forgets what is kept.
bool Activity::IsWanted() const { return wanted_until_.load(std::memory_order_relaxed) != 0; }

void Activity::Add(ActivityEntry entry) {
    if (!IsWanted()) return;
    entry.time = clock_.Now();
    auto shared = std::make_shared<ActivityEntry>(std::move(entry));
    std::deque<std::shared_ptr<const ActivityEntry>> gone;  // freed without the lock
    const std::lock_guard lock(mutex_);
    if (clock_.SteadyNow().time_since_epoch().count() >= wanted_until_.load(std::memory_order_relaxed)) {
        wanted_until_.store(0, std::memory_order_relaxed);
        gone.swap(kept_);
        return;
    }
    shared->n = ++last_;
    if (kept_.size() == kKept) {
        gone.push_back(std::move(kept_.front()));
        kept_.pop_front();
    }
    kept_.push_back(std::move(shared));
}

Activity::Page Activity::Read(std::optional<std::uint64_t> after, std::size_t limit) {
    Page page;
    const std::lock_guard lock(mutex_);
    const base::SteadyTime now = clock_.SteadyNow();
    if (now.time_since_epoch().count() >= wanted_until_.load(std::memory_order_relaxed)) kept_.clear();
    wanted_until_.store((now + kPatience).time_since_epoch().count(), std::memory_order_relaxed);
    page.next = last_;
    if (!after) return page;
    const std::uint64_t behind = *after > last_ ? 0 : *after;
    const auto from = std::partition_point(kept_.begin(), kept_.end(), [&](const auto& one) { return one->n <= behind; });
    const auto count = std::min<std::ptrdiff_t>(kept_.end() - from, static_cast<std::ptrdiff_t>(limit));
    page.entries.assign(from, from + count);
    if (!page.entries.empty()) page.next = page.entries.back()->n;
    return page;
}

}  // namespace fanfare::admin
