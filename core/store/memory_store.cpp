#include "store/memory_store.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <tuple>
#include <utility>

#include "store/memory_rows.hpp"
#include "store/memory_worker.hpp"

namespace fanfare::store {
namespace {

using memory::Drop;
using memory::HalfOf;
using memory::Home;
using memory::Identity;
using memory::Kept;
using memory::Leave;
using memory::MayGo;
using memory::Row;

using base::Code;
using base::MakeError;
using model::DeliveryId;
using model::DeliveryState;
using model::NameId;

class MemoryStore final : public Store, public Inbox, public Outbox, public Ledger {
public:
    explicit MemoryStore(const base::Clock& clock) : clock_(clock) {}

    Inbox& inbox() override { return *this; }
    Outbox& outbox() override { return *this; }
    Ledger& ledger() override { return *this; }
    const Recovery& recovery() const override { return recovery_; }
    void OnFailure(std::function<void(const base::Error&)>) override {}

    base::Result<NameId> Intern(std::string_view name) override {
        const std::lock_guard lock(mutex_);
        const auto [found, added] = ids_.try_emplace(std::string(name), static_cast<NameId>(names_.size() + 1));
        if (added) names_.emplace_back(name);
        return found->second;
    }

    void OnReady(std::function<void(NameId)> listener) override {
        const std::lock_guard lock(listener_mutex_);
        listener_ = std::move(listener);
    }

    void Accept(AcceptBatch batch) override {
        const bool taken = queued_events_ == 0 || Ready().ok();
        const std::size_t events = taken ? batch.events.size() : 0;
        const std::size_t bytes = taken ? batch.bytes : 0;
        queued_events_ += events;
        queued_bytes_ += bytes;
        auto shared = std::make_shared<AcceptBatch>(std::move(batch));
        Post([this, shared, taken, events, bytes] {
            std::set<NameId> ready;
            auto result = taken ? Apply(*shared, ready) : Ready().ok() ? Busy() : Ready().error();
            queued_events_ -= events;
            queued_bytes_ -= bytes;
            shared->done(std::move(result));
            Tell(ready);
        });
    }

    base::Status Ready() const override {
        if (queued_events_ < kMaxQueuedEvents && queued_bytes_ < kMaxQueuedBytes) return {};
        return Busy();
    }

    base::Result<std::vector<Claimed>> Claim(NameId destination, std::size_t limit, base::Time now) override {
        const std::lock_guard lock(mutex_);
        Home& home = homes_[destination];
        std::vector<Claimed> claimed;
        const std::size_t most_retries = home.fresh.empty() ? limit : HalfOf(limit, home);
        const auto take_retries = [&](std::size_t most) {
            while (claimed.size() < most && !home.retries.empty() && home.retries.begin()->first <= now) {
                const std::uint64_t seq = home.retries.begin()->second;
                home.retries.erase(home.retries.begin());
                home.retries_by_age.erase(seq);
                claimed.push_back(Lease(home, destination, seq));
            }
        };
        take_retries(most_retries);
        for (auto one = home.fresh.begin(); claimed.size() < limit && one != home.fresh.end();) {
            const std::uint64_t seq = *one;
            const auto key = home.rows.at(seq).order_key;
            if (key && *home.open.at(*key).begin() != seq) {
                ++one;
                continue;
            }
            one = home.fresh.erase(one);
            claimed.push_back(Lease(home, destination, seq));
        }
        take_retries(limit);  // the fresh ones may all wait for their turn
        return claimed;
    }

    void Finish(std::vector<store::Finish> finished) override {
        auto shared = std::make_shared<std::vector<store::Finish>>(std::move(finished));
        Post([this, shared] {
            std::set<NameId> ready;
            {
                const std::lock_guard lock(mutex_);
                for (store::Finish& one : *shared) Apply(one, ready);
            }
            Tell(ready);
        });
    }

    void Release(std::span<const DeliveryId> ids) override {
        const std::lock_guard lock(mutex_);
        for (const DeliveryId& id : ids) {
            Home& home = homes_[id.destination];
            const auto found = home.rows.find(id.seq);
            if (found == home.rows.end() || found->second.state != DeliveryState::kSending) continue;
            Wait(home, id.seq, found->second);
            --home.counts.sending;
        }
    }

    base::Result<std::optional<base::Time>> NextDue(NameId destination) override {
        const std::lock_guard lock(mutex_);
        const Home& home = homes_[destination];
        return home.retries.empty() ? std::nullopt : std::optional(home.retries.begin()->first);
    }

