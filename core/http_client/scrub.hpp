// Credentials that a far side repeats in its answer, taken out of it: it would be stored and shown.
#pragma once

#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "http_client/client.hpp"

namespace fanfare::http_client {

// "***" in place of every `secret`. One that is shorter than 4 bytes stays: ordinary words would go.
void Scrub(std::string_view secret, std::string& text);
// In body, header values and error.
void Scrub(std::string_view secret, Response& response);

// What stands behind "Basic " or "Bearer ". Borrows.
std::string_view CredentialOf(const base::Secret& authorization);

}  // namespace fanfare::http_client
