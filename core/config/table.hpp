// A TOML file as JSON, for a command that is given the options of a plugin alone.
#pragma once

#include <string>

#include "base/result.hpp"
#include "json/value.hpp"

namespace fanfare::config {

// Members in the order in which they are written. Errors: kNotFound, kTooLarge, kIo; kConfig with every fault of the
// file, each with its place, line by line.
base::Result<json::Value> ReadTable(const std::string& path);

}  // namespace fanfare::config
