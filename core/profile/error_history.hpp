// What went wrong with a message so far, written into it: `errors` and `errors_count` of Gadz.org's envelope (profile
// gadz-v1, SEED-SYSTEMS A24 to A27). All else of the message stays byte for byte. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace fanfare::profile {

struct ErrorEntry {
    enum class Kind { kSoft, kHard };

    Kind kind = Kind::kSoft;
    std::string identity;  // the same text, the same error_uuid
    std::string sender;
    std::string message;
    base::Time at{};
    int code = 0;          // of the far side, 0 if none
    std::string response;  // the beginning of its answer
};

// The message with `added` behind the errors that it has, and their count, whatever it said of it before. nullopt if it
// is no JSON object.
std::optional<std::string> WithErrors(std::string_view message, const std::vector<ErrorEntry>& added);

}  // namespace fanfare::profile
