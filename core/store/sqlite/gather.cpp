#include "store/sqlite/gather.hpp"

#include <algorithm>
#include <array>

#include "model/request.hpp"
#include "store/sqlite/event_row.hpp"
#include "store/sqlite/schema.hpp"

namespace fanfare::store::sqlite {
namespace {

using Kind = Value::Kind;
using Key = std::array<std::int64_t, 4>;

constexpr std::uint32_t kLockPage = 0x40000000 / kPageBytes + 1;  // SQLite leaves it out of every file
constexpr std::size_t kMostListed = kPageBytes / 4 - 2;           // free pages that one page lists
constexpr std::string_view kMetaKeys[] = {"clean", "in_doubt", "seq_floor", "store_tag"};

std::string_view TextOf(const Row& row, std::size_t i) { return row.values[i].bytes; }
std::int64_t IntOf(const Row& row, std::size_t i) { return row.values[i].number; }
std::uint64_t UnsignedOf(const Row& row, std::size_t i) { return static_cast<std::uint64_t>(row.values[i].number); }

// `form`: a letter per column: n NULL, i integer, t text, b blob, and in capitals: or NULL. What is in brackets at its
// end an older store does not have.
bool HasForm(const Row& row, std::string_view form, std::size_t least) {
    if (row.values.size() < least || row.values.size() > form.size()) return false;
    for (std::size_t i = 0; i < row.values.size(); ++i) {
        const Kind kind = row.values[i].kind;
        const char wanted = form[i];
        const bool may_be_null = wanted == 'n' || (wanted >= 'A' && wanted <= 'Z');
        if (kind == Kind::kNull
                ? !may_be_null
                : !((kind == Kind::kInt && (wanted | 0x20) == 'i') || (kind == Kind::kText && (wanted | 0x20) == 't') ||
                    (kind == Kind::kBlob && (wanted | 0x20) == 'b'))) {
            return false;
        }
    }
    return true;
}

bool IsEvent(const Row& row) { return HasForm(row, "nttitibbib", 10); }
bool IsRequest(const Row& row) { return HasForm(row, "niib", 4); }
bool IsName(const Row& row) { return HasForm(row, "nt", 2); }
bool IsMarks(const Row& row) { return HasForm(row, "niiiiiiiii", 9); }
bool IsGate(const Row& row) { return HasForm(row, "niiti", 5); }
bool IsDelivery(const Row& row) { return HasForm(row, "iiiiiIiIITIII", 10); }
bool IsAttempt(const Row& row) { return HasForm(row, "iiiiiiitBT", 8); }
bool IsIdentity(const Row& row) { return HasForm(row, "ttii", 4); }
bool IsNameIndex(const Row& row) { return HasForm(row, "ti", 2); }
// delivery_retry, delivery_dead, delivery_oldest_retry: what they say is in the rows themselves.
bool IsOtherIndex(const Row& row) { return HasForm(row, "iii", 2); }

bool IsMetaPage(const Cells& cells) {
    bool has_tag = false;
    for (const Row& row : cells.rows) {
        if (!IsNameIndex(row)) return false;
        const std::string_view key = TextOf(row, 0);
        if (std::find(std::begin(kMetaKeys), std::end(kMetaKeys), key) == std::end(kMetaKeys)) return false;
        has_tag = has_tag || key == "store_tag";
    }
    return has_tag;
}

// What rows rise by on a page; of text nothing is said.
std::optional<Key> KeyOf(Cells::Kind kind, const Row& row) {
    if (kind == Cells::Kind::kTable) return Key{row.rowid};
    if (IsDelivery(row)) return Key{IntOf(row, 0), IntOf(row, 1)};
    if (IsAttempt(row)) return Key{IntOf(row, 0), IntOf(row, 1), IntOf(row, 2), IntOf(row, 3)};
    return std::nullopt;
}

// Takes away the fewest rows such that the others rise: a number that has rotted stands out.
std::uint64_t DropMisplaced(Cells& cells) {
    const auto has_no_key = [&](const Row& row) { return !KeyOf(cells.kind, row); };
    const bool has_keys = !std::all_of(cells.rows.begin(), cells.rows.end(), has_no_key);
    if (!has_keys) return 0;
    const std::uint64_t strange = std::erase_if(cells.rows, has_no_key);
    std::vector<Key> tails;            // of the rising rows of each length, the least last one
    std::vector<std::size_t> lengths;  // per row: of the longest that ends with it
    for (const Row& row : cells.rows) {
        const auto key = KeyOf(cells.kind, row);
        const auto place = std::lower_bound(tails.begin(), tails.end(), *key);
        lengths.push_back(static_cast<std::size_t>(place - tails.begin()) + 1);
        if (place == tails.end()) {
            tails.push_back(*key);
        } else {
            *place = *key;
        }
    }
    if (tails.size() == cells.rows.size()) return strange;
    const std::uint64_t dropped = strange + cells.rows.size() - tails.size();
    std::vector<Row> kept;
    std::size_t wanted = tails.size();
    for (std::size_t i = cells.rows.size(); i-- > 0 && wanted > 0;) {
        const bool fits = kept.empty() || KeyOf(cells.kind, cells.rows[i]) < KeyOf(cells.kind, kept.back());
        if (lengths[i] != wanted || !fits) continue;
        kept.push_back(std::move(cells.rows[i]));
        --wanted;
    }
    std::reverse(kept.begin(), kept.end());
    cells.rows = std::move(kept);
    return dropped;
}

class Gatherer {
public:
    Gatherer(const Pages& pages, Connection& db, std::uint64_t most_seq)
        : pages_(pages),
          most_seq_(most_seq),
          known_(std::size_t{pages.count()} + 1),
          insert_event_(
              db,
              "INSERT OR IGNORE INTO event(seq, id, source, realm, type, recv_us, destinations, meta, crc, body)"
              " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
          // A row that an older copy of its page has too: the one that was changed last.
          insert_delivery_(
              db,
              "INSERT INTO delivery(destination, seq, state, tries, route, due_us, updated_us, code, took_us, reason,"
              " request, order_key, by_hand) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
              " ON CONFLICT(destination, seq) DO UPDATE SET state = excluded.state, tries = excluded.tries,"
              " route = excluded.route, due_us = excluded.due_us, updated_us = excluded.updated_us,"
              " code = excluded.code, took_us = excluded.took_us, reason = excluded.reason,"
              " request = excluded.request, order_key = excluded.order_key, by_hand = excluded.by_hand"
              " WHERE (excluded.updated_us, excluded.state) > (updated_us, state)"),
          insert_request_(db, "INSERT OR IGNORE INTO request(id, seq, crc, body) VALUES(?, ?, ?, ?)"),
          insert_attempt_(
              db,
              "INSERT OR IGNORE INTO attempt(destination, seq, started_us, number, took_us, outcome, code, reason,"
              " response, remote) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
          insert_gate_(
              db,
              "INSERT OR IGNORE INTO gate(destination, paused, unreachable, reason, since_us) VALUES(?, ?, ?, ?, ?)"),
          insert_identity_(db, "INSERT INTO temp.identity(seq, id, source, realm) VALUES(?, ?, ?, ?)") {}

    Gathered Run() {
        if (!MarkFreeFrom(pages_.header() ? pages_.header()->first_free : 1)) MarkFreeByForm();
        PageBytes page;
        std::vector<std::uint32_t> unread;
        for (std::uint32_t number = 1; number <= pages_.count(); ++number) {
            if (known_[number] || number == kLockPage) continue;
            const bool is_read = pages_.Read(number, page);
            if (!is_read || !Take(ReadCells(pages_, number, page), number)) unread.push_back(number);
        }
        // Only now it is known what pages rows go on in.
        for (const std::uint32_t number : unread) found_.damaged_pages += known_[number] ? 0 : 1;
        return std::move(found_);
    }

private:
    // A page that lists free ones. `page` is the number of the next.
    bool MarkListed(std::uint32_t& page, bool only_if_it_lists) {
        PageBytes bytes;
        if (known_[page] || !pages_.Read(page, bytes)) return false;
        const std::uint32_t next = ReadBig32(bytes.data());
        const std::uint32_t size = ReadBig32(bytes.data() + 4);
        if (next > pages_.count() || size > kMostListed || (only_if_it_lists && size == 0)) return false;
        std::vector<std::uint32_t> listed;
        for (std::uint32_t i = 0; i < size; ++i) {
            listed.push_back(ReadBig32(bytes.data() + 8 + 4 * std::size_t{i}));
            if (listed.back() < 2 || listed.back() > pages_.count()) return false;
        }
        known_[page] = true;
        for (const std::uint32_t free : listed) known_[free] = true;
        page = next;
        return true;
    }

    // What is on free pages was taken away. False: not all of them are found.
    bool MarkFreeFrom(std::uint32_t page) {
        while (page != 0) {
            if (page == 1 || page > pages_.count() || !MarkListed(page, false)) return false;
        }
        return true;
    }

    // Without a beginning of the list its pages are known by their form.
    void MarkFreeByForm() {
        for (std::uint32_t number = 2; number <= pages_.count(); ++number) {
            std::uint32_t page = number;
            MarkListed(page, true);
        }
    }

    // False: it is no page of a tree.
    bool Take(Cells cells, std::uint32_t number) {
        if (cells.kind == Cells::Kind::kNone) return false;
        for (const std::uint32_t page : cells.overflow) known_[page] = true;
        found_.damaged_rows += cells.damaged;
        if (number == 1) return true;
        found_.damaged_rows += DropMisplaced(cells);
        const bool is_meta = cells.kind == Cells::Kind::kIndex && IsMetaPage(cells);
        for (const Row& row : cells.rows) {
            if (is_meta) {
                found_.meta[std::string(TextOf(row, 0))] = IntOf(row, 1);
            } else if (!(cells.kind == Cells::Kind::kTable ? TakeTable(row) : TakeIndex(row))) {
                ++found_.damaged_rows;
            }
        }
        return true;
    }

    bool TakeTable(const Row& row) {
        if (row.rowid <= 0) return false;
        const auto id = static_cast<model::NameId>(row.rowid);
        const bool is_id = row.rowid <= UINT32_MAX;
        if (IsEvent(row)) return TakeEvent(row);
        if (IsRequest(row)) return TakeRequest(row);
        if (IsName(row)) return is_id && Note(found_.names, id, TextOf(row, 1));
        if (IsMarks(row)) return is_id && TakeMarks(id, row);
        if (!IsGate(row) || !is_id) return false;
        insert_gate_.Execute(id, IntOf(row, 1), IntOf(row, 2), TextOf(row, 3), IntOf(row, 4));
        return true;
    }

    bool TakeEvent(const Row& row) {
        const EventColumns event{static_cast<std::uint64_t>(row.rowid),
                                 TextOf(row, 1),
                                 TextOf(row, 2),
                                 UnsignedOf(row, 3),
                                 TextOf(row, 4),
                                 IntOf(row, 5),
                                 TextOf(row, 6),
                                 TextOf(row, 7),
                                 TextOf(row, 9)};
        model::Event ignored;
        const bool is_good = IsSeq(row.rowid) && UnsignedOf(row, 8) == CrcOf(event) &&
                             DecodeMeta(event.meta, ignored) && DecodeDestinations(event.destinations);
        if (!is_good) {
            ++found_.damaged_events;
            return true;
        }
        insert_event_.Execute(event.seq, event.id, event.source, event.realm, event.type, event.recv_us,
                              Blob{event.destinations}, Blob{event.meta}, IntOf(row, 8), Blob{event.body});
        return true;
    }

    bool TakeRequest(const Row& row) {
        const std::string_view body = TextOf(row, 3);
        if (!IsSeq(IntOf(row, 1)) || UnsignedOf(row, 2) != Crc32(body) || !model::DecodeRequest(body)) return false;
        insert_request_.Execute(row.rowid, IntOf(row, 1), IntOf(row, 2), Blob{body});
        return true;
    }

    bool TakeMarks(model::NameId id, const Row& row) {
        Marks marks;
        marks.created = UnsignedOf(row, 1);
        marks.sent = UnsignedOf(row, 2);
        marks.dead = UnsignedOf(row, 3);
        marks.cancelled = UnsignedOf(row, 4);
        marks.retry = UnsignedOf(row, 5);
        marks.done_lo = UnsignedOf(row, 6);
        marks.sent_hi = UnsignedOf(row, 7);
        marks.due_hi_us = IntOf(row, 8);
        marks.pruned = row.values.size() > 9 ? UnsignedOf(row, 9) : 0;
        for (std::size_t i = 1; i < row.values.size(); ++i) {
            if (IntOf(row, i) < 0) return false;
        }
        if (marks.pruned > marks.created ||
            marks.created - marks.pruned < marks.sent + marks.dead + marks.cancelled + marks.retry)
            return false;
        found_.marks[id] = marks;
        return true;
    }

    bool TakeIndex(const Row& row) {
        if (IsAttempt(row)) return TakeAttempt(row);
        if (IsDelivery(row)) return TakeDelivery(row);
        if (IsIdentity(row)) {
            if (!IsSeq(IntOf(row, 3))) return false;
            insert_identity_.Execute(IntOf(row, 3), TextOf(row, 0), TextOf(row, 1), IntOf(row, 2));
            return true;
        }
        if (IsNameIndex(row)) {
            const std::int64_t id = IntOf(row, 1);
            return id > 0 && id <= UINT32_MAX &&
                   Note(found_.indexed_names, static_cast<model::NameId>(id), TextOf(row, 0));
        }
        return IsOtherIndex(row);
    }

    bool TakeAttempt(const Row& row) {
        const bool is_good =
            IsOwed(row) && IntOf(row, 5) >= 0 && IntOf(row, 5) <= static_cast<int>(model::OutcomeKind::kNotAttempted);
        if (!is_good) return false;
        insert_attempt_.Execute(IntOf(row, 0), IntOf(row, 1), IntOf(row, 2), IntOf(row, 3), IntOf(row, 4),
                                IntOf(row, 5), IntOf(row, 6), TextOf(row, 7), Bytes(row, 8), Text(row, 9));
        return true;
    }

    bool TakeDelivery(const Row& row) {
        const std::int64_t state = IntOf(row, 2);
        const bool waits = state == static_cast<std::int64_t>(RowState::kFresh) ||
                           state == static_cast<std::int64_t>(RowState::kRetry);
        const std::optional<std::int64_t> request = Number(row, 10);
        const bool never_rendered = request == kNeverRendered;
        const bool may_be_unrendered = state >= static_cast<std::int64_t>(RowState::kDead);
        const bool is_good = IsOwed(row) && state >= 0 && state <= static_cast<std::int64_t>(RowState::kCancelled) &&
                             waits != row.values[5].is_null() && IntOf(row, 3) >= 0 && request.value_or(0) >= 0 &&
                             (!never_rendered || may_be_unrendered);
        if (!is_good) return false;
        insert_delivery_.Execute(IntOf(row, 0), IntOf(row, 1), state, IntOf(row, 3), IntOf(row, 4), Number(row, 5),
                                 IntOf(row, 6), Number(row, 7), Number(row, 8), Text(row, 9), request, Number(row, 11),
                                 Number(row, 12));
        return true;
    }

    // False: another one is noted already.
    static bool Note(std::map<model::NameId, std::string>& names, model::NameId id, std::string_view text) {
        return names.try_emplace(id, text).first->second == text;
    }
    bool IsSeq(std::int64_t seq) const { return seq > 0 && static_cast<std::uint64_t>(seq) <= most_seq_; }
    bool IsOwed(const Row& row) const {
        return IntOf(row, 0) > 0 && IntOf(row, 0) <= UINT32_MAX && IsSeq(IntOf(row, 1));
    }

    static bool Has(const Row& row, std::size_t i) { return i < row.values.size() && !row.values[i].is_null(); }
    static std::optional<std::int64_t> Number(const Row& row, std::size_t i) {
        return Has(row, i) ? std::optional(IntOf(row, i)) : std::nullopt;
    }
    static std::optional<std::string_view> Text(const Row& row, std::size_t i) {
        return Has(row, i) ? std::optional(TextOf(row, i)) : std::nullopt;
    }
    static std::optional<Blob> Bytes(const Row& row, std::size_t i) {
        return Has(row, i) ? std::optional(Blob{TextOf(row, i)}) : std::nullopt;
    }

    const Pages& pages_;
    const std::uint64_t most_seq_;
    std::vector<bool> known_;  // free, or what a row goes on in
    Gathered found_;
    Statement insert_event_;
    Statement insert_delivery_;
    Statement insert_request_;
    Statement insert_attempt_;
    Statement insert_gate_;
    Statement insert_identity_;
};

}  // namespace

Gathered Gather(const Pages& pages, Connection& db, std::uint64_t most_seq) {
    db.Execute("CREATE TEMP TABLE identity(seq INTEGER, id TEXT, source TEXT, realm INTEGER)");
    return Gatherer(pages, db, most_seq).Run();
}

}  // namespace fanfare::store::sqlite
