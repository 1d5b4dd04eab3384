// Retry-After, in seconds or as a date.
// Source: RFC 9110, sections 10.2.3 (Retry-After) and 5.6.7 (HTTP-date: IMF-fixdate and the two obsolete forms).
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace fanfare::http_client {

inline constexpr std::chrono::milliseconds kMaxRetryAfter = std::chrono::hours(24);

// How long to wait from `now`: at least 0 (a date in the past), at most kMaxRetryAfter. nullopt if `value` is not
// readable.
std::optional<std::chrono::milliseconds> ParseRetryAfter(std::string_view value, base::Time now);

}  // namespace fanfare::http_client
