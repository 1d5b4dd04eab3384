// Calls to a running daemon, with errors in the words of someone who typed a command.
#pragma once

#include <chrono>
#include <string>

#include "cli/command.hpp"
#include "http_client/client.hpp"
#include "json/value.hpp"

namespace fanfare::cli {

// Prints "fanfare: ..." to standard error.
int Fail(int exit_status, const std::string& message);

inline constexpr std::chrono::seconds kUsualTimeout{30};

struct Reply {
    int exit_status = 0;
    json::Value body;
    std::string error;  // the sentence, if exit_status is not 0
};

// `path` with its query. Anything but 2xx is an error: 401 and 403 -> 77, 404 -> 66, other 4xx -> 65, 503 -> 75, no
// answer -> 69.
// On TCP the token in FANFARE_ADMIN_TOKEN goes with it. AskAdmin leaves the error to the caller, CallAdmin prints it.
Reply AskAdmin(const Arguments& arguments, const std::string& method, const std::string& path,
               std::chrono::seconds timeout = kUsualTimeout);
Reply CallAdmin(const Arguments& arguments, const std::string& method, const std::string& path,
                std::chrono::seconds timeout = kUsualTimeout);

// The same for any URL, with the error printed; `what` names the far side in the error. With https the certificate is
// always verified; `arguments` say whom to trust and what to show.
Reply Call(const Arguments& arguments, http_client::Request request, const std::string& what);

// For a path or a query.
std::string PercentEncode(const std::string& text);

}  // namespace fanfare::cli
