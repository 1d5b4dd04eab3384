// The things that happen in the world, one function each.
#include <filesystem>
#include <future>

#include "simulator/world.hpp"

namespace fanfare::simulator {
namespace {

using namespace std::chrono_literals;
using model::DeliveryState;
using model::NameId;
using model::OutcomeKind;

constexpr base::Duration kTenYears = std::chrono::hours(24 * 365 * 10);

std::string BodyOf(std::uint64_t number) { return "event " + std::to_string(number); }

}  // namespace

void World::Post() {
    const std::uint64_t count = 1 + Roll(5);
    Tell("post " + std::to_string(count));
    if (control_ == Control::kLoseAccepted) {
        Settle();
        stale_ = Image();
    }
    for (std::uint64_t i = 0; i < count; ++i) Accept(posted_++, true);
}

// A client that did not hear the answer says it again.
void World::PostAgain() {
    if (posted_ == 0) return;
    const std::uint64_t number = posted_ - 1;
    Tell("post " + std::to_string(number) + " again");
    Accept(number, false);
}

void World::Accept(std::uint64_t number, bool is_new) {
    store::NewEvent event;
    event.envelope.event.id = std::to_string(number);
    event.envelope.event.source = "/s";
    event.envelope.event.type = "t";
    event.envelope.event.data = BodyOf(number);
    event.envelope.realm = "r";
    event.envelope.received_at = clock_.Now();
    // Longer than any wrong clock.
    event.dedup_window = 10 * kTenYears;
    for (NameId destination = 1; destination <= kDestinations; ++destination) {
        if ((number + destination) % 4 == 0) continue;
        store::Target target{destination, 1, {}, {}, {}};
        if (destination == 2) target.order_key = number % 3;
        event.targets.push_back(target);
    }
    std::promise<base::Result<std::vector<store::Accepted>>> answer;
    store::AcceptBatch batch;
    batch.events.push_back(event);
    batch.done = [&](base::Result<std::vector<store::Accepted>> result) { answer.set_value(std::move(result)); };
    store_->inbox().Accept(std::move(batch));
    const auto accepted = answer.get_future().get();
    if (!accepted) throw Broken("an event is refused: " + accepted.error().message);
    if (accepted->at(0).duplicate == is_new) {
        throw Broken("event " + event.envelope.event.id +
                     (is_new ? " is taken for an old one" : " is stored a second time"));
    }
    if (!is_new) return;
    const std::uint64_t seq = accepted->at(0).key.seq;
    accounts_.OnEvent(seq);
    for (const store::Target& target : event.targets) {
        accounts_.OnAccepted({seq, target.destination}, clock_.Now(), target.order_key);
    }
}

void World::Answer() {
    Place& place = *places_[Roll(places_.size())];
    const std::uint64_t count = Roll(6);
    Tell("answer " + std::to_string(count) + " of d" + std::to_string(place.lane->id()));
    // A far side is well, or ill, or gone for a while.
    const std::uint64_t mood = Roll(4);
    for (std::uint64_t i = 0; i < count && !place.far->open.empty(); ++i) {
        const std::uint64_t draw = Roll(10);
        OutcomeKind kind = OutcomeKind::kDelivered;
        if (mood == 1)
            kind = draw < 6 ? OutcomeKind::kRetry : draw < 7 ? OutcomeKind::kRejected : OutcomeKind::kDelivered;
        if (mood == 2) kind = OutcomeKind::kUnreachable;
        if (mood == 3) kind = draw < 2 ? OutcomeKind::kNotAttempted : OutcomeKind::kDelivered;
        AnswerOne(place, Roll(place.far->open.size()), kind);
    }
}

void World::AnswerOne(Place& place, std::size_t at, OutcomeKind kind) {
    const FarSide::Open one = place.far->Take(at);
    const bool is_owed = accounts_.owed().contains(one.id);
    // A retry may have arrived all the same: the answer was lost, not the event.
    if (is_owed && (kind == OutcomeKind::kDelivered || (kind == OutcomeKind::kRetry && Roll(2) == 0))) {
        accounts_.OnArrived(one.id);
    }
    if (is_owed && !one.abandoned && kind == OutcomeKind::kRejected) accounts_.OnRejected(one.id);
    model::Outcome outcome;
    outcome.kind = kind;
    outcome.code = kind == OutcomeKind::kRetry && Roll(3) == 0 ? 503 : 0;
    if (kind == OutcomeKind::kRetry && Roll(4) == 0) outcome.retry_after = base::Duration(1s) * (1 + Roll(90));
    outcome.reason = kind == OutcomeKind::kDelivered ? "" : "drawn";
    place.answers.push_back({one.batch, one.index, std::move(outcome)});
}

// At times less than a timer, at times past the timeout of everything.
void World::Wait() {
    const base::Duration times[] = {10ms, 500ms, 3s, 7s, 45s, 10min};
    const base::Duration time = times[Roll(6)];
    Tell("wait " + std::to_string(time.count() / 1000) + " ms");
    clock_.Advance(time);
}

void World::Reload() {
    const NameId destination = static_cast<NameId>(1 + Roll(kDestinations));
    Tell("reload d" + std::to_string(destination));
    auto far = std::make_unique<FarSide>();
    for (const auto& place : places_) {
        if (place->lane->id() == destination && !place->retired) far->paused = place->far->paused;
    }
    AddLane(destination, std::move(far));
}

void World::Pause() {
    Place& place = *places_[Roll(places_.size())];
    if (place.retired) return;
    const bool pause = !place.far->paused && Roll(2) == 0;
    Tell((pause ? "pause d" : "resume d") + std::to_string(place.lane->id()));
    std::promise<base::Status> done;
    place.lane->SetPaused(pause, "drawn", [&](base::Status status) { done.set_value(std::move(status)); });
    if (!done.get_future().get()) throw Broken("a pause is not written down");
    place.far->paused = pause;
}

void World::Steer(bool retry) {
    if (accounts_.owed().empty()) return;
    auto at = accounts_.owed().begin();
    std::advance(at, Roll(accounts_.owed().size()));
    const model::DeliveryId id = at->first;
    const DeliveryState state = at->second.state;
    Tell((retry ? "retry " : "cancel ") + std::to_string(id.seq) + "/" + std::to_string(id.destination));
    outbox_->Commit();
    Settle();
    std::promise<base::Status> answer;
    const auto done = [&](std::vector<base::Status> results) { answer.set_value(std::move(results.at(0))); };
    if (retry) {
        store_->ledger().Retry({id}, done);
    } else {
        store_->ledger().Cancel({id}, done);
    }
    const bool taken = answer.get_future().get().ok();
    const DeliveryState now = accounts_.owed().at(id).state;
    const bool may =
        now == DeliveryState::kDead || now == (retry ? DeliveryState::kCancelled : DeliveryState::kWaiting);
    Require(taken == may, id,
            "is " + std::string(Name(now)) + " (was " + std::string(Name(state)) + "), and an order of a person is " +
                (taken ? "taken" : "refused"));
    if (taken) accounts_.OnSteered(id, retry, clock_.Now());
}

void World::Prune() {
    Tell("prune");
    outbox_->Commit();
    Settle();
    store::PruneOrder order;
    order.sent_before = clock_.Now() + 10 * kTenYears;
    order.dead_before = order.sent_before;
    order.limit = 1'000'000;
    std::promise<base::Result<store::Pruned>> answer;
    store_->ledger().Prune(order, [&](base::Result<store::Pruned> pruned) { answer.set_value(std::move(pruned)); });
    const auto pruned = answer.get_future().get();
    if (!pruned) throw Broken("pruning fails: " + pruned.error().message);
    const std::uint64_t must = accounts_.OnPruned();
    if (pruned->events != must) {
        throw Broken(std::to_string(pruned->events) + " events are pruned; it must be " + std::to_string(must));
    }
}

std::string World::Image() {
    const std::string image = directory_ + "/" + std::to_string(++images_);
    std::filesystem::create_directory(image);
    std::filesystem::permissions(image, std::filesystem::perms::owner_all);
    for (const char* const file : {"fanfare.db", "fanfare.db-wal", "hwm"}) {
        if (std::filesystem::exists(store_path_ + "/" + file)) {
            std::filesystem::copy(store_path_ + "/" + file, image + "/" + std::string(file));
        }
    }
    return image;
}

// The process is gone from one moment to the next. What was not committed is lost; what was in flight may have arrived.
void World::Crash() {
    Tell("crash");
    ++crashes_;
    Settle();
    const std::string old = store_path_;
    const std::string image = stale_.empty() ? Image() : std::exchange(stale_, {});
    for (const auto& place : places_) {
        for (const FarSide::Open& one : place->far->open) {
            if (accounts_.owed().contains(one.id) && Roll(2) == 0) accounts_.OnArrived(one.id);
        }
    }
    std::set<NameId> paused;
    for (const auto& place : places_) {
        if (place->far->paused && !place->retired) paused.insert(place->lane->id());
    }
    CloseProcess();
    std::filesystem::remove_all(old);
    store_path_ = image;
    const std::uint64_t in_doubt = accounts_.OnCrash();
    OpenStore();
    const store::Recovery& recovery = store_->recovery();
    if (!recovery.unclean || recovery.lost_events != 0) throw Broken("a crash is not noticed, or loses events");
    if (recovery.in_doubt < in_doubt) {
        throw Broken(std::to_string(in_doubt) + " deliveries may come twice, and the store speaks of " +
                     std::to_string(recovery.in_doubt));
    }
    for (NameId destination = 1; destination <= kDestinations; ++destination) {
        auto far = std::make_unique<FarSide>();
        far->paused = paused.contains(destination);
        AddLane(destination, std::move(far));
    }
}

// As the dispatcher ends: nothing new, then whatever was not answered is written down.
void World::Stop() {
    Tell("stop");
    std::set<NameId> paused;
    for (const auto& place : places_) {
        if (place->far->paused && !place->retired) paused.insert(place->lane->id());
        place->lane->Close();
        for (sink::Answer& answer : std::exchange(place->answers, {})) place->lane->OnAnswer(std::move(answer));
        place->lane->GiveUpAll();
        place->lane->Flush();
    }
    outbox_->Commit();
    CloseProcess();
    OpenStore();
    const store::Recovery& recovery = store_->recovery();
    if (recovery.unclean || recovery.in_doubt != 0 || recovery.lost_events != 0) {
        throw Broken("after a clean stop something is in doubt");
    }
    for (NameId destination = 1; destination <= kDestinations; ++destination) {
        auto far = std::make_unique<FarSide>();
        far->paused = paused.contains(destination);
        AddLane(destination, std::move(far));
    }
}

void World::SetClockWrong() {
    const base::Duration errors[] = {0s, -1h, 1h, 30s, -30s, kTenYears, -kTenYears};
    const base::Duration error = errors[Roll(7)];
    Tell("clock wrong by " + std::to_string(error.count() / 1'000'000) + " s");
    clock_.SetWrongBy(error);
}

}  // namespace fanfare::simulator
