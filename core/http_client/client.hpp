// Outbound HTTP for every plugin, on one thread: connections reused, HTTP/2 where offered (ALPN), TLS 1.2 or newer and
// always verified, redirects never followed, no proxy, cookie or .netrc taken from the surroundings. Plain HTTP/1.1 is
// spoken here (plain.hpp), since that costs less than half; all that is more is libcurl's. Proxies, client
// certificates, limits and the network policy of a destination come with its requests (settings.hpp). Speaks
// fanfare.http/1 (sdk) through the plugin room.
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

// kDone         a complete response; also one whose body was longer than is read over (16 MiB), which is then cut off
// kUnreachable  nothing of the request was sent: name, connection, TLS; also when the deadline ended the connecting
// kInDoubt      broken after the request may have left, or a body cut short: the far side may have acted on it
// kTimeout      the deadline passed; in doubt as well
// kInvalid      the request itself is not legal, or goes where the network policy allows none to go; nothing was sent
// kStopped      the client was destroyed
//
// A kept connection can die just as a request is put on it. If not one line of a response came, the request is then
// sent once more, whatever its method (as libcurl does it, but once only); so the far side may see it twice,
// and what must not happen twice needs a key in the request by which the far side knows it (webhook-id). On a new
// connection nothing is ever repeated.
struct Settings;

enum class End { kDone, kUnreachable, kInDoubt, kTimeout, kInvalid, kStopped };

struct Request {
    std::string method = "GET";
    std::string url;  // http or https; no userinfo, no fragment; sent as it is written
    // Not allowed, because they are set here: content-length, host, connection, transfer-encoding, te, upgrade,
    // trailer, keep-alive, expect, proxy-*.
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    base::SteadyTime deadline;                   // for everything from the wait for a free socket to the last byte
    std::size_t max_response_bytes = 64u << 10;  // of body that is kept
    std::string unix_socket;                     // not empty: connect there instead of the URL's host
    std::shared_ptr<const Settings> settings;    // null: the client's own
};

struct Response {
    End end = End::kInDoubt;
    int status = 0;                                            // with kDone
    std::vector<std::pair<std::string, std::string>> headers;  // names in lower case; at most 64 and 16 KiB of them
    std::string body;
    std::optional<std::chrono::milliseconds> retry_after;  // see retry_after.hpp
    std::string error;                                     // unless kDone; holds no query, userinfo or header value
    std::string remote{};  // the address connected to, "192.0.2.1:443"; empty if none was, or a Unix socket
};

struct ClientOptions {
    std::string user_agent;
    std::string
        ca_file;  // for requests without settings: PEM; trusted beside the system's authorities. Empty: only those
};

// Owns: one thread, its sockets. At most a quarter of the process's file descriptors are in use by requests at one
// time; more requests wait their turn, and their deadline runs. Threads: safe from every thread.
class Client {
public:
    // Errors: kConfig (ca_file cannot be read or holds no certificate), kIo.
    static base::Result<std::unique_ptr<Client>> Open(ClientOptions options);
    virtual ~Client() = default;  // ends open requests with kStopped, then joins its thread
    // `done` is called exactly once, on the client's thread; it must be quick and must not throw. Never called from
    // inside Send. It may call Send, but not as an answer to kStopped.
    virtual void Send(Request request, std::function<void(Response)> done) = 0;
    // Only from inside `done`: `call` is called on the same thread once the answers that came together with this one
    // have been handed over, so that many of them wake another thread once.
    virtual void AfterThese(std::function<void()> call) = 0;
};

// One request, waited for, on the calling thread. For the command line.
Response Call(const Request& request);

}  // namespace fanfare::http_client
