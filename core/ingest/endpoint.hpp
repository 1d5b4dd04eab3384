// The addresses of the ingest API: POST /v1/events and POST /v1/realms/{realm}/events.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.hpp"

namespace fanfare::ingest {

struct Endpoint {
    bool known = false;
    bool names_realm = false;
    std::string_view realm;  // as sent; a legal name needs no percent-encoding
};

Endpoint FindEndpoint(std::string_view path);

// The value of the parameter of that name, as sent; empty if it stands there without one, nullopt if it is not there.
std::optional<std::string_view> FindParameter(std::string_view query, std::string_view name);

// Whether the query asks only what would happen: dry_run, dry_run=1 or dry_run=true. Errors: kInvalid: dry_run with a
// value that says neither yes nor no; to act on it would be to guess.
base::Result<bool> IsDryRun(std::string_view query);

}  // namespace fanfare::ingest
