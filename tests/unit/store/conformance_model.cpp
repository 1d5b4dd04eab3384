// Random operations against a model that is too simple to be wrong.
#include <map>
#include <random>

#include "unit/store/conformance.hpp"

namespace fanfare::store {
namespace {

using namespace std::chrono_literals;
using model::DeliveryId;
using model::DeliveryState;

struct Expected {
    DeliveryState state = DeliveryState::kWaiting;
    std::uint32_t attempts = 0;
    base::Time due;
    std::string body;      // that it is rendered to; empty: the event as it came
    bool rendered = true;  // false: dead from the start
    base::Time ended{};    // with a final state
};

model::RequestPtr RequestOf(const std::string& body) {
    if (body.empty()) return nullptr;
    return std::make_shared<const model::Request>(model::Request{model::Payload{"text/plain", body}, {}, {}});
}

class Walk {
public:
    Walk(const Factory& factory, unsigned seed)
        : factory_(factory), dice_(seed), s_(std::make_unique<Fixture>(factory, Path(), clock_)) {}

    void Step() {
        switch (Roll(14)) {
            case 0:
            case 1:
            case 2:
                Accept();
                break;
            case 3:
            case 4:
            case 5:
                Claim();
                break;
            case 6:
            case 7:
            case 8:
                Finish();
                break;
            case 9:
                Release();
                break;
            case 10:
                Retry();
                break;
            case 11:
                Cancel();
                break;
            case 12:
                Prune();
                break;
            default:
                Roll(5) == 0 ? Reopen() : clock_.Advance(std::chrono::seconds(Roll(20)));
                break;
        }
        Check();
    }

    // Everything that was ever created can still be brought to its end.
    void Drain() {
        clock_.Advance(1h);
        for (const std::string& name : names_) {
            const model::NameId destination = s_->Name(name);
            std::size_t open = 0;
            for (const auto& [id, one] : model_)
                open += id.destination == destination && one.state == DeliveryState::kWaiting;
            for (const Claimed& claimed : s_->Claim(open, name)) Take(claimed);
        }
        while (!leased_.empty()) Finish();
        Check();
    }

private:
    std::string Path() const { return dir_.path() + "/store"; }
    int Roll(int below) { return std::uniform_int_distribution<int>(0, below - 1)(dice_); }

    void Accept() {
        std::vector<NewEvent> events;
        const int first = next_id_ - (next_id_ > 3 && Roll(3) == 0 ? Roll(3) : 0);  // some come a second time
        for (int i = 0; i < 1 + Roll(4); ++i) {
            std::vector<std::string> names;
            for (const std::string& name : names_) {
                if (((first + i) * 7 + name[0]) % 3 != 0) names.push_back(name);
            }
            events.push_back(s_->MakeEvent(std::to_string(first + i), names));
            events.back().dedup_window = 1000h;
            for (Target& target : events.back().targets) Shape(target);
        }
        next_id_ = std::max(next_id_, first + static_cast<int>(events.size()));
        const auto accepted = s_->Accept(events);
        ASSERT_TRUE(accepted) << accepted.error().message;
        for (std::size_t i = 0; i < events.size(); ++i) {
            EXPECT_EQ(accepted->at(i).deliveries, events[i].targets.size());
            EXPECT_EQ(accepted->at(i).duplicate, !seen_.insert(events[i].envelope.event.id).second);
            if (accepted->at(i).duplicate) continue;
            events_[accepted->at(i).key.seq] = {events[i].envelope.event.id, s_->Now()};
            for (const Target& target : events[i].targets) {
                Expected& one = model_[{accepted->at(i).key.seq, target.destination}];
                if (target.request) one.body = target.request->payload->body;
                one.rendered = target.dead.empty();
                if (!one.rendered) one.state = DeliveryState::kDead;
                one.ended = s_->Now();
            }
        }
    }

    void Shape(Target& target) {
        if (Roll(6) == 0) target.dead = "not rendered";
        if (Roll(2) == 0) target.request = RequestOf("body " + std::to_string(Roll(100)));
    }

    void Claim() {
        const std::string& name = names_[static_cast<std::size_t>(Roll(3))];
        for (const Claimed& claimed : s_->ClaimOnce(static_cast<std::size_t>(1 + Roll(6)), name)) Take(claimed);
    }

    void Take(const Claimed& claimed) {
        ASSERT_TRUE(model_.contains(claimed.id));
        Expected& one = model_[claimed.id];
        EXPECT_EQ(one.state, DeliveryState::kWaiting);
        EXPECT_EQ(one.attempts, claimed.attempts);
        EXPECT_LE(one.due, s_->Now());
        EXPECT_EQ(claimed.request ? claimed.request->payload->body : "", one.body);
        one.state = DeliveryState::kSending;
        leased_.push_back(claimed);
    }

    Claimed Give() {
        const auto at = leased_.begin() + Roll(static_cast<int>(leased_.size()));
        const Claimed claimed = *at;
        leased_.erase(at);
        return claimed;
    }

    void Finish() {
        std::vector<store::Finish> finished;
        for (int i = Roll(4); i >= 0 && !leased_.empty(); --i) {
            const Claimed claimed = Give();
            Expected& one = model_[claimed.id];
            one.attempts = claimed.attempts + 1;
            const int way = Roll(4);
            one.state = way == 0 ? DeliveryState::kDead : way == 1 ? DeliveryState::kWaiting : DeliveryState::kSent;
            one.due = s_->Now() + std::chrono::seconds(Roll(30));
            one.ended = s_->Now();
            finished.push_back(way == 0   ? Dead(claimed, s_->Now(), "dead")
                               : way == 1 ? Later(claimed, s_->Now(), one.due)
                                          : Sent(claimed, s_->Now()));
        }
        s_->Finish(std::move(finished));
    }

