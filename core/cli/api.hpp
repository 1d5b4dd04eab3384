// Calls to a running daemon, with errors in the words of someone who typed a command.
#pragma once

#include <string>

#include "cli/command.hpp"
#include "http_client/client.hpp"
#include "json/value.hpp"

namespace fanfare::cli {

// Prints "fanfare: ..." to standard error.
int Fail(int exit_status, const std::string& message);

struct Reply {
    int exit_status = 0;  // not 0: the error is printed already
    json::Value body;
};

// `path` with its query. Anything but 2xx is an error: 404 -> 66, other 4xx -> 65, 503 -> 75, no answer -> 69.
Reply CallAdmin(const Arguments& arguments, const std::string& method, const std::string& path);

// The same for any URL; `what` names the far side in the error.
Reply Call(http_client::Request request, const std::string& what);

// For a path or a query.
std::string PercentEncode(const std::string& text);

}  // namespace fanfare::cli
