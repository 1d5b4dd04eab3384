// Lines to and from a server, over TCP or TLS. Every wait ends at the deadline, however slowly the far side drips, and
// when the daemon stops.
//
// Threads: one. Errors: Failure; the channel is of no use afterwards.
#pragma once

#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "alarm.hpp"
#include "tls.hpp"

namespace fanfare::plugins::smtp {

class Channel {
public:
    // `alarm` outlives it.
    Channel(const Alarm& alarm, std::string host) : alarm_(alarm), host_(std::move(host)) {}

    // For all that follows.
    void SetDeadline(Deadline deadline) { deadline_ = deadline; }

    // Tries all addresses of the host in turn.
    void Connect(std::uint16_t port);
    // Input that came in the clear is thrown away: nobody vouches for it (RFC 3207, 4.2).
    void StartTls(const SslContext& context);
    bool is_encrypted() const { return ssl_ != nullptr; }

    void Write(std::string_view bytes);
    // Without its line end.
    std::string ReadLine();
    // Nothing has come, and the far side has not closed: what it says unasked is a goodbye.
    bool IsQuiet();

    // "192.0.2.1:25"; empty before the connection.
    const std::string& remote() const { return remote_; }
    // The own address of the connection, without the port.
    Poco::Net::IPAddress local() const { return socket_.address().host(); }
    const std::string& host() const { return host_; }

private:
    std::vector<Poco::Net::SocketAddress> FindAddresses(std::uint16_t port);
    void TryAddress(const Poco::Net::SocketAddress& address);
    void Wait(int descriptor, short events);
    void Fill();
    // What an SSL call came to: true to go on, false to try again now.
    bool Continue(int result);

    const Alarm& alarm_;
    const std::string host_;
    Deadline deadline_{};
    Poco::Net::StreamSocket socket_;
    SslPtr ssl_{nullptr, &::SSL_free};
    std::string remote_;
    std::string input_;
};

}  // namespace fanfare::plugins::smtp
