// JSON Patch (RFC 6902) over nlohmann's. For bytes of strangers: bounded in time and in memory, whatever they hold.
// Numbers are compared by value, as 64-bit integers or as doubles.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace fanfare::json {

struct PatchFault {
    std::string pointer;  // into the patch: "/3" is its fourth operation; empty: the whole
    std::string message;
};

// Why the operations of `patch`, applied to `from`, do not give `to`; nullopt if they do.
std::optional<PatchFault> FindPatchFault(std::string_view patch, std::string_view from, std::string_view to);

// The operations that lead from one to the other. Errors: kInvalid: not JSON, or too much to write down.
base::Result<std::string> MakePatch(std::string_view from, std::string_view to);

}  // namespace fanfare::json
