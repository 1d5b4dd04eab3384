// Templates in the options of destinations: which options take them, their plugin's schema says.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "schema/schema.hpp"
#include "shape/shape.hpp"

namespace fanfare::app {

// By destination; those without one are not in it.
using Templates = std::map<std::string, std::shared_ptr<const shape::Options>, std::less<>>;

// The place of an option, or the nearest one around it: a missing member has none of its own.
const config::Position& Locate(const config::Destination& destination, std::string pointer);

// Null if no option holds a template, or if one is at fault, which is reported at its place. `options`: with defaults.
std::shared_ptr<const shape::Options> CompileTemplates(const config::Destination& destination,
                                                       const schema::Schema& schema, const json::Value& options,
                                                       std::vector<config::Diagnostic>& diagnostics);

}  // namespace fanfare::app
