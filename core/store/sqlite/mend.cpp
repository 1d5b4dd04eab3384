#include "store/sqlite/mend.hpp"

#include <algorithm>
#include <random>
#include <set>

#include "store/sqlite/codec.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/start.hpp"

namespace fanfare::store::sqlite {
namespace {

constexpr std::size_t kMostRanges = 20;
constexpr std::string_view kRequestLost =
    "what it was to send is lost since the store was damaged; to send what the configuration makes of the event: "
    "fanfare deliveries retry --render";

class Mender {
public:
    Mender(Connection& db, const Gathered& found, const Ending& ending, Salvaged& report)
        : db_(db), found_(found), ending_(ending), report_(report) {}

    Mended Run() {
        DropContradicted();
        NoteLost();
        FindOwed();
        SettleLists();
        Remake();
        SettleRequests();
        DropOwnerless();
        NoteUntraced();
        report_.whole = IsWhole();
        WriteNames();
        SettleTag();
        WriteMarks();
        WriteMeta();
        report_.events = Count("SELECT count(*) FROM event");
        report_.deliveries = Count("SELECT count(*) FROM delivery");
        for (auto& [destination, one] : destinations_) report_.destinations.push_back(std::move(one));
        return mended_;
    }

private:
    std::uint64_t Count(const char* sql) { return static_cast<std::uint64_t>(db_.Int(sql)); }
    SalvagedDestination& Of(model::NameId destination) { return destinations_[destination]; }

    // In a store of version 5 or older the check sum of an event does not cover what it is called and what number it
    // has; the index has both again. One that is not in it has lost its entry, one that contradicts it has rotted.
    void DropContradicted() {
        db_.Execute(
            "CREATE INDEX temp.identity_seq ON identity(seq); CREATE INDEX temp.identity_id ON identity(id);"
            "CREATE TEMP TABLE doubted AS SELECT e.seq FROM event e"
            " WHERE substr(e.meta, 1, 1) = x'01' AND NOT EXISTS (SELECT 1 FROM identity i WHERE i.seq = e.seq AND i.id "
            "= e.id AND i.source = e.source "
            "AND i.realm = e.realm)"
            " AND (EXISTS (SELECT 1 FROM identity i WHERE i.seq = e.seq)"
            " OR EXISTS (SELECT 1 FROM identity i WHERE i.id = e.id AND i.source = e.source AND i.realm = e.realm"
            " AND NOT EXISTS (SELECT 1 FROM event o WHERE o.seq = i.seq)))");
        report_.damaged_events = found_.damaged_events + Count("SELECT count(*) FROM doubted");
        db_.Execute("DELETE FROM event WHERE seq IN (SELECT seq FROM doubted)");
    }

    void NoteLost() {
        db_.Execute(
            "CREATE TEMP TABLE lost(seq INTEGER PRIMARY KEY);"
            "INSERT OR IGNORE INTO lost SELECT seq FROM identity i WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.seq "
            "= i.seq);"
            "INSERT OR IGNORE INTO lost SELECT seq FROM delivery d WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.seq "
            "= d.seq);"
            "INSERT OR IGNORE INTO lost SELECT seq FROM doubted");
        const std::uint64_t seen = std::max(Count("SELECT max(seq) FROM event"), Count("SELECT max(seq) FROM lost"));
        Statement list(db_, "SELECT seq FROM lost ORDER BY seq");
        Rows rows = list.Run();
        while (rows.Next()) AddLost(rows.Unsigned(0), rows.Unsigned(0));
        if (ending_.seq > seen) AddLost(seen + 1, ending_.seq);
        const auto noted = static_cast<std::uint64_t>(std::max<std::int64_t>(OldMeta("seq_floor"), 0));
        mended_.seq_floor = std::max({seen, ending_.seq, noted <= ending_.most_seq ? noted : 0});
        report_.untraced = std::max(seen, ending_.seq) - report_.lost_events - Count("SELECT count(*) FROM event");
        NoteLostDeliveries();
    }

