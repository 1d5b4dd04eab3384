// [destination.NAME.http] made into what the HTTP client takes: files read, secrets resolved, certificate and key
// compared.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/secret.hpp"
#include "config/config.hpp"
#include "http_client/settings.hpp"
#include "json/value.hpp"

namespace fanfare::app {

struct AssembledHttp {
    std::shared_ptr<const http_client::Settings> settings;  // null: the destination has no such table
    std::vector<base::Secret> secrets;
    json::Value fingerprint;  // what is written, and what the files hold
};

// nullopt: something is at fault, and is reported.
std::optional<AssembledHttp> AssembleHttp(const std::optional<config::Http>& written,
                                          std::vector<config::Diagnostic>& diagnostics);

}  // namespace fanfare::app
