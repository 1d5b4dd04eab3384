#include "store/sqlite/ledger_reader.hpp"

#include <algorithm>
#include <set>

#include "store/sqlite/event_row.hpp"
#include "store/sqlite/schema.hpp"

namespace fanfare::store::sqlite {
namespace {

using base::Code;
using base::MakeError;
using model::DeliveryState;

// A read transaction keeps the WAL from starting anew; at 50,000 events/s it grows by 226 MB in a second.
constexpr auto kLimit = std::chrono::milliseconds(250);
constexpr std::size_t kMostEvents = 10;
constexpr std::size_t kRowsPerPage = 50'000;

#define FANFARE_DELIVERY_COLUMNS                                                                                 \
    "d.destination, d.seq, d.state, d.tries, d.route, d.due_us, d.updated_us, d.reason, e.id, e.realm, e.type, " \
    "e.recv_us, d.code, d.took_us, " FANFARE_REQUEST_COLUMNS

base::Time TimeOf(std::int64_t us) { return base::Time(base::Duration(us)); }

DeliveryState StateOf(RowState state) {
    switch (state) {
        case RowState::kFresh:
        case RowState::kRetry:
            return DeliveryState::kWaiting;
        case RowState::kSent:
            return DeliveryState::kSent;
        case RowState::kDead:
            return DeliveryState::kDead;
        case RowState::kCancelled:
            return DeliveryState::kCancelled;
    }
    return DeliveryState::kWaiting;
}

}  // namespace

LedgerReader::LedgerReader(const std::string& path, const Names& names, const Windows& windows, std::uint32_t store_tag)
    : db_(path, Connection::Mode::kReadOnly),
      names_(names),
      windows_(windows),
      store_tag_(store_tag),
      find_seqs_(db_, "SELECT seq FROM event WHERE id = ? ORDER BY seq DESC LIMIT ?"),
      read_event_(db_, "SELECT " FANFARE_EVENT_COLUMNS " FROM event e WHERE e.seq = ?"),
      list_events_(db_, "SELECT " FANFARE_EVENT_COLUMNS " FROM event e WHERE e.seq < ? ORDER BY e.seq DESC"),
      read_delivery_(db_, "SELECT " FANFARE_DELIVERY_COLUMNS
                          " FROM delivery d LEFT JOIN event e ON e.seq = d.seq" FANFARE_JOIN_REQUEST
                          " WHERE d.destination = ? AND d.seq = ?"),
      read_attempts_(
          db_,
          "SELECT number, started_us, took_us, outcome, code, reason, response, remote FROM attempt"
          " WHERE destination = ? AND seq = ? ORDER BY started_us, number"),
      // Without the event: most rows are only looked at.
      list_all_(
          db_,
          "SELECT destination, seq, state FROM delivery WHERE (destination, seq) > (?, ?) ORDER BY destination, seq"),
      list_dead_(db_,
                 "SELECT destination, seq, state FROM delivery WHERE state = 3 AND (destination, seq) > (?, ?)"
                 " ORDER BY destination, seq"),
      read_gate_(db_, "SELECT paused, unreachable, reason, since_us FROM gate WHERE destination = ?"),
      first_fresh_(db_,
                   "SELECT seq FROM delivery WHERE destination = ? AND seq > ? AND state = 0 ORDER BY seq LIMIT 1"),
      list_retries_(
          db_,
          "SELECT seq FROM delivery INDEXED BY delivery_oldest_retry WHERE destination = ? AND state = 2 ORDER BY seq"),
      read_received_(db_, "SELECT recv_us FROM event WHERE seq = ?") {
    db_.Execute("PRAGMA cache_size = -4096");
    db_.Execute("PRAGMA query_only = ON");
}

void LedgerReader::Begin() {
    began_ = std::chrono::steady_clock::now();
    db_.SetDeadline(began_ + kLimit);
}

// A list ends early rather than with an error.
bool LedgerReader::IsLate() const { return std::chrono::steady_clock::now() > began_ + kLimit / 2; }

base::Result<std::vector<EventView>> LedgerReader::FindEvents(std::string_view id) {
    Begin();
    std::set<std::uint64_t, std::greater<>> seqs;
    if (const auto key = model::ParseEventKey(id); key && key->store_tag == store_tag_) seqs.insert(key->seq);
    {
        Rows rows = find_seqs_.Run(id, static_cast<std::uint64_t>(kMostEvents));
        while (rows.Next()) seqs.insert(rows.Unsigned(0));
    }
    std::vector<EventView> views;
    for (const std::uint64_t seq : seqs) {
        auto view = ReadEventView(seq);
        if (!view) return std::move(view).error();
        if (*view && views.size() < kMostEvents) views.push_back(**std::move(view));
    }
    return views;
}

base::Result<std::optional<EventView>> LedgerReader::ReadEventView(std::uint64_t seq) {
    Rows rows = read_event_.Run(seq);
    if (!rows.Next()) return std::optional<EventView>();
    auto view = ToEventView(rows, seq);
    if (!view) return std::move(view).error();
    return std::optional(*std::move(view));
}

base::Result<EventPage> LedgerReader::ListEvents(const EventFilter& filter) {
    Begin();
    EventPage page;
    std::uint64_t last = filter.after ? filter.after->seq : INT64_MAX;
    std::size_t looked_at = 0;
    Rows rows = list_events_.Run(last);
    while (rows.Next()) {
        if (page.events.size() == filter.limit || looked_at++ == kRowsPerPage || IsLate()) {
            page.next = model::EventKey{last, store_tag_};
            break;
        }
        last = rows.Unsigned(0);
        auto view = ToEventView(rows, last);
        if (!view) return std::move(view).error();
        if (Matches(filter, view->event->envelope)) page.events.push_back(*std::move(view));
    }
    return page;
}

base::Error LedgerReader::DamagedEvent(std::uint64_t seq) const {
    return MakeError(Code::kCorrupt, "the stored event " + model::ToText(model::EventKey{seq, store_tag_}) +
                                         " is damaged: its check sum does not match");
}

base::Result<EventView> LedgerReader::ToEventView(const Rows& rows, std::uint64_t seq) {
    EventView view;
    view.event = ReadEvent(rows, 0, store_tag_, names_);
    const std::optional<std::vector<model::NameId>> destinations = DecodeDestinations(ColumnsOf(rows, 0).destinations);
    if (!view.event || !destinations) return DamagedEvent(seq);
    for (const model::NameId destination : *destinations) {
        if (auto delivery = ReadView({seq, destination})) view.deliveries.push_back(*std::move(delivery));
    }
    return view;
}

std::optional<model::DeliveryView> LedgerReader::ReadView(const model::DeliveryId& id) {
    Rows rows = read_delivery_.Run(id.destination, id.seq);
    return rows.Next() ? std::optional(ToView(rows)) : std::nullopt;
}

model::DeliveryView LedgerReader::ToView(const Rows& rows) const {
    model::DeliveryView view;
    view.id = {rows.Unsigned(1), static_cast<model::NameId>(rows.Unsigned(0))};
    view.state = StateOf(static_cast<RowState>(rows.Int(2)));
    view.attempts = static_cast<std::uint32_t>(rows.Int(3));
    view.destination = names_.Text(view.id.destination);
    view.route = names_.Text(static_cast<model::NameId>(rows.Unsigned(4)));
    view.updated_at = TimeOf(rows.Int(6));
    view.reason = rows.Bytes(7);
    view.event_id = rows.Bytes(8);
    view.realm = names_.Text(static_cast<model::NameId>(rows.Unsigned(9)));
    view.type = rows.Bytes(10);
    view.created_at = TimeOf(rows.Int(11));
    const Window* const window = windows_.Find(view.id.destination);
    if (view.state == DeliveryState::kWaiting && window != nullptr && window->IsLeased(view.id.seq)) {
        view.state = DeliveryState::kSending;
    }
    if (view.state == DeliveryState::kWaiting) view.next_attempt_at = TimeOf(rows.Int(5));
    return view;
}

DeliveryPage LedgerReader::ListDeliveries(const DeliveryFilter& filter) {
    Begin();
    std::optional<model::NameId> only;
    if (!filter.destination.empty()) {
        only = names_.Find(filter.destination);
        if (!only) return {};
    }
    if (filter.limit == 0) return {};
    if (filter.state == DeliveryState::kSending) return ListLeased(filter, only);
    return ListRows(filter.state == DeliveryState::kDead ? list_dead_ : list_all_, filter, only);
}

DeliveryPage LedgerReader::ListLeased(const DeliveryFilter& filter, std::optional<model::NameId> only) {
    DeliveryPage page;
    for (const Window* const window : windows_.All()) {
        const model::NameId destination = window->destination();
        if ((only && destination != *only) || (filter.after && destination < filter.after->destination)) continue;
        for (const std::uint64_t seq : window->Leased()) {
            if (filter.after && destination == filter.after->destination && seq <= filter.after->seq) continue;
            if (page.deliveries.size() == filter.limit) {
                page.next = page.deliveries.back().id;
                return page;
            }
            auto view = ReadView({seq, destination});
            if (view && Matches(filter, *view)) page.deliveries.push_back(*std::move(view));
        }
    }
    return page;
}

DeliveryPage LedgerReader::ListRows(Statement& statement, const DeliveryFilter& filter,
                                    std::optional<model::NameId> only) {
    model::DeliveryId after{0, only.value_or(0)};
    if (filter.after && (!only || filter.after->destination == *only)) after = *filter.after;
    if (filter.after && only && filter.after->destination > *only) return {};
    DeliveryPage page;
    std::size_t looked_at = 0;
    Rows rows = statement.Run(after.destination, after.seq);
    while (rows.Next()) {
        const model::DeliveryId id{rows.Unsigned(1), static_cast<model::NameId>(rows.Unsigned(0))};
        if (only && id.destination != *only) break;
        if (page.deliveries.size() == filter.limit || looked_at++ == kRowsPerPage || IsLate()) {
            page.next = after;
            break;
        }
        after = id;
        const bool may_match = !filter.state || StateOf(static_cast<RowState>(rows.Int(2))) == *filter.state;
        if (!may_match) continue;
        auto view = ReadView(id);
        if (view && Matches(filter, *view)) page.deliveries.push_back(*std::move(view));
    }
    return page;
}

base::Result<DeliveryDetail> LedgerReader::FindDelivery(const model::DeliveryId& id) {
    Begin();
    Rows row = read_delivery_.Run(id.destination, id.seq);
    if (!row.Next()) return MakeError(Code::kNotFound, "there is no delivery " + model::ToText(id));
    auto request = ReadRequest(row, 14);
    if (!request) {
        return MakeError(Code::kCorrupt, "the stored request of delivery " + model::ToText(id) +
                                             " is damaged: " + request.error().message);
    }
    DeliveryDetail detail{ToView(row), {}, *std::move(request)};
    Rows rows = read_attempts_.Run(id.destination, id.seq);
    while (rows.Next()) {
        detail.attempts.push_back({static_cast<std::uint32_t>(rows.Int(0)), TimeOf(rows.Int(1)),
                                   base::Duration(rows.Int(2)), static_cast<model::OutcomeKind>(rows.Int(3)),
                                   static_cast<int>(rows.Int(4)), std::string(rows.Bytes(5)),
                                   std::string(rows.Bytes(6)), std::string(rows.Bytes(7))});
    }
    if (detail.delivery.state == DeliveryState::kSent && !row.IsNull(13)) {
        const base::Duration took(row.Int(13));
        detail.attempts.push_back({detail.delivery.attempts,
                                   detail.delivery.updated_at - took,
                                   took,
                                   model::OutcomeKind::kDelivered,
                                   static_cast<int>(row.Int(12)),
                                   {}});
    }
    return detail;
}

base::Result<Debt> LedgerReader::FindDebt(const model::DeliveryId& id) {
    Begin();
    auto view = ReadView(id);
    if (!view) return NoSuchDelivery(id);
    Rows rows = read_event_.Run(id.seq);
    model::StoredEventPtr event = rows.Next() ? ReadEvent(rows, 0, store_tag_, names_) : nullptr;
    if (!event) return DamagedEvent(id.seq);
    return Debt{*std::move(view), std::move(event)};
}

Gate LedgerReader::ReadGate(model::NameId destination) {
    Begin();
    Rows rows = read_gate_.Run(destination);
    if (!rows.Next()) return {};
    return {rows.Int(0) != 0, rows.Int(1) != 0, std::string(rows.Bytes(2)), TimeOf(rows.Int(3))};
}

std::vector<OldestWaiting> LedgerReader::ListOldestWaiting() {
    Begin();
    std::vector<OldestWaiting> all;
    for (const Window* const window : windows_.All()) {
        const std::optional<std::uint64_t> seq = FindOldestWaiting(*window);
        if (!seq) continue;
        Rows rows = read_received_.Run(*seq);
        if (rows.Next()) all.push_back({names_.Text(window->destination()), TimeOf(rows.Int(0))});
    }
    return all;
}

// Passes over leased retries alone, and there are only as many as plugins have.
std::optional<std::uint64_t> LedgerReader::FindOldestWaiting(const Window& window) {
    if (window.counts().waiting == 0) return std::nullopt;
    const Window::OldestFresh fresh = window.FindOldestFresh();
    std::optional<std::uint64_t> oldest = fresh.seq;
    if (!oldest) {
        Rows rows = first_fresh_.Run(window.destination(), fresh.after);
        if (rows.Next()) oldest = rows.Unsigned(0);
    }
    Rows rows = list_retries_.Run(window.destination());
    while (rows.Next()) {
        const std::uint64_t seq = rows.Unsigned(0);
        if (oldest && seq > *oldest) break;
        if (!window.IsLeased(seq)) return seq;
    }
    return oldest;
}

Space LedgerReader::ReadSpace() {
    Begin();
    const auto page = static_cast<std::uint64_t>(db_.Int("PRAGMA page_size"));
    Space space;
    space.file_bytes = page * static_cast<std::uint64_t>(db_.Int("PRAGMA page_count"));
    space.free_bytes = page * static_cast<std::uint64_t>(db_.Int("PRAGMA freelist_count"));
    return space;
}

}  // namespace fanfare::store::sqlite
