#include "store/sqlite/sqlite_store.hpp"

#include <filesystem>
#include <future>
#include <mutex>
#include <utility>

#include "base/log.hpp"
#include "store/sqlite/check.hpp"
#include "store/sqlite/claim_reader.hpp"
#include "store/sqlite/controls.hpp"
#include "store/sqlite/copy.hpp"
#include "store/sqlite/ledger_reader.hpp"
#include "store/sqlite/start.hpp"
#include "store/sqlite/writer.hpp"

namespace fanfare::store::sqlite {
namespace {

using base::Code;
using base::MakeError;
using model::DeliveryId;
using model::NameId;

class SqliteStore final : public Store, public Inbox, public Outbox, public Ledger {
public:
    SqliteStore(Options options, const base::Clock& clock, const Controls& controls, Started started)
        : options_(std::move(options)),
          started_(std::move(started)),
          names_(*started_.names),
          windows_(*started_.windows),
          claims_(started_.directory->FilePath(kDatabaseName), names_, started_.store_tag),
          reads_(started_.directory->FilePath(kDatabaseName), names_, windows_, started_.store_tag),
          writer_(started_, options_, controls, clock) {}

    Inbox& inbox() override { return *this; }
    Outbox& outbox() override { return *this; }
    Ledger& ledger() override { return *this; }
    const Recovery& recovery() const override { return started_.recovery; }
    void OnFailure(std::function<void(const base::Error&)> listener) override {
        writer_.OnFailure(std::move(listener));
    }
    void OnReady(std::function<void(NameId)> listener) override { writer_.OnReady(std::move(listener)); }

    base::Result<NameId> Intern(std::string_view name) override {
        if (const auto known = names_.Find(name)) return *known;
        std::promise<base::Result<NameId>> answer;
        writer_.queue().Intern({std::string(name), [&](base::Result<NameId> id) { answer.set_value(std::move(id)); }});
        return answer.get_future().get();
    }

    void Accept(AcceptBatch batch) override { writer_.queue().Accept(std::move(batch)); }
    base::Status Ready() const override { return writer_.queue().Ready(); }

    base::Result<std::vector<Claimed>> Claim(NameId destination, std::size_t limit, base::Time now) override {
        if (base::Status alive = writer_.Alive(); !alive) return std::move(alive).error();
        Window& window = windows_.At(destination);
        std::vector<Claimed> claimed;
        if (window.IsAheadOfTheDisk()) return claimed;
        std::vector<store::Finish> damaged;
        bool blocked = false;
        try {
            Refill(window);
            const std::size_t most_retries = window.HasFresh() ? window.RetryShare(limit) : limit;
            for (Due& due : ReadDue(window, most_retries, now, blocked)) {
                Hand({due.seq, destination}, due.attempts, std::move(due.parcel), due.key, claimed, damaged);
            }
        } catch (const SqlError& error) {
            if (claimed.empty() && !window.HasFresh()) return ToError(error);
            log::Warn("store.claim_failed", {{"destination", names_.Text(destination)}, {"error", error.what()}});
        }
        TakeFresh(window, limit, claimed, damaged, blocked);
        if (window.wants_marks()) writer_.queue().WantMarks(blocked);
        if (!damaged.empty()) Finish(std::move(damaged));
        return claimed;
    }

    void Finish(std::vector<store::Finish> finished) override {
        std::vector<Settled> settled;
        settled.reserve(finished.size());
        for (store::Finish& finish : finished) {
            Settled one{std::move(finish), false};
            Window* const window = windows_.Find(one.finish.id.destination);
            if (window != nullptr && window->Settle(one.finish.id.seq, one.was_retry))
                settled.push_back(std::move(one));
        }
        if (!settled.empty()) writer_.queue().Settle(std::move(settled));
    }

    void Release(std::span<const DeliveryId> ids) override {
        for (const DeliveryId& id : ids) {
            if (Window* const window = windows_.Find(id.destination)) window->Release(id.seq);
        }
    }

    base::Result<std::optional<base::Time>> NextDue(NameId destination) override {
        const Window* const window = windows_.Find(destination);
        const auto plan = window == nullptr ? std::nullopt : window->PlanNextDue();
        if (!plan) return std::optional<base::Time>();
        return Guarded([&]() -> base::Result<std::optional<base::Time>> {
            const std::lock_guard lock(claims_mutex_);
            const std::int64_t due_us = claims_.ReadDue(destination, *plan).next_due_us;
            if (due_us == Window::kNever) return std::optional<base::Time>();
            return std::optional(base::Time(base::Duration(due_us)));
        });
    }

