// The addresses of the ingest API: POST /v1/events and POST /v1/realms/{realm}/events.
#pragma once

#include <string_view>

namespace fanfare::ingest {

struct Endpoint {
    bool known = false;
    bool names_realm = false;
    std::string_view realm;  // as sent; a legal name needs no percent-encoding
};

Endpoint FindEndpoint(std::string_view path);

// Whether a parameter of that name stands in the query, with or without a value.
bool HasParameter(std::string_view query, std::string_view name);

}  // namespace fanfare::ingest
