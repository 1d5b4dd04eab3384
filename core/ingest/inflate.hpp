// gzip (RFC 1952) under a limit: a small body must not become a large one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace fanfare::ingest {

// Exactly one complete gzip stream and nothing behind it. Errors: kInvalid, or kTooLarge as soon as the output passes
// `limit` bytes.
base::Result<std::string> Inflate(std::string_view body, std::size_t limit);

}  // namespace fanfare::ingest
