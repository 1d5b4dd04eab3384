// Files of configuration, read whole.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace fanfare::config {

// Errors: kNotFound, kTooLarge, kIo; the message is the reason alone ("Permission denied"), the path is the caller's.
base::Result<std::string> ReadFile(const std::string& path, std::size_t max_bytes);

// Without their ends (LF or CRLF).
std::vector<std::string_view> SplitLines(std::string_view text);

}  // namespace fanfare::config