    void BringForward(NameId destination, base::Time latest) override {
        Post([this, destination, latest] {
            std::unique_lock lock(mutex_);
            memory::BringForward(homes_[destination], latest);
            lock.unlock();
            Tell({destination});
        });
    }

    base::Result<std::vector<EventView>> FindEvents(std::string_view id) override {
        const std::lock_guard lock(mutex_);
        std::set<std::uint64_t, std::greater<>> seqs;
        if (const auto key = model::ParseEventKey(id); key && key->store_tag == tag_ && events_.contains(key->seq)) {
            seqs.insert(key->seq);
        }
        for (const auto& [seq, kept] : events_) {
            if (kept.event->envelope.event.id == id) seqs.insert(seq);
        }
        std::vector<EventView> views;
        for (const std::uint64_t seq : seqs) {
            if (views.size() == 10) break;
            views.push_back(EventViewOf(seq, events_.at(seq)));
        }
        return views;
    }

    base::Result<EventPage> ListEvents(const EventFilter& filter) override {
        const std::lock_guard lock(mutex_);
        EventPage page;
        auto at = filter.after ? events_.lower_bound(filter.after->seq) : events_.end();
        while (at != events_.begin()) {
            --at;
            if (!Matches(filter, at->second.event->envelope)) continue;
            if (page.events.size() == filter.limit) {
                page.next = page.events.back().event->key;
                return page;
            }
            page.events.push_back(EventViewOf(at->first, at->second));
        }
        return page;
    }

    base::Result<DeliveryPage> ListDeliveries(const DeliveryFilter& filter) override {
        const std::lock_guard lock(mutex_);
        DeliveryPage page;
        for (const auto& [destination, home] : homes_) {
            if (!filter.destination.empty() && NameOf(destination) != filter.destination) continue;
            if (filter.after && destination < filter.after->destination) continue;
            const bool resumed = filter.after && destination == filter.after->destination;
            auto row = resumed ? home.rows.upper_bound(filter.after->seq) : home.rows.begin();
            for (; row != home.rows.end(); ++row) {
                model::DeliveryView view = View({row->first, destination});
                if (!Matches(filter, view)) continue;
                if (page.deliveries.size() == filter.limit) {
                    if (!page.deliveries.empty()) page.next = page.deliveries.back().id;
                    return page;
                }
                page.deliveries.push_back(std::move(view));
            }
        }
        return page;
    }

    base::Result<DeliveryDetail> FindDelivery(const DeliveryId& id) override {
        const std::lock_guard lock(mutex_);
        const Row* const row = FindRow(id);
        if (row == nullptr) return NoSuchDelivery(id);
        return DeliveryDetail{View(id), row->history, row->request};
    }

    base::Result<Debt> FindDebt(const DeliveryId& id) override {
        const std::lock_guard lock(mutex_);
        if (FindRow(id) == nullptr) return NoSuchDelivery(id);
        return Debt{View(id), events_.at(id.seq).event};
    }

    base::Result<Gate> ReadGate(NameId destination) override {
        const std::lock_guard lock(mutex_);
        return homes_[destination].gate;
    }

    void WriteGate(NameId destination, Gate gate, std::function<void(base::Status)> done) override {
        Post([this, destination, gate = std::move(gate), done = std::move(done)] {
            {
                const std::lock_guard lock(mutex_);
                homes_[destination].gate = gate;
            }
            if (done) done({});
        });
    }

    void Retry(std::vector<DeliveryId> ids, OnSteered done) override {
        Steer(std::move(ids), std::move(done), [this](const DeliveryId& id) { return Revive(id, nullptr); });
    }

    void RetryAnew(std::vector<Anew> deliveries, OnSteered done) override {
        Steer(std::move(deliveries), std::move(done), [this](const Anew& anew) { return Revive(anew.id, &anew); });
    }

    void Cancel(std::vector<DeliveryId> ids, OnSteered done) override {
        Steer(std::move(ids), std::move(done), [this](const DeliveryId& id) { return CancelOne(id); });
    }

    void Prune(PruneOrder order, std::function<void(base::Result<Pruned>)> done) override {
        Post([this, order, done = std::move(done)] { done(Apply(order)); });
    }

    Counts counts() const override {
        const std::lock_guard lock(mutex_);
        Counts sum;
        for (const auto& [destination, home] : homes_) sum += home.counts;
        return sum;
    }

    std::vector<DestinationCounts> counts_by_destination() const override {
        const std::lock_guard lock(mutex_);
        std::vector<DestinationCounts> all;
        for (const auto& [destination, home] : homes_) all.push_back({NameOf(destination), home.counts});
        return all;
    }

