#include "unit/store/conformance.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>

namespace fanfare::store {

using namespace std::chrono_literals;
using model::DeliveryState;

TempDir::TempDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "fanfare-store-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
}

TempDir::~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

base::Time ManualClock::Now() const {
    const std::lock_guard lock(mutex_);
    return now_;
}

void ManualClock::Advance(base::Duration by) {
    const std::lock_guard lock(mutex_);
    now_ += by;
}

Fixture::Fixture(const Factory& factory, std::string directory, ManualClock& used)
    : clock(used), store(factory.make(directory, used)) {
    outbox().OnReady([this](model::NameId destination) {
        const std::lock_guard lock(mutex_);
        ++told_[destination];
        ready_.notify_all();
    });
}

Fixture::~Fixture() { store.reset(); }

model::NameId Fixture::Name(const std::string& name) {
    const auto id = store->Intern(name);
    EXPECT_TRUE(id) << id.error().message;
    return id ? *id : 0;
}

NewEvent Fixture::MakeEvent(const std::string& id, const std::vector<std::string>& destinations) {
    NewEvent event;
    event.envelope.event = {id, "/source", "type.of." + id, "subject", "", "text/plain", "", {{"ext", "1", model::AttributeKind::kInteger}},
                            "data of " + id};
    event.envelope.realm = "realm";
    event.envelope.received_at = clock.Now();
    for (const std::string& name : destinations) event.targets.push_back({Name(name), Name("route")});
    event.dedup_window = 1h;
    return event;
}

base::Result<std::vector<Accepted>> Fixture::Accept(std::vector<NewEvent> events) {
    std::promise<base::Result<std::vector<Accepted>>> answer;
    AcceptBatch batch;
    for (const NewEvent& event : events) batch.bytes += event.envelope.event.data.size();
    batch.events = std::move(events);
    batch.done = [&](base::Result<std::vector<Accepted>> result) { answer.set_value(std::move(result)); };
    inbox().Accept(std::move(batch));
    return answer.get_future().get();
}

base::Result<std::vector<Accepted>> Fixture::Accept(const std::string& id, const std::vector<std::string>& destinations) {
    std::vector<NewEvent> events;
    events.push_back(MakeEvent(id, destinations));
    return Accept(std::move(events));
}

void Fixture::AcceptMany(int first, int last, const std::vector<std::string>& destinations) {
    for (int i = first; i <= last; ++i) ASSERT_TRUE(Accept(std::to_string(i), destinations));
}

std::vector<Claimed> Fixture::Claim(std::size_t count, const std::string& destination, std::size_t limit) {
    const model::NameId id = Name(destination);
    const auto give_up = std::chrono::steady_clock::now() + 60s;
    std::vector<Claimed> all;
    while (true) {
        int told;
        {
            const std::lock_guard lock(mutex_);
            told = told_[id];
        }
        auto claimed = outbox().Claim(id, std::min(limit, count - all.size()), clock.Now());
        EXPECT_TRUE(claimed) << claimed.error().message;
        if (!claimed) return all;
        all.insert(all.end(), claimed->begin(), claimed->end());
        if (all.size() >= count) return all;
        if (!claimed->empty()) continue;
        std::unique_lock lock(mutex_);
        if (!ready_.wait_until(lock, give_up, [&] { return told_[id] != told; })) {
            ADD_FAILURE() << "nothing more to claim after " << all.size() << " of " << count;
            return all;
        }
    }
}

std::vector<Claimed> Fixture::ClaimOnce(std::size_t limit, const std::string& destination) {
    Settle();
    auto claimed = outbox().Claim(Name(destination), limit, clock.Now());
    EXPECT_TRUE(claimed);
    return claimed ? *claimed : std::vector<Claimed>();
}

void Fixture::Finish(std::vector<store::Finish> finished) {
    outbox().Finish(std::move(finished));
    Settle();
}

// A commit that somebody waits for takes along what was queued before it.
void Fixture::Settle() { (void)Retry({~0ull >> 4, 1}); }

base::Status Fixture::Retry(const model::DeliveryId& id) {
    std::promise<base::Status> answer;
    ledger().Retry({id}, [&](std::vector<base::Status> results) { answer.set_value(std::move(results.at(0))); });
    return answer.get_future().get();
}

base::Status Fixture::RetryAnew(const Anew& anew) {
    std::promise<base::Status> answer;
    ledger().RetryAnew({anew}, [&](std::vector<base::Status> results) { answer.set_value(std::move(results.at(0))); });
    return answer.get_future().get();
}

base::Status Fixture::Cancel(const model::DeliveryId& id) {
    std::promise<base::Status> answer;
    ledger().Cancel({id}, [&](std::vector<base::Status> results) { answer.set_value(std::move(results.at(0))); });
    return answer.get_future().get();
}

base::Result<Pruned> Fixture::Prune(const PruneOrder& order) {
    std::promise<base::Result<Pruned>> answer;
    ledger().Prune(order, [&](base::Result<Pruned> pruned) { answer.set_value(std::move(pruned)); });
    return answer.get_future().get();
}

namespace {

model::Attempt AttemptOf(const Claimed& claimed, base::Time now, model::OutcomeKind kind, int code, const std::string& reason) {
    return {claimed.attempts + 1, now, 1500us, kind, code, reason};
}

}  // namespace

store::Finish Sent(const Claimed& claimed, base::Time now) {
    return {claimed.id, DeliveryState::kSent, {}, {}, AttemptOf(claimed, now, model::OutcomeKind::kDelivered, 204, "")};
}

store::Finish Dead(const Claimed& claimed, base::Time now, const std::string& reason) {
    return {claimed.id, DeliveryState::kDead, {}, reason, AttemptOf(claimed, now, model::OutcomeKind::kRejected, 404, reason)};
}

store::Finish Later(const Claimed& claimed, base::Time now, base::Time due) {
    return {claimed.id, DeliveryState::kWaiting, due, "try later", AttemptOf(claimed, now, model::OutcomeKind::kRetry, 503, "try later")};
}

std::vector<std::string> IdsOf(const std::vector<Claimed>& claimed) {
    std::vector<std::string> ids;
    for (const Claimed& one : claimed) ids.push_back(one.event->envelope.event.id);
    return ids;
}

std::vector<std::string> Numbers(int first, int last) {
    std::vector<std::string> numbers;
    for (int i = first; i <= last; ++i) numbers.push_back(std::to_string(i));
    return numbers;
}

void ExpectBalanced(const Counts& counts) {
    EXPECT_EQ(counts.created, counts.waiting + counts.sending + counts.sent + counts.dead + counts.cancelled + counts.pruned);
}

DeliveryFilter DeadOnes() {
    DeliveryFilter filter;
    filter.state = model::DeliveryState::kDead;
    return filter;
}

}  // namespace fanfare::store
