// Everything that is still good in a damaged store, as a new store. The old directory is only read.
//
// 1. pages   The database as the last commit left it, and of its log every page whose own check sum is right.
// 2. cells   The rows of every page that is not free, wherever it hangs. Which table a row is of is seen from its
//            form: no two tables of FORMAT.md have rows alike. So neither page 1 nor the inner pages of a tree are
//            needed, and a store of an older version has only shorter rows.
// 3. gather  A row goes into the new database if it is what was written: check sum, codec, order on its page.
// 4. mend    The invariants of FORMAT.md are made true: what is owed and has no row waits again, what has no event
//            goes, counts and marks are made anew.
// SQLite's own way (`sqlite3 FILE .recover`) was tried first: that of Debian 12 is built without sqlite_dbpage and
// fails on a sound file; where it works it needs a page 1, and stops at the first page of the log that is wrong.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace fanfare::store::sqlite {

struct SeqRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
};

// What became of the deliveries of one destination.
struct SalvagedDestination {
    std::string name;
    std::uint64_t waiting = 0;  // these five: as they are in the new store
    std::uint64_t sent = 0;
    std::uint64_t dead = 0;
    std::uint64_t cancelled = 0;
    std::uint64_t in_doubt = 0;      // waiting, and perhaps sent before
    std::uint64_t remade = 0;        // of them: their row is lost, their event is not
    std::uint64_t unrendered = 0;    // dead because what they send is lost
    std::uint64_t lost_waiting = 0;  // their event is lost, so they cannot be sent
    std::uint64_t lost_ended = 0;    // the same, but they had ended
    SeqRange lost;                   // numbers of those events
    std::uint64_t untraced = 0;      // gone without a row, by the old counts
};

struct Salvaged {
    std::uint64_t pages = 0;
    std::uint64_t damaged_pages = 0;  // nothing can be read from them
    std::uint64_t damaged_rows = 0;   // on pages that can be read
    std::uint64_t broken_log_pages = 0;

    std::uint64_t events = 0;  // in the new store
    std::uint64_t deliveries = 0;
    std::uint64_t damaged_events = 0;  // there, but not what was written
    std::uint64_t lost_events = 0;     // accepted for certain, and not in the new store
    std::vector<SeqRange> lost;        // their numbers; the first of them
    std::uint64_t untraced = 0;        // numbers without an event of which nothing tells: pruned or lost
    std::vector<SalvagedDestination> destinations;
    std::vector<std::string> notes;   // what else an operator must know, a sentence each
    std::vector<std::string> faults;  // what the check of the new store found; empty unless this program is wrong

    // Nothing is lost, nothing was doubted.
    bool whole = true;
};

// Makes `to`, which must not be there or be empty, and in it a store of today's version with what is good in `from`.
// After an error there is none. Blocks as long as it takes to read everything twice.
// Errors: kNotFound: there is no store in `from`; kBusy: a fanfare uses it; kConflict: `to` is not empty or inside of
// `from`; kCorrupt: not a store of ours, or of a newer fanfare; kConfig, kFull, kIo.
base::Result<Salvaged> Salvage(const std::string& from, const std::string& to);

}  // namespace fanfare::store::sqlite
