// Ways to break a promise on purpose, for tests that must show that they notice. Nothing in the daemon includes this.
#pragma once

#include "store/sqlite/sqlite_store.hpp"

namespace fanfare::store::sqlite {

struct Controls {
    bool synchronous_normal = false;     // commits are not synced
    bool skip_start_checkpoint = false;  // go on in a WAL that the last process left
    bool ack_before_commit = false;
};

base::Result<std::unique_ptr<Store>> OpenWith(Options options, const base::Clock& clock, const Controls& controls);

}  // namespace fanfare::store::sqlite
