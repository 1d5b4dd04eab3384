// TLS of a listener: what it shows its clients, and whom it lets in. TLS 1.2 or newer, over OpenSSL 3.
//
// No session is resumed and none is renegotiated: a connection is always let in by the certificates of now.
// Immutable: a connection keeps what it began with. Threads: safe from every thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"

struct ssl_ctx_st;

namespace fanfare::http {

struct TlsParts {                    // all PEM
    std::string certificate;         // and those of its issuers behind it
    base::Secret key;                // not encrypted
    std::string client_authorities;  // who has no certificate of theirs is not let in; empty: nobody is asked for one
};

class Tls {
public:
    // Errors: kConfig, saying which part is unusable; never what is in the key.
    static base::Result<std::shared_ptr<const Tls>> Make(const TlsParts& parts);

    // When the certificate does.
    std::chrono::system_clock::time_point expires() const { return expires_; }
    // For this room.
    ssl_ctx_st* context() const { return context_.get(); }

private:
    using Context = std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)>;
    explicit Tls(Context context);

    Context context_;
    std::chrono::system_clock::time_point expires_;
};

}  // namespace fanfare::http
