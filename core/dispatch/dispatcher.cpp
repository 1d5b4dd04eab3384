#include "dispatch/dispatcher.hpp"
#include "base/thread_name.hpp"

#include <algorithm>
#include <utility>

namespace fanfare::dispatch {
namespace {

base::Error Stopping() { return base::MakeError(base::Code::kBusy, "fanfare is stopping; try again when it runs"); }

}  // namespace

Dispatcher::Dispatcher(store::Outbox& outbox, const base::Clock& clock, Observer* observer)
    : outbox_(outbox), clock_(clock), observer_(observer) {
    outbox_.OnReady([this](model::NameId destination) { OnReady(destination); });
}

Dispatcher::~Dispatcher() {
    Stop(clock_.SteadyNow());
    outbox_.OnReady(nullptr);
}

base::Result<Dispatcher::Prepared> Dispatcher::Prepare(Destination destination) {
    auto slot = std::make_shared<Slot>();
    slot->lane = std::make_unique<Lane>(destination.id, std::move(destination.name), std::move(destination.policy),
                                        std::move(destination.sink), outbox_, clock_);
    slot->lane->SetObserver(observer_);
    // The sink is stopped before the slot goes, so it may know it by a plain reference.
    Slot& known = *slot;
    base::Status started =
        slot->lane->Start([this, &known](std::vector<sink::Answer> answers) { OnAnswers(known, std::move(answers)); });
    if (!started) return std::move(started).error();
    slot->stats = slot->lane->stats();
    return Prepared(std::move(slot));
}

void Dispatcher::Set(Prepared prepared) {
    {
        const std::lock_guard lock(mutex_);
        SlotPtr& current = by_id_[prepared.slot_->lane->id()];
        if (current) current->retired = true;
        current = prepared.slot_;
        slots_.push_back(std::move(prepared.slot_));
        mail_ = true;
    }
    wake_.notify_one();
}

void Dispatcher::Remove(model::NameId destination) {
    {
        const std::lock_guard lock(mutex_);
        const auto found = by_id_.find(destination);
        if (found == by_id_.end()) return;
        found->second->retired = true;
        by_id_.erase(found);
        mail_ = true;
    }
    wake_.notify_one();
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
    for (const SlotPtr& slot : slots_) {
        if (!slot->retired) stats.push_back(slot->stats);
    }
    return stats;
}

base::Duration Dispatcher::Silence() {
    {
        const std::lock_guard lock(mutex_);
        const base::SteadyTime now = clock_.SteadyNow();
        if (knocked_) return std::chrono::duration_cast<base::Duration>(now - *knocked_);
        if (!thread_.joinable() || stop_by_) return {};
        knocked_ = now;
        mail_ = true;
    }
    wake_.notify_one();
    return {};
}

void Dispatcher::SetPaused(const std::string& destination, bool paused, std::string reason,
                           std::function<void(base::Status)> done) {
    {
        const std::lock_guard lock(mutex_);
        const auto found = std::find_if(slots_.begin(), slots_.end(), [&](const SlotPtr& slot) {
            return !slot->retired && slot->lane->name() == destination;
        });
        if (stop_by_) return done(Stopping());
        if (found != slots_.end()) {
            (*found)->orders.push_back({paused, std::move(reason), std::move(done)});
            mail_ = true;
            return wake_.notify_one();
        }
    }
    done(base::MakeError(base::Code::kNotFound, "there is no destination '" + destination + "', or it is switched off"));
}

void Dispatcher::OnReady(model::NameId destination) {
    {
        const std::lock_guard lock(mutex_);
        const auto found = by_id_.find(destination);
        if (found == by_id_.end()) return;  // waits for a destination that this configuration does not have
        found->second->ready = true;
        if (std::exchange(mail_, true)) return;
    }
    wake_.notify_one();
}

void Dispatcher::OnAnswers(Slot& slot, std::vector<sink::Answer> answers) {
    {
        const std::lock_guard lock(mutex_);
        if (slot.answers.empty()) {
            slot.answers = std::move(answers);
        } else {
            slot.answers.insert(slot.answers.end(), std::make_move_iterator(answers.begin()),
                                std::make_move_iterator(answers.end()));
        }
        if (std::exchange(mail_, true)) return;
    }
    wake_.notify_one();
}

void Dispatcher::Run() {
    base::NameThisThread("dispatch");
    std::vector<Turn> turns;  // kept from turn to turn for its memory
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
            CollectMail(turns);
            if (stop_by_ && !closed) {
                closed = true;
                next_timer_ = stop_by_;
            }
        }
        HandOver(turns);
        for (const Turn& turn : turns) {
            if (closed) turn.slot->lane->Close();
        }
        RunOnce(turns);
        if (!closed) {
            Retire(turns);
            continue;
        }
        const bool idle = std::all_of(turns.begin(), turns.end(),
                                      [](const Turn& turn) { return turn.slot->lane->in_flight() == 0; });
        if (idle || clock_.SteadyNow() >= *stop_by_) break;
        next_timer_ = std::min(next_timer_.value_or(*stop_by_), *stop_by_);
    }
    Drain(turns);
}

