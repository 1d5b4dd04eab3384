// From the configuration to what ingest goes by; `serve` and rehearsals without a store make it alike.
#pragma once

#include <functional>
#include <string>

#include "app/realms.hpp"
#include "app/templates.hpp"
#include "base/result.hpp"
#include "config/config.hpp"
#include "ingest/rules.hpp"
#include "model/delivery.hpp"

namespace fanfare::app {

// The number that stands for a configured name.
using Numbering = std::function<base::Result<model::NameId>(const std::string& name)>;

// `destination` gives 0 for one that is switched off. Errors: those of the numbering.
base::Result<ingest::Rules> MakeRules(const config::Config& config, Realms realms, const Templates& templates,
                                      const Numbering& destination, const Numbering& route);

}  // namespace fanfare::app
