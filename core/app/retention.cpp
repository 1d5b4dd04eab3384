#include "app/retention.hpp"

#include <future>

#include "base/log.hpp"

namespace fanfare::app {
namespace {

// Between two passes. What is pruned a minute late harms nobody.
constexpr std::chrono::minutes kPause{1};
// Small, since the store commits nothing else while it takes them away.
constexpr std::size_t kSlice = 200;

}  // namespace

Retention::Retention(store::Ledger& ledger, const base::Clock& clock, const config::Store& rules)
    : ledger_(ledger), clock_(clock), rules_(rules), thread_([this] { Run(); }) {}

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

bool Retention::stopped() {
    const std::lock_guard lock(mutex_);
    return stop_;
}

void Retention::Run() {
    while (true) {
        {
            std::unique_lock lock(mutex_);
            if (wake_.wait_for(lock, kPause, [this] { return stop_; })) return;
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
    while (!stopped() && PruneSlice(order)) {
    }
    // Above its size the oldest go first, however young, but none that waits and none that is dead.
    order.sent_before = now;
    order.dead_before.reset();
    if (!rules.max_size) return;
    while (!stopped() && IsOver(*rules.max_size) && PruneSlice(order)) {
    }
}

bool Retention::IsOver(std::uint64_t most_bytes) {
    const auto space = ledger_.space();
    return space && space->file_bytes - space->free_bytes > most_bytes;
}

bool Retention::PruneSlice(const store::PruneOrder& order) {
    std::promise<bool> more;
    ledger_.Prune(order, [&](const base::Result<store::Pruned>& pruned) {
        if (!pruned) log::Warn("store.prune_failed", {{"error", pruned.error().message}});
        more.set_value(pruned && pruned->more);
    });
    return more.get_future().get();
}

}  // namespace fanfare::app