    base::Result<std::vector<OldestWaiting>> oldest_waiting() override {
        const std::lock_guard lock(mutex_);
        std::vector<OldestWaiting> all;
        for (const auto& [destination, home] : homes_) {
            std::optional<std::uint64_t> oldest;
            for (const auto* const waiting : {&home.fresh, &home.retries_by_age}) {
                if (!waiting->empty()) oldest = std::min(oldest.value_or(*waiting->begin()), *waiting->begin());
            }
            if (!oldest) continue;
            all.push_back({NameOf(destination), events_.at(*oldest).event->envelope.received_at});
        }
        return all;
    }

    base::Result<Space> space() override { return Space{}; }
    base::Result<std::vector<std::string>> Verify(std::stop_token) override { return std::vector<std::string>(); }
    base::Result<std::uint64_t> Backup(const std::string&, std::stop_token) override {
        return base::MakeError(base::Code::kConflict,
                               "a store in memory has nothing to back up; set [store] path to keep events on disk");
    }

private:
    static base::Error Busy() {
        return MakeError(Code::kBusy, "too many events wait to be stored; try again in a second");
    }

    static NameId DestinationOf(const DeliveryId& id) { return id.destination; }
    static NameId DestinationOf(const Anew& anew) { return anew.id.destination; }

    template <class Order, class One>
    void Steer(std::vector<Order> orders, OnSteered done, One one) {
        Post([this, orders = std::move(orders), done = std::move(done), one] {
            std::vector<base::Status> results;
            std::set<NameId> ready;
            for (const Order& order : orders) {
                results.push_back(one(order));
                if (results.back()) ready.insert(DestinationOf(order));
            }
            done(std::move(results));
            Tell(ready);
        });
    }

    void Post(std::function<void()> job) { worker_.Post(std::move(job)); }

    void Tell(const std::set<NameId>& ready) {
        const std::lock_guard lock(listener_mutex_);
        if (!listener_) return;
        for (const NameId destination : ready) listener_(destination);
    }

    base::Result<std::vector<Accepted>> Apply(AcceptBatch& batch, std::set<NameId>& ready) {
        const std::lock_guard lock(mutex_);
        std::vector<Accepted> accepted;
        const std::uint64_t first = last_seq_ + 1;
        for (NewEvent& event : batch.events) {
            auto one = Insert(event);
            if (!one) {
                Undo(first);
                return std::move(one).error();
            }
            accepted.push_back(*one);
        }
        for (auto kept = events_.lower_bound(first); kept != events_.end(); ++kept) {
            for (const NameId destination : kept->second.destinations) {
                if (homes_[destination].fresh.contains(kept->first)) ready.insert(destination);
            }
        }
        return accepted;
    }

    base::Result<Accepted> Insert(NewEvent& event) {
        model::Envelope& envelope = event.envelope;
        const Identity identity{envelope.realm, envelope.event.source, envelope.event.id};
        if (event.dedup_window > base::Duration::zero()) {
            const auto same = identities_.find(identity);
            if (same != identities_.end()) {
                const Kept& kept = events_.at(same->second.back());
                if (kept.event->envelope.received_at > envelope.received_at - event.dedup_window) {
                    if (!model::IsSameContent(kept.event->envelope.event, envelope.event))
                        return Contradicts(envelope.event);
                    return Accepted{kept.event->key, true, static_cast<std::uint32_t>(kept.destinations.size())};
                }
            }
        }
        for (const Target& target : event.targets) {
            if (target.destination == 0 || target.destination > names_.size()) {
                return MakeError(Code::kInternal,
                                 "event '" + envelope.event.id + "' is owed to a destination without a name");
            }
        }
        const std::uint64_t seq = ++last_seq_;
        identities_[identity].push_back(seq);
        Kept& kept = events_[seq];
        kept.event = std::make_shared<const model::StoredEvent>(
            model::StoredEvent{{seq, tag_}, envelope});  // copied: an undone batch gives nothing away
        for (Target& target : event.targets) {
            if (Insert(target, seq, envelope.received_at)) kept.destinations.push_back(target.destination);
        }
        return Accepted{kept.event->key, false, static_cast<std::uint32_t>(kept.destinations.size())};
    }

