// Answers in the forms that the operations share.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "admin/operation.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "http/server.hpp"
#include "json/value.hpp"

namespace fanfare::admin {

inline constexpr std::int64_t kMostSeconds = 100LL * 366 * 86'400;  // a hundred years: no sum with it overflows

inline constexpr std::int64_t kMostPerPage = 1000;

http::Response Json(const json::Value& value);
http::Response Text(std::string text);

// A parameter that is a whole number; nullopt if it is not given. Errors: kInvalid, with what it can be.
base::Result<std::optional<std::int64_t>> Number(const Call& call, const std::string& name, std::int64_t least,
                                                 std::int64_t most);

// The parameters older_than and newer_than, in seconds before `now`.
base::Status TakeAge(const Call& call, base::Time now, std::optional<base::Time>& after, std::optional<base::Time>& before);

}  // namespace fanfare::admin
