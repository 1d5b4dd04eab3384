// Why a conversation with a mail server did not come to its end.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

namespace fanfare::plugins::smtp {

enum class FailureKind : std::uint8_t {
    kUnusable,  // the server cannot be used at all: no connection, no trust, no login
    kBroken,    // the connection was lost or timed out before the server had a whole mail
    kInDoubt,   // ... after it had one, and before it said whether it takes it (RFC 5321, 4.2.5 and 6.1; RFC 1047)
    kStopped,   // the daemon stops
};

class Failure : public std::runtime_error {
public:
    Failure(FailureKind kind, const std::string& reason, int code = 0, std::string response = {})
        : std::runtime_error(reason), kind_(kind), code_(code), response_(std::move(response)) {}
    FailureKind kind() const { return kind_; }
    int code() const { return code_; }
    const std::string& response() const { return response_; }

private:
    FailureKind kind_;
    int code_;
    std::string response_;
};

}  // namespace fanfare::plugins::smtp
