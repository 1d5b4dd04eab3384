#include "store/sqlite/group.hpp"

#include <map>
#include <tuple>
#include <utility>

#include "base/log.hpp"
#include "store/sqlite/codec.hpp"
#include "store/sqlite/event_row.hpp"
#include "store/sqlite/schema.hpp"

namespace fanfare::store::sqlite {
namespace {

using base::Code;
using base::MakeError;
using model::DeliveryState;

std::int64_t Micros(base::Time time) { return time.time_since_epoch().count(); }
// Of those that are brought forward in one group; somebody waits for the next one.
constexpr std::int64_t kForwardSlice = 5'000;

std::int64_t Number(RowState state) { return static_cast<std::int64_t>(state); }

// SQLite's integers have a sign.
std::optional<std::int64_t> KeyColumn(std::optional<std::uint64_t> key) {
    return key ? std::optional(static_cast<std::int64_t>(*key)) : std::nullopt;
}

base::Error WithoutName(const model::Event& event) {
    return MakeError(Code::kInternal,
                     "event '" + event.id + "' is owed to a destination that has no name in the store");
}

RowState RowStateOf(DeliveryState state) {
    switch (state) {
        case DeliveryState::kWaiting:
        case DeliveryState::kSending:
            return RowState::kRetry;
        case DeliveryState::kSent:
            return RowState::kSent;
        case DeliveryState::kDead:
            return RowState::kDead;
        case DeliveryState::kCancelled:
            return RowState::kCancelled;
    }
    return RowState::kRetry;
}

}  // namespace

Group::Group(Connection& db, Names& names, Windows& windows, std::uint32_t store_tag, const base::Clock& clock)
    : names_(names),
      windows_(windows),
      store_tag_(store_tag),
      clock_(clock),
      greatest_id_(db.Text("SELECT max(id) FROM event")),
      begin_(db, "BEGIN IMMEDIATE"),
      find_same_(db, "SELECT seq FROM event WHERE id = ? AND source = ? AND realm = ? ORDER BY seq DESC LIMIT 1"),
      read_event_(db, "SELECT " FANFARE_EVENT_COLUMNS " FROM event e WHERE e.seq = ?"),
      insert_event_(db,
                    "INSERT INTO event(seq, id, source, realm, type, recv_us, destinations, meta, crc, body)"
                    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      insert_request_(db, "INSERT INTO request(seq, crc, body) VALUES(?, ?, ?) RETURNING id"),
      // Due since it was received. What a success needs more of room it takes from due_us, so the row does not grow.
      insert_delivery_(
          db,
          "INSERT INTO delivery(destination, seq, state, tries, route, due_us, updated_us, request, order_key)"
          " VALUES(?1, ?2, 0, 0, ?3, ?4, ?4, ?5, ?6)"),
      insert_dead_(db,
                   "INSERT INTO delivery(destination, seq, state, tries, route, updated_us, reason, request)"
                   " VALUES(?, ?, ?, 0, ?, ?, ?, ?)"),
      update_delivery_(
          db,
          "UPDATE delivery SET state = ?3, tries = coalesce(?4, tries), due_us = ?5, updated_us = ?6, code = ?7,"
          " took_us = ?8, reason = ?9 WHERE destination = ?1 AND seq = ?2"),
      revive_(db,
              "UPDATE delivery SET state = ?3, tries = 0, due_us = ?4, updated_us = ?4, code = NULL, took_us = NULL,"
              " reason = NULL, by_hand = 1 WHERE destination = ?1 AND seq = ?2"),
      insert_attempt_(db,
                      "INSERT OR REPLACE INTO attempt(destination, seq, started_us, number, took_us, outcome, code, "
                      "reason, response,"
                      " remote) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      read_state_(db, "SELECT state, request FROM delivery WHERE destination = ? AND seq = ?"),
      write_request_(db, "UPDATE delivery SET request = ?3 WHERE destination = ?1 AND seq = ?2"),
      write_reason_(db, "UPDATE delivery SET reason = ?3, updated_us = ?4 WHERE destination = ?1 AND seq = ?2"),
      delete_request_(db, "DELETE FROM request WHERE id = ?"),
      insert_name_(db, "INSERT INTO name(id, text) VALUES(?, ?)"),
      write_marks_(
          db,
          "INSERT OR REPLACE INTO destination(name, created, sent, dead, cancelled, retry, done_lo, sent_hi, due_hi_us,"
          " pruned) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      write_gate_(
          db, "INSERT OR REPLACE INTO gate(destination, paused, unreachable, reason, since_us) VALUES(?, ?, ?, ?, ?)"),
      bring_forward_(db,
                     "UPDATE delivery SET due_us = ?2 WHERE destination = ?1 AND state = 2 AND seq IN"
                     " (SELECT seq FROM delivery WHERE destination = ?1 AND state = 2 AND due_us > ?2 LIMIT ?3)"),
      pruner_(db) {}

GroupResult Group::Apply(Work& work, std::uint64_t last_seq, const TakeMore& take_more) {
    result_ = {};
    result_.last_seq = last_seq;
    new_names_.clear();
    kept_.clear();
    const std::int64_t now_us = Micros(clock_.Now());
    begin_.Execute();
    for (AcceptBatch& batch : work.accepts) result_.accepts.push_back(Accept(batch.events));
    std::size_t applied = 0;
    do {
        for (; applied < work.settled.size(); ++applied) Apply(work.settled[applied], now_us);
    } while (take_more(work));
    for (const SteerCommand& command : work.steers) result_.steers.push_back(Apply(command, now_us));
    for (const GateCommand& command : work.gates) Write(command);
    for (const ForwardCommand& command : work.forwards) Apply(command);
    for (const PruneCommand& command : work.prunes) result_.prunes.push_back(Apply(command));
    for (const InternCommand& command : work.interns) result_.interns.push_back(Intern(command.name));
    WriteMarks();
    return std::move(result_);
}

// All or nothing without a savepoint: everything that can go against one batch is looked up before the first insert.
base::Result<std::vector<Accepted>> Group::Accept(std::vector<NewEvent>& events) {
    auto found = LookUp(events);
    if (!found) return std::move(found).error();
    std::vector<Accepted> accepted;
    accepted.reserve(events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
        const Found& one = (*found)[i];
        if (one.same) {
            accepted.push_back(*one.same);
        } else if (one.twin) {
            accepted.push_back(accepted[*one.twin]);
            accepted.back().duplicate = true;
        } else {
            accepted.push_back(Insert(events[i]));
        }
    }
    return accepted;
}

// Ids that rise with time (UUIDv7, counters) are compared with one id instead of looked up in the index.
bool Group::HaveRisingIds(const std::vector<NewEvent>& events) {
    bool rising = true;
    for (const NewEvent& event : events) {
        const std::string& id = event.envelope.event.id;
        if (id > greatest_id_) {
            greatest_id_ = id;
        } else {
            rising = false;
        }
    }
    return rising;
}

base::Result<std::vector<Group::Found>> Group::LookUp(const std::vector<NewEvent>& events) {
    std::vector<Found> found(events.size());
    const bool all_new = HaveRisingIds(events);
    std::map<std::tuple<std::string_view, std::string_view, std::string_view>, std::size_t> batch;
    for (std::size_t i = 0; i < events.size(); ++i) {
        const NewEvent& event = events[i];
        const model::Event& content = event.envelope.event;
        for (const Target& target : event.targets) {
            if (!names_.Knows(target.destination)) return WithoutName(content);
        }
        if (all_new) continue;
        const bool deduplicate = event.dedup_window > base::Duration::zero();
        if (events.size() > 1) {
            const auto [twin, first] = batch.try_emplace({event.envelope.realm, content.source, content.id}, i);
            if (!first && deduplicate) {
                if (!model::IsSameContent(events[twin->second].envelope.event, content)) return Contradicts(content);
                found[i].twin = twin->second;
                continue;
            }
            twin->second = i;
        }
        if (!deduplicate) continue;
        auto same = FindSame(event);
        if (!same) return std::move(same).error();
        found[i].same = *same;
    }
    return found;
}

base::Result<std::optional<Accepted>> Group::FindSame(const NewEvent& event) {
    const model::Envelope& envelope = event.envelope;
    const auto realm = FindName(envelope.realm);
    if (!realm) return std::optional<Accepted>();
    std::uint64_t seq = 0;
    {
        Rows rows =
            find_same_.Run(std::string_view(envelope.event.id), std::string_view(envelope.event.source), *realm);
        if (!rows.Next()) return std::optional<Accepted>();
        seq = rows.Unsigned(0);
    }
    Rows rows = read_event_.Run(seq);
    if (!rows.Next()) return std::optional<Accepted>();
    const base::Time received_at{base::Duration(rows.Int(5))};
    if (received_at <= envelope.received_at - event.dedup_window) return std::optional<Accepted>();
    const model::StoredEventPtr stored = ReadEvent(rows, 0, store_tag_, names_);
    const auto destinations = DecodeDestinations(ColumnsOf(rows, 0).destinations);
    if (!stored || !destinations || !model::IsSameContent(stored->envelope.event, envelope.event))
        return Contradicts(envelope.event);
    return std::optional(Accepted{stored->key, true, static_cast<std::uint32_t>(destinations->size())});
}

Accepted Group::Insert(NewEvent& event) {
    const model::NameId realm = Intern(event.envelope.realm);
    const std::uint64_t seq = ++result_.last_seq;
    const auto stored =
        std::make_shared<const model::StoredEvent>(model::StoredEvent{{seq, store_tag_}, std::move(event.envelope)});
    const model::Event& content = stored->envelope.event;
    const std::int64_t recv_us = Micros(stored->envelope.received_at);

    std::vector<model::NameId> destinations;
    for (Target& target : event.targets) {
        if (Insert(target, stored)) destinations.push_back(target.destination);
    }
    kept_.clear();
    const std::string meta = EncodeMeta(content);
    const std::string owed = EncodeDestinations(destinations);
    const EventColumns row{seq, content.id, content.source, realm, content.type, recv_us, owed, meta, content.data};
    insert_event_.Execute(row.seq, row.id, row.source, row.realm, row.type, row.recv_us, Blob{row.destinations},
                          Blob{row.meta}, CrcOf(row), Blob{row.body});
    return {stored->key, false, static_cast<std::uint32_t>(destinations.size())};
}

bool Group::Insert(Target& target, const model::StoredEventPtr& stored) {
    const std::uint64_t seq = stored->key.seq;
    const std::int64_t recv_us = Micros(stored->envelope.received_at);
    Change& change = ChangeOf(target.destination);
    if (std::exchange(change.last_seq, seq) == seq) return false;
    if (!target.dead.empty()) {
        ++change.born_dead;
        insert_dead_.Execute(target.destination, seq, Number(RowState::kDead), target.route, recv_us,
                             std::string_view(target.dead), kNeverRendered);
        return true;
    }
    insert_delivery_.Execute(target.destination, seq, target.route, recv_us, Keep(target.request, seq),
                             KeyColumn(target.order_key));
    change.fresh.push_back({seq, {stored, std::move(target.request)}, target.order_key});
    return true;
}

std::optional<std::int64_t> Group::Keep(const model::RequestPtr& request, std::uint64_t seq) {
    if (!request) return std::nullopt;
    const auto [kept, is_new] = kept_.try_emplace(request.get());
    if (is_new) {
        const std::string body = model::Encode(*request);
        Rows rows = insert_request_.Run(seq, Crc32(body), Blob{body});
        if (rows.Next()) kept->second = rows.Int(0);
        rows.Drain();
    }
    return kept->second;
}

void Group::Apply(const Settled& settled, std::int64_t now_us) {
    const Finish& finish = settled.finish;
    const model::DeliveryId& id = finish.id;
    const RowState state = RowStateOf(finish.state);
    const auto& attempt = finish.attempt;

    std::optional<std::int64_t> due_us;
    if (state == RowState::kRetry) due_us = Micros(finish.next_attempt_at);
    std::optional<std::uint32_t> tries;
    std::optional<std::int64_t> code;
    std::optional<std::int64_t> took_us;
    if (attempt) {
        if (finish.spent) tries = attempt->number;
        code = attempt->code;
        took_us = attempt->took.count();
        // A sent row says itself when the last attempt started: updated_us - took_us.
        if (state == RowState::kSent) now_us = Micros(attempt->started_at + attempt->took);
    }
    std::optional<std::string_view> reason;
    if (!finish.reason.empty()) reason = finish.reason;
    const int changed =
        update_delivery_.Execute(id.destination, id.seq, Number(state), tries, due_us, now_us, code, took_us, reason);
    if (changed != 1) log::Error("store.row_missing", {{"delivery", model::ToText(id)}});
    if (attempt && state != RowState::kSent) {
        insert_attempt_.Execute(
            id.destination, id.seq, Micros(attempt->started_at), attempt->number, *took_us,
            static_cast<int>(attempt->outcome), attempt->code, std::string_view(attempt->reason),
            attempt->response.empty() ? std::nullopt : std::optional(Blob{attempt->response}),
            attempt->remote.empty() ? std::nullopt : std::optional(std::string_view(attempt->remote)));
    }

    Change& change = ChangeOf(id.destination);
    change.settled.push_back(id.seq);
    change.retry -= settled.was_retry ? 1 : 0;
    switch (state) {
        case RowState::kFresh:
        case RowState::kRetry:
            ++change.retry;
            change.postponed.push_back(id.seq);
            change.earliest_due_us = std::min(change.earliest_due_us.value_or(Window::kNever), *due_us);
            break;
        case RowState::kSent:
            ++change.sent;
            break;
        case RowState::kDead:
            ++change.dead;
            break;
        case RowState::kCancelled:
            ++change.cancelled;
            break;
    }
}

std::vector<base::Status> Group::Apply(const SteerCommand& command, std::int64_t now_us) {
    std::vector<base::Status> results;
    results.reserve(command.ids.size());
    switch (command.kind) {
        case SteerCommand::Kind::kRetry:
            for (const model::DeliveryId& id : command.ids) results.push_back(Revive(id, now_us));
            break;
        case SteerCommand::Kind::kRetryAnew:
            for (const Anew& anew : command.anew) results.push_back(ReviveAnew(anew, now_us));
            break;
        case SteerCommand::Kind::kCancel:
            for (const model::DeliveryId& id : command.ids) results.push_back(Cancel(id, now_us));
            break;
    }
    return results;
}

std::optional<Group::Standing> Group::Look(const model::DeliveryId& id) {
    Rows rows = read_state_.Run(id.destination, id.seq);
    if (!rows.Next()) return std::nullopt;
    return Standing{static_cast<RowState>(rows.Int(0)), rows.IsNull(1) ? std::nullopt : std::optional(rows.Int(1))};
}

base::Status Group::Revive(const model::DeliveryId& id, std::int64_t now_us) {
    const auto found = Look(id);
    if (!found) return NoSuchDelivery(id);
    if (!found->may_be_retried()) return NotToBeRetried(id, found->state == RowState::kSent);
    if (found->request == kNeverRendered) return NeverRendered(id);
    MakeWaiting(id, found->state, now_us);
    return {};
}

base::Status Group::ReviveAnew(const Anew& anew, std::int64_t now_us) {
    const model::DeliveryId& id = anew.id;
    const auto found = Look(id);
    if (!found) return NoSuchDelivery(id);
    if (!found->may_be_retried()) return NotToBeRetried(id, found->state == RowState::kSent);
    if (!anew.dead.empty()) {
        const bool dead = found->state == RowState::kDead;
        if (dead) write_reason_.Execute(id.destination, id.seq, std::string_view(anew.dead), now_us);
        return CannotBeRendered(id, dead, anew.dead);
    }
    write_request_.Execute(id.destination, id.seq, Keep(anew.request, id.seq));
    kept_.clear();
    if (found->request && *found->request != kNeverRendered) Drop(*found->request, id.seq);
    MakeWaiting(id, found->state, now_us);
    return {};
}

void Group::Drop(std::int64_t request, std::uint64_t seq) {
    {
        Rows rows = read_event_.Run(seq);
        const auto owed = rows.Next() ? DecodeDestinations(ColumnsOf(rows, 0).destinations) : std::nullopt;
        if (!owed) return;
        for (const model::NameId destination : *owed) {
            const auto other = Look({seq, destination});
            if (other && other->request == request) return;
        }
    }
    delete_request_.Execute(request);
}

void Group::MakeWaiting(const model::DeliveryId& id, RowState from, std::int64_t now_us) {
    revive_.Execute(id.destination, id.seq, Number(RowState::kRetry), now_us);
    Change& change = ChangeOf(id.destination);
    --(from == RowState::kDead ? change.dead : change.cancelled);
    ++change.retry;
    change.earliest_due_us = std::min(change.earliest_due_us.value_or(Window::kNever), now_us);
}

base::Status Group::Cancel(const model::DeliveryId& id, std::int64_t now_us) {
    const auto found = Look(id);
    if (!found) return NoSuchDelivery(id);
    const RowState state = found->state;
    if (state == RowState::kSent || state == RowState::kCancelled)
        return NotToBeCancelled(id, state == RowState::kSent);
    const bool waits = state == RowState::kFresh || state == RowState::kRetry;
    if (waits && !windows_.At(id.destination).Withhold(id.seq)) return BeingSent(id);
    update_delivery_.Execute(id.destination, id.seq, Number(RowState::kCancelled), nullptr, nullptr, now_us, nullptr,
                             nullptr, nullptr);
    Change& change = ChangeOf(id.destination);
    ++change.cancelled;
    if (state == RowState::kDead) --change.dead;
    if (state == RowState::kRetry) --change.retry;
    if (waits) change.cancelled_open.push_back(id.seq);
    return {};
}

void Group::Write(const GateCommand& command) {
    const Gate& gate = command.gate;
    write_gate_.Execute(command.destination, static_cast<int>(gate.paused), static_cast<int>(gate.unreachable),
                        std::string_view(gate.reason), Micros(gate.since));
}

void Group::Apply(const ForwardCommand& command) {
    Change& change = ChangeOf(command.destination);
    const int brought = bring_forward_.Execute(command.destination, command.latest_us, kForwardSlice);
    change.latest_due_us = command.latest_us;
    change.none_is_due_later = brought < kForwardSlice;
    if (!change.none_is_due_later) result_.forwards.push_back(command);
    if (brought > 0) {
        change.earliest_due_us = std::min(change.earliest_due_us.value_or(Window::kNever), command.latest_us);
    }
}

Pruned Group::Apply(const PruneCommand& command) {
    return pruner_.Run(command.order, result_.last_seq, [this](model::NameId destination, RowState state) {
        Change& change = ChangeOf(destination);
        ++change.pruned;
        --(state == RowState::kSent ? change.sent : state == RowState::kDead ? change.dead : change.cancelled);
    });
}

void Group::WriteMarks() {
    for (Window* const window : windows_.All()) {
        if (window->wants_marks()) result_.changes.try_emplace(window);
    }
    for (auto& [window, change] : result_.changes) {
        change.second = window->Plan(change.first);
        const Marks& marks = change.second;
        write_marks_.Execute(window->destination(), marks.created, marks.sent, marks.dead, marks.cancelled, marks.retry,
                             marks.done_lo, marks.sent_hi, marks.due_hi_us, marks.pruned);
    }
}

model::NameId Group::Intern(const std::string& name) {
    if (const auto known = FindName(name)) return *known;
    const model::NameId id = std::max(names_.last(), result_.names.empty() ? 0 : result_.names.back().first) + 1;
    insert_name_.Execute(id, std::string_view(name));
    result_.names.emplace_back(id, name);
    new_names_.emplace(name, id);
    return id;
}

std::optional<model::NameId> Group::FindName(const std::string& name) const {
    if (name.empty()) return 0;
    if (const auto known = names_.Find(name)) return known;
    const auto found = new_names_.find(name);
    return found == new_names_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace fanfare::store::sqlite
