#include "link.hpp"

#include <new>
#include <stdexcept>

#include <fanfare/text.hpp>

#include "tls.hpp"

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
      attempt_limit_(limit),
      reader_(redisReaderCreate()) {
    if (!reader_) throw std::bad_alloc();
    if (endpoint_.is_unix()) {
        addresses_ = {UnixAddress(endpoint_.path)};
    } else {
        resolver_ = std::make_unique<Resolver>(endpoint_.host, endpoint_.port);
    }
}

Link::~Link() {
    // The greeting holds the password.
    for (Step& step : greeting_) Secret::wipe(step.command.data(), step.command.size());
}

void Link::Fail(const std::string& why) {
    fault_ = endpoint_.text() + ": " + first_line(why, 400);
    state_ = State::kFailed;
    connecting_ = Descriptor();
    stream_.reset();
    resolver_.reset();
}

// A server that expects TLS, or a certificate of ours, ends the connection at our first words.
void Link::FailStream(const std::string& why) {
    if (state_ != State::kGreeting || endpoint_.is_unix()) return Fail(why);
    if (!options_.tls) return Fail(why + "; see whether it wants TLS");
    Fail(options_.tls->certificate.empty() ? why + "; see whether it wants a certificate of ours (tls.certificate)"
                                           : why);
}

pollfd Link::wanted() const {
    pollfd wanted = {-1, 0, 0};
    if (state_ == State::kResolving && resolver_) return {resolver_->fd(), POLLIN, 0};
    if (state_ == State::kConnecting) return {connecting_.get(), POLLOUT, 0};
    if (!stream_) return wanted;
    wanted.fd = stream_->fd();
    if (state_ == State::kHandshake) {
        wanted.events = handshake_wants_;
        return wanted;
    }
    wanted.events = POLLIN;
    if ((backlog() > 0 && !write_wants_read_) || read_wants_write_) wanted.events |= POLLOUT;
    return wanted;
}

Deadline Link::wake() const { return is_ready() || has_failed() ? Deadline::max() : attempt_limit_; }

void Link::Advance(short events, Deadline now) {
    CheckTime(now);
    if (state_ == State::kResolving) Resolve(now);
    if (state_ == State::kConnecting) FinishConnect(events, now);
    if (state_ == State::kHandshake) Handshake();
    if (state_ != State::kGreeting && state_ != State::kReady) return;
    // First in: a write that fails would end the connection with replies unread.
    Receive();
    if (stream_ && backlog() > 0) Flush();
    if (state_ == State::kGreeting) Greet();
}

void Link::CheckTime(Deadline now) {
    if (is_ready() || has_failed() || now < attempt_limit_) return;
    if (state_ == State::kConnecting && next_address_ < addresses_.size() && now < limit_) return ConnectNext(now);
    Fail(WhatIsMissing());
}

const char* Link::WhatIsMissing() const {
    switch (state_) {
        case State::kResolving:
            return "its name was not looked up in time; see the name servers";
        case State::kConnecting:
            return "no connection in time; see that the server runs, and the firewalls";
        case State::kHandshake:
            return "no answer to the TLS handshake in time; see that the port speaks TLS";
        case State::kGreeting:
        case State::kReady:
        case State::kFailed:
            break;
    }
    return "connected, but no answer in time; see that Redis runs there and is not stopped or blocked";
}

std::string Link::fault_by_now() const { return endpoint_.text() + ": " + WhatIsMissing(); }

void Link::Resolve(Deadline now) {
    if (resolver_) {
        if (!resolver_->IsDone()) return;
        if (!resolver_->error().empty()) return Fail(resolver_->error() + "; see that the name is right");
        addresses_ = resolver_->addresses();
        resolver_.reset();
    }
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
    Fail(error + "; see that the server runs and listens there");
}

void Link::FinishConnect(short events, Deadline now) {
    if (events == 0) return;
    const std::string error = ConnectError(connecting_);
    if (error.empty()) return BeginHandshake();
    if (next_address_ < addresses_.size()) return ConnectNext(now);
    Fail(error + "; see that the server runs and listens there");
}

void Link::BeginHandshake() {
    attempt_limit_ = limit_;
    if (!options_.tls) {
        stream_ = std::make_unique<PlainStream>(std::move(connecting_));
        return BeginGreeting();
    }
    try {
        const std::string& name = options_.tls->server_name.empty() ? endpoint_.host : options_.tls->server_name;
        stream_ = std::make_unique<TlsStream>(std::move(connecting_), MakeTlsContext(*options_.tls), name);
    } catch (const std::runtime_error& e) {
        return Fail(e.what());
    }
    state_ = State::kHandshake;
}

void Link::Handshake() {
    switch (stream_->Handshake()) {
        case Io::kDone:
            return BeginGreeting();
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

void Link::BeginGreeting() {
    state_ = State::kGreeting;
    for (const Step& step : greeting_) out_ += step.command;
    Flush();
}

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
    while (stream_ && backlog() > 0) {
        std::size_t put = 0;
        const Io result = stream_->Write(out_.data() + sent_, backlog(), put);
        write_wants_read_ = result == Io::kWantRead;
        if (result == Io::kEnd) return FailStream("it has closed the connection");
        if (result == Io::kError) return FailStream(stream_->error());
        if (result != Io::kDone) return;
        sent_ += put;
    }
    if (state_ == State::kGreeting) Secret::wipe(out_.data(), out_.size());
    out_.clear();
    sent_ = 0;
}

// Until there is no more: what TLS has taken from the socket, poll(2) no longer sees.
void Link::Receive() {
    char bytes[16384];
    while (true) {
        std::size_t got = 0;
        const Io result = stream_->Read(bytes, sizeof bytes, got);
        read_wants_write_ = result == Io::kWantWrite;
        switch (result) {
            case Io::kDone:
                Feed(bytes, got);
                if (!stream_) return;
                break;
            case Io::kWantRead:
            case Io::kWantWrite:
                return;
            case Io::kEnd:
                // What came before the end may say why ("-ERR max number of clients reached").
                if (state_ == State::kGreeting) Greet();
                if (!has_failed()) FailStream("it has closed the connection");
                return;
            case Io::kError:
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
