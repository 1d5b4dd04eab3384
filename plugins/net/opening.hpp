// The way to an open stream: name lookup, connect to one address after the other, TLS. Never waits: its owner calls
// Advance whenever poll(2) or the time says so.
//
// Threads: one. Errors: an opening that failed stays failed; fault() says why, and what to do.
#pragma once

#include <poll.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <fanfare/host.hpp>

#include "net/resolver.hpp"
#include "net/socket.hpp"
#include "net/tls.hpp"

namespace fanfare::plugins::net {

struct Place {
    std::string host;  // name or address; empty for a Unix socket
    std::uint16_t port = 0;
    std::string path = {};            // of a Unix socket
    const TlsOptions* tls = nullptr;  // null: without; outlives the opening
    const char* called = "server";    // what runs there, in faults
};

class Opening {
public:
    // limit: when it must be open.
    Opening(Place place, Deadline limit);
    Opening(const Opening&) = delete;
    Opening& operator=(const Opening&) = delete;

    bool is_open() const { return state_ == State::kOpen; }
    bool has_failed() const { return state_ == State::kFailed; }
    const std::string& fault() const { return fault_; }
    // What is missing while it is neither open nor failed.
    std::string WhatIsMissing() const;
    // The address that is tried, or connected to.
    const std::string& remote() const { return remote_; }

    pollfd wanted() const;
    // When Advance wants to be called even if nothing happens: at once if nothing is to be waited for. Only while it is
    // neither open nor failed.
    Deadline wake(Deadline now) const { return wanted().fd < 0 ? now : attempt_limit_; }
    void Advance(short events, Deadline now);

    // Once it is open, once.
    std::unique_ptr<Stream> Take() { return std::move(stream_); }

private:
    enum class State { kResolving, kConnecting, kHandshake, kOpen, kFailed };

    void Fail(const std::string& why);
    void CheckTime(Deadline now);
    void Resolve(Deadline now);
    void ConnectNext(Deadline now);
    void FinishConnect(short events, Deadline now);
    void BeginHandshake();
    void Handshake();

    const Place place_;
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
};

}  // namespace fanfare::plugins::net