    // False if the destination has it already.
    bool Insert(Target& target, std::uint64_t seq, base::Time received_at) {
        Home& home = homes_[target.destination];
        const auto [at, added] = home.rows.try_emplace(seq);
        if (!added) return false;
        Row& row = at->second;
        row.route = target.route;
        row.updated = received_at;
        ++home.counts.created;
        if (target.dead.empty()) {
            row.order_key = target.order_key;
            if (row.order_key) home.open[*row.order_key].insert(seq);
            row.request = std::move(target.request);
            home.fresh.insert(seq);
            ++home.counts.waiting;
        } else {
            row.state = DeliveryState::kDead;
            row.rendered = false;
            row.reason = std::move(target.dead);
            ++home.counts.dead;
        }
        return true;
    }

    void Undo(std::uint64_t first) {
        for (auto kept = events_.lower_bound(first); kept != events_.end(); kept = events_.erase(kept)) {
            const model::Envelope& envelope = kept->second.event->envelope;
            const auto same = identities_.find({envelope.realm, envelope.event.source, envelope.event.id});
            same->second.pop_back();
            if (same->second.empty()) identities_.erase(same);
            for (const NameId destination : kept->second.destinations) {
                Home& home = homes_[destination];
                --(home.fresh.erase(kept->first) > 0 ? home.counts.waiting : home.counts.dead);
                Leave(home, kept->first);
                home.rows.erase(kept->first);
                --home.counts.created;
            }
        }
        last_seq_ = first - 1;
    }

    Claimed Lease(Home& home, NameId destination, std::uint64_t seq) {
        Row& row = home.rows.at(seq);
        row.state = DeliveryState::kSending;
        --home.counts.waiting;
        ++home.counts.sending;
        const model::StoredEventPtr& event = events_.at(seq).event;
        return {{seq, destination}, row.attempts, event->envelope.received_at, event, row.request, row.order_key};
    }

    void Wait(Home& home, std::uint64_t seq, Row& row) {
        row.state = DeliveryState::kWaiting;
        ++home.counts.waiting;
        if (row.retry) {
            home.retries.emplace(row.due, seq);
            home.retries_by_age.insert(seq);
        } else {
            home.fresh.insert(seq);
        }
    }

    void Apply(store::Finish& finish, std::set<NameId>& ready) {
        Home& home = homes_[finish.id.destination];
        const auto found = home.rows.find(finish.id.seq);
        if (found == home.rows.end() || found->second.state != DeliveryState::kSending) return;
        Row& row = found->second;
        --home.counts.sending;
        row.reason = std::move(finish.reason);
        row.updated = clock_.Now();
        if (finish.attempt) {
            if (finish.spent) row.attempts = finish.attempt->number;
            row.history.push_back(*std::move(finish.attempt));
        }
        row.state = finish.state;
        switch (finish.state) {
            case DeliveryState::kSending:
            case DeliveryState::kWaiting:
                row.retry = true;
                row.due = finish.next_attempt_at;
                Wait(home, found->first, row);
                ready.insert(finish.id.destination);
                break;
            case DeliveryState::kSent:
                ++home.counts.sent;
                break;
            case DeliveryState::kDead:
                ++home.counts.dead;
                break;
            case DeliveryState::kCancelled:
                ++home.counts.cancelled;
                break;
        }
        const bool has_ended = finish.state != DeliveryState::kWaiting && finish.state != DeliveryState::kSending;
        if (has_ended && Leave(home, found->first)) ready.insert(finish.id.destination);
    }

    // `anew` may be null.
    base::Status Revive(const DeliveryId& id, const Anew* anew) {
        const std::lock_guard lock(mutex_);
        if (FindRow(id) == nullptr) return NoSuchDelivery(id);
        Home& home = homes_[id.destination];
        Row& row = home.rows.at(id.seq);
        if (row.state != DeliveryState::kDead && row.state != DeliveryState::kCancelled) {
            return NotToBeRetried(id, row.state == DeliveryState::kSent);
        }
        if (anew == nullptr && !row.rendered) return NeverRendered(id);
        if (anew != nullptr && !anew->dead.empty()) return StayDead(id, row, anew->dead);
        if (anew != nullptr) {
            row.rendered = true;
            row.request = anew->request;
        }
        --(row.state == DeliveryState::kDead ? home.counts.dead : home.counts.cancelled);
        row.retry = true;
        row.attempts = 0;
        row.reason.clear();
        row.due = row.updated = clock_.Now();
        Wait(home, id.seq, row);
        return {};
    }

    base::Status StayDead(const DeliveryId& id, Row& row, const std::string& reason) const {
        const bool dead = row.state == DeliveryState::kDead;
        if (dead) {
            row.reason = reason;
            row.updated = clock_.Now();
        }
        return CannotBeRendered(id, dead, reason);
    }

