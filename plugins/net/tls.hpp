// TLS over a connected socket: 1.2 or later, the certificate and its name always verified.
//
// Threads: one.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "net/socket.hpp"

namespace fanfare::plugins::net {

struct TlsOptions {
    std::string ca;           // file; empty: the authorities of the system
    std::string server_name;  // empty: the host that is connected to
    std::string certificate;  // files; empty: none of ours
    std::string key;
};

using TlsContext = std::shared_ptr<SSL_CTX>;

// Reads the files; made anew for each connection, so that renewed ones are noticed. Errors: ConfigError, which names
// the file.
TlsContext MakeTlsContext(const TlsOptions& options);

class TlsStream final : public Stream {
public:
    // `name`: name or address that the certificate must have. Errors: std::runtime_error.
    TlsStream(Descriptor fd, const TlsContext& context, const std::string& name);

    int fd() const override { return fd_.get(); }
    Io Handshake() override;
    Io Read(char* bytes, std::size_t capacity, std::size_t& got) override;
    Io Write(const char* bytes, std::size_t size, std::size_t& put) override;

private:
    struct Free {
        void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
    };

    Io Explain(int result, int system_error);
    std::string Reason() const;

    Descriptor fd_;
    std::string name_;
    std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace fanfare::plugins::net
