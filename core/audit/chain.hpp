// A file of lines that are chained: each carries the SHA-256 of the line before it, so that a line that was changed,
// taken out or put in is found. What was cut off at the end is not: compare `lines` and `last` with what you noted
// elsewhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace fanfare::audit {

// SHA-256 of a line without its line end, in hexadecimal.
std::string DigestOf(std::string_view line);

// What the first line of all has as `previous`.
inline constexpr std::string_view kBeginning = "0000000000000000000000000000000000000000000000000000000000000000";

struct Chain {
    std::uint64_t lines = 0;
    std::uint64_t first = 0;  // number of the first line; above 1 if older ones stand in another file
    std::uint64_t last_number = 0;
    std::string last{kBeginning};   // digest of the last line
    std::uint64_t whole_bytes = 0;  // up to the last line end; what follows was never promised to anyone
    bool torn = false;              // something follows
};

// Reads the whole file; one that is absent is an empty chain. Errors: kIo; kInvalid, with the number of the line at
// which the chain is broken.
base::Result<Chain> ReadChain(const std::string& path);

}  // namespace fanfare::audit