    void BringForward(NameId destination, base::Time latest) override {
        if (windows_.Find(destination) == nullptr) return;
        writer_.queue().BringForward({destination, latest.time_since_epoch().count()});
    }

    base::Result<std::vector<EventView>> FindEvents(std::string_view id) override {
        return Guarded([&] {
            const std::lock_guard lock(reads_mutex_);
            return reads_.FindEvents(id);
        });
    }

    base::Result<EventPage> ListEvents(const EventFilter& filter) override {
        return Guarded([&]() -> base::Result<EventPage> {
            const std::lock_guard lock(reads_mutex_);
            return reads_.ListEvents(filter);
        });
    }

    base::Result<DeliveryPage> ListDeliveries(const DeliveryFilter& filter) override {
        return Guarded([&]() -> base::Result<DeliveryPage> {
            const std::lock_guard lock(reads_mutex_);
            return reads_.ListDeliveries(filter);
        });
    }

    base::Result<DeliveryDetail> FindDelivery(const DeliveryId& id) override {
        return Guarded([&]() -> base::Result<DeliveryDetail> {
            const std::lock_guard lock(reads_mutex_);
            return reads_.FindDelivery(id);
        });
    }

    base::Result<Debt> FindDebt(const DeliveryId& id) override {
        return Guarded([&]() -> base::Result<Debt> {
            const std::lock_guard lock(reads_mutex_);
            return reads_.FindDebt(id);
        });
    }

    base::Result<Gate> ReadGate(NameId destination) override {
        return Guarded([&]() -> base::Result<Gate> {
            const std::lock_guard lock(reads_mutex_);
            return reads_.ReadGate(destination);
        });
    }

    void WriteGate(NameId destination, Gate gate, std::function<void(base::Status)> done) override {
        writer_.queue().Write({destination, std::move(gate), std::move(done)});
    }

    void Retry(std::vector<DeliveryId> ids, OnSteered done) override {
        writer_.queue().Steer({SteerCommand::Kind::kRetry, std::move(ids), std::move(done)});
    }

    void RetryAnew(std::vector<Anew> deliveries, OnSteered done) override {
        std::vector<DeliveryId> ids;
        for (const Anew& anew : deliveries) ids.push_back(anew.id);
        writer_.queue().Steer({SteerCommand::Kind::kRetryAnew, std::move(ids), std::move(done), std::move(deliveries)});
    }

    void Cancel(std::vector<DeliveryId> ids, OnSteered done) override {
        writer_.queue().Steer({SteerCommand::Kind::kCancel, std::move(ids), std::move(done)});
    }

    void Prune(PruneOrder order, std::function<void(base::Result<Pruned>)> done) override {
        writer_.queue().Prune({order, std::move(done)});
    }

    Counts counts() const override {
        Counts sum;
        for (const Window* const window : windows_.All()) sum += window->counts();
        return sum;
    }

    std::vector<DestinationCounts> counts_by_destination() const override {
        std::vector<DestinationCounts> all;
        for (const Window* const window : windows_.All()) {
            all.push_back({names_.Text(window->destination()), window->counts()});
        }
        return all;
    }

    base::Result<std::vector<OldestWaiting>> oldest_waiting() override {
        return Guarded([&]() -> base::Result<std::vector<OldestWaiting>> {
            const std::lock_guard lock(reads_mutex_);
            return reads_.ListOldestWaiting();
        });
    }

    base::Result<Space> space() override {
        return Guarded([&]() -> base::Result<Space> {
            Space space;
            {
                const std::lock_guard lock(reads_mutex_);
                space = reads_.ReadSpace();
            }
            std::error_code ignored;
            const std::string wal = started_.directory->FilePath(kDatabaseName) + "-wal";
            if (const auto bytes = std::filesystem::file_size(wal, ignored); !ignored) space.wal_bytes = bytes;
            if (const auto free = started_.directory->FreeBytes()) space.disk_free_bytes = *free;
            space.commits = writer_.commits();
            return space;
        });
    }

