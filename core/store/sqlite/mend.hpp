// Makes the invariants of FORMAT.md true of rows that were gathered from a damaged store. See salvage.hpp.
#pragma once

#include <cstdint>

#include "store/sqlite/gather.hpp"
#include "store/sqlite/salvage.hpp"

namespace fanfare::store::sqlite {

struct Ending {
    std::uint64_t seq = 0;        // the last number that was acknowledged for certain; 0: not known
    std::uint32_t store_tag = 0;  // 0: not known
    std::uint64_t most_seq = 0;   // what is above is no number of this store, but rot
};

struct Mended {
    std::uint64_t seq_floor = 0;
    std::uint32_t store_tag = 0;
};

// `db` is what Gather left, in the same transaction. Adds to `report` what was found. Errors: SqlError.
Mended Mend(Connection& db, const Gathered& found, const Ending& ending, Salvaged& report);

}  // namespace fanfare::store::sqlite
