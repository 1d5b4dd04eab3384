// outage [--destinations N] [--seconds S] [--rate R] [--directory DIR]
// N destinations are down for S seconds while R events a second are owed to each of them; then all come back at once.
// The outage runs by a clock of the program's, as fast as the store takes the events; what follows, by the real one,
// through the dispatcher. Prints what it cost, and fails if a promise is broken: an event that is lost, sent twice or
// out of order, more tries than the breaker allows, more in flight than the concurrency, memory that grows with what
// waits, a destination that is left out. Needs about 0.8 KiB of disk for each event, and 0.1 KiB more for each
// destination it is owed to.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "dispatch/dispatcher.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace {

using namespace fanfare;
using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;
using model::OutcomeKind;

constexpr std::size_t kBatch = 100;
constexpr std::uint32_t kConcurrency = 8;
constexpr std::uint64_t kMebibyte = 1u << 20;
constexpr auto kProbe = 30s;
constexpr int kNewcomers = 400;  // events that are timed one by one

struct Arguments {
    std::uint64_t destinations = 1;
    std::uint64_t seconds = 3600;
    std::uint64_t rate = 10;
    std::string directory;
};

Arguments Parse(int count, char** values) {
    Arguments arguments;
    for (int i = 1; i + 1 < count; i += 2) {
        const std::string name = values[i];
        const auto number = std::strtoull(values[i + 1], nullptr, 10);
        if (name == "--destinations") arguments.destinations = number;
        if (name == "--seconds") arguments.seconds = number;
        if (name == "--rate") arguments.rate = number;
        if (name == "--directory") arguments.directory = values[i + 1];
    }
    return arguments;
}

// Stands still until it is moved or, for good, let go. Threads: safe from every thread.
class Clock final : public base::Clock {
public:
    base::Time Now() const override {
        const auto run = runs_ ? std::chrono::duration_cast<base::Duration>(Steady::now() - begin_) : base::Duration(0);
        return kStart + run + base::Duration(moved_us_.load());
    }
    base::SteadyTime SteadyNow() const override {
        return runs_ ? Steady::now() : begin_ + base::Duration(moved_us_.load());
    }
    void Advance(base::Duration by) { moved_us_ += by.count(); }
    // The steady clock is the machine's own from here on, as the dispatcher wants it; nobody is left who knew another.
    void LetGo() { runs_ = true; }

private:
    static constexpr base::Time kStart{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
    const base::SteadyTime begin_ = Steady::now();
    std::atomic<std::int64_t> moved_us_{0};
    std::atomic<bool> runs_{false};
};

// What one destination has taken. Threads: its batches by one thread, answers by another; `mutex` between them.
struct Side {
    explicit Side(std::uint64_t events) : arrived(events + kNewcomers + 2) {}

    std::mutex mutex;
    sink::Listener listener;                                  // guarded
    std::vector<std::pair<sink::BatchId, sink::Batch>> open;  // guarded
    std::size_t most_open = 0;                                // guarded
    bool down = true;
    std::vector<bool> arrived;  // by seq
    std::uint64_t delivered = 0;
    std::uint64_t twice = 0;
    std::uint64_t late = 0;  // came behind a later event
    std::uint64_t highest = 0;
    std::uint64_t failed = 0;
    Steady::time_point last{};
    Steady::duration longest_gap{};
};

class SideSink final : public sink::Sink {
public:
    explicit SideSink(Side& side) : side_(side) {}
    base::Status Start(sink::Listener listener) override {
        const std::lock_guard lock(side_.mutex);
        side_.listener = std::move(listener);
        return {};
    }
    sink::Taken Deliver(sink::BatchId id, sink::Batch batch) override {
        const std::lock_guard lock(side_.mutex);
        side_.open.emplace_back(id, std::move(batch));
        side_.most_open = std::max(side_.most_open, side_.open.size());
        return sink::Taken::kYes;
    }
    void Abandon(sink::BatchId) override {}
    void Stop(base::SteadyTime) override {}
    std::size_t max_batch() const override { return kBatch; }

private:
    Side& side_;
};

void Note(Side& side, const sink::Item& item) {
    const std::uint64_t seq = item.delivery.seq;
    side.twice += side.arrived.at(seq);
    side.arrived.at(seq) = true;
    ++side.delivered;
    side.late += seq < side.highest;
    side.highest = std::max(side.highest, seq);
}

// Answers what it has. False: there was nothing.
bool Answer(Side& side) {
    std::vector<std::pair<sink::BatchId, sink::Batch>> open;
    sink::Listener listener;
    {
        const std::lock_guard lock(side.mutex);
        open.swap(side.open);
        listener = side.listener;
    }
    if (open.empty()) return false;
    std::vector<sink::Answer> answers;
    for (const auto& [batch, content] : open) {
        for (std::uint32_t i = 0; i < content.items.size(); ++i) {
            if (side.down) {
                ++side.failed;
                answers.push_back({batch, i, {OutcomeKind::kUnreachable, 0, std::nullopt, "connection refused", {}}});
            } else {
                Note(side, content.items[i]);
                answers.push_back({batch, i, {OutcomeKind::kDelivered, 0, std::nullopt, {}, {}}});
            }
        }
    }
    const auto now = Steady::now();
    if (!side.down && side.last != Steady::time_point{}) side.longest_gap = std::max(side.longest_gap, now - side.last);
    side.last = now;
    listener(std::move(answers));
    return true;
}

std::uint64_t Resident() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t total = 0, resident = 0;
    file >> total >> resident;
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

double Seconds(Steady::duration duration) { return std::chrono::duration<double>(duration).count(); }

double Percentile99(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values.empty() ? 0 : values[values.size() * 99 / 100];
}

class Outage {
public:
    explicit Outage(Arguments arguments);
    int Run();

private:
    void Owe(std::uint64_t count);
    double OweOne();
    dispatch::Destination Make(std::size_t at);
    void BeDown();
    void ComeBack();
    void Report();
    void Expect(bool holds, const char* promise);
    std::uint64_t all() const { return arguments_.seconds * arguments_.rate; }

