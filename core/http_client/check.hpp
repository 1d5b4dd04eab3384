// What a request must be before a socket is opened for it. Pure.
// Source: RFC 9110, sections 5.1 (field names are tokens), 5.5 (field values), 9.1 (methods are tokens);
// RFC 3986, section 3 (URL).
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "http_client/client.hpp"

namespace fanfare::http_client {

// Where a request goes: what may be named in a log, without path, query and headers.
struct Target {
    bool https = false;
    std::string host;  // as written; an IPv6 address with its brackets
    int port = 0;
    std::string unix_socket;

    // "host:port", or "/path/of/socket"
    std::string Name() const;
    // False for an address, a Unix socket and localhost, which is never asked for (RFC 6761, section 6.3).
    bool NeedsLookup() const;
};

// "host", "host:port", "[address]:port". Errors: kInvalid.
base::Result<Target> ReadAuthority(std::string_view authority, int default_port);

// Errors: kInvalid, a sentence for the operator that quotes neither header values nor the query.
base::Result<Target> CheckRequest(const Request& request);

}  // namespace fanfare::http_client
