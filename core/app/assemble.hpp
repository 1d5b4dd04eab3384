// From configuration to parts that can run: loads the plugins, checks their options, splits off the secrets and makes
// the sinks. `serve` starts them, `check` throws them away: both see the same mistakes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/realms.hpp"
#include "app/templates.hpp"
#include "base/secret.hpp"
#include "config/config.hpp"
#include "http/tls.hpp"
#include "plugin/catalog.hpp"
#include "sink/sink.hpp"

namespace fanfare::app {

struct Part {
    const config::Destination* destination;  // in the configuration that was given
    std::unique_ptr<sink::Sink> sink;        // not started
    // The same for the same plugin with the same options, http table and secrets: then there is no need to make it
    // anew. Made of the secrets, so it is not to be shown.
    base::Secret fingerprint;
};

struct Assembly {
    std::vector<Part> parts;  // of the destinations without a fault that are not switched off
    Realms realms;
    Templates templates;
    std::shared_ptr<const http::Tls> tls;  // of [server] listen; null: in the clear
    std::shared_ptr<const http::Tls> admin_tls;
    std::vector<config::Diagnostic> diagnostics;  // at their place in the files
};

Assembly Assemble(const config::Config& config, plugin::Catalog& catalog);

}  // namespace fanfare::app
