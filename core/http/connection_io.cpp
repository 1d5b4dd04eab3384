// A connection's socket: what is read from it, what is written to it, how it is let go.
#include <Poco/Exception.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#include "base/log.hpp"
#include "http/connection.hpp"
#include "http/loop.hpp"

namespace fanfare::http::impl {
namespace {

constexpr std::size_t kHeadRoom = 2048;
constexpr std::size_t kBodyRoom = 64 << 10;
constexpr std::size_t kKeptOutBytes = 8 << 10;
constexpr std::size_t kLingerBytes = 16 << 20;

// Poco 1.11 throws where a non-blocking send would block, but returns -1 where a receive would.
int Meaning(const Poco::Exception& problem) {
    const bool would_block = problem.code() == EAGAIN || dynamic_cast<const Poco::TimeoutException*>(&problem);
    return would_block ? kAgain : kBroken;
}

int ReceivePlain(Poco::Net::StreamSocket& socket, char* to, std::size_t room) {
    try {
        return socket.receiveBytes(to, static_cast<int>(std::min<std::size_t>(room, INT_MAX)));
    } catch (const Poco::Exception& problem) {
        return Meaning(problem);
    }
}

int SendPlain(Poco::Net::StreamSocket& socket, const char* from, std::size_t size) {
    try {
        return socket.sendBytes(from, static_cast<int>(std::min<std::size_t>(size, INT_MAX)), MSG_NOSIGNAL);
    } catch (const Poco::Exception& problem) {
        return Meaning(problem);
    }
}

}  // namespace

int Connection::ReceiveSome(char* to, std::size_t room) {
    return tls_ ? tls_->Receive(to, room) : ReceivePlain(*socket_, to, room);
}

int Connection::SendSome() {
    const char* const from = out_.data() + sent_;
    return tls_ ? tls_->Send(from, unsent()) : SendPlain(*socket_, from, unsent());
}

// False: it goes on when the client has said more, or never.
bool Connection::ShakeHands() {
    switch (tls_->ShakeHands()) {
        case TlsStream::Handshake::kMore:
            return false;
        case TlsStream::Handshake::kDone:
            phase_ = Phase::kIdle;
            phase_start_ = loop_.now();
            readable_ = true;  // what came with the end of the handshake is known to OpenSSL alone
            return true;
        case TlsStream::Handshake::kPlain:
            tls_.reset();
            Refuse({400, "This address speaks TLS, and the request came without. Ask for https://."});
            return true;
        case TlsStream::Handshake::kFailed:
            break;
    }
    loop_.counters().refused.Raise();
    log::Debug("tls.handshake_failed", {{"peer", peer_}, {"reason", tls_->fault()}});
    tls_.reset();
    phase_ = Phase::kClosing;
    FinishSending();  // lingers, so that the client gets to see the alert
    return phase_ == Phase::kLingering;
}

std::size_t Connection::RoomWanted() const {
    if (phase_ != Phase::kBody) return kHeadRoom;
    const std::uint64_t length = request_.head.content_length.value_or(UINT64_MAX);
    // One more than is missing, so that a read that gets it all is seen to have emptied the socket.
    const std::uint64_t missing = length - parser_.body_size();
    return static_cast<std::size_t>(std::min<std::uint64_t>(missing, kBodyRoom - 1) + 1);
}

bool Connection::Receive() {
    in_.Reserve(RoomWanted(), loop_.blocks());
    const std::size_t room = in_.spare_size();
    const int count = ReceiveSome(in_.spare(), room);
    if (!TookBytes(count, room)) return false;
    in_.Added(static_cast<std::size_t>(count));
    return true;
}

bool Connection::Drain() {
    std::array<char, 32 << 10> sink;
    const int count = ReceiveSome(sink.data(), sink.size());
    if (!TookBytes(count, sink.size())) return false;
    drained_ += static_cast<std::size_t>(count);
    if (drained_ <= kLingerBytes) return true;
    Disconnect();
    return false;
}

bool Connection::TookBytes(int count, std::size_t room) {
    if (count > 0) {
        // Less than there was room for: the socket is empty, epoll tells when it no longer is. Unless the end has
        // been announced already: it is not announced again. TLS holds bytes back, and only kAgain tells.
        if (static_cast<std::size_t>(count) < room && !peer_ending_ && !tls_) readable_ = false;
        return true;
    }
    readable_ = false;
    if (count == 0) OnEnd();
    if (count == kBroken) Break();
    if (count == kAgain && in_.empty()) in_.Clear(loop_.blocks());
    return false;
}

void Connection::Flush() {
    while (unsent() > 0 && writable_ && is_open()) {
        const int count = SendSome();
        if (count == kBroken) return Break();
        if (count == kAgain) {
            writable_ = false;
            if (sent_ > kMaxUnsent) {
                out_.erase(0, sent_);
                sent_ = 0;
            }
            return;
        }
        sent_ += static_cast<std::size_t>(count);
        send_progress_ = loop_.now();
    }
    if (unsent() > 0) return;
    sent_ = 0;
    out_.clear();
    if (out_.capacity() > kKeptOutBytes) out_.shrink_to_fit();
    if (phase_ == Phase::kClosing) FinishSending();
}

void Connection::FinishSending() {
    if (tls_) tls_->End();
    if (client_closes_ || ended_) return Disconnect();
    try {
        socket_->shutdownSend();
        phase_ = Phase::kLingering;
        phase_start_ = loop_.now();
    } catch (const Poco::Exception&) {
        Disconnect();
    }
}

// For a client that does not read: without this the kernel would keep what is unsent for minutes.
void Connection::Cut() {
    try {
        socket_->setLinger(true, 0);
    } catch (const Poco::Exception&) {
        // It is closed all the same.
    }
    Break();
}

void Connection::Break() {
    if (phase_ != Phase::kHandling) return Disconnect();
    TellGone();
    Disconnect();
    phase_ = Phase::kAbandoned;
}

void Connection::TellWhenGone(std::function<void()> gone) {
    if (peer_ending_) return gone();
    gone_ = std::make_unique<std::function<void()>>(std::move(gone));
}

void Connection::TellGone() {
    const auto gone = std::move(gone_);
    if (gone) (*gone)();
}

// The bytes of an outstanding request stay: the handler reads them.
void Connection::Disconnect() {
    const bool outstanding = phase_ == Phase::kHandling;
    loop_.timers().Clear(*this);
    if (waiting_.linked()) waiting_.Unlink();
    // Counted out before the client can see the end: it may come back at once.
    place_ = AddressPlace();
    loop_.Closed();
    if (tls_) tls_->End();
    tls_.reset();
    socket_.reset();
    out_ = std::string();
    sent_ = 0;
    phase_ = Phase::kFree;
    if (outstanding) return;
    ReleaseBody();
    in_.Clear(loop_.blocks());
    loop_.Free(id_);
}

}  // namespace fanfare::http::impl
