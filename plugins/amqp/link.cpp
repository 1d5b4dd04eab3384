#include "link.hpp"

#include <algorithm>
#include <stdexcept>

#include <fanfare/text.hpp>

#include "tls.hpp"

namespace fanfare::plugins::amqp {
namespace {

using namespace std::chrono_literals;

// The C library is asked this often whether it knows the address by now.
constexpr auto kLookupTick = 10ms;
// Taken in at once before the owner gets its turn.
constexpr std::size_t kMaxRead = 256u << 10;
// Room that is kept for the next messages.
constexpr std::size_t kKeptRoom = 1u << 20;
// The password is among the first bytes.
constexpr std::uint64_t kGreeting = 64u << 10;

}  // namespace

Link::Link(Endpoint endpoint, const std::optional<TlsOptions>& tls, Deadline limit)
    : endpoint_(std::move(endpoint)),
      tls_(tls),
      limit_(limit),
      attempt_limit_(limit),
      resolver_(std::make_unique<Resolver>(endpoint_.host, endpoint_.port)) {}

void Link::Fail(const std::string& why) {
    fault_ = why;
    state_ = State::kFailed;
    connecting_ = Descriptor();
    stream_.reset();
    resolver_.reset();
}

pollfd Link::wanted() const {
    if (state_ == State::kConnecting) return {connecting_.get(), POLLOUT, 0};
    if (!stream_) return {-1, 0, 0};
    if (state_ == State::kHandshake) return {stream_->fd(), handshake_wants_, 0};
    pollfd wanted = {stream_->fd(), POLLIN, 0};
    if ((backlog() > 0 && !write_wants_read_) || read_wants_write_) wanted.events |= POLLOUT;
    return wanted;
}

Deadline Link::wake(Deadline now) const {
    if (has_failed()) return Deadline::max();
    if (is_open()) return more_to_read_ ? now : Deadline::max();
    return state_ == State::kResolving ? std::min(limit_, now + kLookupTick) : attempt_limit_;
}

void Link::Advance(short events, Deadline now) {
    CheckTime(now);
    if (state_ == State::kResolving) Resolve(now);
    if (state_ == State::kConnecting) FinishConnect(events, now);
    if (state_ == State::kHandshake) Handshake();
    if (state_ != State::kOpen) return;
    if (backlog() > 0) Flush();
    if (stream_) Receive();
}

void Link::CheckTime(Deadline now) {
    if (is_open() || has_failed() || now < attempt_limit_) return;
    if (state_ == State::kConnecting && next_address_ < addresses_.size() && now < limit_) return ConnectNext(now);
    Fail(WhatIsMissing());
}

const char* Link::WhatIsMissing() const {
    switch (state_) {
        case State::kResolving:
            return "its name was not looked up in time; see the name servers";
        case State::kConnecting:
            return "no connection in time; see that the broker runs, and the firewalls";
        case State::kHandshake:
            return "no answer to the TLS handshake in time; see that the port speaks TLS";
        case State::kOpen:
        case State::kFailed:
            break;
    }
    return "connected, but no answer in time; see that an AMQP broker runs there and is not overloaded";
}

void Link::Resolve(Deadline now) {
    if (!resolver_->IsDone()) return;
    if (!resolver_->error().empty()) return Fail(resolver_->error() + "; see that the name is right");
    addresses_ = resolver_->addresses();
    resolver_.reset();
    ConnectNext(now);
}

// Each address gets its share of the time.
void Link::ConnectNext(Deadline now) {
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
    Fail(error + "; see that the broker runs and listens there");
}

void Link::FinishConnect(short events, Deadline now) {
    if (events == 0) return;
    const std::string error = ConnectError(connecting_);
    if (error.empty()) return BeginHandshake();
    if (next_address_ < addresses_.size()) return ConnectNext(now);
    Fail(error + "; see that the broker runs and listens there");
}

void Link::BeginHandshake() {
    attempt_limit_ = limit_;
    if (!endpoint_.tls) {
        stream_ = std::make_unique<PlainStream>(std::move(connecting_));
        state_ = State::kOpen;
        return;
    }
    try {
        const std::string& name = tls_->server_name.empty() ? endpoint_.host : tls_->server_name;
        stream_ = std::make_unique<TlsStream>(std::move(connecting_), MakeTlsContext(*tls_), name);
    } catch (const std::runtime_error& e) {
        return Fail(e.what());
    }
    state_ = State::kHandshake;
}

void Link::Handshake() {
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

void Link::Flush() {
    while (stream_ && backlog() > 0) {
        std::size_t put = 0;
        const Io result = stream_->Write(out_.data() + sent_, backlog(), put);
        write_wants_read_ = result == Io::kWantRead;
        if (result == Io::kWantRead || result == Io::kWantWrite) return DropSent();
        if (result != Io::kDone) {
            // What the broker said before it went may tell why.
            Receive();
            if (!has_failed()) Fail(result == Io::kEnd ? "it has closed the connection" : stream_->error());
            return;
        }
        sent_ += put;
        sent_total_ += put;
    }
    if (sent_total_ <= kGreeting) Secret::wipe(out_.data(), out_.size());
    out_.clear();
    sent_ = 0;
    if (out_.capacity() > kKeptRoom) out_.shrink_to_fit();
}

// A broker that is always a little behind never empties it.
void Link::DropSent() {
    if (sent_ < kKeptRoom) return;
    out_.erase(0, sent_);
    sent_ = 0;
}

void Link::Receive() {
    char bytes[16384];
    more_to_read_ = false;
    while (in_.size() < kMaxRead) {
        std::size_t got = 0;
        const Io result = stream_->Read(bytes, sizeof bytes, got);
        read_wants_write_ = result == Io::kWantWrite;
        switch (result) {
            case Io::kDone:
                in_.append(bytes, got);
                received_total_ += got;
                break;
            case Io::kWantRead:
            case Io::kWantWrite:
                return;
            case Io::kEnd:
                return Fail("it has closed the connection");
            case Io::kError:
                return Fail(stream_->error());
        }
    }
    more_to_read_ = true;
}

}  // namespace fanfare::plugins::amqp
