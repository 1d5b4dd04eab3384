#include "net/opening.hpp"

#include <stdexcept>
#include <utility>

namespace fanfare::plugins::net {

Opening::Opening(Place place, Deadline limit) : place_(std::move(place)), limit_(limit), attempt_limit_(limit) {
    if (place_.path.empty()) {
        resolver_ = std::make_unique<Resolver>(place_.host, place_.port);
    } else {
        addresses_ = {UnixAddress(place_.path)};
    }
}

void Opening::Fail(const std::string& why) {
    fault_ = why;
    state_ = State::kFailed;
    connecting_ = Descriptor();
    stream_.reset();
    resolver_.reset();
}

pollfd Opening::wanted() const {
    if (state_ == State::kResolving && resolver_) return {resolver_->fd(), POLLIN, 0};
    if (state_ == State::kConnecting) return {connecting_.get(), POLLOUT, 0};
    if (state_ == State::kHandshake) return {stream_->fd(), handshake_wants_, 0};
    return {-1, 0, 0};
}

void Opening::Advance(short events, Deadline now) {
    CheckTime(now);
    if (state_ == State::kResolving) Resolve(now);
    if (state_ == State::kConnecting) FinishConnect(events, now);
    if (state_ == State::kHandshake) Handshake();
}

void Opening::CheckTime(Deadline now) {
    if (is_open() || has_failed() || now < attempt_limit_) return;
    if (state_ == State::kConnecting && next_address_ < addresses_.size() && now < limit_) return ConnectNext(now);
    Fail(WhatIsMissing());
}

std::string Opening::WhatIsMissing() const {
    switch (state_) {
        case State::kResolving:
            return "its name was not looked up in time; see the name servers";
        case State::kConnecting:
            return std::string("no connection in time; see that the ") + place_.called + " runs, and the firewalls";
        case State::kHandshake:
            return "no answer to the TLS handshake in time; see that the port speaks TLS";
        case State::kOpen:
        case State::kFailed:
            break;
    }
    return {};
}

void Opening::Resolve(Deadline now) {
    if (resolver_) {
        if (!resolver_->IsDone()) return;
        if (!resolver_->error().empty()) return Fail(resolver_->error() + "; see that the name is right");
        addresses_ = resolver_->addresses();
        resolver_.reset();
    }
    ConnectNext(now);
}

// Each address gets its share of the time.
void Opening::ConnectNext(Deadline now) {
    std::string error;
    while (next_address_ < addresses_.size()) {
        attempt_limit_ = now + (limit_ - now) / static_cast<long>(addresses_.size() - next_address_);
        const Address& address = addresses_[next_address_++];
        connecting_ = BeginConnect(address, error);
        if (!connecting_.is_open()) continue;
        remote_ = address.text();
        state_ = State::kConnecting;
        return;
    }
    Fail(error + "; see that the " + place_.called + " runs and listens there");
}

void Opening::FinishConnect(short events, Deadline now) {
    if (events == 0) return;
    const std::string error = ConnectError(connecting_);
    if (error.empty()) return BeginHandshake();
    if (next_address_ < addresses_.size()) return ConnectNext(now);
    Fail(error + "; see that the " + place_.called + " runs and listens there");
}

void Opening::BeginHandshake() {
    attempt_limit_ = limit_;
    if (place_.tls == nullptr) {
        stream_ = std::make_unique<PlainStream>(std::move(connecting_));
        state_ = State::kOpen;
        return;
    }
    try {
        const std::string& name = place_.tls->server_name.empty() ? place_.host : place_.tls->server_name;
        stream_ = std::make_unique<TlsStream>(std::move(connecting_), MakeTlsContext(*place_.tls), name);
    } catch (const std::runtime_error& e) {
        return Fail(e.what());
    }
    state_ = State::kHandshake;
}

void Opening::Handshake() {
    switch (stream_->Handshake()) {
        case Io::kDone:
            state_ = State::kOpen;
            return;
        case Io::kWantRead:
            handshake_wants_ = POLLIN;
            return;
        case Io::kWantWrite:
            handshake_wants_ = POLLOUT;
            return;
        case Io::kEnd:
            return Fail("it ended the connection during the TLS handshake; see that the port speaks TLS");
        case Io::kError:
            return Fail(stream_->error());
    }
}

}  // namespace fanfare::plugins::net
