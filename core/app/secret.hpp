// Secrets of the configuration, on their way to whoever needs them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "config/config.hpp"

namespace fanfare::app {

// Resolves the secret written at `where` and keeps it out of the log. nullopt: it cannot be had, and why is reported. A
// literal one in a file that everyone may read is a warning.
std::optional<base::Secret> TakeSecret(const json::Value& value, const config::Position& where,
                                       std::vector<config::Diagnostic>& diagnostics);

// A file that cannot be looked at is not.
bool IsWorldReadable(const std::string& file);

}  // namespace fanfare::app
