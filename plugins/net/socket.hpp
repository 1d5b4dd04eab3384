// Sockets that never wait: connecting, and bytes in and out, plain or by TLS (tls.hpp).
//
// Threads: one.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "net/descriptor.hpp"
#include "net/resolver.hpp"

namespace fanfare::plugins::net {

// How an operation ended that does not wait. kWant...: call again once the socket is ready for that.
enum class Io { kDone, kWantRead, kWantWrite, kEnd, kError };

class Stream {
public:
    virtual ~Stream() = default;
    virtual int fd() const = 0;
    virtual Io Handshake() = 0;
    // kDone: at least one byte.
    virtual Io Read(char* bytes, std::size_t capacity, std::size_t& got) = 0;
    virtual Io Write(const char* bytes, std::size_t size, std::size_t& put) = 0;
    // Why the last operation ended with kError: what and, where there is something, what to do.
    const std::string& error() const { return error_; }

protected:
    std::string error_;
};

class PlainStream final : public Stream {
public:
    explicit PlainStream(Descriptor fd) : fd_(std::move(fd)) {}
    int fd() const override { return fd_.get(); }
    Io Handshake() override { return Io::kDone; }
    Io Read(char* bytes, std::size_t capacity, std::size_t& got) override;
    Io Write(const char* bytes, std::size_t size, std::size_t& put) override;

private:
    Io Explain(int error, Io wanted);

    Descriptor fd_;
};

Address UnixAddress(const std::string& path);

// Begins to connect. On failure the descriptor is closed and `error` says why.
Descriptor BeginConnect(const Address& address, std::string& error);
// What became of it, once the socket is writable; empty if it is connected.
std::string ConnectError(const Descriptor& fd);

}  // namespace fanfare::plugins::net
