// Takes away events that have ended long ago, in slices, oldest first.
//
// A pass goes over the events in order of acceptance and remembers where the last slice ended; what is not to be taken yet
// is stepped over and looked at again by the next pass. The newest event stays: it holds the numbering.
// Threads: the writer's, inside a transaction. Errors: SqlError.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "store/ledger.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/schema.hpp"

namespace fanfare::store::sqlite {

class Pruner {
public:
    explicit Pruner(Connection& db);

    // `gone` is called for each delivery that is taken away, with the state it had.
    Pruned Run(const PruneOrder& order, std::uint64_t last_seq,
               const std::function<void(model::NameId destination, RowState state)>& gone);

private:
    struct Ended {
        model::NameId destination = 0;
        RowState state = RowState::kSent;
        std::int64_t request = 0;  // 0: none
    };

    // False if one of them is not to go yet.
    bool Collect(const PruneOrder& order, std::uint64_t seq, std::string_view destinations, std::vector<Ended>& ended);

    std::uint64_t after_ = 0;
    Statement list_;
    Statement read_delivery_;
    Statement delete_event_;
    Statement delete_delivery_;
    Statement delete_attempts_;
    Statement delete_request_;
};

}  // namespace fanfare::store::sqlite
