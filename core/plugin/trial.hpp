// Does loading a file end the process? Tried in a child process first.
#pragma once

#include <functional>

#include "base/result.hpp"

namespace fanfare::plugin {

// Runs `load` in a forked child, for up to 10 s. An error says how the child ended: a static constructor may throw,
// crash, exit or hang, and none of that can be caught where it happens. What `load` returns or throws does not matter.
// Errors: kConfig; message without a subject ("loading it ends in signal 6 (Aborted)").
base::Status TryInChild(const std::function<void()>& load);

}  // namespace fanfare::plugin