    void AddLost(std::uint64_t first, std::uint64_t last) {
        report_.lost_events += last - first + 1;
        if (!report_.lost.empty() && report_.lost.back().last + 1 == first) {
            report_.lost.back().last = last;
        } else if (report_.lost.size() < kMostRanges) {
            report_.lost.push_back({first, last});
        }
    }

    void NoteLostDeliveries() {
        Statement list(
            db_,
            "SELECT destination, sum(state IN (0, 2)), sum(state NOT IN (0, 2)), min(seq), max(seq) FROM delivery d"
            " WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.seq = d.seq) GROUP BY destination");
        Rows rows = list.Run();
        while (rows.Next()) {
            SalvagedDestination& one = Of(static_cast<model::NameId>(rows.Unsigned(0)));
            one.lost_waiting = rows.Unsigned(1);
            one.lost_ended = rows.Unsigned(2);
            one.lost = {rows.Unsigned(3), rows.Unsigned(4)};
        }
        rows.Close();
        db_.Execute("DELETE FROM delivery WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.seq = delivery.seq)");
    }

    // missing: owed, without a row. extra: a row of what is not owed.
    void FindOwed() {
        db_.Execute(
            "CREATE TEMP TABLE owed(destination INTEGER, seq INTEGER, PRIMARY KEY(destination, seq)) WITHOUT ROWID");
        Statement list(db_, "SELECT seq, destinations FROM event ORDER BY seq");
        Statement insert(db_, "INSERT OR IGNORE INTO owed VALUES(?, ?)");
        {
            Rows rows = list.Run();
            while (rows.Next()) {
                for (const model::NameId destination :
                     DecodeDestinations(rows.Bytes(1)).value_or(std::vector<model::NameId>())) {
                    insert.Execute(destination, rows.Unsigned(0));
                }
            }
        }
        db_.Execute(
            "CREATE TEMP TABLE missing AS SELECT *, 0 rendered FROM (SELECT * FROM owed EXCEPT SELECT destination, seq "
            "FROM main.delivery);"
            "CREATE INDEX temp.missing_seq ON missing(seq);"
            "CREATE TEMP TABLE extra AS SELECT destination, seq FROM main.delivery EXCEPT SELECT destination, seq FROM "
            "owed");
    }

    // In a store of version 5 or older no check sum covers the list of what an event is owed to. Where it and the rows
    // contradict each other, the list is right if all of it has rows; else the rows are.
    void SettleLists() {
        std::vector<model::DeliveryId> extras;
        {
            Statement list(db_, "SELECT destination, seq FROM extra");
            Rows rows = list.Run();
            while (rows.Next()) extras.push_back({rows.Unsigned(1), static_cast<model::NameId>(rows.Unsigned(0))});
        }
        Statement count(db_,
                        "SELECT count(*) FROM missing m JOIN event e ON e.seq = m.seq WHERE m.seq = ? AND "
                        "substr(e.meta, 1, 1) = x'01'");
        Statement drop(db_, "DELETE FROM delivery WHERE destination = ? AND seq = ?");
        std::set<std::uint64_t> relisted;
        for (const model::DeliveryId& id : extras) {
            Rows rows = count.Run(id.seq);
            const bool is_list_wrong = rows.Next() && rows.Int(0) > 0;
            rows.Close();
            if (is_list_wrong) {
                relisted.insert(id.seq);
            } else {
                ++doubted_rows_;
                drop.Execute(id.destination, id.seq);
            }
        }
        for (const std::uint64_t seq : relisted) Relist(seq);
    }

    void Relist(std::uint64_t seq) {
        std::vector<model::NameId> destinations;
        Statement list(db_,
                       "SELECT destination FROM owed WHERE seq = ?1 AND destination NOT IN (SELECT destination FROM "
                       "missing WHERE seq = ?1)"
                       " UNION SELECT destination FROM extra WHERE seq = ?1");
        Rows rows = list.Run(seq);
        while (rows.Next()) destinations.push_back(static_cast<model::NameId>(rows.Unsigned(0)));
        rows.Close();
        const std::string owed = EncodeDestinations(destinations);
        Statement(db_, "UPDATE event SET destinations = ? WHERE seq = ?").Execute(Blob{owed}, seq);
        Statement(db_, "DELETE FROM missing WHERE seq = ?").Execute(seq);
        ++doubted_rows_;
    }

