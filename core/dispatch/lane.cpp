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

std::uint32_t AttemptNumber(const store::Claimed& claimed) { return claimed.attempts + 1; }

}  // namespace

Lane::Lane(model::NameId id, std::string name, model::DeliveryPolicy policy, std::unique_ptr<sink::Sink> sink,
           store::Outbox& outbox, const base::Clock& clock)
    : id_(id),
      name_(std::move(name)),
      policy_(std::move(policy)),
      outbox_(outbox),
      clock_(clock),
      sink_(std::move(sink)) {}

base::Status Lane::Start(sink::Listener listener) { return sink_->Start(std::move(listener)); }

void Lane::Pump() {
    pump_at_.reset();
    while (open_ && batches_.size() < policy_.concurrency) {
        if (claimed_.empty() && !Claim()) return;
        const std::size_t before = batches_.size();
        HandOver();
        if (batches_.size() == before) return;
    }
}

// False if there is nothing to hand over now; then the timer knows when to ask again.
bool Lane::Claim() {
    const std::size_t limit = (policy_.concurrency - batches_.size()) * sink_->max_batch();
    while (claimed_.empty()) {
        const base::Time now = clock_.Now();
        auto claimed = outbox_.Claim(id_, limit, now);
        if (!claimed) {
            log::Error("claim.failed", {{"destination", name_}, {"error", claimed.error().message}});
            pump_at_ = clock_.SteadyNow() + kStoreErrorPause;
            return false;
        }
        for (store::Claimed& one : *claimed) {
            if (IsExpired(policy_.retry, now - one.created_at)) {
                FinishExpired(one);
            } else {
                claimed_.push_back(std::move(one));
            }
        }
        Flush();
        if (claimed->size() < limit) {
            AskWhenDue();
            break;
        }
    }
    return !claimed_.empty();
}

void Lane::AskWhenDue() {
    const auto due = outbox_.NextDue(id_);
    if (!due) {
        pump_at_ = clock_.SteadyNow() + kStoreErrorPause;
    } else if (*due) {
        const base::Duration wait = std::clamp<base::Duration>(**due - clock_.Now(), 1ms, kLongestSleep);
        pump_at_ = clock_.SteadyNow() + wait;
    }
}

void Lane::HandOver() {
    Open open;
    const std::size_t size = std::min(sink_->max_batch(), claimed_.size());
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
        batch.items.push_back({one.id, AttemptNumber(one), one.event, one.request});

    const sink::BatchId id = ++last_batch_;
    const base::SteadyTime give_up = batch.deadline + kGrace;
    if (sink_->Deliver(id, std::move(batch)) == sink::Taken::kBusy) {
        std::move(open.items.begin(), open.items.end(), claimed_.begin());
        pump_at_ = clock_.SteadyNow() + kBusyPause;
        return;
    }
    claimed_.erase(claimed_.begin(), claimed_.begin() + static_cast<std::ptrdiff_t>(size));
    items_in_flight_ += size;
    batches_.emplace(id, std::move(open));
    deadlines_.emplace_back(give_up, id);
}

void Lane::FinishExpired(const store::Claimed& claimed) {
    finished_.push_back({claimed.id, DeliveryState::kDead, {}, ExpiredReason(policy_.retry), std::nullopt});
}

void Lane::OnAnswer(sink::Answer answer) {
    const auto found = batches_.find(answer.batch);
    if (found == batches_.end()) return;  // given up already
    Open& batch = found->second;
    if (answer.index >= batch.items.size() || batch.answered[answer.index]) return;
    batch.answered[answer.index] = true;
    --items_in_flight_;
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
    const double dice = static_cast<double>(dice_() - dice_.min()) / static_cast<double>(dice_.max() - dice_.min());
    Verdict verdict = Decide(policy_.retry, outcome, AttemptNumber(claimed), now - claimed.created_at, dice);
    if (verdict.state == DeliveryState::kDead) {
        log::Warn("delivery.dead", {{"delivery", model::ToText(claimed.id)},
                                    {"destination", name_},
                                    {"event", claimed.event->envelope.event.id},
                                    {"attempts", std::to_string(AttemptNumber(claimed))},
                                    {"reason", verdict.reason}});
    } else if (verdict.state == DeliveryState::kWaiting) {
        log::Debug("delivery.postponed", {{"delivery", model::ToText(claimed.id)},
                                          {"destination", name_},
                                          {"attempt", std::to_string(AttemptNumber(claimed))},
                                          {"reason", verdict.reason}});
    }
    model::Attempt attempt{AttemptNumber(claimed),
                           batch.started_at,
                           std::chrono::duration_cast<base::Duration>(clock_.SteadyNow() - batch.started),
                           outcome.kind,
                           outcome.code,
                           outcome.reason};
    finished_.push_back(
        {claimed.id, verdict.state, now + verdict.delay, std::move(verdict.reason), std::move(attempt)});
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
    std::vector<model::DeliveryId> back;
    for (const store::Claimed& one : claimed_) back.push_back(one.id);
    claimed_.clear();
    if (!back.empty()) outbox_.Release(back);
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
