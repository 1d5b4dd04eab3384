// Realms as configured, to the rules that ingest holds them to.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "ingest/rules.hpp"

namespace fanfare::app {

using Realms = std::map<std::string, ingest::RealmRules, std::less<>>;

// Resolves the secrets of signatures; one that cannot be had, or that its scheme does not take, is reported at its
// place.
Realms AssembleRealms(const config::Config& config, std::vector<config::Diagnostic>& diagnostics);

// Null if the realm has none.
std::shared_ptr<const profile::Profile> ProfileOf(const config::Config& config, const config::Realm& realm);

}  // namespace fanfare::app
