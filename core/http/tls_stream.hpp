// What a connection with TLS reads and writes through. Non-blocking: whatever would wait says so, and is called again.
// Threads: its loop's only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "http/tls.hpp"

struct ssl_st;

namespace fanfare::http::impl {

// In place of a count of bytes.
inline constexpr int kAgain = -1;
inline constexpr int kBroken = -2;

class TlsStream {
public:
    // The descriptor stays the caller's, and open for as long as this lives. null: out of memory.
    static std::unique_ptr<TlsStream> Accept(const Tls& tls, int descriptor);

    // kMore: call again when the client has said more. kPlain: the client speaks HTTP without TLS, and may be answered
    // so.
    enum class Handshake { kDone, kMore, kPlain, kFailed };
    Handshake ShakeHands();
    // Why it failed.
    const std::string& fault() const { return fault_; }

    // As recv and send: a count, 0 for the end, kAgain or kBroken. TLS has bytes at hand that epoll knows nothing of:
    // only kAgain says that there are no more.
    int Receive(char* to, std::size_t room);
    int Send(const char* from, std::size_t size);

    // Tells the client that this was all (close_notify), as well as that is possible without waiting.
    void End();

    // TLS may have to write before it can read, and the other way round: what epoll says, in terms of what is waited
    // for.
    std::uint32_t Translate(std::uint32_t events) const;

private:
    explicit TlsStream(ssl_st* ssl) : ssl_(ssl) {}

    int Meaning(int result, bool reading);

    struct Free {
        void operator()(ssl_st* ssl) const;
    };
    std::unique_ptr<ssl_st, Free> ssl_;
    bool ready_ = false;   // the handshake is done
    bool broken_ = false;  // OpenSSL must not be asked for anything more
    bool ended_ = false;
    bool reads_when_writable_ = false;
    bool writes_when_readable_ = false;
    std::string fault_;
};

}  // namespace fanfare::http::impl
