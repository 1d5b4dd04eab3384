#include "dispatch/dispatcher.hpp"

#include <algorithm>
#include <utility>

namespace fanfare::dispatch {

Dispatcher::Dispatcher(store::Outbox& outbox, const base::Clock& clock) : outbox_(outbox), clock_(clock) {
    outbox_.OnReady([this](model::NameId destination) { OnReady(destination); });
}

Dispatcher::~Dispatcher() {
    Stop(clock_.SteadyNow());
    outbox_.OnReady(nullptr);
}

base::Status Dispatcher::Add(Destination destination) {
    const std::size_t index = slots_.size();
    auto slot = std::make_unique<Slot>();
    slot->lane = std::make_unique<Lane>(destination.id, std::move(destination.name), std::move(destination.policy),
                                        std::move(destination.sink), outbox_, clock_);
    slot->ready = true;  // what the store holds from before this start
    {
        const std::lock_guard lock(mutex_);
        slots_.push_back(std::move(slot));
        by_id_.emplace(destination.id, index);
        mail_ = true;
    }
    base::Status started =
        slots_[index]->lane->Start([this, index](std::vector<sink::Answer> answers) { OnAnswers(index, std::move(answers)); });
    if (!started) {
        const std::lock_guard lock(mutex_);
        by_id_.erase(destination.id);
        slots_.pop_back();
    }
    return started;
}

void Dispatcher::Start() {
    thread_ = std::thread([this] { Run(); });
}

void Dispatcher::Stop(base::SteadyTime deadline) {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        stop_by_ = deadline;
        mail_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

std::vector<LaneStats> Dispatcher::stats() const {
    std::vector<LaneStats> stats;
    const std::lock_guard lock(mutex_);
    for (const auto& slot : slots_) stats.push_back({slot->lane->name(), slot->in_flight});
    return stats;
}

void Dispatcher::OnReady(model::NameId destination) {
    {
        const std::lock_guard lock(mutex_);
        const auto found = by_id_.find(destination);
        if (found == by_id_.end()) return;  // waits for a destination that this configuration does not have
        slots_[found->second]->ready = true;
        if (std::exchange(mail_, true)) return;
    }
    wake_.notify_one();
}

void Dispatcher::OnAnswers(std::size_t slot, std::vector<sink::Answer> answers) {
    {
        const std::lock_guard lock(mutex_);
        auto& queue = slots_[slot]->answers;
        if (queue.empty()) {
            queue = std::move(answers);
        } else {
            queue.insert(queue.end(), std::make_move_iterator(answers.begin()), std::make_move_iterator(answers.end()));
        }
        if (std::exchange(mail_, true)) return;
    }
    wake_.notify_one();
}

void Dispatcher::Run() {
    std::vector<std::vector<sink::Answer>> answers(slots_.size());
    std::vector<bool> ready(slots_.size());
    bool closed = false;
    while (true) {
        {
            std::unique_lock lock(mutex_);
            const auto has_mail = [&] { return mail_; };
            if (next_timer_) {
                wake_.wait_until(lock, *next_timer_, has_mail);
            } else {
                wake_.wait(lock, has_mail);
            }
            mail_ = false;
            for (std::size_t i = 0; i < slots_.size(); ++i) {
                answers[i].swap(slots_[i]->answers);
                ready[i] = std::exchange(slots_[i]->ready, false);
            }
            if (stop_by_ && !closed) {
                closed = true;
                next_timer_ = stop_by_;
            }
        }
        if (closed) {
            for (auto& slot : slots_) slot->lane->Close();
        }
        RunOnce(answers, ready);
        if (!closed) continue;
        const bool idle = std::all_of(slots_.begin(), slots_.end(), [](auto& slot) { return slot->lane->in_flight() == 0; });
        if (idle || clock_.SteadyNow() >= *stop_by_) break;
        next_timer_ = std::min(next_timer_.value_or(*stop_by_), *stop_by_);
    }
    Drain();
}

// One turn of every lane that something happened to.
void Dispatcher::RunOnce(std::vector<std::vector<sink::Answer>>& answers, std::vector<bool>& ready) {
    next_timer_.reset();
    const base::SteadyTime now = clock_.SteadyNow();
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        Lane& lane = *slots_[i]->lane;
        const bool answered = !answers[i].empty();
        for (sink::Answer& answer : answers[i]) lane.OnAnswer(std::move(answer));
        answers[i].clear();
        const auto timer = lane.next_timer();
        if (timer && *timer <= now) lane.OnTimer();
        if (answered || ready[i]) lane.Pump();
        lane.Flush();
        const auto next = lane.next_timer();
        if (next && (!next_timer_ || *next < *next_timer_)) next_timer_ = next;
    }
    const std::lock_guard lock(mutex_);
    for (auto& slot : slots_) slot->in_flight = slot->lane->in_flight();
}

void Dispatcher::Drain() {
    // A sink that is idle stops at once; one that hangs costs the others nothing but this second in all.
    const base::SteadyTime deadline = std::max(*stop_by_, clock_.SteadyNow() + std::chrono::seconds(1));
    for (auto& slot : slots_) slot->lane->StopSink(deadline);
    std::vector<std::vector<sink::Answer>> answers(slots_.size());
    {
        const std::lock_guard lock(mutex_);
        for (std::size_t i = 0; i < slots_.size(); ++i) answers[i].swap(slots_[i]->answers);
    }
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        for (sink::Answer& answer : answers[i]) slots_[i]->lane->OnAnswer(std::move(answer));
        slots_[i]->lane->GiveUpAll();
        slots_[i]->lane->Flush();
    }
}

}  // namespace fanfare::dispatch