    void Release() {
        if (leased_.empty()) return;
        const Claimed claimed = Give();
        s_->outbox().Release({&claimed.id, 1});
        model_[claimed.id].state = DeliveryState::kWaiting;
    }

    void Retry() {
        if (model_.empty()) return;
        auto at = model_.begin();
        std::advance(at, Roll(static_cast<int>(model_.size())));
        Expected& one = at->second;
        const bool ended = one.state == DeliveryState::kDead || one.state == DeliveryState::kCancelled;
        EXPECT_EQ(s_->Retry(at->first).ok(), ended && one.rendered);
        if (ended && one.rendered) one = {DeliveryState::kWaiting, 0, s_->Now(), one.body, true, {}};
    }

    void Cancel() {
        if (model_.empty()) return;
        auto at = model_.begin();
        std::advance(at, Roll(static_cast<int>(model_.size())));
        Expected& one = at->second;
        const bool open = one.state == DeliveryState::kWaiting || one.state == DeliveryState::kDead;
        EXPECT_EQ(s_->Cancel(at->first).ok(), open);
        if (!open) return;
        one.state = DeliveryState::kCancelled;
        one.ended = s_->Now();
    }

    bool MayGo(std::uint64_t seq, const PruneOrder& order) const {
        bool owes = false;
        for (auto at = model_.lower_bound({seq, 0}); at != model_.end() && at->first.seq == seq; ++at) {
            const Expected& one = at->second;
            owes = true;
            if (one.state == DeliveryState::kWaiting || one.state == DeliveryState::kSending) return false;
            const auto before = one.state == DeliveryState::kDead ? order.dead_before : std::optional(order.sent_before);
            if (!before || one.ended >= *before) return false;
        }
        return owes || events_.at(seq).second < order.sent_before;
    }

    void Prune() {
        PruneOrder order;
        order.sent_before = s_->Now() - std::chrono::seconds(Roll(40));
        if (Roll(2) == 0) order.dead_before = s_->Now() - std::chrono::seconds(Roll(40));
        order.limit = 1000;
        auto pruned = s_->Prune(order);
        ASSERT_TRUE(pruned) << pruned.error().message;
        std::vector<std::uint64_t> gone;
        for (const auto& [seq, event] : events_) {
            if (seq != events_.rbegin()->first && MayGo(seq, order)) gone.push_back(seq);
        }
        EXPECT_EQ(pruned->events, gone.size());
        for (const std::uint64_t seq : gone) {
            pruned_ += std::erase_if(model_, [&](const auto& one) { return one.first.seq == seq; });
            seen_.erase(events_.at(seq).first);
            events_.erase(seq);
        }
    }

    void Reopen() {
        if (!factory_.durable) return;
        s_.reset();
        s_ = std::make_unique<Fixture>(factory_, Path(), clock_);
        EXPECT_EQ(s_->store->recovery().in_doubt, leased_.size());
        for (const Claimed& claimed : leased_) model_[claimed.id].state = DeliveryState::kWaiting;
        leased_.clear();
    }

    void Check() {
        Counts expected;
        expected.created = expected.pruned = pruned_;
        for (const auto& [id, one] : model_) {
            ++expected.created;
            expected.waiting += one.state == DeliveryState::kWaiting;
            expected.sending += one.state == DeliveryState::kSending;
            expected.sent += one.state == DeliveryState::kSent;
            expected.dead += one.state == DeliveryState::kDead;
            expected.cancelled += one.state == DeliveryState::kCancelled;
        }
        const Counts counts = s_->ledger().counts();
        ExpectBalanced(counts);
        EXPECT_EQ(counts.created, expected.created);
        EXPECT_EQ(counts.waiting, expected.waiting);
        EXPECT_EQ(counts.sending, expected.sending);
        EXPECT_EQ(counts.sent, expected.sent);
        EXPECT_EQ(counts.dead, expected.dead);
        EXPECT_EQ(counts.cancelled, expected.cancelled);
        EXPECT_EQ(counts.pruned, expected.pruned);
        if (model_.empty() || Roll(4) != 0) return;
        auto at = model_.begin();
        std::advance(at, Roll(static_cast<int>(model_.size())));
        const auto shown = s_->ledger().FindDelivery(at->first);
        ASSERT_TRUE(shown) << shown.error().message;
        EXPECT_EQ(shown->delivery.state, at->second.state);
        EXPECT_EQ(shown->delivery.attempts, at->second.attempts);
    }

    const std::vector<std::string> names_{"a", "b", "c"};
    const Factory factory_;
    TempDir dir_;
    ManualClock clock_;
    std::mt19937 dice_;
    std::unique_ptr<Fixture> s_;
    std::map<DeliveryId, Expected> model_;
    std::map<std::uint64_t, std::pair<std::string, base::Time>> events_;  // kept: id, received
    std::set<std::string> seen_;
    std::uint64_t pruned_ = 0;
    std::vector<Claimed> leased_;
    int next_id_ = 0;
};

TEST_P(StoreConformance, RandomOperationsKeepTheAccountsOfASimpleModel) {
    for (unsigned seed = 1; seed <= 10 && !HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Walk walk(GetParam(), seed);
        for (int step = 0; step < 200 && !HasFailure(); ++step) walk.Step();
        walk.Drain();
    }
}

}  // namespace
}  // namespace fanfare::store
