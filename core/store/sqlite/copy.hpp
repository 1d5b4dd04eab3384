// A copy of the store that is consistent while the store is used.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include "base/result.hpp"

namespace fanfare::store::sqlite {

// Copies the database at `from` to the file `to`, which must not exist; gives its size in bytes. The copy is on disk
// when this returns; after an error there is none. Blocks as long as it takes to write it or until `stop`, and the
// write-ahead log of `from` grows meanwhile. kBusy: stopped. Threads: any, on a connection of its own.
base::Result<std::uint64_t> Copy(const std::string& from, const std::string& to, std::stop_token stop);

}  // namespace fanfare::store::sqlite
