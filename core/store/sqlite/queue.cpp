#include "store/sqlite/queue.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace fanfare::store::sqlite {
namespace {

using namespace std::chrono_literals;

// Bounds how long one group keeps the next one waiting.
constexpr std::size_t kGroupEvents = 4096;
constexpr std::size_t kGroupBytes = 8u << 20;
constexpr std::size_t kGroupFinishes = 8192;
constexpr std::size_t kFewFinishes = 128;

constexpr auto kPatience = 5ms;
constexpr std::size_t kFinishesWorthAGroup = 1024;

base::Error Busy() {
    return base::MakeError(base::Code::kBusy, "too many events wait to be stored; try again in a second");
}

}  // namespace

void Queue::Accept(AcceptBatch batch) {
    {
        const std::lock_guard lock(mutex_);
        if (refusal_) {
            rest_.refused.push_back({std::move(batch.done), *refusal_});
        } else if (queued_events_ > 0 && (queued_events_ + batch.events.size() > kMaxQueuedEvents ||
                                          queued_bytes_ + batch.bytes > kMaxQueuedBytes)) {
            rest_.refused.push_back({std::move(batch.done), Busy()});
        } else {
            queued_events_ += batch.events.size();
            queued_bytes_ += batch.bytes;
            accepts_.push_back(std::move(batch));
        }
        closed_ = refusal_ || queued_events_ >= kMaxQueuedEvents || queued_bytes_ >= kMaxQueuedBytes;
    }
    wake_.notify_one();
}

void Queue::Settle(std::vector<Settled> settled) {
    {
        const std::lock_guard lock(mutex_);
        finishes_put_ += settled.size();
        settled_.push_back(std::move(settled));
        // The writer has set its alarm already: waking it would only cost.
        if (patient_since_ && finishes_put_ - finishes_taken_ < kFinishesWorthAGroup) return;
        if (!patient_since_) patient_since_ = std::chrono::steady_clock::now();
    }
    wake_.notify_one();
}

template <class Command>
void Queue::Put(std::vector<Command>& commands, Command command) {
    {
        const std::lock_guard lock(mutex_);
        commands.push_back(std::move(command));
    }
    wake_.notify_one();
}

void Queue::Steer(SteerCommand command) { Put(rest_.steers, std::move(command)); }
void Queue::Write(GateCommand command) { Put(rest_.gates, std::move(command)); }
void Queue::BringForward(ForwardCommand command) {
    {
        const std::lock_guard lock(mutex_);
        command.behind = finishes_put_;
        forwards_.push_back(command);
    }
    wake_.notify_one();
}

void Queue::Prune(PruneCommand command) { Put(rest_.prunes, std::move(command)); }
void Queue::Intern(InternCommand command) { Put(rest_.interns, std::move(command)); }

void Queue::WantMarks(bool urgent) {
    {
        const std::lock_guard lock(mutex_);
        rest_.marks = true;
        rest_.urgent_marks = rest_.urgent_marks || urgent;
        if (!patient_since_) patient_since_ = std::chrono::steady_clock::now();
    }
    wake_.notify_one();
}

void Queue::Stop() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
}

void Queue::Refuse(std::optional<base::Error> error) {
    const std::lock_guard lock(mutex_);
    refusal_ = std::move(error);
    closed_ = refusal_.has_value();
}

base::Status Queue::Ready() const {
    if (!closed_) return {};
    const std::lock_guard lock(mutex_);
    return refusal_ ? *refusal_ : Busy();
}

bool Queue::IsAwaited() const { return !accepts_.empty() || rest_.is_awaited(); }

bool Queue::IsUrgent() const {
    return IsAwaited() || stop_ || !forwards_.empty() || !rest_.prunes.empty() ||
           finishes_put_ - finishes_taken_ >= kFinishesWorthAGroup;
}

void Queue::Wait(std::unique_lock<std::mutex>& lock, std::optional<base::Duration> at_most) {
    const base::SteadyTime start = std::chrono::steady_clock::now();
    while (!IsUrgent()) {
        std::optional<base::SteadyTime> until;
        if (at_most) until = start + *at_most;
        if (patient_since_) until = std::min(until.value_or(base::SteadyTime::max()), *patient_since_ + kPatience);
        if (!until) {
            wake_.wait(lock);
        } else if (*until <= std::chrono::steady_clock::now() ||
                   wake_.wait_until(lock, *until) == std::cv_status::timeout) {
            return;
        }
    }
}

Work Queue::Take(std::optional<base::Duration> at_most) {
    std::unique_lock lock(mutex_);
    Wait(lock, at_most);
    Work work = std::exchange(rest_, {});
    TakeAccepts(work);
    TakeSettled(work);
    TakeForwards(work);
    work.stop = stop_ && accepts_.empty() && settled_.empty();
    return work;
}

void Queue::TakeAccepts(Work& work) {
    std::size_t events = 0;
    std::size_t bytes = 0;
    while (!accepts_.empty()) {
        const AcceptBatch& next = accepts_.front();
        if (events > 0 && (events + next.events.size() > kGroupEvents || bytes + next.bytes > kGroupBytes)) return;
        events += next.events.size();
        bytes += next.bytes;
        work.accepts.push_back(std::move(accepts_.front()));
        accepts_.pop_front();
    }
}

void Queue::TakeSettled(Work& work) {
    std::size_t taken = 0;
    while (!settled_.empty() && taken < kFewFinishes) {
        std::vector<Settled>& next = settled_.front();
        taken += next.size();
        std::move(next.begin(), next.end(), std::back_inserter(work.settled));
        settled_.pop_front();
    }
    finishes_taken_ += taken;
    if (settled_.empty()) patient_since_.reset();
}

void Queue::TakeForwards(Work& work) {
    const auto is_left = [this](const ForwardCommand& command) { return command.behind > finishes_taken_; };
    const auto left = std::find_if(forwards_.begin(), forwards_.end(), is_left);
    work.forwards.assign(forwards_.begin(), left);
    forwards_.erase(forwards_.begin(), left);
}

bool Queue::TakeMore(Work& work, base::SteadyTime until) {
    if (work.settled.size() >= kGroupFinishes) return false;
    const bool is_late = std::chrono::steady_clock::now() >= until;
    if (is_late && work.is_awaited()) return false;
    const std::lock_guard lock(mutex_);
    if (settled_.empty() || (is_late && IsAwaited())) return false;
    TakeSettled(work);
    return true;
}

void Queue::Answered(std::size_t events, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    queued_events_ -= events;
    queued_bytes_ -= bytes;
    closed_ = refusal_ || queued_events_ >= kMaxQueuedEvents || queued_bytes_ >= kMaxQueuedBytes;
}

}  // namespace fanfare::store::sqlite