    // What is owed and has no row waits again. A request that no row wants is its, if no other delivery of the event
    // lost one.
    void Remake() {
        db_.Execute(
            "CREATE TEMP TABLE spare AS SELECT seq, id FROM request WHERE id NOT IN (SELECT request FROM delivery "
            "WHERE request IS NOT NULL);"
            "CREATE INDEX temp.spare_seq ON spare(seq)");
        MarkRendered();
        Statement list(
            db_,
            "SELECT m.destination, m.seq, e.recv_us, m.rendered,"
            " (SELECT count(*) FROM missing o WHERE o.seq = m.seq AND o.rendered),"
            " (SELECT count(*) FROM spare s WHERE s.seq = m.seq), (SELECT min(id) FROM spare s WHERE s.seq = m.seq)"
            " FROM missing m JOIN event e ON e.seq = m.seq");
        Statement insert(
            db_,
            "INSERT INTO delivery(destination, seq, state, tries, route, due_us, updated_us, reason, request)"
            " VALUES(?, ?, ?, 0, 0, ?, ?, ?, ?)");
        Rows rows = list.Run();
        while (rows.Next()) {
            const model::DeliveryId id{rows.Unsigned(1), static_cast<model::NameId>(rows.Unsigned(0))};
            const std::int64_t at = rows.Int(2);
            const bool is_rendered = rows.Int(3) != 0;
            const bool is_known = !is_rendered || (rows.Int(4) == 1 && rows.Int(5) == 1);
            SalvagedDestination& one = Of(id.destination);
            if (is_known) {
                ++one.remade;
                insert.Execute(id.destination, id.seq, static_cast<int>(RowState::kFresh), at, at, nullptr,
                               is_rendered ? std::optional(rows.Int(6)) : std::nullopt);
            } else {
                ++one.unrendered;
                insert.Execute(id.destination, id.seq, static_cast<int>(RowState::kDead), nullptr, at, kRequestLost,
                               kNeverRendered);
            }
        }
    }

    // Whether a destination is sent requests or events as they came, its rows beside the missing one tell.
    void MarkRendered() {
        Statement list(db_, "SELECT rowid, destination, seq, seq IN (SELECT seq FROM spare) FROM missing");
        Statement before(
            db_,
            "SELECT request IS NOT NULL FROM delivery WHERE destination = ? AND seq < ? ORDER BY seq DESC LIMIT 1");
        Statement behind(
            db_, "SELECT request IS NOT NULL FROM delivery WHERE destination = ? AND seq > ? ORDER BY seq LIMIT 1");
        Statement mark(db_, "UPDATE missing SET rendered = 1 WHERE rowid = ?");
        Rows rows = list.Run();
        while (rows.Next()) {
            bool is_rendered = rows.Int(3) != 0;
            Rows previous = before.Run(rows.Int(1), rows.Int(2));
            Rows next = behind.Run(rows.Int(1), rows.Int(2));
            if (previous.Next()) {
                is_rendered = previous.Int(0) != 0;
            } else if (next.Next()) {
                is_rendered = next.Int(0) != 0;
            }
            if (is_rendered) mark.Execute(rows.Int(0));
        }
    }

