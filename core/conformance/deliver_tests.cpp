// Every event is answered once, whatever it holds and whatever happens.
#include <algorithm>

#include "conformance/bench.hpp"
#include "conformance/process.hpp"

namespace fanfare::conformance {
namespace {

constexpr std::chrono::seconds kTime{10};
constexpr std::size_t kLarge = 16u << 20;
constexpr std::size_t kBatches = 64;
constexpr std::size_t kMostBatch = 4096;  // larger ones show nothing more
constexpr std::size_t kOrdered = 6;
constexpr std::size_t kBroken = 2;  // the request that fails in an ordered batch

// Hands over one batch and sees it answered.
void OneBatch(Bench& bench, std::vector<Event> events, std::uint32_t flags = 0) {
    const auto driver = bench.Up();
    const auto deadline = Steady::now() + kTime;
    driver->Settle(driver->Deliver(std::move(events), flags, deadline), deadline);
    driver->Down();
}

void One(Bench& bench) { OneBatch(bench, Events(1)); }

void FullBatch(Bench& bench) { OneBatch(bench, Events(std::min(bench.max_batch(), kMostBatch))); }

void ManyBatches(Bench& bench) {
    const auto driver = bench.Up();
    const auto deadline = Steady::now() + kTime;
    const std::size_t size = std::min<std::size_t>(bench.max_batch(), 8);
    std::uint64_t last = 0;
    for (std::size_t i = 0; i < kBatches; ++i) last = driver->Deliver(Events(size), 0, deadline);
    driver->Settle(last, deadline);
    driver->Down();
}

void Empty(Bench& bench) {
    std::vector<Event> events = Events(1);
    events[0].data.clear();
    events[0].content_type.clear();
    events[0].time.clear();
    OneBatch(bench, std::move(events));
}

void Large(Bench& bench) {
    std::vector<Event> events = Events(1);
    events[0].data = "\"" + std::string(kLarge - 2, 'x') + "\"";
    OneBatch(bench, std::move(events));
}

void Bytes(Bench& bench) {
    using namespace std::string_literals;
    std::vector<Event> events = Events(1);
    events[0].data = "\xFF\xFE\x00\xC0\x80 {\"broken\xED\xA0\x80"s;
    events[0].content_type = "application/json";
    events[0].subject = "caf\xC3\xA9\tand\nlines";
    OneBatch(bench, std::move(events));
}

void Repeated(Bench& bench) {
    const auto driver = bench.Up();
    const auto deadline = Steady::now() + kTime;
    std::vector<Event> events = Events(std::min<std::size_t>(bench.max_batch(), 4));
    for (Event& event : events) event = events.front();
    for (Event& event : events) event.attempt = 2;
    const std::uint64_t first = driver->Deliver(events, 0, deadline);
    const std::uint64_t second = driver->Deliver(events, 0, deadline);
    driver->Settle(first, deadline);
    driver->Settle(second, deadline);
    driver->Down();
}

// The far side fails once in the middle: nothing behind what failed may arrive.
void Ordered(Bench& bench) {
    const auto driver = bench.Up();
    driver->far_side = [good = bench.subject().success](std::size_t n) { return n == kBroken ? Reply{500} : good; };
    const auto deadline = Steady::now() + kTime;
    const std::size_t size = std::min(bench.max_batch(), kOrdered);
    driver->Settle(driver->Deliver(Events(size), FANFARE_BATCH_ORDERED, deadline), deadline);
    std::vector<Given> given = driver->host().given();
    std::sort(given.begin(), given.end(), [](const Given& a, const Given& b) { return a.index < b.index; });
    const auto failed = std::find_if(given.begin(), given.end(),
                                     [](const Given& each) { return each.outcome != FANFARE_DELIVERED; });
    for (auto each = failed; each != given.end(); ++each) {
        if (each->outcome != FANFARE_DELIVERED) continue;
        throw Failure{"in an ordered batch event " + std::to_string(each->index) + " was delivered although event " +
                      std::to_string(failed->index) + " before it was not (" + NameOf(failed->outcome) +
                      "): stop at the first failure and answer the rest NOT_ATTEMPTED"};
    }
    driver->Down();
}

void Deadline(Bench& bench) {
    const auto driver = bench.Up();
    driver->far_side = [](std::size_t) {
        Reply reply;
        reply.end = FANFARE_HTTP_TIMEOUT;
        return reply;
    };
    const auto past = Steady::now() - std::chrono::seconds(1);
    const std::size_t size = std::min<std::size_t>(bench.max_batch(), 4);
    driver->Settle(driver->Deliver(Events(size), 0, past), past);
    driver->Down();
}

void Cancel(Bench& bench) {
    const auto driver = bench.Up();
    const auto deadline = Steady::now() + kTime;
    const std::size_t size = std::min<std::size_t>(bench.max_batch(), 4);
    const std::uint64_t batch = driver->Deliver(Events(size), 0, deadline);
    driver->Cancel(batch);
    driver->Cancel(batch + 1000);  // one that it does not hold (any more)
    driver->Settle(batch, deadline);
    const auto later = Steady::now() + kTime;
    driver->Settle(driver->Deliver(Events(1), 0, later), later);
    driver->Down();
}

void Threads(Bench& bench) {
    const auto driver = bench.Up();
    const auto deadline = Steady::now() + kTime;
    driver->Settle(driver->Deliver(Events(1), 0, deadline), deadline);
    const std::size_t before = ThreadCount();
    std::size_t most = before;
    std::size_t handed = 0;
    for (; handed < kBatches; ++handed) {
        if (driver->TryDeliver(Events(1), 0, Steady::now() + kTime) == 0) break;
        most = std::max(most, ThreadCount());
    }
    driver->AwaitAll(Steady::now() + kTime);
    driver->Down();
    if (handed > 0 && most - before > handed / 2) {
        throw Failure{std::to_string(handed) + " events under way took " + std::to_string(most - before) +
                      " more threads: work with a fixed number of threads, never with one for each event"};
    }
}

}  // namespace

std::vector<Test> DeliverTests() {
    return {{"deliver.one", "one event is answered once", "life.starts", One},
            {"deliver.full_batch", "each event of the largest batch is answered once", "deliver.one", FullBatch},
            {"deliver.many_batches", "64 batches, one upon the other, are answered", "deliver.one", ManyBatches},
            {"deliver.empty", "an event without data, type of data and time is answered once", "deliver.one", Empty},
            {"deliver.large", "an event of 16 MiB is answered once", "deliver.one", Large},
            {"deliver.bytes", "data that is neither UTF-8 nor what it says is answered once", "deliver.one", Bytes},
            {"deliver.repeated", "events with equal ids are answered one by one", "deliver.one", Repeated},
            {"deliver.ordered", "in an ordered batch nothing overtakes what failed", "deliver.one", Ordered},
            {"deliver.deadline", "a batch whose time is over is answered once", "deliver.one", Deadline},
            {"deliver.cancel", "a cancelled batch is answered once, and what follows too", "deliver.one", Cancel},
            {"deliver.threads", "events under way take no thread each", "deliver.one", Threads}};
}

}  // namespace fanfare::conformance
