// The thread of an instance: the only place that calls into the plugin once it is started.
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "plugin/instance.hpp"
#include "base/thread_name.hpp"
#include "plugin/text.hpp"

namespace fanfare::plugin {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kErrorLimit = 512;
// plugin.h: "try again after the next answer or a short while".
constexpr auto kBusyPause = std::chrono::milliseconds(50);
// Of the time to stop, what is kept for the plugin's own stop and destroy.
constexpr auto kLongestReserve = std::chrono::seconds(2);
constexpr std::size_t kMostGathered = 256;

model::Outcome Retry(std::string reason) {
    model::Outcome outcome;
    outcome.kind = model::OutcomeKind::kRetry;
    outcome.reason = std::move(reason);
    return outcome;
}

model::Outcome NotAttempted() {
    model::Outcome outcome;
    outcome.kind = model::OutcomeKind::kNotAttempted;
    outcome.reason = "given back untouched";
    return outcome;
}

// Signals are for the main thread; but what a plugin's own mistake raises must reach it.
sigset_t MaskOfThread() {
    sigset_t mask;
    sigfillset(&mask);
    for (const int number : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP}) sigdelset(&mask, number);
    return mask;
}

}  // namespace

base::Status Instance::Spawn() {
    const sigset_t mask = MaskOfThread();
    sigset_t before;
    pthread_sigmask(SIG_SETMASK, &mask, &before);
    base::Status status;
    try {
        thread_ = std::thread([self = shared_from_this()] { self->Run(); });
    } catch (const std::system_error& error) {
        status = base::MakeError(
            base::Code::kBusy, "destination '" + options_.destination() + "': cannot start a thread: " + error.what());
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return status;
}

template <class Function>
Instance::Called Instance::Call(base::SteadyTime deadline, Function function) {
    Called called;
    call_deadline_ = deadline;
    call_began_ = Steady::now();
    try {
        called.status = function();
    } catch (const std::exception& error) {
        called.threw = true;
        called.text = Clean(error.what(), kErrorLimit, options_.secrets());
    } catch (...) {
        called.threw = true;
        called.text = "something that is no std::exception";
    }
    call_began_ = base::SteadyTime::min();
    if (called.threw) {
        called.status = FANFARE_EFAILED;
        Count(Wrong::kThrew);
    } else if (called.status != FANFARE_OK) {
        const std::lock_guard lock(mutex_);
        called.text = std::exchange(error_, {});
    }
    return called;
}

Instance::Called Instance::CallCreate() {
    return Call({}, [this] { return table_.create(&HostTable(), &ctx_, &self_); });
}

Instance::Called Instance::CallValidate() {
    if (!FANFARE_HAS(&table_, fanfare_plugin, validate) || table_.validate == nullptr) return {};
    return Call({}, [this] { return table_.validate(self_); });
}

std::string Instance::ReasonOf(const Called& called) {
    if (called.threw) return "it threw an exception: " + called.text;
    if (!called.text.empty()) return called.text;
    return "it gave no reason (status " + std::to_string(called.status) + ")";
}

void Instance::Run() {
    thread_id_ = std::this_thread::get_id();
    base::NameThisThread(options_.destination());
    Called start;
    if (table_.start != nullptr) start = Call({}, [this] { return table_.start(self_); });
    const bool ok = start.status == FANFARE_OK;
    if (!ok) Destroy();
    {
        const std::lock_guard lock(mutex_);
        start_status_ = std::move(start);
        started_ = true;
        progress_.notify_all();
    }
    if (!ok) return;
    Serve();
    Finish();
}

void Instance::Serve() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        WaitForWork(lock);
        if (stopping_) return;
        Slot* slot = nullptr;
        Queued next;
        if (MayDeliver(Steady::now())) {
            next = std::move(queue_.front());
            queue_.pop_front();
            slot = &slots_.Reserve(next.id);
        }
        lock.unlock();
        HandleEvents();
        if (slot != nullptr) HandOver(*slot, std::move(next.batch));
        next = {};
        lock.lock();
    }
}

// Under mutex_.
bool Instance::MayDeliver(base::SteadyTime now) const {
    return !queue_.empty() && (now >= busy_until_ || answered_ != answered_at_call_);
}

void Instance::WaitForWork(std::unique_lock<std::mutex>& lock) {
    const auto has_work = [this] {
        return stopping_ || !cancels_.empty() || http_->has_ready() || MayDeliver(Steady::now());
    };
    while (!has_work()) {
        if (queue_.empty()) {
            wake_.wait(lock);
        } else {
            wake_.wait_until(lock, busy_until_);
        }
    }
}

// What came in for the plugin besides batches. Its answers are passed on together.
void Instance::HandleEvents() {
    std::vector<Handle> cancels;
    {
        const std::lock_guard lock(mutex_);
        cancels = std::exchange(cancels_, {});
        std::erase_if(cancels, [this](Handle handle) { return slots_.Find(handle) == nullptr; });
    }
    gathering_ = true;
    if (FANFARE_HAS(&table_, fanfare_plugin, cancel) && table_.cancel != nullptr) {
        for (const Handle handle : cancels) CallVoid({}, [&] { table_.cancel(self_, handle); });
    }
    for (const HttpService::Ready& ready : http_->Take()) {
        CallVoid({}, [&] { Hand(ready); });
        if (gathered_.size() >= kMostGathered) FlushAnswers();
    }
    gathering_ = false;
    FlushAnswers();
}

