#include "app/retention.hpp"

#include <algorithm>
#include <future>
#include <utility>

#include "base/log.hpp"

namespace fanfare::app {
namespace {

// Small, since the store commits nothing else while it takes them away.
constexpr std::size_t kSlice = 20;
constexpr double kLeastPace = 2000;
constexpr std::chrono::seconds kPaceLook{1};

}  // namespace

Retention::Retention(store::Ledger& ledger, const base::Clock& clock, const config::Store& rules,
                     std::chrono::milliseconds pause)
    : ledger_(ledger),
      clock_(clock),
      pause_(pause),
      created_(ledger.counts().created),
      created_at_(clock.SteadyNow()),
      pace_(kLeastPace),
      rules_(rules),
      thread_([this] { Run(); }) {}

Retention::~Retention() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void Retention::SetRules(const config::Store& rules) {
    const std::lock_guard lock(mutex_);
    rules_ = rules;
}

void Retention::Run() {
    while (true) {
        {
            std::unique_lock lock(mutex_);
            if (wake_.wait_for(lock, pause_, [this] { return stop_; })) return;
        }
        Pass();
    }
}

void Retention::Pass() {
    config::Store rules;
    {
        const std::lock_guard lock(mutex_);
        rules = rules_;
    }
    const base::Time now = clock_.Now();
    store::PruneOrder order;
    order.sent_before = now - rules.keep_sent;
    order.dead_before = now - rules.keep_dead;
    order.limit = kSlice;
    while (PruneSlice(order)) {
    }
    // Above its size the oldest go first, however young, but none that waits and none that is dead.
    order.sent_before = now;
    order.dead_before.reset();
    if (!rules.max_size) return;
    while (IsOver(*rules.max_size) && PruneSlice(order)) {
    }
}

bool Retention::IsOver(std::uint64_t most_bytes) {
    const auto space = ledger_.space();
    return space && space->file_bytes - space->free_bytes > most_bytes;
}

bool Retention::PruneSlice(const store::PruneOrder& order) {
    std::promise<base::Result<store::Pruned>> answer;
    ledger_.Prune(order, [&](base::Result<store::Pruned> pruned) { answer.set_value(std::move(pruned)); });
    const auto pruned = answer.get_future().get();
    if (!pruned) {
        log::Warn("store.prune_failed", {{"error", pruned.error().message}});
        return false;
    }
    const base::Duration rest = RestAfter(pruned->events);
    std::unique_lock lock(mutex_);
    const bool stop = wake_.wait_for(lock, rest, [this] { return stop_; });
    return pruned->more && !stop;
}

base::Duration Retention::RestAfter(std::uint64_t events) {
    const base::SteadyTime now = clock_.SteadyNow();
    if (now >= created_at_ + kPaceLook) {
        const std::uint64_t created = ledger_.counts().created;
        const double seconds = std::chrono::duration<double>(now - created_at_).count();
        pace_ = std::max(kLeastPace, 2 * static_cast<double>(created - created_) / seconds);
        created_ = created;
        created_at_ = now;
    }
    return std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>(static_cast<double>(events) / pace_));
}

}  // namespace fanfare::app
