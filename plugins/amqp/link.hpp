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
#include "options.hpp"
#include "resolver.hpp"
#include "socket.hpp"

namespace fanfare::plugins::amqp {

class Link {
public:
    // `tls`: for an endpoint that wants it; outlives the link. limit: when it must be open.
    Link(Endpoint endpoint, const std::optional<TlsOptions>& tls, Deadline limit);
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    bool is_open() const { return state_ == State::kOpen; }
    bool has_failed() const { return state_ == State::kFailed; }
    const std::string& fault() const { return fault_; }
    // What is missing while it is neither open nor failed.
    const char* WhatIsMissing() const;
    const Endpoint& endpoint() const { return endpoint_; }
    // The address that it is connected to.
    const std::string& remote() const { return remote_; }

    pollfd wanted() const;
    // When Advance wants to be called even if nothing happens; max(): never.
    Deadline wake(Deadline now) const;
    void Advance(short events, Deadline now);

    // Bytes to send, once it is open: Flush sends what the socket takes, the rest goes with Advance.
    std::string& out() { return out_; }
    std::size_t backlog() const { return out_.size() - sent_; }
    void Flush();
    // Bytes since the connection began: handed over to be sent, and sent.
    std::uint64_t queued_total() const { return sent_total_ + backlog(); }
    std::uint64_t sent_total() const { return sent_total_; }
    // What came in; the owner takes it out. Also of a link that failed after it.
    std::string& in() { return in_; }
    std::uint64_t received_total() const { return received_total_; }

private:
    enum class State { kResolving, kConnecting, kHandshake, kOpen, kFailed };

    void Fail(const std::string& why);
    void CheckTime(Deadline now);
    void Resolve(Deadline now);
    void ConnectNext(Deadline now);
    void FinishConnect(short events, Deadline now);
    void BeginHandshake();
    void Handshake();
    void DropSent();
    void Receive();

    const Endpoint endpoint_;
    const std::optional<TlsOptions>& tls_;
    const Deadline limit_;
    Deadline attempt_limit_;  // of the address that is tried

    State state_ = State::kResolving;
    std::string fault_;
    std::unique_ptr<Resolver> resolver_;
    std::vector<Address> addresses_;
    std::size_t next_address_ = 0;
    std::string remote_;
    Descriptor connecting_;
    std::unique_ptr<Stream> stream_;
    short handshake_wants_ = 0;
    bool write_wants_read_ = false;  // as TLS may; then writability says nothing
    bool read_wants_write_ = false;
    bool more_to_read_ = false;  // which poll(2) may not know of

    std::string out_;
    std::size_t sent_ = 0;
    std::uint64_t sent_total_ = 0;
    std::string in_;
    std::uint64_t received_total_ = 0;
};

}  // namespace fanfare::plugins::amqp
