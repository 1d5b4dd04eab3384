// A connection's socket: what is read from it, what is written to it, how it is let go.
#include <Poco/Exception.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#include "http/connection.hpp"
#include "http/loop.hpp"

namespace fanfare::http::impl {
namespace {

constexpr std::size_t kHeadRoom = 2048;
constexpr std::size_t kBodyRoom = 64 << 10;
constexpr std::size_t kKeptOutBytes = 8 << 10;
constexpr std::size_t kLingerBytes = 16 << 20;

constexpr int kAgain = -1;
constexpr int kBroken = -2;

// Poco 1.11 throws where a non-blocking send would block, but returns -1 where a receive would.
int Meaning(const Poco::Exception& problem) {
    const bool would_block = problem.code() == EAGAIN || dynamic_cast<const Poco::TimeoutException*>(&problem);
    return would_block ? kAgain : kBroken;
}

int ReceiveSome(Poco::Net::StreamSocket& socket, char* to, std::size_t room) {
    try {
        return socket.receiveBytes(to, static_cast<int>(std::min<std::size_t>(room, INT_MAX)));
    } catch (const Poco::Exception& problem) {
        return Meaning(problem);
    }
}

int SendSome(Poco::Net::StreamSocket& socket, const char* from, std::size_t size) {
    try {
        return socket.sendBytes(from, static_cast<int>(std::min<std::size_t>(size, INT_MAX)), MSG_NOSIGNAL);
    } catch (const Poco::Exception& problem) {
        return Meaning(problem);
    }
}

}  // namespace

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
    const int count = ReceiveSome(*socket_, in_.spare(), room);
    if (!TookBytes(count, room)) return false;
    in_.Added(static_cast<std::size_t>(count));
    return true;
}

bool Connection::Drain() {
    std::array<char, 32 << 10> sink;
    const int count = ReceiveSome(*socket_, sink.data(), sink.size());
    if (!TookBytes(count, sink.size())) return false;
    drained_ += static_cast<std::size_t>(count);
    if (drained_ <= kLingerBytes) return true;
    Disconnect();
    return false;
}

bool Connection::TookBytes(int count, std::size_t room) {
    if (count > 0) {
        // Less than there was room for: the socket is empty, epoll tells when it no longer is. Unless the end has
        // been announced already: it is not announced again.
        if (static_cast<std::size_t>(count) < room && !peer_ending_) readable_ = false;
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
        const int count = SendSome(*socket_, out_.data() + sent_, unsent());
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
    Disconnect();
    phase_ = Phase::kAbandoned;
}

// The bytes of an outstanding request stay: the handler reads them.
void Connection::Disconnect() {
    const bool outstanding = phase_ == Phase::kHandling;
    loop_.timers().Clear(*this);
    if (waiting_.linked()) waiting_.Unlink();
    // Counted out before the client can see the end: it may come back at once.
    place_ = AddressPlace();
    loop_.Closed();
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
