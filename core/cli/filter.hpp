// The options that choose among events or deliveries.
#pragma once

#include <optional>
#include <string>

#include "cli/command.hpp"

namespace fanfare::cli {

// "name=value&..." of the filter that the options say. Nullopt: one of them is wrong, which has been printed.
std::optional<std::string> FilterQuery(const Arguments& arguments);

}  // namespace fanfare::cli