    void SettleRequests() {
        db_.Execute(
            "CREATE TEMP TABLE bereft AS SELECT destination, seq, state FROM delivery d WHERE request > 0"
            " AND NOT EXISTS (SELECT 1 FROM request r WHERE r.id = d.request AND r.seq = d.seq)");
        {
            Statement list(db_, "SELECT destination, count(*) FROM bereft WHERE state IN (0, 2) GROUP BY destination");
            Rows rows = list.Run();
            while (rows.Next()) Of(static_cast<model::NameId>(rows.Unsigned(0))).unrendered += rows.Unsigned(1);
        }
        bereft_ = Count("SELECT count(*) FROM bereft");
        Statement(
            db_,
            "UPDATE delivery SET state = 3, due_us = NULL, reason = ? WHERE state IN (0, 2) AND (destination, seq) IN"
            " (SELECT destination, seq FROM bereft)")
            .Execute(kRequestLost);
        // Of what was sent nothing is left to show; of the others, that they are to be rendered anew.
        db_.Execute(
            "UPDATE delivery SET request = CASE state WHEN 1 THEN NULL ELSE 0 END WHERE (destination, seq) IN"
            " (SELECT destination, seq FROM bereft)");
    }

    void DropOwnerless() {
        db_.Execute(
            "DELETE FROM attempt WHERE NOT EXISTS"
            " (SELECT 1 FROM delivery d WHERE d.destination = attempt.destination AND d.seq = attempt.seq);"
            "DELETE FROM request WHERE id NOT IN (SELECT request FROM delivery WHERE request IS NOT NULL)");
    }

    // The old counts tell how many rows there were.
    void NoteUntraced() {
        Statement count(db_, "SELECT count(*) FROM delivery WHERE destination = ?");
        for (const auto& [destination, marks] : found_.marks) {
            SalvagedDestination& one = Of(destination);
            Rows rows = count.Run(destination);
            const std::uint64_t traced = (rows.Next() ? rows.Unsigned(0) : 0) + one.lost_waiting + one.lost_ended;
            const std::uint64_t had = marks.created - marks.pruned;
            one.untraced = had - std::min(had, traced);
        }
    }

    bool IsWhole() {
        report_.damaged_pages = found_.damaged_pages;
        report_.damaged_rows = found_.damaged_rows + doubted_rows_;
        if (report_.damaged_pages + report_.damaged_rows + report_.damaged_events + report_.broken_log_pages +
                report_.lost_events + bereft_ >
            0)
            return false;
        return std::none_of(destinations_.begin(), destinations_.end(), [](const auto& one) {
            return one.second.remade + one.second.unrendered + one.second.untraced > 0;
        });
    }

    // A name that the table and its index spell differently is neither.
    std::optional<std::string> NameOf(model::NameId id) {
        const auto found = found_.names.find(id);
        const auto indexed = found_.indexed_names.find(id);
        if (found == found_.names.end())
            return indexed == found_.indexed_names.end() ? std::nullopt : std::optional(indexed->second);
        if (indexed == found_.indexed_names.end() || indexed->second == found->second) return found->second;
        return std::nullopt;
    }

    void WriteNames() {
        std::set<model::NameId> ids;
        for (const auto& [id, name] : found_.names) ids.insert(id);
        for (const auto& [id, name] : found_.indexed_names) ids.insert(id);
        for (const auto& [id, marks] : found_.marks) ids.insert(id);
        Statement list(
            db_, "SELECT destination FROM delivery UNION SELECT route FROM delivery UNION SELECT realm FROM event");
        {
            Rows rows = list.Run();
            while (rows.Next()) ids.insert(static_cast<model::NameId>(rows.Unsigned(0)));
        }
        ids.erase(0);
        Statement insert(db_, "INSERT OR IGNORE INTO name(id, text) VALUES(?, ?)");
        for (const model::NameId id : ids) {
            const std::optional<std::string> name = NameOf(id);
            if (name && insert.Execute(id, std::string_view(*name)) == 1) continue;
            const std::string made_up = "lost-" + std::to_string(id);
            insert.Execute(id, std::string_view(made_up));
            report_.whole = false;
            report_.notes.push_back(
                "the name with number " + std::to_string(id) + " is lost, it is called " + made_up +
                " now: if it is a destination, what waits goes out once the configuration has one of that name");
        }
    }

