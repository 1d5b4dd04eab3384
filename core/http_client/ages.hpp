// How long a kept connection is used.
#pragma once

#include <chrono>

namespace fanfare::http_client {

// An idle connection is given up just before the minute after which load balancers do, and any connection after ten, so
// that a name that moved is followed.
inline constexpr std::chrono::seconds kMaxIdle{55};
inline constexpr std::chrono::seconds kMaxAge{600};

}  // namespace fanfare::http_client