    const Arguments arguments_;
    Clock clock_;
    std::unique_ptr<store::Store> store_;
    std::vector<model::NameId> ids_;
    std::vector<std::unique_ptr<Side>> sides_;
    std::uint64_t posted_ = 0;
    std::uint64_t resident_early_ = 0, resident_down_ = 0, resident_most_ = 0;
    double down_took_ = 0, drain_took_ = 0;
    double share_ = 1;  // of the slowest when the fastest had all of it
    std::vector<double> quiet_, busy_;
    bool whole_ = true;
};

Outage::Outage(Arguments arguments) : arguments_(std::move(arguments)) {
    store::sqlite::Options options;
    options.directory = arguments_.directory + "/store";
    auto opened = store::sqlite::Open(options, clock_);
    if (!opened) {
        std::fprintf(stderr, "outage: %s\n", opened.error().message.c_str());
        std::exit(base::ExitStatus(opened.error().code));
    }
    store_ = *std::move(opened);
    for (std::uint64_t i = 0; i < arguments_.destinations; ++i) {
        ids_.push_back(*store_->Intern("d" + std::to_string(i)));
        sides_.push_back(std::make_unique<Side>(all()));
    }
}

void Outage::Owe(std::uint64_t count) {
    store::AcceptBatch batch;
    for (std::uint64_t i = 0; i < count; ++i) {
        store::NewEvent& event = batch.events.emplace_back();
        event.envelope.event.id = std::to_string(1'000'000'000 + ++posted_);
        event.envelope.event.data = std::string(500, 'x');
        event.envelope.received_at = clock_.Now();
        for (const model::NameId id : ids_) event.targets.push_back({id});
    }
    std::promise<bool> done;
    batch.done = [&](const base::Result<std::vector<store::Accepted>>& result) { done.set_value(bool(result)); };
    store_->inbox().Accept(std::move(batch));
    if (!done.get_future().get()) Expect(false, "the store takes events while nobody takes deliveries");
}

double Outage::OweOne() {
    const auto start = Steady::now();
    Owe(1);
    return Seconds(Steady::now() - start);
}

dispatch::Destination Outage::Make(std::size_t at) {
    model::DeliveryPolicy policy;
    policy.concurrency = kConcurrency;
    policy.breaker.probe = kProbe;
    return {ids_[at], "d" + std::to_string(at), policy, std::make_unique<SideSink>(*sides_[at])};
}

void Outage::BeDown() {
    std::vector<std::unique_ptr<dispatch::Lane>> lanes;
    std::vector<std::vector<sink::Answer>> mail(ids_.size());
    for (std::size_t i = 0; i < ids_.size(); ++i) {
        dispatch::Destination made = Make(i);
        lanes.push_back(std::make_unique<dispatch::Lane>(made.id, made.name, made.policy, std::move(made.sink),
                                                         store_->outbox(), clock_));
        (void)lanes.back()->Start([&mail, i](std::vector<sink::Answer> answers) { mail[i] = std::move(answers); });
    }
    const auto start = Steady::now();
    for (std::uint64_t second = 0; second < arguments_.seconds; ++second) {
        Owe(arguments_.rate);
        clock_.Advance(1s);
        for (std::size_t i = 0; i < lanes.size(); ++i) {
            if (lanes[i]->next_timer() && *lanes[i]->next_timer() <= clock_.SteadyNow()) lanes[i]->OnTimer();
            lanes[i]->Pump();
            Answer(*sides_[i]);
            for (const sink::Answer& answer : std::exchange(mail[i], {})) lanes[i]->OnAnswer(answer);
            lanes[i]->Flush();
        }
        if (second == arguments_.seconds / 4) resident_early_ = Resident();
    }
    down_took_ = Seconds(Steady::now() - start);
    resident_down_ = Resident();
    for (const auto& lane : lanes) lane->Close();
}

void Outage::ComeBack() {
    for (int i = 0; i < kNewcomers / 2; ++i) quiet_.push_back(OweOne());
    clock_.LetGo();
    for (const auto& side : sides_) side->down = false;
    dispatch::Dispatcher dispatcher(store_->outbox(), clock_);
    for (std::size_t i = 0; i < ids_.size(); ++i) {
        auto prepared = dispatcher.Prepare(Make(i));
        dispatcher.Set(*std::move(prepared));
    }
    const auto start = Steady::now();
    dispatcher.Start();
    auto newcomer = start;
    const std::uint64_t owed = all() + kNewcomers;
    for (bool more = true; more;) {
        bool answered = false;
        for (const auto& side : sides_) answered = Answer(*side) || answered;
        const auto now = Steady::now();
        if (busy_.size() < kNewcomers / 2 && now >= newcomer) {
            busy_.push_back(OweOne());
            newcomer = now + 5ms;
        }
        const auto by_delivered = [](const auto& a, const auto& b) { return a->delivered < b->delivered; };
        const auto [slowest, fastest] = std::minmax_element(sides_.begin(), sides_.end(), by_delivered);
        if ((*fastest)->delivered < all()) {
            share_ = static_cast<double>((*slowest)->delivered) / static_cast<double>((*fastest)->delivered + 1);
        }
        resident_most_ = std::max(resident_most_, Resident());
        more = (*slowest)->delivered < owed && now < start + std::chrono::hours(2);
        if (!answered) std::this_thread::sleep_for(200us);
    }
    drain_took_ = Seconds(Steady::now() - start);
    dispatcher.Stop(Steady::now() + 10s);
    const auto late = Steady::now() + 10s;
    while (store_->ledger().counts().sending > 0 && Steady::now() < late) std::this_thread::sleep_for(5ms);
}

void Outage::Expect(bool holds, const char* promise) {
    if (holds) return;
    whole_ = false;
    std::printf("BROKEN: %s\n", promise);
}

void Outage::Report() {
    const auto mebibytes = [](std::uint64_t bytes) { return static_cast<unsigned long long>(bytes / kMebibyte); };
    std::printf(
        "down: destinations=%zu waiting_each=%llu posted_per_s=%.0f resident_early_mib=%llu resident_mib=%llu\n",
        ids_.size(), static_cast<unsigned long long>(all()), static_cast<double>(all()) / down_took_,
        mebibytes(resident_early_), mebibytes(resident_down_));
    std::uint64_t tries = 0, delivered = 0, twice = 0, late = 0, lost = 0;
    std::size_t most_open = 0;
    Steady::duration gap{};
    for (const auto& side : sides_) {
        tries = std::max(tries, side->failed);
        delivered += side->delivered;
        twice += side->twice;
        late += side->late;
        lost += static_cast<std::uint64_t>(std::count(
            side->arrived.begin() + 1, side->arrived.begin() + 1 + static_cast<std::ptrdiff_t>(posted_), false));
        most_open = std::max(most_open, side->most_open);
        gap = std::max(gap, side->longest_gap);
    }
    std::printf(
        "back: delivered=%llu per_s=%.0f lost=%llu twice=%llu out_of_order=%llu most_batches=%zu resident_mib=%llu\n",
        static_cast<unsigned long long>(delivered), static_cast<double>(delivered) / drain_took_,
        static_cast<unsigned long long>(lost), static_cast<unsigned long long>(twice),
        static_cast<unsigned long long>(late), most_open, mebibytes(resident_most_));
    std::printf("tries_each=%llu slowest_to_fastest=%.3f longest_gap_ms=%.0f accept_p99_ms quiet=%.2f draining=%.2f\n",
                static_cast<unsigned long long>(tries), share_, Seconds(gap) * 1000, Percentile99(quiet_) * 1000,
                Percentile99(busy_) * 1000);
    Expect(lost == 0, "nothing is lost");
    Expect(twice == 0, "nothing comes twice");
    Expect(late <= tries * sides_.size(), "what was not tried before comes in order");
    Expect(tries <= kConcurrency * kBatch + arguments_.seconds / 24 + 2,
           "one window, then one try in 30 s, give or take a fifth");
    Expect(most_open <= kConcurrency, "no more in flight than the concurrency");
    Expect(resident_down_ <= resident_early_ + 64 * kMebibyte && resident_most_ <= resident_early_ + 128 * kMebibyte,
           "memory does not grow with what waits");
    Expect(share_ > 0.25, "each destination has its share");
    const store::Counts counts = store_->ledger().counts();
    Expect(counts.waiting == 0 && counts.sending == 0 && counts.dead == 0 && counts.sent == counts.created,
           "the store says that all is sent");
}

int Outage::Run() {
    BeDown();
    ComeBack();
    Report();
    return whole_ ? 0 : 1;
}

}  // namespace

int main(int count, char** values) {
    Arguments arguments = Parse(count, values);
    log::Configure(log::Level::kOff, log::Format::kText);
    std::string root = (arguments.directory.empty() ? "/tmp" : arguments.directory) + "/fanfare-outage.XXXXXX";
    if (mkdtemp(root.data()) == nullptr) return 74;
    arguments.directory = root;
    const int status = Outage(arguments).Run();
    std::filesystem::remove_all(root);
    return status;
}
