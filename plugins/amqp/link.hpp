// The way to one broker: name lookup, connect, TLS, then bytes out and in. Never waits: its owner calls Advance
// whenever poll(2) or the time says so.
//
// Threads: one. Errors: a link that failed stays failed; fault() says why, and what to do.
#pragma once

#include <poll.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <fanfare/host.hpp>

#include "endpoint.hpp"
#include "net/opening.hpp"
#include "net/outgoing.hpp"
#include "options.hpp"

namespace fanfare::plugins::amqp {

class Link {
public:
    // `tls`: for an endpoint that wants it; outlives the link. limit: when it must be open.
    Link(Endpoint endpoint, const std::optional<net::TlsOptions>& tls, Deadline limit);
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    bool is_open() const { return state_ == State::kOpen; }
    bool has_failed() const { return state_ == State::kFailed; }
    const std::string& fault() const { return fault_; }
    // What is missing while it is neither open nor failed.
    std::string WhatIsMissing() const;
    const Endpoint& endpoint() const { return endpoint_; }
    // The address that it is connected to.
    const std::string& remote() const { return opening_.remote(); }

    pollfd wanted() const;
    // When Advance wants to be called even if nothing happens; max(): never.
    Deadline wake(Deadline now) const;
    void Advance(short events, Deadline now);

    // Bytes to send, once it is open: Flush sends what the socket takes, the rest goes with Advance.
    std::string& out() { return out_.bytes(); }
    std::size_t backlog() const { return out_.backlog(); }
    void Flush();
    // Bytes since the connection began: handed over to be sent, and sent.
    std::uint64_t queued_total() const { return out_.queued_total(); }
    std::uint64_t sent_total() const { return out_.sent_total(); }
    // What came in; the owner takes it out. Also of a link that failed after it.
    std::string& in() { return in_; }
    std::uint64_t received_total() const { return received_total_; }

private:
    enum class State { kOpening, kOpen, kFailed };

    void Fail(const std::string& why);
    void Open(short events, Deadline now);
    void Receive();

    const Endpoint endpoint_;
    net::Opening opening_;

    State state_ = State::kOpening;
    std::string fault_;
    std::unique_ptr<net::Stream> stream_;
    bool read_wants_write_ = false;  // as TLS may
    bool more_to_read_ = false;      // which poll(2) may not know of

    net::Outgoing out_;
    std::string in_;
    std::uint64_t received_total_ = 0;
};

}  // namespace fanfare::plugins::amqp
