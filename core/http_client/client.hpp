// Outbound HTTP for every plugin: one libcurl multi handle on one thread, connections reused, HTTP/2 where offered, TLS
// always verified, redirects never followed. Speaks fanfare.http/1 (sdk) through the plugin room.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace fanfare::http_client {

enum class End { kDone, kUnreachable, kInDoubt, kTimeout, kInvalid, kStopped };

struct Request {
    std::string method = "GET";
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    base::SteadyTime deadline;
    std::size_t max_response_bytes = 64u << 10;
    std::string unix_socket;  // not empty: connect there instead of the URL's host
};

struct Response {
    End end = End::kInDoubt;
    int status = 0;  // with kDone
    std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
    std::string body;
    std::optional<std::chrono::milliseconds> retry_after;
    std::string error;  // unless kDone; holds no query, userinfo or header value
};

struct ClientOptions {
    std::string user_agent;
    std::string ca_file;  // empty: the system's
};

// Threads: safe from every thread.
class Client {
public:
    static base::Result<std::unique_ptr<Client>> Open(ClientOptions options);
    virtual ~Client() = default;  // ends open requests with kStopped, then joins its thread
    // `done` is called exactly once, on the client's thread; it must be quick. Never called from inside Send.
    virtual void Send(Request request, std::function<void(Response)> done) = 0;
};

// One request, waited for. For the command line.
Response Call(const Request& request);

}  // namespace fanfare::http_client
