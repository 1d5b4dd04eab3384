// The reads that people ask for. Each looks at a bounded number of rows and ends within a bounded time.
// Threads: one at a time. Errors: SqlError.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/ledger.hpp"
#include "store/outbox.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/names.hpp"

namespace fanfare::store::sqlite {

class LedgerReader {
public:
    LedgerReader(const std::string& path, const Names& names, const Windows& windows, std::uint32_t store_tag);

    base::Result<std::vector<EventView>> FindEvents(std::string_view id);
    base::Result<EventPage> ListEvents(const EventFilter& filter);
    DeliveryPage ListDeliveries(const DeliveryFilter& filter);
    base::Result<DeliveryDetail> FindDelivery(const model::DeliveryId& id);
    base::Result<Debt> FindDebt(const model::DeliveryId& id);
    Gate ReadGate(model::NameId destination);
    std::vector<OldestWaiting> ListOldestWaiting();
    Space ReadSpace();

private:
    void Begin();
    bool IsLate() const;
    base::Result<std::optional<EventView>> ReadEventView(std::uint64_t seq);
    // Of a row of read_event_ or list_events_.
    base::Error DamagedEvent(std::uint64_t seq) const;
    base::Result<EventView> ToEventView(const Rows& rows, std::uint64_t seq);
    std::optional<model::DeliveryView> ReadView(const model::DeliveryId& id);
    model::DeliveryView ToView(const Rows& rows) const;
    DeliveryPage ListLeased(const DeliveryFilter& filter, std::optional<model::NameId> only);
    DeliveryPage ListRows(Statement& statement, const DeliveryFilter& filter, std::optional<model::NameId> only);

    std::optional<std::uint64_t> FindOldestWaiting(const Window& window);

    Connection db_;
    const Names& names_;
    const Windows& windows_;
    const std::uint32_t store_tag_;
    std::chrono::steady_clock::time_point began_;
    Statement find_seqs_;
    Statement read_event_;
    Statement list_events_;
    Statement read_delivery_;
    Statement read_attempts_;
    Statement list_all_;
    Statement list_dead_;
    Statement read_gate_;
    Statement first_fresh_;
    Statement list_retries_;
    Statement read_received_;
};

}  // namespace fanfare::store::sqlite
