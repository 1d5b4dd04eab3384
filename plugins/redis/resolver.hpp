// The addresses of a host, looked up without waiting.
//
// getaddrinfo_a(3) asks on a thread of the C library. A question that nobody waits for any more is kept until it is
// answered, since it cannot always be taken back.
// Threads: one.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace fanfare::plugins::redis {

struct Address {
    sockaddr_storage storage = {};
    socklen_t size = 0;

    // "192.0.2.1:6379", "[::1]:6379", "unix:/path"
    std::string text() const;
};

class Resolver {
public:
    Resolver(const std::string& host, std::uint16_t port);
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    // True once it is over: then either addresses() or error() is not empty.
    bool IsDone();
    const std::vector<Address>& addresses() const { return addresses_; }
    const std::string& error() const { return error_; }

private:
    struct Question;

    std::unique_ptr<Question> question_;  // null: done
    std::vector<Address> addresses_;
    std::string error_;
};

}  // namespace fanfare::plugins::redis
