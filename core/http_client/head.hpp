// The head of an HTTP/1.1 request, as it goes over the wire. Pure.
// Source: RFC 9112, sections 3 and 5.
#pragma once

#include <string>
#include <string_view>

#include "http_client/check.hpp"
#include "http_client/client.hpp"

namespace fanfare::http_client {

// Without a body, such a request says Content-Length: 0 (RFC 9110, section 8.6).
bool SendsEmptyBody(std::string_view method);

// Writes it in place of `out`, for a request that CheckRequest took. authorization: the value of that header; empty:
// none.
void WriteHead(const Request& request, const Target& target, std::string_view user_agent,
               std::string_view authorization, std::string& out);

}  // namespace fanfare::http_client
