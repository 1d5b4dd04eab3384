// [server] tls and admin_tls made into what listeners show: files read, certificate and key compared.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "config/config.hpp"
#include "http/tls.hpp"

namespace fanfare::app {

// null: there is no such table, or something is at fault, and is reported. A certificate that has expired is a warning: a
// start that its clients refuse is better than none, for those who can still mend it.
std::shared_ptr<const http::Tls> AssembleTls(const std::optional<config::Tls>& written,
                                             std::vector<config::Diagnostic>& diagnostics);

}  // namespace fanfare::app
