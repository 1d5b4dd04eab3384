// An event as it is named on the command line: a file and the options that say what it is.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "cli/command.hpp"

namespace fanfare::cli {

// The options --type, --source, --id, --subject, --content-type and --header.
std::vector<Option> EventOptions();
// The headers of a request that brings such an event. Errors: kInvalid, if a header has not the form of one.
base::Result<std::vector<std::pair<std::string, std::string>>> EventHeaders(const Arguments& arguments);

// "-" is standard input; nullopt if it cannot be read.
std::optional<std::string> ReadAll(const std::string& file);

}  // namespace fanfare::cli
