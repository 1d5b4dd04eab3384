// Events per second through the whole life of a delivery: accepted and durable, claimed, finished.
//   store_bench [memory | DIRECTORY] [events] [events per batch] [batches in flight] [destinations] [bytes] [bytes of a
//   request] [order keys; 0: no order]
// Prints one line (the processor time is of the whole program, its own load included); the store is left behind in
// DIRECTORY.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/text.hpp"
#include "store/memory_store.hpp"
#include "store/sqlite/sqlite_store.hpp"

using namespace fanfare;
using Steady = std::chrono::steady_clock;

namespace {

struct Load {
    int events = 200'000;
    int batch = 1;
    int in_flight = 64;
    int destinations = 1;
    int bytes = 594;
    int request = 0;  // 0: every destination is sent the event as it came
    int keys = 0;     // 0: no order
};

std::unique_ptr<store::Store> OpenStore(const std::string& where, const base::Clock& clock) {
    if (where == "memory") return store::MakeMemoryStore(clock);
    store::sqlite::Options options;
    options.directory = where;
    auto opened = store::sqlite::Open(options, clock);
    if (opened) return *std::move(opened);
    std::fprintf(stderr, "%s\n", opened.error().message.c_str());
    std::exit(base::ExitStatus(opened.error().code));
}

// A closed loop: each answer makes room for the next batch.
class Producer {
public:
    Producer(store::Store& store, const Load& load, const base::Clock& clock)
        : store_(store), load_(load), clock_(clock) {
        for (int i = 0; i < load.destinations; ++i)
            targets_.push_back({*store.Intern("d" + std::to_string(i)), *store.Intern("r")});
        latencies_.reserve(static_cast<std::size_t>(load.events / load.batch + 1));
    }

    void Run() {
        for (int sent = 0; sent < load_.events; sent += load_.batch) {
            {
                std::unique_lock lock(mutex_);
                room_.wait(lock, [&] { return in_flight_ < load_.in_flight; });
                ++in_flight_;
            }
            store_.inbox().Accept(MakeBatch());
        }
        std::unique_lock lock(mutex_);
        room_.wait(lock, [&] { return in_flight_ == 0; });
    }

    const std::vector<store::Target>& targets() const { return targets_; }

    double LatencyMs(double share) {
        if (latencies_.empty()) return 0;
        const auto at =
            latencies_.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(latencies_.size() - 1));
        std::nth_element(latencies_.begin(), at, latencies_.end());
        return *at;
    }

private:
    store::AcceptBatch MakeBatch() {
        store::AcceptBatch batch;
        for (int i = 0; i < load_.batch; ++i) {
            store::NewEvent event;
            event.envelope.event = {base::MakeUuidV7(),
                                    "/bench",
                                    "bench.event",
                                    "",
                                    "",
                                    "application/json",
                                    "",
                                    {},
                                    std::string(static_cast<std::size_t>(load_.bytes), 'x')};
            event.envelope.received_at = clock_.Now();
            event.targets = targets_;
            for (store::Target& target : event.targets) {
                target.request = MakeRequest();
                if (load_.keys > 0) target.order_key = ++key_ % static_cast<std::uint64_t>(load_.keys);
            }
            event.dedup_window = std::chrono::hours(1);
            batch.bytes += event.envelope.event.data.size() + 200;
            batch.events.push_back(std::move(event));
        }
        batch.done = [this, start = Steady::now()](const base::Result<std::vector<store::Accepted>>& result) {
            if (!result) std::fprintf(stderr, "%s\n", result.error().message.c_str());
            const std::lock_guard lock(mutex_);
            latencies_.push_back(std::chrono::duration<double, std::milli>(Steady::now() - start).count());
            --in_flight_;
            room_.notify_one();
        };
        return batch;
    }

    // One for each delivery, as shapes that differ make them.
    model::RequestPtr MakeRequest() const {
        if (load_.request == 0) return nullptr;
        auto request = std::make_shared<model::Request>();
        request->payload =
            model::Payload{"application/json", std::string(static_cast<std::size_t>(load_.request), 'y')};
        return request;
    }

    store::Store& store_;
    const Load load_;
    const base::Clock& clock_;
    std::vector<store::Target> targets_;
    std::uint64_t key_ = 0;
    std::mutex mutex_;
    std::condition_variable room_;
    int in_flight_ = 0;
    std::vector<double> latencies_;
};

// Claims and finishes at once whatever there is.
class Consumer {
public:
    Consumer(store::Store& store, const base::Clock& clock) : store_(store), clock_(clock) {
        store.outbox().OnReady([this](model::NameId) {
            const std::lock_guard lock(mutex_);
            ready_ = true;
            wake_.notify_one();
        });
    }

    void Run(const std::vector<store::Target>& targets, long total) {
        for (long done = 0; done < total;) {
            long before = done;
            for (const store::Target& target : targets) done += ClaimAndFinish(target.destination);
            if (done != before) continue;
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [&] { return ready_; });
            ready_ = false;
        }
        while (store_.ledger().counts().sent < static_cast<std::uint64_t>(total)) std::this_thread::yield();
    }

private:
    long ClaimAndFinish(model::NameId destination) {
        const base::Time now = clock_.Now();
        const auto claimed = store_.outbox().Claim(destination, 256, now);
        if (!claimed || claimed->empty()) return 0;
        std::vector<store::Finish> finished;
        finished.reserve(claimed->size());
        for (const store::Claimed& one : *claimed) {
            finished.push_back(
                {one.id,
                 model::DeliveryState::kSent,
                 {},
                 {},
                 model::Attempt{1, now, std::chrono::milliseconds(1), model::OutcomeKind::kDelivered, 200, {}}});
        }
        const auto count = static_cast<long>(finished.size());
        store_.outbox().Finish(std::move(finished));
        return count;
    }

    store::Store& store_;
    const base::Clock& clock_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool ready_ = false;
};

double ProcessorSeconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace

int main(int argc, char** argv) {
    const auto number = [&](int at, int otherwise) { return argc > at ? std::atoi(argv[at]) : otherwise; };
    const std::string where = argc > 1 ? argv[1] : "memory";
    const Load load{number(2, 200'000), number(3, 1), number(4, 64), number(5, 1), number(6, 594), number(7, 0), number(8, 0)};
    const base::SystemClock clock;
    const auto store = OpenStore(where, clock);
    Consumer consumer(*store, clock);
    Producer producer(*store, load, clock);
    const long before = static_cast<long>(store->ledger().counts().sent);

    const double processor = ProcessorSeconds();
    const auto start = Steady::now();
    std::thread consuming(
        [&] { consumer.Run(producer.targets(), before + static_cast<long>(load.events) * load.destinations); });
    producer.Run();
    const double accepted = std::chrono::duration<double>(Steady::now() - start).count();
    consuming.join();
    const double finished = std::chrono::duration<double>(Steady::now() - start).count();
    std::printf("accepted %.0f/s  finished %.0f/s  ack p50 %.2f ms  p99 %.2f ms  max %.2f ms  cpu %.1f us/event\n",
                load.events / accepted, load.events / finished, producer.LatencyMs(0.5), producer.LatencyMs(0.99),
                producer.LatencyMs(1), (ProcessorSeconds() - processor) * 1e6 / load.events);
    return 0;
}
