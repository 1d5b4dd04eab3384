#include "link.hpp"

#include <fanfare/text.hpp>

namespace fanfare::plugins::amqp {
namespace {

// Taken in at once before the owner gets its turn.
constexpr std::size_t kMaxRead = 256u << 10;

}  // namespace

Link::Link(Endpoint endpoint, const std::optional<net::TlsOptions>& tls, Deadline limit)
    : endpoint_(std::move(endpoint)),
      opening_({endpoint_.host, endpoint_.port, {}, endpoint_.tls ? &*tls : nullptr, "broker"}, limit) {}

void Link::Fail(const std::string& why) {
    fault_ = why;
    state_ = State::kFailed;
    stream_.reset();
}

pollfd Link::wanted() const {
    if (state_ == State::kOpening) return opening_.wanted();
    if (!stream_) return {-1, 0, 0};
    pollfd wanted = {stream_->fd(), POLLIN, 0};
    if (out_.wants_write() || read_wants_write_) wanted.events |= POLLOUT;
    return wanted;
}

Deadline Link::wake(Deadline now) const {
    if (state_ == State::kOpening) return opening_.wake(now);
    return is_open() && more_to_read_ ? now : Deadline::max();
}

void Link::Advance(short events, Deadline now) {
    if (state_ == State::kOpening) Open(events, now);
    if (state_ != State::kOpen) return;
    if (backlog() > 0) Flush();
    if (stream_) Receive();
}

void Link::Open(short events, Deadline now) {
    opening_.Advance(events, now);
    if (opening_.has_failed()) return Fail(opening_.fault());
    if (!opening_.is_open()) return;
    stream_ = opening_.Take();
    state_ = State::kOpen;
}

std::string Link::WhatIsMissing() const {
    if (state_ == State::kOpening) return opening_.WhatIsMissing();
    return "connected, but no answer in time; see that an AMQP broker runs there and is not overloaded";
}

void Link::Flush() {
    if (!stream_ || backlog() == 0) return;
    const net::Io result = out_.Flush(*stream_);
    if (result != net::Io::kEnd && result != net::Io::kError) return;
    // What the broker said before it went may tell why.
    Receive();
    if (!has_failed()) Fail(result == net::Io::kEnd ? "it has closed the connection" : stream_->error());
}

void Link::Receive() {
    char bytes[16384];
    more_to_read_ = false;
    while (in_.size() < kMaxRead) {
        std::size_t got = 0;
        const net::Io result = stream_->Read(bytes, sizeof bytes, got);
        read_wants_write_ = result == net::Io::kWantWrite;
        switch (result) {
            case net::Io::kDone:
                in_.append(bytes, got);
                received_total_ += got;
                break;
            case net::Io::kWantRead:
            case net::Io::kWantWrite:
                return;
            case net::Io::kEnd:
                return Fail("it has closed the connection");
            case net::Io::kError:
                return Fail(stream_->error());
        }
    }
    more_to_read_ = true;
}

}  // namespace fanfare::plugins::amqp
