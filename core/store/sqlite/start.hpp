// From a directory to a store that may acknowledge: the steps in the order in which they must happen (FORMAT.md, "Start").
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "store/sqlite/connection.hpp"
#include "store/sqlite/controls.hpp"
#include "store/sqlite/directory.hpp"
#include "store/sqlite/names.hpp"

namespace fanfare::store::sqlite {

inline constexpr const char* kDatabaseName = "fanfare.db";

struct Started {
    std::unique_ptr<Directory> directory;
    std::unique_ptr<Connection> db;
    std::unique_ptr<Names> names;
    std::unique_ptr<Windows> windows;
    std::uint32_t store_tag = 0;
    std::uint64_t last_seq = 0;
    std::uint64_t ballast_bytes = 0;  // set aside when there is room
    Recovery recovery;
};

// What the marks of one destination leave open: handed out perhaps, finished not. Errors: SqlError.
std::uint64_t CountInDoubt(Connection& db, model::NameId destination, const Marks& marks);

base::Result<Started> Start(const Options& options, const Controls& controls);

}  // namespace fanfare::store::sqlite