    base::Status CancelOne(const DeliveryId& id) {
        const std::lock_guard lock(mutex_);
        if (FindRow(id) == nullptr) return NoSuchDelivery(id);
        Home& home = homes_[id.destination];
        Row& row = home.rows.at(id.seq);
        if (row.state == DeliveryState::kSending) return BeingSent(id);
        if (row.state == DeliveryState::kSent || row.state == DeliveryState::kCancelled) {
            return NotToBeCancelled(id, row.state == DeliveryState::kSent);
        }
        --(row.state == DeliveryState::kDead ? home.counts.dead : home.counts.waiting);
        home.fresh.erase(id.seq);
        home.retries.erase({row.due, id.seq});
        home.retries_by_age.erase(id.seq);
        row.state = DeliveryState::kCancelled;
        Leave(home, id.seq);
        row.reason.clear();
        row.updated = clock_.Now();
        ++home.counts.cancelled;
        return {};
    }

    Pruned Apply(const PruneOrder& order) {
        const std::lock_guard lock(mutex_);
        Pruned pruned;
        auto kept = events_.upper_bound(pruned_to_);
        while (kept != events_.end() && kept->first != last_seq_ && pruned.events < order.limit) {
            const std::uint64_t seq = kept->first;
            pruned_to_ = seq;
            if (!HasEnded(kept->second, seq, order)) {
                ++kept;
                continue;
            }
            for (const NameId destination : kept->second.destinations) Drop(homes_[destination], seq);
            pruned.deliveries += kept->second.destinations.size();
            ++pruned.events;
            Forget(kept->second.event->envelope, seq);
            kept = events_.erase(kept);
        }
        pruned.more = kept != events_.end() && kept->first != last_seq_;
        if (!pruned.more) pruned_to_ = 0;
        return pruned;
    }

    bool HasEnded(const Kept& kept, std::uint64_t seq, const PruneOrder& order) const {
        if (kept.destinations.empty() && kept.event->envelope.received_at >= order.sent_before) return false;
        return std::all_of(kept.destinations.begin(), kept.destinations.end(),
                           [&](NameId destination) { return MayGo(*FindRow({seq, destination}), order); });
    }

    void Forget(const model::Envelope& envelope, std::uint64_t seq) {
        const auto same = identities_.find({envelope.realm, envelope.event.source, envelope.event.id});
        std::erase(same->second, seq);
        if (same->second.empty()) identities_.erase(same);
    }

    const Row* FindRow(const DeliveryId& id) const {
        const auto home = homes_.find(id.destination);
        if (home == homes_.end()) return nullptr;
        const auto row = home->second.rows.find(id.seq);
        return row == home->second.rows.end() ? nullptr : &row->second;
    }

    std::string NameOf(NameId id) const { return id == 0 || id > names_.size() ? std::string() : names_[id - 1]; }

    EventView EventViewOf(std::uint64_t seq, const Kept& kept) const {
        EventView view{kept.event, {}};
        for (const NameId destination : kept.destinations) view.deliveries.push_back(View({seq, destination}));
        return view;
    }

    model::DeliveryView View(const DeliveryId& id) const {
        const Row& row = *FindRow(id);
        const model::Envelope& envelope = events_.at(id.seq).event->envelope;
        std::optional<base::Time> next;
        if (row.state == DeliveryState::kWaiting) next = row.retry ? row.due : envelope.received_at;
        return {id,
                envelope.event.id,
                envelope.realm,
                envelope.event.type,
                NameOf(id.destination),
                NameOf(row.route),
                row.state,
                row.attempts,
                next,
                row.reason,
                envelope.received_at,
                row.updated};
    }

    const base::Clock& clock_;
    const Recovery recovery_;
    const std::uint32_t tag_ = std::random_device{}();

    mutable std::mutex mutex_;
    std::map<std::string, NameId, std::less<>> ids_;
    std::vector<std::string> names_;
    std::uint64_t last_seq_ = 0;
    std::uint64_t pruned_to_ = 0;  // where the last slice ended
    std::map<std::uint64_t, Kept> events_;
    std::map<Identity, std::vector<std::uint64_t>> identities_;
    std::map<NameId, Home> homes_;

    std::mutex listener_mutex_;
    std::function<void(NameId)> listener_;

    std::atomic<std::size_t> queued_events_{0};
    std::atomic<std::size_t> queued_bytes_{0};
    memory::Worker worker_;  // last: ends before what its jobs touch
};

}  // namespace

std::unique_ptr<Store> MakeMemoryStore(const base::Clock& clock) { return std::make_unique<MemoryStore>(clock); }

}  // namespace fanfare::store
