#include "store/sqlite/check.hpp"

#include "model/delivery.hpp"
#include "store/sqlite/event_row.hpp"
#include "store/types.hpp"

namespace fanfare::store::sqlite {
namespace {

constexpr std::size_t kMostFaults = 100;
// Rows per read: between two of them a checkpoint can pass.
constexpr int kRowsPerRead = 1000;

class Checker {
public:
    Checker(const std::string& path, std::uint32_t store_tag, const std::stop_token& stop)
        : db_(path, Connection::Mode::kReadOnly), tag_(store_tag), stop_(stop) {
        db_.SetStop(stop);
        db_.Execute("PRAGMA query_only = ON");
    }

    std::vector<std::string> Run() {
        CheckPages();
        // In pages that are damaged the rest means nothing.
        if (!faults_.empty()) return std::move(faults_);
        CheckEvents();
        CheckRequests();
        CheckOwners();
        CheckCounts();
        return std::move(faults_);
    }

private:
    bool Add(std::string fault) {
        if (faults_.size() < kMostFaults) faults_.push_back(std::move(fault));
        return faults_.size() < kMostFaults;
    }
    std::string Event(std::uint64_t seq) const { return "event " + model::ToText(model::EventKey{seq, tag_}); }

    // The check of pages does not look at the progress handler before SQLite 3.42, only at interrupts. One that comes
    // while no statement runs is forgotten: `held` is one that does.
    void CheckPages() {
        Statement any(db_, "SELECT 1 FROM sqlite_schema");
        Rows held = any.Run();
        held.Next();
        const std::stop_callback interrupt(stop_, [this] { sqlite3_interrupt(db_.get()); });
        Statement statement(db_, "PRAGMA integrity_check(100)");
        Rows rows = statement.Run();
        while (rows.Next()) {
            if (rows.Bytes(0) != "ok" && !Add("the database: " + std::string(rows.Bytes(0)))) return;
        }
    }

    // An event and the deliveries it owes are read in one transaction: that of `rows`.
    void CheckEvents() {
        Statement list(db_, "SELECT " FANFARE_EVENT_COLUMNS " FROM event e WHERE e.seq > ? ORDER BY e.seq LIMIT ?");
        Statement delivery(db_, "SELECT 1 FROM delivery WHERE destination = ? AND seq = ?");
        std::uint64_t after = 0;
        for (bool more = true; more;) {
            more = false;
            Rows rows = list.Run(after, kRowsPerRead);
            while (rows.Next()) {
                more = true;
                const EventColumns row = ColumnsOf(rows, 0);
                after = row.seq;
                if (!IsAsWritten(rows, 0, row) && !Add(Event(after) + ": its check sum does not match")) return;
                const auto owed = DecodeDestinations(row.destinations);
                if (!owed && !Add(Event(after) + ": its list of destinations is damaged")) return;
                for (const model::NameId destination : owed.value_or(std::vector<model::NameId>())) {
                    Rows found = delivery.Run(destination, after);
                    if (!found.Next() && !Add("delivery " + model::ToText(model::DeliveryId{after, destination}) +
                                              " is owed and is not there"))
                        return;
                }
            }
        }
    }

    void CheckRequests() {
        Statement list(db_, "SELECT id, crc, body, seq FROM request WHERE id > ? ORDER BY id LIMIT ?");
        std::int64_t after = 0;
        for (bool more = true; more;) {
            more = false;
            Rows rows = list.Run(after, kRowsPerRead);
            while (rows.Next()) {
                more = true;
                after = rows.Int(0);
                if (rows.Unsigned(1) != Crc32(rows.Bytes(2)) &&
                    !Add("a request of " + Event(rows.Unsigned(3)) + ": its check sum does not match"))
                    return;
            }
        }
    }

    void CheckOwners() {
        Statement statement(db_,
                            "SELECT destination, seq FROM delivery d WHERE"
                            " NOT EXISTS (SELECT 1 FROM event WHERE seq = d.seq) OR (request > 0 AND"
                            " NOT EXISTS (SELECT 1 FROM request WHERE id = d.request AND seq = d.seq))");
        Rows rows = statement.Run();
        while (rows.Next()) {
            const model::DeliveryId id{rows.Unsigned(1), static_cast<model::NameId>(rows.Unsigned(0))};
            if (!Add("delivery " + model::ToText(id) + " has lost its event or its request")) return;
        }
    }

    void CheckCounts() {
        Statement statement(db_,
                            "SELECT n.text FROM destination t JOIN name n ON n.id = t.name LEFT JOIN"
                            " (SELECT destination, count(*) total, sum(state = 1) sent, sum(state = 2) retry,"
                            " sum(state = 3) dead, sum(state = 4) cancelled FROM delivery GROUP BY destination) d"
                            " ON d.destination = t.name WHERE t.created <> t.pruned + ifnull(d.total, 0)"
                            " OR t.sent <> ifnull(d.sent, 0) OR t.retry <> ifnull(d.retry, 0)"
                            " OR t.dead <> ifnull(d.dead, 0) OR t.cancelled <> ifnull(d.cancelled, 0)");
        Rows rows = statement.Run();
        while (rows.Next()) {
            if (!Add("destination " + std::string(rows.Bytes(0)) + ": its counts are not those of its deliveries"))
                return;
        }
    }

    Connection db_;
    const std::uint32_t tag_;
    const std::stop_token stop_;
    std::vector<std::string> faults_;
};

}  // namespace

base::Result<std::vector<std::string>> Check(const std::string& path, std::uint32_t store_tag, std::stop_token stop) {
    try {
        std::vector<std::string> faults = Checker(path, store_tag, stop).Run();
        if (stop.stop_requested()) return Stopped("the check of the store");
        return faults;
    } catch (const SqlError& error) {
        return stop.stop_requested() ? Stopped("the check of the store") : ToError(error);
    }
}

}  // namespace fanfare::store::sqlite
