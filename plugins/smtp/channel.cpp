#include "channel.hpp"

#include <Poco/Exception.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

#include "failure.hpp"
#include "lookup.hpp"

namespace fanfare::plugins::smtp {
namespace {

// RFC 5321, 4.5.3.1.5 allows replies 512; some servers are more talkative.
constexpr std::size_t kMaxLine = 8192;

std::string Words(int error) { return std::generic_category().message(error); }

int MillisecondsUntil(Deadline limit) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(limit - std::chrono::steady_clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

}  // namespace

void Channel::Wait(int descriptor, short events) {
    for (;;) {
        const bool rung = alarm_.rung();
        const Deadline limit = alarm_.Cap(deadline_);
        if (std::chrono::steady_clock::now() >= limit) {
            if (limit < deadline_) throw Failure(FailureKind::kStopped, "fanfare stops");
            throw Failure(FailureKind::kBroken, host_ + " did not answer in time");
        }
        pollfd descriptors[] = {{descriptor, events, 0}, {alarm_.fd(), POLLIN, 0}};
        // Once it has rung it stays readable: the limit is all there is to know.
        const int ready = ::poll(descriptors, rung ? 1 : 2, MillisecondsUntil(limit));
        if (ready < 0 && errno != EINTR)
            throw Failure(FailureKind::kBroken, "cannot wait for " + host_ + ": " + Words(errno));
        if (ready > 0 && descriptors[0].revents != 0) return;
    }
}

void Channel::TryAddress(const Poco::Net::SocketAddress& address) {
    socket_ = Poco::Net::StreamSocket();
    socket_.connectNB(address);
    Wait(socket_.impl()->sockfd(), POLLOUT);
    const int error = socket_.impl()->socketError();
    if (error != 0) throw Failure(FailureKind::kUnusable, Words(error));
    socket_.setBlocking(false);
    socket_.setNoDelay(true);
    remote_ = address.toString();
}

void Channel::Connect(std::uint16_t port) {
    const std::vector<Poco::Net::SocketAddress> addresses = FindAddresses(port);
    const Deadline whole = deadline_;
    std::string reasons;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        // An address that swallows packets leaves time for the others.
        const auto now = std::chrono::steady_clock::now();
        deadline_ = now + (whole - now) / static_cast<int>(addresses.size() - i);
        std::string reason;
        try {
            TryAddress(addresses[i]);
            deadline_ = whole;
            return;
        } catch (const Poco::Exception& e) {
            reason = e.message();
        } catch (const Failure& e) {
            if (e.kind() == FailureKind::kStopped) throw;
            reason = e.kind() == FailureKind::kBroken ? "out of time" : e.what();
        }
        reasons += (reasons.empty() ? "" : ", ") + addresses[i].toString() + " " + reason;
    }
    throw Failure(FailureKind::kUnusable, "no connection to " + host_ + ": " + reasons);
}

std::vector<Poco::Net::SocketAddress> Channel::FindAddresses(std::uint16_t port) {
    try {
        return LookUp(host_, port, [this](int descriptor) { Wait(descriptor, POLLIN); });
    } catch (const Failure& e) {
        if (e.kind() != FailureKind::kBroken) throw;
        throw Failure(FailureKind::kUnusable, "cannot look up " + host_ + ": out of time");
    }
}

void Channel::StartTls(const SslContext& context) {
    input_.clear();
    ssl_ = MakeSsl(context, socket_.impl()->sockfd(), host_);
    for (;;) {
        ::ERR_clear_error();
        const int result = ::SSL_do_handshake(ssl_.get());
        if (result == 1) return;
        const int what = ::SSL_get_error(ssl_.get(), result);
        if (what == SSL_ERROR_WANT_READ || what == SSL_ERROR_WANT_WRITE) {
            Wait(socket_.impl()->sockfd(), what == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT);
            continue;
        }
        throw Failure(FailureKind::kUnusable, HandshakeFault(ssl_.get(), host_));
    }
}

bool Channel::Continue(int result) {
    if (result > 0) return true;
    const int what = ::SSL_get_error(ssl_.get(), result);
    if (what != SSL_ERROR_WANT_READ && what != SSL_ERROR_WANT_WRITE) {
        throw Failure(FailureKind::kBroken, host_ + " closed the connection");
    }
    Wait(socket_.impl()->sockfd(), what == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT);
    return false;
}

void Channel::Write(std::string_view bytes) {
    constexpr std::size_t kMost = 1u << 20;
    while (!bytes.empty()) {
        const std::size_t size = std::min(bytes.size(), kMost);
        if (ssl_) {
            ::ERR_clear_error();
            const int sent = ::SSL_write(ssl_.get(), bytes.data(), static_cast<int>(size));
            if (Continue(sent)) bytes.remove_prefix(static_cast<std::size_t>(sent));
            continue;
        }
        const ssize_t sent = ::send(socket_.impl()->sockfd(), bytes.data(), size, MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN || errno == EINTR) {
            Wait(socket_.impl()->sockfd(), POLLOUT);
        } else {
            throw Failure(FailureKind::kBroken, host_ + " closed the connection: " + Words(errno));
        }
    }
}

void Channel::Fill() {
    char bytes[4096];
    for (;;) {
        if (ssl_) {
            ::ERR_clear_error();
            const int got = ::SSL_read(ssl_.get(), bytes, sizeof bytes);
            if (!Continue(got)) continue;
            input_.append(bytes, static_cast<std::size_t>(got));
            return;
        }
        const ssize_t got = ::recv(socket_.impl()->sockfd(), bytes, sizeof bytes, 0);
        if (got > 0) {
            input_.append(bytes, static_cast<std::size_t>(got));
            return;
        }
        if (got == 0) throw Failure(FailureKind::kBroken, host_ + " closed the connection");
        if (errno != EAGAIN && errno != EINTR) {
            throw Failure(FailureKind::kBroken, host_ + " closed the connection: " + Words(errno));
        }
        Wait(socket_.impl()->sockfd(), POLLIN);
    }
}

std::string Channel::ReadLine() {
    std::size_t end = 0;
    while ((end = input_.find('\n')) == std::string::npos) {
        if (input_.size() > kMaxLine) throw Failure(FailureKind::kBroken, host_ + " sent a line without end");
        Fill();
    }
    std::string line = input_.substr(0, end);
    input_.erase(0, end + 1);
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

bool Channel::IsQuiet() {
    if (!input_.empty()) return false;
    pollfd descriptor = {socket_.impl()->sockfd(), POLLIN, 0};
    if (::poll(&descriptor, 1, 0) == 0) return true;
    if (!ssl_) return false;
    // With TLS 1.3 it may be a session ticket, which is no word of the server.
    char byte = 0;
    ::ERR_clear_error();
    const int got = ::SSL_peek(ssl_.get(), &byte, 1);
    return got <= 0 && ::SSL_get_error(ssl_.get(), got) == SSL_ERROR_WANT_READ;
}

}  // namespace fanfare::plugins::smtp
