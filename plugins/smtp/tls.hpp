// TLS towards mail servers: certificates are always verified, for the configured name.
//
// OpenSSL itself over a Poco socket rather than Poco::Net::SecureStreamSocket, which does not tell what is wrong with a
// certificate, sends addresses as server names (RFC 6066, 3 forbids it), and waits anew for each record.
// Source: RFC 3207 (STARTTLS), RFC 8314, 3.3 (implicit TLS) and 4.1 (TLS 1.2 at least), RFC 6125 (names).
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <mutex>
#include <string>

namespace fanfare::plugins::smtp {

using SslContext = std::shared_ptr<SSL_CTX>;
using SslPtr = std::unique_ptr<SSL, void (*)(SSL*)>;

// Whom a destination trusts. The system's authorities, some 150, are read for the first connection that needs them: in
// memory they are a megabyte, which a destination that has sent nothing yet, or sends in the clear, does without.
// Threads: safe from every thread.
class Trust {
public:
    // ca_file: empty for the system's authorities; else it is read here, so that a wrong one is known at the start.
    // Errors: ConfigError.
    explicit Trust(std::string ca_file);

    // The same for all connections. Errors: ConfigError.
    SslContext Context();

private:
    const std::string ca_file_;
    std::mutex mutex_;
    SslContext context_;  // guarded by mutex_
};

// For a handshake on this socket, which stays the caller's. Errors: Failure.
SslPtr MakeSsl(const SslContext& context, int socket, const std::string& host);

// Why a handshake ended: what is wrong with the certificate, or what OpenSSL says.
std::string HandshakeFault(const SSL* ssl, const std::string& host);

}  // namespace fanfare::plugins::smtp
