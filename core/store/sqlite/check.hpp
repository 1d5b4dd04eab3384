// Whether the database holds what was written: more than the start looks at, and slow.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace fanfare::store::sqlite {

// What is wrong with the database at `path`, a sentence each and at most 100; empty: nothing. Reads all of it, or
// until `stop`: kBusy. Threads: any, on a connection of its own; the store may be used meanwhile.
base::Result<std::vector<std::string>> Check(const std::string& path, std::uint32_t store_tag,
                                            std::stop_token stop);

}  // namespace fanfare::store::sqlite
