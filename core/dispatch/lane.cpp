#include "dispatch/lane.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "dispatch/retry_policy.hpp"

namespace fanfare::dispatch {
namespace {

using namespace std::chrono_literals;
using model::DeliveryState;

// A sink that knows the deadline may answer at it; the lane waits this much longer for that answer to travel.
constexpr auto kGrace = 1s;
constexpr auto kBusyPause = 50ms;
constexpr auto kStoreErrorPause = 1s;
// A retry that is due far ahead is looked at again at least this often: the wall clock may be set.
constexpr auto kLongestSleep = 60s;
// More than a clock is slewed by between two looks.
constexpr auto kClockStep = 5s;
// How often one turn may claim what turns out to have expired.
constexpr int kMostRounds = 16;
// More than the one that is sent, so that a backlog of expired ones shrinks.
constexpr std::size_t kClaimedForProbe = 64;

std::uint32_t AttemptNumber(const store::Claimed& claimed) { return claimed.attempts + 1; }

}  // namespace

Lane::Lane(model::NameId id, std::string name, model::DeliveryPolicy policy, std::unique_ptr<sink::Sink> sink,
           store::Outbox& outbox, const base::Clock& clock)
    : id_(id),
      name_(std::move(name)),
      policy_(std::move(policy)),
      outbox_(outbox),
      clock_(clock),
      breaker_(policy_.breaker, false),
      throttle_(policy_.concurrency),
      sink_(std::move(sink)) {
    if (policy_.rate) bucket_.emplace(*policy_.rate, clock_.SteadyNow());
}

base::Status Lane::Start(sink::Listener listener) {
    auto gate = outbox_.ReadGate(id_);
    if (!gate) return std::move(gate).error();
    gate_ = *std::move(gate);
    if (gate_.unreachable) {
        breaker_ = Breaker(policy_.breaker, true);
        throttle_.StartSlowly();
    }
    return sink_->Start(std::move(listener));
}

// What was postponed under a clock that was ahead, in this process or before, would wait until that time comes. After a
// reload it keeps the time that it was given by another policy. Asked wherever something can have become due by the
// clock: at each turn, since a person may have ordered a retry, and with each retry that is decided.
void Lane::LookAtClock(base::Time now) {
    const base::Duration ahead =
        now.time_since_epoch() - std::chrono::duration_cast<base::Duration>(clock_.SteadyNow().time_since_epoch());
    const std::optional<base::Duration> before = std::exchange(wall_ahead_, ahead);
    if (before && *before - ahead < kClockStep) return;
    if (before)
        log::Warn("clock.went_back", {{"destination", name_}, {"seconds", std::to_string((*before - ahead) / 1s)}});
    Flush();
    outbox_.BringForward(id_, now + LongestDelay(policy_.retry));
}

void Lane::Pump() {
    pump_at_.reset();
    LookAtClock(clock_.Now());
    sink_->Cork();
    while (const std::size_t room = Room()) {
        if (claimed_.empty() && !Claim(room)) break;
        const std::size_t before = batches_.size();
        HandOver();
        if (batches_.size() == before) break;
    }
    sink_->Uncork();
}

std::size_t Lane::Room() {
    if (!open_ || gate_.paused) return 0;
    const base::SteadyTime now = clock_.SteadyNow();
    if (breaker_.is_open()) {
        if (!batches_.empty()) return 0;  // their answers come, or their time ends
        if (now >= breaker_.next_probe()) return 1;
        AskAt(breaker_.next_probe());
        return 0;
    }
    if (batches_.size() >= throttle_.limit()) return 0;
    if (now < held_until_) {
        AskAt(held_until_);
        return 0;
    }
    if (const auto wait = bucket_ ? bucket_->Wait(now) : std::nullopt) {
        AskAt(now + *wait);
        return 0;
    }
    return throttle_.limit() - batches_.size();
}

void Lane::AskAt(base::SteadyTime time) {
    if (!pump_at_ || time < *pump_at_) pump_at_ = time;
}

// False if there is nothing to hand over now; then the timer knows when to ask again.
bool Lane::Claim(std::size_t batches) {
    const bool probes = breaker_.is_open();
    // With a rate no more than is handed over at once: what is claimed can neither expire nor be cancelled.
    const std::size_t limit = probes ? kClaimedForProbe : (bucket_ ? 1 : batches) * sink_->max_batch();
    for (int round = 0; claimed_.empty(); ++round) {
        if (round == kMostRounds) {
            // Many have expired: the other lanes want their turn too.
            AskAt(clock_.SteadyNow());
            return false;
        }
        const base::Time now = clock_.Now();
        auto claimed = outbox_.Claim(id_, limit, now);
        if (!claimed) {
            log::Error("claim.failed", {{"destination", name_}, {"error", claimed.error().message}});
            pump_at_ = clock_.SteadyNow() + kStoreErrorPause;
            return false;
        }
        const bool all = claimed->size() < limit;
        SortOut(*std::move(claimed), now);
        Flush();
        if (all) {
            AskWhenDue();
            break;
        }
    }
    if (probes) GiveBack(1);
    return !claimed_.empty();
}

void Lane::SortOut(std::vector<store::Claimed> claimed, base::Time now) {
    for (store::Claimed& one : claimed) {
        if (IsExpired(policy_.retry, now - one.created_at)) {
            FinishExpired(one);
        } else {
            claimed_.push_back(std::move(one));
        }
    }
}

// What was claimed beyond the first `keep`.
void Lane::GiveBack(std::size_t keep) {
    std::vector<model::DeliveryId> back;
    while (claimed_.size() > keep) {
        back.push_back(claimed_.back().id);
        claimed_.pop_back();
    }
    if (!back.empty()) outbox_.Release(back);
}

void Lane::AskWhenDue() {
    const auto due = outbox_.NextDue(id_);
    if (!due) {
        pump_at_ = clock_.SteadyNow() + kStoreErrorPause;
    } else if (*due) {
        AskAt(clock_.SteadyNow() + std::clamp<base::Duration>(**due - clock_.Now(), 1ms, kLongestSleep));
    }
}

void Lane::HandOver() {
    Open open;
    const std::size_t size = std::min(sink_->max_batch(), claimed_.size());
    if (breaker_.is_open()) breaker_.NoteProbe(clock_.SteadyNow(), Dice());
    open.items.assign(std::make_move_iterator(claimed_.begin()),
                      std::make_move_iterator(claimed_.begin() + static_cast<std::ptrdiff_t>(size)));
    open.answered.assign(size, false);
    open.left = size;
    open.started = clock_.SteadyNow();
    open.started_at = clock_.Now();

    sink::Batch batch;
    batch.deadline = open.started + policy_.timeout;
    batch.items.reserve(size);
    for (const store::Claimed& one : open.items)
        batch.items.push_back({one.id, AttemptNumber(one), one.event, one.request, one.order_key});

    const sink::BatchId id = ++last_batch_;
    const base::SteadyTime give_up = batch.deadline + kGrace;
    if (sink_->Deliver(id, std::move(batch)) == sink::Taken::kBusy) {
        std::move(open.items.begin(), open.items.end(), claimed_.begin());
        pump_at_ = clock_.SteadyNow() + kBusyPause;
        return;
    }
    claimed_.erase(claimed_.begin(), claimed_.begin() + static_cast<std::ptrdiff_t>(size));
    items_in_flight_ += size;
    if (bucket_) bucket_->Take(static_cast<std::int64_t>(size), open.started);
    batches_.emplace(id, std::move(open));
    deadlines_.emplace_back(give_up, id);
}

void Lane::FinishExpired(const store::Claimed& claimed) {
    const Verdict verdict{DeliveryState::kDead, {}, ExpiredReason(policy_.retry)};
    TellFailed({claimed, name_, claimed.attempts, 0, verdict});
    finished_.push_back({claimed.id, DeliveryState::kDead, {}, verdict.reason, std::nullopt});
}

void Lane::OnAnswer(sink::Answer answer) {
    const auto found = batches_.find(answer.batch);
    if (found == batches_.end()) return;  // given up already
    Open& batch = found->second;
    if (answer.index >= batch.items.size() || batch.answered[answer.index]) return;
    batch.answered[answer.index] = true;
    --items_in_flight_;
    Learn(answer.outcome);
    Settle(batch.items[answer.index], answer.outcome, batch);
    if (--batch.left == 0) batches_.erase(found);
}

void Lane::Settle(const store::Claimed& claimed, const model::Outcome& outcome, const Open& batch) {
    if (outcome.kind == model::OutcomeKind::kNotAttempted) {
        outbox_.Release({&claimed.id, 1});
        pump_at_ = clock_.SteadyNow() + kBusyPause;
        return;
    }
    const base::Time now = clock_.Now();
    const bool spent = outcome.kind != model::OutcomeKind::kUnreachable;
    const std::uint32_t attempts = claimed.attempts + (spent ? 1 : 0);
    Verdict verdict = Decide(policy_.retry, outcome, AttemptNumber(claimed), now - claimed.created_at, Dice());
    if (verdict.state == DeliveryState::kWaiting) LookAtClock(now);  // it is due by this clock
    model::Attempt attempt{AttemptNumber(claimed),
                           batch.started_at,
                           std::chrono::duration_cast<base::Duration>(clock_.SteadyNow() - batch.started),
                           outcome.kind,
                           outcome.code,
                           outcome.reason,
                           outcome.response.substr(0, model::kKeptResponse),
                           outcome.remote};
    stats_.attempt_took.Add(attempt.took);
    if (verdict.state == DeliveryState::kSent) stats_.delivered_after.Add(now - claimed.created_at);
    if (verdict.state != DeliveryState::kSent) TellFailed({claimed, name_, attempts, outcome.code, verdict, &attempt});
    if (observer_ != nullptr && verdict.state == DeliveryState::kSent)
        observer_->OnSent(claimed, name_, attempts, outcome.code, attempt.took);
    finished_.push_back(
        {claimed.id, verdict.state, now + verdict.delay, std::move(verdict.reason), std::move(attempt), spent});
}

// What an outcome says of the destination, not of the delivery.
void Lane::Learn(const model::Outcome& outcome) {
    const base::SteadyTime now = clock_.SteadyNow();
    ++stats_.outcomes[static_cast<std::size_t>(outcome.kind)];
    if (outcome.kind == model::OutcomeKind::kDelivered) {
        throttle_.OnSuccess();
    } else if (outcome.code == 429 || outcome.code == 503 || outcome.retry_after) {
        throttle_.OnOverload(now);
        if (outcome.retry_after) held_until_ = std::max(held_until_, now + std::min(*outcome.retry_after, policy_.retry.max_delay));
    }
    if (outcome.gone && !gate_.paused) SetPaused(true, outcome.reason, nullptr);
    if (!breaker_.Note(outcome.kind, now, Dice())) return;
    store::Gate gate = gate_;
    gate.unreachable = breaker_.is_open();
    // A person's reason stands until the person takes it back.
    if (!gate.paused) gate.reason = gate.unreachable ? outcome.reason : std::string();
    if (gate.unreachable) GiveBack(0);
    throttle_.StartSlowly();
    ChangeGate(std::move(gate), nullptr);
}

void Lane::TellFailed(const Failed& failed) {
    const store::Claimed& claimed = failed.claimed;
    if (failed.verdict.state == DeliveryState::kDead) {
        ++stats_.dead;
        log::Warn("delivery.dead", {{"delivery", model::ToText(claimed.id)},
                                    {"destination", name_},
                                    {"event", claimed.event->envelope.event.id},
                                    {"attempts", std::to_string(failed.attempts)},
                                    {"reason", failed.verdict.reason}});
    } else {
        log::Debug("delivery.postponed", {{"delivery", model::ToText(claimed.id)},
                                          {"destination", name_},
                                          {"attempts", std::to_string(failed.attempts)},
                                          {"reason", failed.verdict.reason}});
    }
    if (observer_ != nullptr) observer_->OnFailed(failed);
}

void Lane::SetPaused(bool paused, std::string reason, std::function<void(base::Status)> done) {
    store::Gate gate = gate_;
    gate.paused = paused;
    gate.reason = std::move(reason);
    if (!paused && gate.unreachable) gate.reason = "unreachable before it was resumed; it is tried now";
    if (paused) GiveBack(0);
    if (!paused) breaker_.ProbeAtOnce();
    pump_at_ = clock_.SteadyNow();
    ChangeGate(std::move(gate), std::move(done));
}

void Lane::TakeOver(const Lane& predecessor) {
    gate_ = predecessor.gate_;
    wall_ahead_ = predecessor.wall_ahead_;
    if (gate_.unreachable != breaker_.is_open()) breaker_ = Breaker(policy_.breaker, gate_.unreachable);
    if (gate_.unreachable) throttle_.StartSlowly();
}

void Lane::ChangeGate(store::Gate gate, std::function<void(base::Status)> done) {
    const GateState before = gate_state();
    gate.since = clock_.Now();
    gate_ = std::move(gate);
    // A replaced lane still learns from what it has in flight, but the gate is its successor's.
    if (!open_) {
        if (done) done(base::MakeError(base::Code::kConflict, "the destination is being replaced; try again"));
        return;
    }
    const GateState after = gate_state();
    if (before != after) {
        log::Warn("destination.gate", {{"destination", name_}, {"state", Name(after)}, {"reason", gate_.reason}});
        if (observer_ != nullptr) observer_->OnGate(name_, before, after, gate_.reason);
    }
    outbox_.WriteGate(id_, gate_, std::move(done));
}

GateState Lane::gate_state() const {
    if (gate_.paused) return GateState::kPaused;
    return gate_.unreachable ? GateState::kUnreachable : GateState::kOpen;
}

LaneStats Lane::stats() const {
    LaneStats stats = stats_;
    stats.destination = name_;
    stats.in_flight = items_in_flight_;
    stats.limit = throttle_.limit();
    stats.concurrency = policy_.concurrency;
    stats.gate = gate_state();
    stats.gate_reason = gate_.reason;
    stats.gate_since = gate_.since;
    return stats;
}

double Lane::Dice() {
    return static_cast<double>(dice_() - dice_.min()) / static_cast<double>(dice_.max() - dice_.min());
}

void Lane::OnTimer() {
    const base::SteadyTime now = clock_.SteadyNow();
    while (!deadlines_.empty() && deadlines_.front().first <= now) {
        const sink::BatchId id = deadlines_.front().second;
        deadlines_.pop_front();
        if (batches_.contains(id)) {
            const auto seconds = std::chrono::duration<double>(policy_.timeout).count();
            std::string shown = std::to_string(seconds);
            shown.erase(shown.find('.') + 2);
            GiveUp(id, "no answer within " + shown + " s");
            if (!pump_at_) pump_at_ = now;
        }
    }
    if (pump_at_ && *pump_at_ <= now) Pump();
}

void Lane::GiveUp(sink::BatchId id, const std::string& reason) {
    const auto found = batches_.find(id);
    sink_->Abandon(id);
    ++stats_.outcomes[static_cast<std::size_t>(model::OutcomeKind::kRetry)];
    throttle_.OnOverload(clock_.SteadyNow());
    const model::Outcome outcome{model::OutcomeKind::kRetry, 0, std::nullopt, reason, {}};
    const Open batch = std::move(found->second);
    batches_.erase(found);
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
        if (batch.answered[i]) continue;
        --items_in_flight_;
        Settle(batch.items[i], outcome, batch);
    }
}

std::optional<base::SteadyTime> Lane::next_timer() const {
    std::optional<base::SteadyTime> next = open_ ? pump_at_ : std::nullopt;
    // Batches that were answered leave their deadline behind; it costs one early look.
    if (!deadlines_.empty() && (!next || deadlines_.front().first < *next)) next = deadlines_.front().first;
    return next;
}

void Lane::Close() {
    open_ = false;
    GiveBack(0);
}

void Lane::StopSink(base::SteadyTime deadline) { sink_->Stop(deadline); }

void Lane::GiveUpAll() {
    std::vector<sink::BatchId> open;
    for (const auto& [id, batch] : batches_) open.push_back(id);
    // They may have arrived: an attempt is written down, and the next start tries again at once.
    for (const sink::BatchId id : open) GiveUp(id, "fanfare stopped before the answer came");
}

void Lane::Flush() {
    while (!deadlines_.empty() && !batches_.contains(deadlines_.front().second)) deadlines_.pop_front();
    if (finished_.empty()) return;
    outbox_.Finish(std::exchange(finished_, {}));
}

}  // namespace fanfare::dispatch
