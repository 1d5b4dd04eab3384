// One group of work as one transaction: everything between BEGIN and COMMIT, and what it leads to.
// Threads: the writer's. Errors: SqlError, after which the caller rolls back; nothing of the group has happened then.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/names.hpp"
#include "store/sqlite/pruner.hpp"
#include "store/sqlite/queue.hpp"
#include "store/sqlite/schema.hpp"

namespace fanfare::store::sqlite {

struct GroupResult {
    std::vector<base::Result<std::vector<Accepted>>> accepts;  // one for each batch
    std::vector<std::vector<base::Status>> steers;             // one for each command, and in it for each delivery
    std::vector<ForwardCommand> forwards;                      // those with more to do
    std::vector<Pruned> prunes;                                // one for each command
    std::vector<model::NameId> interns;                        // one for each command
    std::vector<std::pair<model::NameId, std::string>> names;  // that are new
    std::map<Window*, std::pair<Change, Marks>> changes;
    std::uint64_t last_seq = 0;
};

class Group {
public:
    Group(Connection& db, Names& names, Windows& windows, std::uint32_t store_tag, const base::Clock& clock);

    // Puts more finishes into the work. False: there are no more for this group.
    using TakeMore = std::function<bool(Work& work)>;

    // Leaves the transaction open. Takes the events out of `work`, and nothing else.
    GroupResult Apply(Work& work, std::uint64_t last_seq, const TakeMore& take_more);

private:
    struct Found {
        std::optional<Accepted> same;     // accepted before
        std::optional<std::size_t> twin;  // same as that one of this batch
    };

    base::Result<std::vector<Accepted>> Accept(std::vector<NewEvent>& events);
    // True: no event of the store or of this batch has the identity of another of the batch. False: it has to be looked
    // up.
    bool HaveRisingIds(const std::vector<NewEvent>& events);
    base::Result<std::vector<Found>> LookUp(const std::vector<NewEvent>& events);
    base::Result<std::optional<Accepted>> FindSame(const NewEvent& event);
    Accepted Insert(NewEvent& event);
    // False if the destination has the event already.
    bool Insert(Target& target, const model::StoredEventPtr& stored);
    std::optional<std::int64_t> Keep(const model::RequestPtr& request, std::uint64_t seq);
    void Apply(const Settled& settled, std::int64_t now_us);
    std::vector<base::Status> Apply(const SteerCommand& command, std::int64_t now_us);
    // What is written of a delivery; nullopt: there is none.
    struct Standing {
        RowState state = RowState::kFresh;
        std::optional<std::int64_t> request;  // as in its column

        bool may_be_retried() const { return state == RowState::kDead || state == RowState::kCancelled; }
    };
    std::optional<Standing> Look(const model::DeliveryId& id);
    base::Status Revive(const model::DeliveryId& id, std::int64_t now_us);
    base::Status ReviveAnew(const Anew& anew, std::int64_t now_us);
    void MakeWaiting(const model::DeliveryId& id, RowState from, std::int64_t now_us);
    // Takes away what no delivery of the event is sent any more.
    void Drop(std::int64_t request, std::uint64_t seq);
    base::Status Cancel(const model::DeliveryId& id, std::int64_t now_us);
    void Write(const GateCommand& command);
    void Apply(const ForwardCommand& command);
    Pruned Apply(const PruneCommand& command);
    void WriteMarks();
    model::NameId Intern(const std::string& name);
    std::optional<model::NameId> FindName(const std::string& name) const;
    Change& ChangeOf(model::NameId destination) { return result_.changes[&windows_.At(destination)].first; }

    Names& names_;
    Windows& windows_;
    const std::uint32_t store_tag_;
    const base::Clock& clock_;
    GroupResult result_;
    std::map<std::string, model::NameId> new_names_;
    std::string greatest_id_;                             // of all events there are; may be of one that is gone
    std::map<const model::Request*, std::int64_t> kept_;  // requests of the event that is being inserted, and their ids

    Statement begin_;
    Statement find_same_;
    Statement read_event_;
    Statement insert_event_;
    Statement insert_request_;
    Statement insert_delivery_;
    Statement insert_dead_;
    Statement update_delivery_;
    Statement revive_;
    Statement insert_attempt_;
    Statement read_state_;
    Statement write_request_;
    Statement write_reason_;
    Statement delete_request_;
    Statement insert_name_;
    Statement write_marks_;
    Statement write_gate_;
    Statement bring_forward_;
    Pruner pruner_;
};

}  // namespace fanfare::store::sqlite