void Dispatcher::CollectMail(std::vector<Turn>& turns) {
    mail_ = false;
    knocked_.reset();
    turns.resize(slots_.size());
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        Turn& turn = turns[i];
        if (turn.slot != slots_[i]) turn.slot = slots_[i];
        turn.answers.clear();
        turn.answers.swap(slots_[i]->answers);
        turn.ready = std::exchange(slots_[i]->ready, false);
        turn.orders.clear();
        turn.orders.swap(slots_[i]->orders);
        turn.retired = slots_[i]->retired;
    }
}

// From lanes that were replaced to those in their place: a pause that came meanwhile, and whether it can be reached.
void Dispatcher::HandOver(std::vector<Turn>& turns) {
    for (Turn& old : turns) {
        Lane& lane = *old.slot->lane;
        if (!old.retired || !lane.is_open()) continue;
        for (PauseOrder& order : old.orders) lane.SetPaused(order.paused, std::move(order.reason), std::move(order.done));
        old.orders.clear();
        lane.Close();
        for (Turn& next : turns) {
            if (!next.retired && next.slot->lane->id() == lane.id()) next.slot->lane->TakeOver(lane);
        }
    }
}

// One turn of every lane that something happened to.
void Dispatcher::RunOnce(std::vector<Turn>& turns) {
    next_timer_.reset();
    const base::SteadyTime now = clock_.SteadyNow();
    for (Turn& turn : turns) {
        Lane& lane = *turn.slot->lane;
        for (PauseOrder& order : turn.orders) lane.SetPaused(order.paused, std::move(order.reason), std::move(order.done));
        for (sink::Answer& answer : turn.answers) lane.OnAnswer(std::move(answer));
        const auto timer = lane.next_timer();
        if (timer && *timer <= now) lane.OnTimer();
        if (!turn.answers.empty() || turn.ready) lane.Pump();
        lane.Flush();
        const auto next = lane.next_timer();
        if (next && (!next_timer_ || *next < *next_timer_)) next_timer_ = next;
    }
    const std::lock_guard lock(mutex_);
    for (const Turn& turn : turns) turn.slot->stats = turn.slot->lane->stats();
}

// Lets those go that are replaced or removed and have nothing in flight.
void Dispatcher::Retire(std::vector<Turn>& turns) {
    for (Turn& turn : turns) {
        if (!turn.retired || turn.slot->lane->in_flight() != 0) continue;
        {
            const std::lock_guard lock(mutex_);
            std::erase(slots_, turn.slot);
            mail_ = true;  // the next turn is to see it gone
        }
        Lane& lane = *turn.slot->lane;
        reaper_.Take(lane, std::move(turn.slot));
    }
}

void Dispatcher::Drain(std::vector<Turn>& turns) {
    // A sink that is idle stops at once; one that hangs costs the others nothing but this second in all.
    const base::SteadyTime deadline = std::max(*stop_by_, clock_.SteadyNow() + std::chrono::seconds(1));
    for (const Turn& turn : turns) turn.slot->lane->StopSink(deadline);
    {
        const std::lock_guard lock(mutex_);
        CollectMail(turns);
    }
    for (Turn& turn : turns) {
        Lane& lane = *turn.slot->lane;
        for (PauseOrder& order : turn.orders) order.done(Stopping());
        for (sink::Answer& answer : turn.answers) lane.OnAnswer(std::move(answer));
        lane.GiveUpAll();
        lane.Flush();
    }
}

}  // namespace fanfare::dispatch
