// TLS towards mail servers: certificates are always verified, for the configured name.
//
// OpenSSL itself over a Poco socket rather than Poco::Net::SecureStreamSocket, which does not tell what is wrong with a
// certificate, sends addresses as server names (RFC 6066, 3 forbids it), and waits anew for each record.
// Source: RFC 3207 (STARTTLS), RFC 8314, 3.3 (implicit TLS) and 4.1 (TLS 1.2 at least), RFC 6125 (names).
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace fanfare::plugins::smtp {

using SslContext = std::shared_ptr<SSL_CTX>;
using SslPtr = std::unique_ptr<SSL, void (*)(SSL*)>;

// ca_file: empty for the system's authorities. Errors: ConfigError.
SslContext MakeContext(const std::string& ca_file);

// For a handshake on this socket, which stays the caller's. Errors: Failure.
SslPtr MakeSsl(const SslContext& context, int socket, const std::string& host);

// Why a handshake ended: what is wrong with the certificate, or what OpenSSL says.
std::string HandshakeFault(const SSL* ssl, const std::string& host);

}  // namespace fanfare::plugins::smtp
