// An HTTP/1.1 server for untrusted clients, on Poco's sockets.
//
// Connections that wait hold no thread: one event loop per thread serves thousands. Requests are read strictly: what two
// parsers could read differently is refused with 400 and the connection closed (RELIABILITY 2.4, A1-A9). The answer may
// come later and from any thread. One request at a time per connection; a pipelined one waits its turn.
//
// What the server answers itself, without the handler: 400 malformed, 405 CONNECT and TRACE, 408 too slow, 413 body, 414
// request line and 431 headers too large, 417 an expectation other than 100-continue, 503 too many bodies buffered, 505
// versions other than 1.1 and 1.0 (taken without keep-alive: health checkers and nginx's proxy default speak it).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace fanfare::http {

struct Header {
    std::string_view name;  // as sent; compare without case
    std::string_view value; // trimmed
};

// The request line and headers; views into the connection's buffer, valid until the exchange is answered.
struct RequestHead {
    std::string_view method;
    std::string_view path;   // percent-encoded, as sent
    std::string_view query;  // without '?'
    std::vector<Header> headers;
    std::string_view peer;  // "127.0.0.1:1234", or of a Unix socket "unix uid=0 pid=71"
    std::optional<std::uint64_t> content_length;

    // Value of the first header of this name, nullptr if there is none.
    const std::string_view* Find(std::string_view name) const;
    // How many headers have this name.
    std::size_t Count(std::string_view name) const;
};

struct Request {
    RequestHead head;
    std::string_view body;  // complete, de-chunked
};

struct Response {
    int status = 200;
    std::string content_type;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    bool close = false;
};

// RFC 9457. `extra` is a JSON object's members without braces (`"errors":[...]`), or empty.
Response Problem(int status, std::string_view title, std::string_view detail, std::string_view extra = {});
Response Problem(const base::Error& error);

class Tls;

namespace impl {
class Loop;
}

// The right and the duty to answer one request, once, from any thread. Dropped unanswered: 500.
class Exchange {
public:
    Exchange(std::shared_ptr<impl::Loop> loop, std::uint64_t connection);
    Exchange(Exchange&&) noexcept = default;
    Exchange& operator=(Exchange&&) noexcept;
    ~Exchange();

    // Returns at once; the loop's thread writes it. A client that has gone is no error.
    void Respond(Response response);
    // `watch` learns the status of the answer, on the thread that answers, before it is sent.
    void Watch(std::function<void(int status)> watch);
    // `gone` is called once, on the loop's thread, as soon as the client closes before it is answered, or ends its side,
    // which on TCP looks the same; at once if it has already. It must not block. REQUIRES: within Handler::OnRequest.
    void OnGone(std::function<void()> gone);

private:
    std::shared_ptr<impl::Loop> loop_;  // null once answered
    std::unique_ptr<std::function<void(int)>> watch_;
    std::uint64_t connection_ = 0;
};

// True for a peer on a Unix socket of this machine.
inline bool IsLocal(std::string_view peer) { return peer.substr(0, 4) == "unix"; }

// Threads: called on the loop's thread; must not block.
class Handler {
public:
    virtual ~Handler() = default;
    // Before the body is waited for: a response here refuses the request and closes the connection. The views end with
    // the call.
    virtual std::optional<Response> OnHead(const RequestHead& head) = 0;
    // The views live until `exchange` is answered.
    virtual void OnRequest(const Request& request, Exchange exchange) = 0;
};

struct Limits {
    std::size_t request_line_bytes = 4096;
    std::size_t header_count = 64;
    std::size_t header_bytes = 8192;         // one
    std::size_t header_total_bytes = 16384;  // all
    std::size_t body_bytes = 8u << 20;       // after de-chunking
    std::size_t connections = 8192;               // above it the one that waited longest for a request makes room
    std::size_t connections_per_address = 1024;   // not for unix sockets; an IPv6 /64 is one address
    // Bodies of all connections together. Above it reading pauses, and after a second 503 is answered; keep it several
    // times body_bytes.
    std::size_t buffered_body_bytes = 128u << 20;
    // From the first byte of a request to the end of its headers; so long, too, may the handshake of TLS take.
    std::chrono::milliseconds head_time{5000};
    std::chrono::milliseconds idle_time{60000};   // between requests
    std::chrono::milliseconds body_time{10000};   // plus 1 s per 64 KiB received; also for each stall of a client that
                                                  // does not read its answer
};

// What a server has seen since it started. Relaxed counters.
struct ServerStats {
    std::uint64_t connections = 0;
    std::uint64_t requests = 0;
    std::uint64_t refused = 0;    // answered by the server itself: malformed, too large, too slow
    std::uint64_t evicted = 0;    // closed to make room, or over a limit of connections
};

// Loops for a machine with so many processors: one, and two from four on. The others are for the store, the dispatcher
// and what is sent, which cost each request as much again; a loop with more to do in a turn costs less for each.
std::size_t UsualThreads(unsigned processors);

class Server {
public:
    // `address`: "127.0.0.1:8640", "[::1]:8640" or "unix:/run/fanfare/admin.sock" (an old socket nobody listens on is
    // replaced; mode 0660), or "fd:3" for a socket that listens already. `tls`: null for a server in the clear. Listens,
    // but does not accept before Start. Errors: kConfig, naming the address and what to do.
    static base::Result<std::unique_ptr<Server>> Open(std::string address, Limits limits, Handler& handler,
                                                      std::size_t threads, std::shared_ptr<const Tls> tls = nullptr);
    virtual ~Server() = default;  // stops
    virtual void Start() = 0;
    // For the connections that come from now on. REQUIRES: opened with TLS; not null. Threads: safe from every thread.
    virtual void SetTls(std::shared_ptr<const Tls> tls) = 0;
    // Accepts nothing more, closes idle connections; requests that are being read or answered go on until `grace` ends.
    // An exchange that is outstanding then keeps its request's bytes and may still be answered, to nobody. Not from a
    // handler.
    virtual void Stop(std::chrono::milliseconds grace) = 0;
    // With the real port if 0 was asked for.
    virtual std::string address() const = 0;
    virtual ServerStats stats() const = 0;
};

}  // namespace fanfare::http