    void WriteMarks() {
        Statement list(
            db_,
            "SELECT destination, count(*), sum(state = 1), sum(state = 2), sum(state = 3), sum(state = 4),"
            " min(CASE state WHEN 0 THEN seq END), max(seq), max(CASE state WHEN 2 THEN due_us END) FROM delivery"
            " GROUP BY destination");
        std::map<model::NameId, Marks> all = found_.marks;
        for (auto& [destination, marks] : all) {
            marks.created = marks.pruned;
            marks.sent = marks.retry = marks.dead = marks.cancelled = 0;
        }
        Rows rows = list.Run();
        while (rows.Next()) {
            const auto destination = static_cast<model::NameId>(rows.Unsigned(0));
            Marks& marks = all[destination];
            marks.created = marks.pruned + rows.Unsigned(1);
            marks.sent = rows.Unsigned(2);
            marks.retry = rows.Unsigned(3);
            marks.dead = rows.Unsigned(4);
            marks.cancelled = rows.Unsigned(5);
            if (report_.whole && found_.marks.contains(destination)) continue;
            // Whether a mark has rotted nothing tells: all that waits may have been handed out.
            marks.sent_hi = rows.Unsigned(7);
            marks.done_lo = rows.IsNull(6) ? marks.sent_hi : rows.Unsigned(6) - 1;
            marks.due_hi_us = rows.Int(8);
        }
        rows.Close();
        for (const auto& [destination, marks] : all) Write(destination, marks);
    }

    void Write(model::NameId destination, const Marks& marks) {
        Statement(
            db_,
            "INSERT INTO destination(name, created, sent, dead, cancelled, retry, done_lo, sent_hi, due_hi_us, pruned)"
            " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .Execute(destination, marks.created, marks.sent, marks.dead, marks.cancelled, marks.retry, marks.done_lo,
                     marks.sent_hi, marks.due_hi_us, marks.pruned);
        SalvagedDestination& one = Of(destination);
        Statement name(db_, "SELECT text FROM name WHERE id = ?");
        Rows rows = name.Run(destination);
        if (rows.Next()) one.name = rows.Bytes(0);
        one.waiting = marks.open();
        one.sent = marks.sent;
        one.dead = marks.dead;
        one.cancelled = marks.cancelled;
        one.in_doubt = IsClean() ? 0 : CountInDoubt(db_, destination, marks);
    }

    std::int64_t OldMeta(std::string_view key) const {
        const auto found = found_.meta.find(key);
        return found == found_.meta.end() ? 0 : found->second;
    }
    bool IsClean() const { return report_.whole && OldMeta("clean") == 1; }

    void SettleTag() {
        mended_.store_tag =
            ending_.store_tag != 0 ? ending_.store_tag : static_cast<std::uint32_t>(OldMeta("store_tag"));
        if (mended_.store_tag != 0) return;
        mended_.store_tag = std::random_device{}() | 1;
        report_.whole = false;
        report_.notes.emplace_back("the tag of the store is lost: events have other keys (msg_...) than they had");
    }

    void WriteMeta() {
        const bool clean = IsClean();
        Statement insert(db_, "INSERT INTO meta(key, value) VALUES(?, ?)");
        insert.Execute(std::string_view("store_tag"), mended_.store_tag);
        insert.Execute(std::string_view("clean"), clean ? 1 : 0);
        insert.Execute(std::string_view("in_doubt"), clean ? OldMeta("in_doubt") : 0);
        insert.Execute(std::string_view("seq_floor"), mended_.seq_floor);
    }

    Connection& db_;
    const Gathered& found_;
    const Ending ending_;
    Salvaged& report_;
    Mended mended_;
    std::map<model::NameId, SalvagedDestination> destinations_;
    std::uint64_t doubted_rows_ = 0;
    std::uint64_t bereft_ = 0;
};

}  // namespace

Mended Mend(Connection& db, const Gathered& found, const Ending& ending, Salvaged& report) {
    return Mender(db, found, ending, report).Run();
}

}  // namespace fanfare::store::sqlite
