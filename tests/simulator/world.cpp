#include "simulator/world.hpp"

#include <future>

#include "store/sqlite/sqlite_store.hpp"

namespace fanfare::simulator {
namespace {

using namespace std::chrono_literals;
using model::DeliveryState;
using model::NameId;
using model::OutcomeKind;

constexpr std::size_t kToldSteps = 40;
constexpr int kMostTurns = 200;

void RequireWorld(bool holds, const std::string& promise) {
    if (!holds) throw Broken(promise);
}

std::string Show(const store::Counts& counts) {
    return "created " + std::to_string(counts.created) + ", waiting " + std::to_string(counts.waiting) + ", sending " +
           std::to_string(counts.sending) + ", sent " + std::to_string(counts.sent) + ", dead " +
           std::to_string(counts.dead) + ", cancelled " + std::to_string(counts.cancelled) + ", pruned " +
           std::to_string(counts.pruned);
}

}  // namespace

World::World(std::uint64_t seed, std::string directory, Control control)
    : dice_(seed), directory_(std::move(directory)), control_(control) {
    store_path_ = directory_ + "/0";
    OpenStore();
    for (NameId destination = 1; destination <= kDestinations; ++destination) {
        const auto interned = store_->Intern("d" + std::to_string(destination));
        RequireWorld(interned && *interned == destination, "the store does not number names in order");
    }
    for (NameId destination = 1; destination <= kDestinations; ++destination)
        AddLane(destination, std::make_unique<FarSide>());
}

World::~World() { CloseProcess(); }

void World::Tell(std::string what) {
    story_.push_back(std::move(what));
    if (story_.size() > kToldSteps) story_.pop_front();
}

void World::OpenStore() {
    store::sqlite::Options options;
    options.directory = store_path_;
    options.ballast_bytes = 0;
    auto opened = store::sqlite::Open(options, clock_);
    RequireWorld(opened.has_value(), opened ? "" : "the store does not open: " + opened.error().message);
    store_ = *std::move(opened);
    outbox_ = std::make_unique<ShakyOutbox>(store_->outbox(), accounts_, clock_, control_,
                                            [this](NameId destination) { return StrictestOf(destination); });
    outbox_->OnReady([this](NameId destination) {
        const std::lock_guard lock(mutex_);
        ready_.insert(destination);
    });
}

void World::CloseProcess() {
    places_.clear();
    outbox_.reset();
    store_.reset();
    ready_.clear();
}

// A commit that somebody waits for takes along what was queued before it; the second one, what its listeners were told.
void World::Settle() {
    for (int i = 0; i < 2; ++i) {
        std::promise<void> done;
        store_->ledger().Retry({{~0ull >> 4, 1}}, [&](std::vector<base::Status>) { done.set_value(); });
        done.get_future().wait();
    }
}

std::set<NameId> World::TakeReady() {
    const std::lock_guard lock(mutex_);
    return std::exchange(ready_, {});
}

model::DeliveryPolicy World::DrawPolicy(NameId destination) {
    model::DeliveryPolicy policy;
    policy.retry.base = base::Duration(1s) * (1 + Roll(5));
    policy.retry.max_delay = 60s;
    policy.retry.max_attempts = static_cast<std::uint32_t>(2 + Roll(8));
    policy.retry.max_age = Roll(4) == 0 ? 10min : 72h;
    policy.timeout = 5s;
    policy.concurrency = static_cast<std::uint32_t>(1 + Roll(4));
    policy.breaker.failures = static_cast<std::uint32_t>(2 + Roll(3));
    if (destination == 3 && Roll(2) == 0) policy.rate = model::Rate{static_cast<std::int64_t>(1 + Roll(20)), 1s};
    return policy;
}

// A lane that is replaced still decides by its own policy.
model::RetryPolicy World::StrictestOf(NameId destination) const {
    model::RetryPolicy strictest;
    for (const auto& place : places_) {
        if (place->lane->id() != destination) continue;
        const model::RetryPolicy& one = place->policy.retry;
        strictest.max_attempts = std::min(strictest.max_attempts, one.max_attempts);
        strictest.max_age = std::min(strictest.max_age, one.max_age);
        strictest.max_delay = one.max_delay;
    }
    return strictest;
}

void World::AddLane(NameId destination, std::unique_ptr<FarSide> far) {
    auto place = std::make_unique<Place>();
    place->policy = DrawPolicy(destination);
    place->far = std::move(far);
    place->far->max_batch = 1 + Roll(4);
    place->far->concurrency = place->policy.concurrency;
    place->lane = std::make_unique<dispatch::Lane>(destination, "d" + std::to_string(destination), place->policy,
                                                   std::make_unique<FarSink>(*place->far, accounts_), *outbox_, clock_);
    place->lane->SeedDice(static_cast<std::uint32_t>(dice_()));
    RequireWorld(place->lane->Start(nullptr).ok(), "a lane does not start");
    for (const auto& old : places_) {
        if (old->lane->id() != destination || old->retired) continue;
        old->retired = true;
        old->lane->Close();
        place->lane->TakeOver(*old->lane);
    }
    places_.push_back(std::move(place));
    const std::lock_guard lock(mutex_);
    ready_.insert(destination);
}

// As the dispatcher does it, until nothing is left to do at this moment.
void World::Turn() {
    for (int i = 0; i < kMostTurns; ++i) {
        if (!TurnOnce()) return;
    }
    throw Broken("the lanes never come to rest");
}

bool World::TurnOnce() {
    if (!faults_ || Roll(4) != 0) outbox_->Commit();
    Settle();
    const std::set<NameId> ready = TakeReady();
    bool worked = !ready.empty();
    for (const auto& place : places_) {
        dispatch::Lane& lane = *place->lane;
        const std::vector<sink::Answer> answers = std::exchange(place->answers, {});
        for (const sink::Answer& answer : answers) lane.OnAnswer(answer);
        const auto timer = lane.next_timer();
        const bool timed = timer && *timer <= clock_.SteadyNow();
        if (timed) lane.OnTimer();
        if (!answers.empty() || ready.contains(lane.id())) lane.Pump();
        lane.Flush();
        worked = worked || timed || !answers.empty();
    }
    std::erase_if(places_, [](const auto& place) { return place->retired && place->lane->in_flight() == 0; });
    return worked;
}

void World::Step() {
    const auto draw = Roll(40);
    if (draw < 9) {
        Post();
    } else if (draw < 21) {
        Answer();
    } else if (draw < 28) {
        Wait();
    } else {
        switch (draw) {
            case 28:
                Reload();
                break;
            case 29:
            case 30:
                Pause();
                break;
            case 31:
                Steer(true);
                break;
            case 32:
                Steer(false);
                break;
            case 33:
                Prune();
                break;
            case 34:
                Crash();
                break;
            case 35:
                Stop();
                break;
            case 36:
                SetClockWrong();
                break;
            case 37:
                PostAgain();
                break;
            case 38:
                outbox_->FailReads(Roll(2) == 0);
                Tell("reads");
                break;
            default:
                for (const auto& place : places_) place->far->busy = Roll(4) == 0;
                Tell("busy");
                break;
        }
    }
    Turn();
    Check();
}

void World::Check() {
    Settle();
    const store::Counts is = store_->ledger().counts();
    const store::Counts must = accounts_.counts();
    RequireWorld(is.created == is.waiting + is.sending + is.sent + is.dead + is.cancelled + is.pruned,
                 "the store's own counts do not add up: " + Show(is));
    RequireWorld(is == must, "the store counts " + Show(is) + "; it must be " + Show(must));
}

// The faults stop: everything that is owed comes to an end, and so does what is posted then.
void World::Drain() {
    faults_ = false;
    Tell("drain");
    clock_.SetWrongBy(base::Duration::zero());
    outbox_->FailReads(false);
    Post();
    for (const auto& place : places_) {
        place->far->busy = place->far->paused = false;
        if (!place->retired) place->lane->SetPaused(false, "", nullptr);
    }
    for (int i = 0; i < 5000; ++i) {
        for (const auto& place : places_) {
            while (!place->far->open.empty()) AnswerOne(*place, 0, OutcomeKind::kDelivered);
        }
        Turn();
        const store::Counts counts = store_->ledger().counts();
        if (counts.waiting == 0 && counts.sending == 0) {
            Check();
            for (const auto& [id, owed] : accounts_.owed()) {
                if (owed.state == DeliveryState::kSent) Require(owed.arrived, id, "ended as sent and never arrived");
                delivered_ += owed.arrived;
            }
            return;
        }
        clock_.Advance(5s);
    }
    throw Broken("what is owed does not come to an end though nothing is in its way: " +
                 Show(store_->ledger().counts()));
}

}  // namespace fanfare::simulator
