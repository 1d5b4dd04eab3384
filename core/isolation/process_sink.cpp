#include "isolation/process_sink.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/log.hpp"
#include "base/thread_name.hpp"

namespace fanfare::isolation {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

// What may wait to be written before the process is too slow for more.
constexpr std::size_t kMostOut = std::size_t{64} << 20;
constexpr int kCrashesOfPoison = 2;
constexpr milliseconds kEndPause{2000};

model::Outcome Untouched(std::string reason) {
    model::Outcome outcome;
    outcome.kind = model::OutcomeKind::kNotAttempted;
    outcome.reason = std::move(reason);
    return outcome;
}

int MsUntil(base::SteadyTime at, base::SteadyTime now) {
    return static_cast<int>(std::clamp<long>(std::chrono::ceil<milliseconds>(at - now).count(), 0, 60'000));
}

}  // namespace

ProcessSink::ProcessSink(Order order, std::size_t max_batch, Blame blame, Timing timing)
    : order_(std::move(order)),
      max_batch_(max_batch),
      blame_(std::move(blame)),
      timing_(timing),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      pause_(timing.first_pause) {}

base::Result<std::unique_ptr<sink::Sink>> ProcessSink::Make(Order order, std::size_t max_batch, Blame blame,
                                                            Timing timing) {
    std::unique_ptr<ProcessSink> sink(new ProcessSink(std::move(order), max_batch, std::move(blame), timing));
    auto child = sink->MakeChild();
    if (!child) return std::move(child).error();
    sink->child_ = *std::move(child);
    return std::unique_ptr<sink::Sink>(std::move(sink));
}

ProcessSink::~ProcessSink() { Stop(Steady::now()); }

base::Result<Child> ProcessSink::MakeChild() const {
    auto child = Child::Spawn();
    if (!child) return child;
    if (const base::Status made = Ask(*child, Kind::kMake, Pack(order_)); !made) return made.error();
    return child;
}

base::Status ProcessSink::Ask(Child& child, Kind kind, std::string_view content) const {
    const base::SteadyTime until = Steady::now() + timing_.make_timeout;
    std::string why = "its process gave no answer in time";
    std::string out;
    AppendFrame(out, kind, content);
    FrameReader reader;
    while (Steady::now() < until) {
        pollfd socket{child.socket(), static_cast<short>(out.empty() ? POLLIN : POLLIN | POLLOUT), 0};
        if (poll(&socket, 1, MsUntil(until, Steady::now())) <= 0) continue;
        WriteSome(child.socket(), out);
        if ((socket.revents & (POLLIN | POLLHUP)) == 0) continue;
        const FrameReader::Read read = reader.ReadFrom(child.socket());
        if (const std::optional<Frame> frame = reader.Next(); frame && frame->kind == Kind::kReply) {
            if (auto reply = UnpackReply(frame->content)) return *std::move(reply);
        }
        if (read != FrameReader::Read::kEnd) continue;
        why = "its process ended: " + child.End();
        break;
    }
    return base::MakeError(base::Code::kConfig, "the plugin '" + order_.plugin + "' cannot be used: " + why);
}

base::Status ProcessSink::Start(sink::Listener listener) {
    if (base::Status started = Ask(child_, Kind::kStart, {}); !started) return started;
    listener_ = std::move(listener);
    is_up_ = true;
    reborn_at_ = Steady::now();
    thread_ = std::thread([this] { Run(); });
    return {};
}

sink::Taken ProcessSink::Deliver(sink::BatchId id, sink::Batch batch) {
    const std::lock_guard lock(mutex_);
    // What was given up is still in the process until that has answered it.
    const bool must_wait = MaySendOnlyOne() && (!held_.empty() || !parcels_.empty());
    if (!is_up_ || stopping_ || must_wait || out_.size() > kMostOut) return sink::Taken::kBusy;
    Held held;
    held.sent.assign(batch.items.size(), false);
    held.answered.assign(batch.items.size(), false);
    held.open = batch.items.size();
    held.batch = std::move(batch);
    held_.emplace(id, std::move(held));
    Pump();
    return sink::Taken::kYes;
}

std::size_t ProcessSink::max_batch() const {
    const std::lock_guard lock(mutex_);
    return MaySendOnlyOne() ? 1 : max_batch_;
}

void ProcessSink::Abandon(sink::BatchId id) {
    const std::lock_guard lock(mutex_);
    if (held_.erase(id) == 0) return;
    for (const auto& [number, parcel] : parcels_) {
        if (parcel.batch != id) continue;
        if (given_up_++ == 0) given_up_since_ = Steady::now();
        AppendFrame(out_, Kind::kAbandon, PackNumber(number));
    }
    Pump();
    Wake();
}

void ProcessSink::Stop(base::SteadyTime deadline) {
    if (!thread_.joinable()) return;
    {
        std::unique_lock lock(mutex_);
        stopping_ = true;
        const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(deadline.time_since_epoch()).count();
        if (is_up_) AppendFrame(out_, Kind::kStop, PackNumber(static_cast<std::uint64_t>(ns)));
        Wake();
        stopped_.wait_until(lock, deadline, [this] { return over_ || !is_up_; });
        over_ = true;
        Wake();
    }
    thread_.join();
    {
        const std::lock_guard lock(outlet_mutex_);
        listener_ = nullptr;
    }
    const std::lock_guard lock(mutex_);
    child_ = {};
    held_.clear();
}

void ProcessSink::Run() {
    base::NameThisThread(order_.options.destination);
    while (true) {
        bool up = false;
        {
            const std::lock_guard lock(mutex_);
            if (over_) return;
            up = is_up_;
        }
        if (up) {
            Talk();
        } else {
            Rebirth();
        }
    }
}

void ProcessSink::Talk() {
    std::array<pollfd, 3> files{};
    int timeout = 0;
    {
        const std::lock_guard lock(mutex_);
        files = {pollfd{child_.socket(), static_cast<short>(out_.empty() ? POLLIN : POLLIN | POLLOUT), 0},
                 pollfd{wake_.get(), POLLIN, 0}, pollfd{child_.process(), POLLIN, 0}};
        timeout = TimeoutMs(Steady::now());
    }
    poll(files.data(), files.size(), timeout);
    if (files[1].revents != 0) {
        std::uint64_t ignored = 0;
        [[maybe_unused]] const ssize_t got = read(wake_.get(), &ignored, sizeof ignored);
    }
    bool alive = true;
    bool hangs = false;
    {
        const std::lock_guard lock(mutex_);
        alive = WriteSome(child_.socket(), out_);
        hangs = IsHanging(Steady::now());
    }
    if ((files[0].revents & (POLLIN | POLLHUP)) != 0) {
        alive = TakeFrames() && alive;
    } else if (files[2].revents != 0) {
        alive = false;  // and everything that it answered has been read
    }
    if (!alive) {
        OnDeath({});
    } else if (hangs) {
        OnDeath("it did not answer what was given up, and was ended");
    }
}

// False: the process has gone.
bool ProcessSink::TakeFrames() {
    const FrameReader::Read read = reader_.ReadFrom(child_.socket());
    while (const std::optional<Frame> frame = reader_.Next()) Take(*frame);
    return read != FrameReader::Read::kEnd;
}

void ProcessSink::Take(const Frame& frame) {
    if (frame.kind == Kind::kAnswers) {
        if (auto answers = UnpackAnswers(frame.content)) TakeAnswers(*std::move(answers));
    } else if (frame.kind == Kind::kMisbehaviour) {
        const std::size_t end = frame.content.find('\n');
        if (end == std::string::npos) return;
        blame_(frame.content.substr(0, end), UnpackNumber(std::string_view(frame.content).substr(end + 1)).value_or(1));
    } else if (frame.kind == Kind::kStop) {
        const std::lock_guard lock(mutex_);
        over_ = true;
        stopped_.notify_all();
    }
}

void ProcessSink::TakeAnswers(Answers answers) {
    Answers known;
    {
        const std::lock_guard lock(mutex_);
        for (sink::Answer& answer : answers) {
            const auto parcel = parcels_.find(answer.batch);
            if (parcel == parcels_.end()) continue;
            std::vector<std::uint32_t>& indexes = parcel->second.indexes;
            if (answer.index >= indexes.size() || indexes[answer.index] == kAnswered) continue;
            const std::uint32_t index = std::exchange(indexes[answer.index], kAnswered);
            const sink::BatchId id = parcel->second.batch;
            Forget(parcel->second.deliveries[answer.index]);
            const bool is_last = parcel->second.Open() == 0;
            if (is_last) parcels_.erase(parcel);
            const auto held = held_.find(id);
            if (held == held_.end()) {
                if (is_last && given_up_ > 0) --given_up_;
                given_up_since_ = Steady::now();
                continue;
            }
            held->second.answered[index] = true;
            if (--held->second.open == 0) held_.erase(held);
            answer.batch = id;
            answer.index = index;
            known.push_back(std::move(answer));
        }
        Pump();
    }
    Tell(std::move(known));
}

void ProcessSink::Pump() {
    if (!is_up_) return;
    if (MaySendOnlyOne() && !parcels_.empty()) return;
    for (auto& [id, held] : held_) {
        std::vector<std::uint32_t> indexes;
        for (std::uint32_t i = 0; i < held.sent.size(); ++i) {
            if (held.sent[i]) continue;
            held.sent[i] = true;
            indexes.push_back(i);
            if (!MaySendOnlyOne()) continue;
            Send(id, indexes);
            return Wake();
        }
        if (!indexes.empty()) Send(id, indexes);
    }
    Wake();
}

void ProcessSink::Send(sink::BatchId id, const std::vector<std::uint32_t>& indexes) {
    const Held& held = held_.at(id);
    sink::Batch part{{}, held.batch.deadline};
    Parcel parcel{id, indexes, {}};
    for (const std::uint32_t index : indexes) {
        part.items.push_back(held.batch.items[index]);
        parcel.deliveries.push_back(part.items.back().delivery);
    }
    const sink::BatchId number = ++last_parcel_;
    AppendFrame(out_, Kind::kDeliver, Pack(number, part));
    parcels_.emplace(number, std::move(parcel));
}

void ProcessSink::OnDeath(const std::string& why) {
    std::string how;
    Answers answers;
    // So that it is told how it ended, and not that it was ended.
    if (why.empty()) child_.AwaitEnd(kEndPause);
    {
        const std::lock_guard lock(mutex_);
        if (Steady::now() - reborn_at_ > timing_.longest_pause) pause_ = timing_.first_pause;
        how = child_.End();
        if (!why.empty()) how = why;
        is_up_ = false;
        answers = GiveBack(how);
        stopped_.notify_all();
        if (stopping_) over_ = true;
    }
    blame_("crashed", 1);
    log::Error("plugin.crashed",
               {{"destination", order_.options.destination},
                {"plugin", order_.plugin},
                {"how", how},
                {"given_back", std::to_string(answers.size())},
                {"again_in_ms", std::to_string(std::chrono::duration_cast<milliseconds>(pause_).count())}});
    Tell(std::move(answers));
}

ProcessSink::Answers ProcessSink::GiveBack(const std::string& how) {
    Answers answers;
    const std::size_t inside = Suspect();
    for (auto& [id, held] : held_) {
        for (std::uint32_t i = 0; i < held.answered.size(); ++i) {
            if (held.answered[i]) continue;
            const model::DeliveryId& delivery = held.batch.items[i].delivery;
            answers.push_back(
                {id, i,
                 held.sent[i] ? FateOf(delivery, how, inside == 1) : Untouched("the plugin's process ended: " + how)});
        }
    }
    held_.clear();
    parcels_.clear();
    out_.clear();
    given_up_ = 0;
    return answers;
}

// All that is in the process, given up or not. How many that are.
std::size_t ProcessSink::Suspect() {
    if (!MaySendOnlyOne()) {
        suspects_.clear();
        ended_.clear();
    }
    std::size_t inside = 0;
    for (const auto& [number, parcel] : parcels_) {
        inside += parcel.Open();
        for (std::size_t i = 0; i < parcel.indexes.size(); ++i) {
            if (parcel.indexes[i] != kAnswered) suspects_.insert(parcel.deliveries[i]);
        }
    }
    return inside;
}

model::Outcome ProcessSink::FateOf(const model::DeliveryId& id, const std::string& how, bool alone) {
    if (!alone || ++ended_[id] < kCrashesOfPoison) return Untouched("the plugin's process ended: " + how);
    Forget(id);
    model::Outcome outcome;
    outcome.kind = model::OutcomeKind::kRejected;
    outcome.reason = "it crashed the plugin twice, alone in its process: " + how;
    return outcome;
}

bool ProcessSink::MaySendOnlyOne() const {
    return !suspects_.empty() && Steady::now() < reborn_at_ + timing_.suspicion;
}

std::size_t ProcessSink::Parcel::Open() const {
    return indexes.size() - static_cast<std::size_t>(std::count(indexes.begin(), indexes.end(), kAnswered));
}

void ProcessSink::Forget(const model::DeliveryId& id) {
    suspects_.erase(id);
    ended_.erase(id);
}

// Waits for its time, then starts a new process; on failure waits longer.
void ProcessSink::Rebirth() {
    {
        std::unique_lock lock(mutex_);
        if (stopped_.wait_for(lock, pause_, [this] { return over_ || stopping_; })) {
            over_ = true;
            return;
        }
    }
    pause_ = std::min(pause_ * 2, timing_.longest_pause);
    auto child = MakeChild();
    const base::Status made = child ? Ask(*child, Kind::kStart, {}) : base::Status(child.error());
    if (!made) {
        log::Error("plugin.not_restarted",
                   {{"destination", order_.options.destination}, {"error", made.error().message}});
        return;
    }
    reader_ = {};
    const std::lock_guard lock(mutex_);
    reborn_at_ = Steady::now();
    child_ = *std::move(child);
    is_up_ = true;
    log::Info("plugin.restarted", {{"destination", order_.options.destination}, {"plugin", order_.plugin}});
}

bool ProcessSink::IsHanging(base::SteadyTime now) const {
    return given_up_ > 0 && now - given_up_since_ >= timing_.hang_after;
}

int ProcessSink::TimeoutMs(base::SteadyTime now) const {
    return given_up_ > 0 ? MsUntil(given_up_since_ + timing_.hang_after, now) : -1;
}

void ProcessSink::Tell(Answers answers) {
    if (answers.empty()) return;
    const std::lock_guard lock(outlet_mutex_);
    if (listener_) listener_(std::move(answers));
}

void ProcessSink::Wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(wake_.get(), &one, sizeof one);
}

}  // namespace fanfare::isolation
