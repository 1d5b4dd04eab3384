// A match in the few words that have room in a picture. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/value.hpp"

namespace fanfare::app {

// Without control characters, and cut behind the character where a person stops reading; then it ends in "...".
std::string ShortText(std::string_view text);

// One line per field: `data.ref: prefix "refs/tags/" | "main"`; alternatives as `any of (...) or (...)`. `match` must
// have passed route::Check; null has no lines. Long lines are cut, and behind the first few lines one says how many
// follow.
std::vector<std::string> MatchLines(const json::Value& match);

}  // namespace fanfare::app