void Instance::FlushAnswers() {
    if (gathered_.empty()) return;
    const std::lock_guard lock(outlet_mutex_);
    if (listener_) listener_(std::exchange(gathered_, {}));
    gathered_.clear();
}

void Instance::HandOver(Slot& slot, sink::Batch batch) {
    const base::SteadyTime deadline = batch.deadline;
    Fill(slot, std::move(batch));
    std::vector<sink::Item> garbage;
    {
        const std::lock_guard lock(mutex_);
        if (slot.abandoned) {
            garbage = slots_.Release(slot, true);
            return;
        }
        slots_.Publish(slot);
        answered_at_call_ = answered_;
    }
    AfterDeliver(slot, deadline, Call(deadline, [&] { return table_.deliver(self_, &slot.view); }));
}

void Instance::AfterDeliver(Slot& slot, base::SteadyTime deadline, const Called& called) {
    std::vector<sink::Answer> answers;
    std::vector<sink::Item> garbage;
    bool broke_busy = false;
    {
        const std::lock_guard lock(mutex_);
        slot.in_call = false;
        const bool untouched = slot.open == slot.items.size();
        if (called.status == FANFARE_OK) {
            garbage = Settle(slot);
        } else if (called.status != FANFARE_BUSY) {
            // Only FANFARE_OK takes a batch, so the plugin holds nothing of it.
            garbage = TakeBack(slot, Retry(plugin_ + " failed: " + ReasonOf(called)), answers);
        } else if (untouched && !slot.abandoned) {
            busy_until_ = Steady::now() + kBusyPause;
            const sink::BatchId id = slot.batch;
            queue_.push_front({id, {slots_.Release(slot, true), deadline}});
        } else {
            broke_busy = !untouched;
            garbage = TakeBack(slot, NotAttempted(), answers);
        }
    }
    if (broke_busy) Count(Wrong::kAnsweredUnknown);
    Tell(std::move(answers));
}

// Under mutex_: answers what is open in the plugin's place and ends the use of the slot.
std::vector<sink::Item> Instance::TakeBack(Slot& slot, const model::Outcome& outcome,
                                           std::vector<sink::Answer>& answers) {
    const auto size = static_cast<std::uint32_t>(slot.answered.size());
    for (std::uint32_t i = 0; i < size && !slot.abandoned; ++i) {
        if (!slot.answered[i]) answers.push_back({slot.batch, i, outcome});
    }
    return slots_.Release(slot, true);
}

void Instance::Finish() {
    base::SteadyTime deadline;
    {
        const std::lock_guard lock(mutex_);
        deadline = stop_deadline_;
    }
    GiveBackQueue();
    HandleEvents();
    const auto reserve = std::min<Steady::duration>((deadline - Steady::now()) / 4, kLongestReserve);
    Drain(deadline - reserve);
    StopHttp();
    if (table_.stop != nullptr) {
        const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(deadline.time_since_epoch()).count();
        CallVoid(deadline, [&] { table_.stop(self_, ns); });
    }
    Destroy();
    ReleaseAll();
    const std::lock_guard lock(mutex_);
    finished_ = true;
    progress_.notify_all();
}

// What the plugin never saw costs no attempt.
void Instance::GiveBackQueue() {
    std::deque<Queued> queue;
    {
        const std::lock_guard lock(mutex_);
        queue = std::exchange(queue_, {});
    }
    std::vector<sink::Answer> answers;
    for (const Queued& each : queue) {
        for (std::uint32_t i = 0; i < each.batch.items.size(); ++i) answers.push_back({each.id, i, NotAttempted()});
    }
    Tell(std::move(answers));
}

void Instance::Drain(base::SteadyTime until) {
    std::unique_lock lock(mutex_);
    is_draining_ = true;
    const auto has_work = [this] { return slots_.held() == 0 || !cancels_.empty() || http_->has_ready(); };
    while (slots_.held() > 0 && wake_.wait_until(lock, until, has_work)) {
        lock.unlock();
        HandleEvents();
        lock.lock();
    }
}

void Instance::StopHttp() {
    for (const HttpService::Ready& ready : http_->StopAll()) {
        CallVoid({}, [&] { Hand(ready); });
    }
}

void Instance::Destroy() {
    StopHttp();
    http_->Close();
    CallVoid({}, [this] { table_.destroy(self_); });
    created_ = false;
}

void Instance::ReleaseAll() {
    std::uint64_t unanswered = 0;
    std::vector<std::vector<sink::Item>> garbage;
    {
        const std::lock_guard lock(mutex_);
        for (Slot* slot : slots_.InUse()) {
            if (!slot->abandoned) unanswered += slot->open;
            garbage.push_back(slots_.Release(*slot, true));
        }
    }
    Count(Wrong::kNeverAnswered, unanswered);
}

}  // namespace fanfare::plugin
