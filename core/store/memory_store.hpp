// A store that keeps everything in memory: for trials and tests, where nothing has to survive the process.
// The second real implementation of the interfaces: it passes the same conformance suite as the durable one.
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "store/store.hpp"

namespace fanfare::store {

// The clock must outlive the store.
std::unique_ptr<Store> MakeMemoryStore(const base::Clock& clock);

}  // namespace fanfare::store
