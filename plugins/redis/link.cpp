#include "link.hpp"

#include <new>

#include <fanfare/text.hpp>

namespace fanfare::plugins::redis {
namespace {

// Replies are short; whoever sends this much without end is no Redis server.
constexpr std::size_t kMaxUnread = 4u << 20;

}  // namespace

Link::Link(Endpoint endpoint, const Options& options, std::vector<Step> greeting, Deadline limit)
    : endpoint_(std::move(endpoint)),
      options_(options),
      greeting_(std::move(greeting)),
      limit_(limit),
      opening_({endpoint_.host, endpoint_.port, endpoint_.path, options.tls ? &*options.tls : nullptr, "server"},
               limit),
      reader_(redisReaderCreate()) {
    if (!reader_) throw std::bad_alloc();
}

Link::~Link() {
    // The greeting holds the password.
    for (Step& step : greeting_) Secret::wipe(step.command.data(), step.command.size());
}

void Link::Fail(const std::string& why) {
    fault_ = endpoint_.text() + ": " + first_line(why, 400);
    state_ = State::kFailed;
    stream_.reset();
}

// A server that expects TLS, or a certificate of ours, ends the connection at our first words.
void Link::FailStream(const std::string& why) {
    if (state_ != State::kGreeting || endpoint_.is_unix()) return Fail(why);
    if (!options_.tls) return Fail(why + "; see whether it wants TLS");
    Fail(options_.tls->certificate.empty() ? why + "; see whether it wants a certificate of ours (tls.certificate)"
                                           : why);
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
    return state_ == State::kGreeting ? limit_ : Deadline::max();
}

void Link::Advance(short events, Deadline now) {
    if (state_ == State::kOpening) Open(events, now);
    if (state_ == State::kGreeting && now >= limit_) return Fail(WhatIsMissing());
    if (state_ != State::kGreeting && state_ != State::kReady) return;
    // First in: a write that fails would end the connection with replies unread.
    Receive();
    if (stream_ && backlog() > 0) Flush();
    if (state_ == State::kGreeting) Greet();
}

void Link::Open(short events, Deadline now) {
    opening_.Advance(events, now);
    if (opening_.has_failed()) return Fail(opening_.fault());
    if (!opening_.is_open()) return;
    stream_ = opening_.Take();
    state_ = State::kGreeting;
    for (const Step& step : greeting_) out_.bytes() += step.command;
    Flush();
}

std::string Link::WhatIsMissing() const {
    if (state_ == State::kOpening) return opening_.WhatIsMissing();
    return "connected, but no answer in time; see that Redis runs there and is not stopped or blocked";
}

std::string Link::fault_by_now() const { return endpoint_.text() + ": " + WhatIsMissing(); }

void Link::Greet() {
    while (greeted_ < greeting_.size()) {
        const Reply reply = Next();
        if (!reply) return;
        const std::string fault = greeting_[greeted_++].check(*reply);
        if (!fault.empty()) return Fail(fault);
    }
    if (!has_failed()) state_ = State::kReady;
}

void Link::Flush() {
    if (!stream_ || backlog() == 0) return;
    const net::Io result = out_.Flush(*stream_);
    if (result == net::Io::kEnd) FailStream("it has closed the connection");
    if (result == net::Io::kError) FailStream(stream_->error());
}

// Until there is no more: what TLS has taken from the socket, poll(2) no longer sees.
void Link::Receive() {
    char bytes[16384];
    while (true) {
        std::size_t got = 0;
        const net::Io result = stream_->Read(bytes, sizeof bytes, got);
        read_wants_write_ = result == net::Io::kWantWrite;
        switch (result) {
            case net::Io::kDone:
                Feed(bytes, got);
                if (!stream_) return;
                break;
            case net::Io::kWantRead:
            case net::Io::kWantWrite:
                return;
            case net::Io::kEnd:
                // What came before the end may say why ("-ERR max number of clients reached").
                if (state_ == State::kGreeting) Greet();
                if (!has_failed()) FailStream("it has closed the connection");
                return;
            case net::Io::kError:
                return FailStream(stream_->error());
        }
    }
}

void Link::Feed(const char* bytes, std::size_t size) {
    if (redisReaderFeed(reader_.get(), bytes, size) != REDIS_OK) throw std::bad_alloc();
    if (reader_->len - reader_->pos > kMaxUnread) Fail("it sends without end; see that it is a Redis server");
}

Reply Link::Next() {
    void* reply = nullptr;
    if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK) {
        if (!has_failed())
            Fail(std::string(reader_->errstr) + "; see that it is a Redis server, and whether it wants TLS");
        return nullptr;
    }
    return Reply(static_cast<redisReply*>(reply));
}

}  // namespace fanfare::plugins::redis
