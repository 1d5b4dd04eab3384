// The addresses of a host, looked up without waiting.
//
// getaddrinfo(3) can neither be given a deadline nor be ended, so it runs on a thread of its own, which is left behind
// when nobody waits for it any more: it owns all that it touches, and ends when the name servers answer or its own time
// is over. Threads: one, besides that.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace fanfare::plugins::net {

struct Address {
    sockaddr_storage storage = {};
    socklen_t size = 0;

    // "192.0.2.1:6379", "[::1]:6379", "unix:/path"
    std::string text() const;
};

class Resolver {
public:
    Resolver(const std::string& host, std::uint16_t port);
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    // Readable once it is over; -1: it is over already.
    int fd() const;
    // True once it is over: then either addresses() or error() is not empty.
    bool IsDone();
    const std::vector<Address>& addresses() const { return addresses_; }
    const std::string& error() const { return error_; }

private:
    struct Question;

    std::shared_ptr<Question> question_;  // null: done
    std::vector<Address> addresses_;
    std::string error_;
};

}  // namespace fanfare::plugins::net
