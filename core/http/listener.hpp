// The listening socket: parses the address, binds, replaces a stale unix socket, takes connections.
#pragma once

#include <Poco/Net/ServerSocket.h>
#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "http/address_counts.hpp"

namespace fanfare::http::impl {

// A connection as it came in: non-blocking, close-on-exec. No socket of Poco's: those are counted references, and what
// was moved from keeps one, so that a connection would stay open for as long as the thread that accepted it likes.
struct Incoming {
    base::Descriptor socket;
    std::string peer;
    std::optional<AddressKey> key;
};

// Threads: Accept from several at once; the rest from one.
class Listener {
public:
    // Errors: kConfig, naming the address and what to do.
    static base::Result<std::unique_ptr<Listener>> Open(const std::string& address);
    ~Listener();

    // nullopt: nothing is waiting (any more). Errors: kIo, out of descriptors or memory.
    base::Result<std::optional<Incoming>> Accept();

    // Refuses whoever comes from now on; the descriptor stays until destruction. With an adopted socket they wait for the
    // process that takes it next.
    void Refuse();

    int descriptor() const { return socket_.impl()->sockfd(); }
    std::string address() const;

private:
    Listener() = default;
    base::Status OpenUnix(const std::string& path);
    base::Status OpenIp(const std::string& address);
    // A socket that listens already and that this process was started with.
    base::Status Adopt(const std::string& address, int descriptor);
    void Remove();

    Poco::Net::ServerSocket socket_;
    std::string unix_path_;  // of a socket that is ours to remove; else empty
    dev_t device_ = 0;       // of the unix socket's file, so that only our own is removed
    ino_t inode_ = 0;
    bool adopted_ = false;
};

}  // namespace fanfare::http::impl
