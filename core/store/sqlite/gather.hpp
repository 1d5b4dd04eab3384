// From the pages of a damaged store to the rows that are what was written. See salvage.hpp.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/delivery.hpp"
#include "store/sqlite/cells.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/pages.hpp"
#include "store/sqlite/window.hpp"

namespace fanfare::store::sqlite {

struct Gathered {
    std::uint64_t damaged_pages = 0;
    std::uint64_t damaged_rows = 0;
    std::uint64_t damaged_events = 0;
    std::map<model::NameId, std::string> names;          // of the table
    std::map<model::NameId, std::string> indexed_names;  // of its index
    std::map<model::NameId, Marks> marks;
    std::map<std::string, std::int64_t, std::less<>> meta;
};

// Puts events, deliveries, requests, attempts and gates into `db`, which has the tables of today and is in a
// transaction, and what the index of identities says into its temporary table `identity(seq, id, source, realm)`. Rows
// of events above `most_seq` are not believed. Errors: SqlError.
Gathered Gather(const Pages& pages, Connection& db, std::uint64_t most_seq);

}  // namespace fanfare::store::sqlite
