// The durable store: one directory, one SQLite database in WAL mode, one thread that writes. FORMAT.md says what is in it.
//
// One connection does all writes. A second one checkpoints, under the rule in checkpointer.hpp.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/sqlite/window.hpp"
#include "store/store.hpp"

namespace fanfare::store::sqlite {

struct Options {
    std::string directory;
    // Space set aside that is given up when the disk is full. Zero: none.
    std::uint64_t ballast_bytes = 64u << 20;
    // Start although the disk no longer holds everything that was acknowledged.
    bool accept_loss = false;
    WindowLimits window;
};

// The clock must outlive the store.
// Errors: kConfig: the directory is unfit; kBusy: another process uses it; kCorrupt: damaged, newer than this program, or
// shorter than what was acknowledged; kFull, kIo.
base::Result<std::unique_ptr<Store>> Open(Options options, const base::Clock& clock);

}  // namespace fanfare::store::sqlite
