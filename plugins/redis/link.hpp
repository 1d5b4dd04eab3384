// One connection to one server: name lookup, connect, TLS, greeting, then commands out and replies in. Never waits: its
// owner calls Advance whenever poll(2) or the time says so.
//
// Threads: one. Errors: a link that failed stays failed; fault() says at which server, why, and what to do.
#pragma once

#include <poll.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <fanfare/host.hpp>

#include "endpoint.hpp"
#include "net/opening.hpp"
#include "net/outgoing.hpp"
#include "options.hpp"
#include "reply.hpp"

namespace fanfare::plugins::redis {

// What is said to a server before it is of use.
struct Step {
    std::string command;
    std::function<std::string(const redisReply&)> check;  // why the server is of no use; empty: go on
};

class Link {
public:
    // `options` outlives it. limit: when it must be ready.
    Link(Endpoint endpoint, const Options& options, std::vector<Step> greeting, Deadline limit);
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    ~Link();

    bool is_ready() const { return state_ == State::kReady; }
    bool has_failed() const { return state_ == State::kFailed; }
    const std::string& fault() const { return fault_; }
    // What its fault were, if there were no more time.
    std::string fault_by_now() const;
    const Endpoint& endpoint() const { return endpoint_; }
    // The address that it is connected to.
    const std::string& remote() const { return opening_.remote(); }

    pollfd wanted() const;
    // When Advance wants to be called even if nothing happens; max(): never.
    Deadline wake(Deadline now) const;
    void Advance(short events, Deadline now);

    // Commands to send, once it is ready. Flush sends what the socket takes; the rest goes with Advance.
    std::string& out() { return out_.bytes(); }
    std::size_t backlog() const { return out_.backlog(); }
    void Flush();
    // The next reply, null if there is none (yet). Also of a link that failed after it.
    Reply Next();

private:
    enum class State { kOpening, kGreeting, kReady, kFailed };

    void Fail(const std::string& why);
    void FailStream(const std::string& why);
    std::string WhatIsMissing() const;
    void Open(short events, Deadline now);
    void Greet();
    void Receive();
    void Feed(const char* bytes, std::size_t size);

    struct FreeReader {
        void operator()(redisReader* reader) const noexcept { redisReaderFree(reader); }
    };

    const Endpoint endpoint_;
    const Options& options_;
    std::vector<Step> greeting_;
    std::size_t greeted_ = 0;  // steps that are answered
    const Deadline limit_;

    net::Opening opening_;
    State state_ = State::kOpening;
    std::string fault_;
    std::unique_ptr<net::Stream> stream_;
    bool read_wants_write_ = false;  // as TLS may

    net::Outgoing out_;
    std::unique_ptr<redisReader, FreeReader> reader_;
};

}  // namespace fanfare::plugins::redis
