// The bearer token of a request.
// Source: RFC 6750, 2.1 (Authorization: Bearer b64token); tokens in a URL or a body are not taken, as they end in logs.
#pragma once

#include <string_view>

#include "http/server.hpp"

namespace fanfare::http {

// Of exactly one Authorization header, with the scheme Bearer in any case. Empty otherwise.
std::string_view BearerOf(const RequestHead& head);

// True for what RFC 6750 lets stand behind "Bearer ".
bool IsBearerToken(std::string_view text);

}  // namespace fanfare::http
