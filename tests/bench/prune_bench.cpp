// What pruning costs those who send events meanwhile: latency of accepts at a steady rate, before and while the sent
// deliveries of as many events are taken away, and the size of the file.
//   prune_bench DIRECTORY [events to prune, default 1000000] [events a second meanwhile, default 1000]
//   [events pruned a second at most, default 2000, as core/app/retention does it; 0: as fast as it goes]
// The store is left behind in DIRECTORY.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/text.hpp"
#include "store/sqlite/sqlite_store.hpp"

using namespace fanfare;
using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

namespace {

store::NewEvent MakeEvent(model::NameId destination, const base::Clock& clock) {
    store::NewEvent event;
    event.envelope.event.id = base::MakeUuidV7();
    event.envelope.event.source = "/bench";
    event.envelope.event.type = "bench";
    event.envelope.event.data = std::string(594, 'x');
    event.envelope.received_at = clock.Now();
    event.targets = {{destination}};
    event.dedup_window = 24h;
    return event;
}

// Claims and finishes as sent whatever there is.
void FinishAll(store::Outbox& outbox, model::NameId destination, const base::Clock& clock) {
    auto claimed = outbox.Claim(destination, 1024, clock.Now());
    if (!claimed || claimed->empty()) return;
    std::vector<store::Finish> finished;
    for (const store::Claimed& one : *claimed) {
        finished.push_back({one.id, model::DeliveryState::kSent, {}, {}, model::Attempt{1, clock.Now(), 1ms, model::OutcomeKind::kDelivered, 200, {}}});
    }
    outbox.Finish(std::move(finished));
}

void Fill(store::Store& store, model::NameId destination, int events, const base::Clock& clock) {
    for (int left = events; left > 0; left -= 1000) {
        store::AcceptBatch batch;
        for (int i = 0; i < std::min(left, 1000); ++i) batch.events.push_back(MakeEvent(destination, clock));
        std::promise<void> done;
        batch.done = [&](const base::Result<std::vector<store::Accepted>>&) { done.set_value(); };
        store.inbox().Accept(std::move(batch));
        done.get_future().get();
        FinishAll(store.outbox(), destination, clock);
    }
    while (store.ledger().counts().sent < static_cast<std::uint64_t>(events)) FinishAll(store.outbox(), destination, clock);
}

// One event at a time on a fixed timetable, so that a stall is felt by all that would have come meanwhile.
std::vector<double> Send(store::Store& store, model::NameId destination, int rate, const std::atomic<bool>& stop, const base::Clock& clock) {
    std::vector<double> latencies;
    std::mutex mutex;
    const Steady::time_point start = Steady::now();
    std::atomic<int> open{0};
    for (int i = 0; !stop; ++i) {
        const Steady::time_point due = start + i * 1'000'000us / rate;
        std::this_thread::sleep_until(due);
        store::AcceptBatch batch;
        batch.events.push_back(MakeEvent(destination, clock));
        ++open;
        batch.done = [&, due](const base::Result<std::vector<store::Accepted>>&) {
            const double ms = std::chrono::duration<double, std::milli>(Steady::now() - due).count();
            const std::lock_guard lock(mutex);
            latencies.push_back(ms);
            --open;
        };
        store.inbox().Accept(std::move(batch));
        if (i % 100 == 0) FinishAll(store.outbox(), destination, clock);
    }
    while (open > 0) std::this_thread::sleep_for(1ms);
    std::sort(latencies.begin(), latencies.end());
    return latencies;
}

double At(const std::vector<double>& sorted, double share) { return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))]; }

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return std::fprintf(stderr, "usage: prune_bench DIRECTORY [events] [rate]\n"), 2;
    const int events = argc > 2 ? std::atoi(argv[2]) : 1'000'000;
    const int rate = argc > 3 ? std::atoi(argv[3]) : 1000;
    const int pace = argc > 4 ? std::atoi(argv[4]) : 2000;
    const base::SystemClock clock;
    store::sqlite::Options options;
    options.directory = argv[1];
    auto opened = store::sqlite::Open(options, clock);
    if (!opened) return std::fprintf(stderr, "%s\n", opened.error().message.c_str()), 1;
    store::Store& store = **opened;
    const model::NameId destination = *store.Intern("bench");
    Fill(store, destination, events, clock);
    const std::uint64_t full = store.ledger().space()->file_bytes;

    std::atomic<bool> stop{false};
    auto before_run = std::async(std::launch::async, [&] { return Send(store, destination, rate, stop, clock); });
    std::this_thread::sleep_for(10s);
    stop = true;
    const std::vector<double> before = before_run.get();

    stop = false;
    auto during_run = std::async(std::launch::async, [&] { return Send(store, destination, rate, stop, clock); });
    const Steady::time_point start = Steady::now();
    std::uint64_t pruned = 0;
    for (bool more = true; more;) {
        std::promise<store::Pruned> slice;
        store.ledger().Prune({clock.Now(), std::nullopt, 20}, [&](const base::Result<store::Pruned>& result) { slice.set_value(*result); });
        const store::Pruned result = slice.get_future().get();
        pruned += result.events;
        if (pace > 0) std::this_thread::sleep_for(result.events * 1'000'000us / pace);
        more = result.more && pruned < static_cast<std::uint64_t>(events);
    }
    const double seconds = std::chrono::duration<double>(Steady::now() - start).count();
    stop = true;
    const std::vector<double> during = during_run.get();
    const store::Space space = *store.ledger().space();
    std::printf("accept at %d/s before: p50 %.2f ms, p99 %.2f ms\n", rate, At(before, 0.5), At(before, 0.99));
    std::printf("while %llu events are pruned (%.0f/s): p50 %.2f ms, p99 %.2f ms: %.2fx of before\n",
                static_cast<unsigned long long>(pruned), static_cast<double>(pruned) / seconds, At(during, 0.5), At(during, 0.99),
                At(during, 0.99) / At(before, 0.99));
    std::printf("file: %llu MiB full, %llu MiB afterwards, of which %llu MiB are free inside\n",
                static_cast<unsigned long long>(full >> 20), static_cast<unsigned long long>(space.file_bytes >> 20),
                static_cast<unsigned long long>(space.free_bytes >> 20));
}