    base::Result<std::vector<std::string>> Verify(std::stop_token stop) override {
        if (base::Status alive = writer_.Alive(); !alive) return std::move(alive).error();
        return Check(started_.directory->FilePath(kDatabaseName), started_.store_tag, std::move(stop));
    }

    base::Result<std::uint64_t> Backup(const std::string& path, std::stop_token stop) override {
        if (base::Status alive = writer_.Alive(); !alive) return std::move(alive).error();
        return Copy(started_.directory->FilePath(kDatabaseName), path, std::move(stop));
    }

private:
    template <class Body>
    std::invoke_result_t<Body> Guarded(Body body) {
        if (base::Status alive = writer_.Alive(); !alive) return std::move(alive).error();
        try {
            return body();
        } catch (const SqlError& error) {
            return ToError(error);
        }
    }

    void Refill(Window& window) {
        const auto plan = window.PlanRefill();
        if (!plan) return;
        ClaimReader::FreshRows read;
        {
            const std::lock_guard lock(claims_mutex_);
            read = claims_.ReadFresh(window.destination(), *plan);
        }
        window.Refill(*plan, std::move(read.rows), read.reached_end);
    }

    std::vector<Due> ReadDue(Window& window, std::size_t limit, base::Time now, bool& blocked) {
        const auto plan = window.PlanRetries(limit, now, blocked);
        if (!plan) return {};
        ClaimReader::DueRows read;
        {
            const std::lock_guard lock(claims_mutex_);
            read = claims_.ReadDue(window.destination(), *plan);
        }
        return window.TakeRetries(*plan, std::move(read.rows), read.next_due_us);
    }

    // Behind a full ring more is read while what was read only waits for its turn.
    void TakeFresh(Window& window, std::size_t limit, std::vector<Claimed>& claimed, std::vector<store::Finish>& damaged,
                   bool& blocked) {
        constexpr int kMostRounds = 4;
        for (int round = 0; claimed.size() < limit; ++round) {
            Window::Taken taken = window.TakeFresh(limit - claimed.size());
            blocked = blocked || taken.blocked;
            for (Fresh& one : taken.fresh) {
                Hand({one.seq, window.destination()}, 0, std::move(one.parcel), one.key, claimed, damaged);
            }
            if (!taken.moved && taken.fresh.empty()) return;
            if (!taken.fresh.empty()) continue;
            if (round >= kMostRounds) return window.AskAgain();
            try {
                Refill(window);
            } catch (const SqlError& error) {
                log::Warn("store.claim_failed", {{"destination", names_.Text(window.destination())}, {"error", error.what()}});
                return window.AskAgain();
            }
        }
    }

    // A damaged one is leased like the others, and ends in the open instead of being sent.
    static void Hand(const DeliveryId& id, std::uint32_t attempts, Parcel parcel, OrderKey key,
                     std::vector<Claimed>& claimed, std::vector<store::Finish>& damaged) {
        if (parcel.damaged.empty()) {
            const base::Time created_at = parcel.event->envelope.received_at;
            claimed.push_back({id, attempts, created_at, std::move(parcel.event), std::move(parcel.request), key});
            return;
        }
        const std::string part(parcel.damaged);
        log::Error("store." + part + "_damaged", {{"delivery", model::ToText(id)}});
        damaged.push_back({id,
                           model::DeliveryState::kDead,
                           {},
                           "the stored " + part + " is damaged: its check sum does not match",
                           {}});
    }

    const Options options_;
    Started started_;
    Names& names_;
    Windows& windows_;
    std::mutex claims_mutex_;
    ClaimReader claims_;
    std::mutex reads_mutex_;
    LedgerReader reads_;
    Writer writer_;  // last: its thread uses the rest
};

}  // namespace

base::Result<std::unique_ptr<Store>> OpenWith(Options options, const base::Clock& clock, const Controls& controls) {
    auto started = Start(options, controls);
    if (!started) return std::move(started).error();
    try {
        return std::unique_ptr<Store>(
            std::make_unique<SqliteStore>(std::move(options), clock, controls, *std::move(started)));
    } catch (const SqlError& error) {
        return ToError(error);
    }
}

base::Result<std::unique_ptr<Store>> Open(Options options, const base::Clock& clock) {
    return OpenWith(std::move(options), clock, {});
}

}  // namespace fanfare::store::sqlite
