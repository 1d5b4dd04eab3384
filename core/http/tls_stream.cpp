#include "http/tls_stream.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace fanfare::http::impl {
namespace {

// OpenSSL's own BIO of a socket writes with write(2), which raises SIGPIPE when the client has gone.
int DescriptorOf(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

bool WouldBlock() { return errno == EAGAIN || errno == EINTR; }

int WriteSocket(BIO* bio, const char* from, int size) {
    BIO_clear_retry_flags(bio);
    const ssize_t count = send(DescriptorOf(bio), from, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (count < 0 && WouldBlock()) BIO_set_retry_write(bio);
    return static_cast<int>(count);
}

int ReadSocket(BIO* bio, char* to, int room) {
    BIO_clear_retry_flags(bio);
    const ssize_t count = recv(DescriptorOf(bio), to, static_cast<std::size_t>(room), 0);
    if (count < 0 && WouldBlock()) BIO_set_retry_read(bio);
    if (count == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    return static_cast<int>(count);
}

long ControlSocket(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_FLUSH) return 1;
    if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
    return 0;
}

using Method = std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)>;

Method MakeMethod() {
    Method method(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without SIGPIPE"), &BIO_meth_free);
    if (!method) return method;
    BIO_meth_set_write(method.get(), &WriteSocket);
    BIO_meth_set_read(method.get(), &ReadSocket);
    BIO_meth_set_ctrl(method.get(), &ControlSocket);
    return method;
}

BIO* MakeBio(int descriptor) {
    static const Method method = MakeMethod();
    BIO* const bio = method ? BIO_new(method.get()) : nullptr;
    if (bio == nullptr) return nullptr;
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(descriptor)));
    BIO_set_init(bio, 1);
    return bio;
}

int Bounded(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

}  // namespace

void TlsStream::Free::operator()(ssl_st* ssl) const { SSL_free(ssl); }

std::unique_ptr<TlsStream> TlsStream::Accept(const Tls& tls, int descriptor) {
    SSL* const ssl = SSL_new(tls.context());
    if (ssl == nullptr) return nullptr;
    std::unique_ptr<TlsStream> stream(new TlsStream(ssl));
    BIO* const bio = MakeBio(descriptor);
    if (bio == nullptr) return nullptr;
    SSL_set_bio(ssl, bio, bio);
    SSL_set_accept_state(ssl);
    return stream;
}

TlsStream::Handshake TlsStream::ShakeHands() {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) {
        ready_ = true;
        return Handshake::kDone;
    }
    if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST) return Handshake::kPlain;
    return Meaning(result, true) == kAgain ? Handshake::kMore : Handshake::kFailed;
}

int TlsStream::Receive(char* to, std::size_t room) {
    if (broken_) return kBroken;
    ERR_clear_error();
    const int count = SSL_read(ssl_.get(), to, Bounded(room));
    return count > 0 ? count : Meaning(count, true);
}

int TlsStream::Send(const char* from, std::size_t size) {
    if (broken_) return kBroken;
    ERR_clear_error();
    const int count = SSL_write(ssl_.get(), from, Bounded(size));
    return count > 0 ? count : Meaning(count, false);
}

int TlsStream::Meaning(int result, bool reading) {
    const int error = SSL_get_error(ssl_.get(), result);
    (reading ? reads_when_writable_ : writes_when_readable_) =
        error == (reading ? SSL_ERROR_WANT_WRITE : SSL_ERROR_WANT_READ);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return kAgain;
    if (error == SSL_ERROR_ZERO_RETURN && ready_) return reading ? 0 : kBroken;
    broken_ = true;
    const char* const reason = ERR_reason_error_string(ERR_peek_error());
    fault_ = reason == nullptr ? "the client ended the connection" : reason;
    ERR_clear_error();
    return kBroken;
}

void TlsStream::End() {
    if (!ready_ || broken_ || ended_) return;
    ended_ = true;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
}

std::uint32_t TlsStream::Translate(std::uint32_t events) const {
    std::uint32_t out = events;
    if (reads_when_writable_ && (events & EPOLLOUT)) out |= EPOLLIN;
    if (writes_when_readable_ && (events & EPOLLIN)) out |= EPOLLOUT;
    return out;
}

}  // namespace fanfare::http::impl
