// A TLS client of OpenSSL's own, and certificates for it and its server.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <utility>

#include "http/tls.hpp"
#include "support/certificates.hpp"
#include "unit/http/raw_client.hpp"

namespace fanfare::http {

inline std::string Pem(X509* certificate) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_X509(bio.get(), certificate);
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

inline base::Secret Pem(EVP_PKEY* key, const char* password = nullptr) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_PrivateKey(bio.get(), key, password == nullptr ? nullptr : EVP_aes_128_cbc(),
                             reinterpret_cast<const unsigned char*>(password), password == nullptr ? 0 : 4, nullptr,
                             nullptr);
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    return base::Secret(std::string(text, static_cast<std::size_t>(size)));
}

struct TlsClientOptions {
    int newest = 0;  // as OpenSSL names versions; 0: what it likes best
    const tests::Certificate* certificate = nullptr;
    const tests::Certificate* trusted = nullptr;  // null: whoever
};

class TlsClient : public RawClient {
public:
    explicit TlsClient(const std::string& address, TlsClientOptions options = {}) : RawClient(address) {
        context_.reset(SSL_CTX_new(TLS_client_method()));
        SSL_CTX_set_security_level(context_.get(), 0);  // or OpenSSL would refuse old versions itself
        if (options.newest != 0) {
            SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
            SSL_CTX_set_max_proto_version(context_.get(), options.newest);
        }
        if (options.certificate != nullptr) {
            SSL_CTX_use_certificate(context_.get(), options.certificate->x509.get());
            SSL_CTX_use_PrivateKey(context_.get(), options.certificate->key.get());
        }
        if (options.trusted != nullptr) {
            X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), options.trusted->x509.get());
            SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        }
        ssl_.reset(SSL_new(context_.get()));
        SSL_set_fd(ssl_.get(), descriptor());
        ERR_clear_error();
        ready_ = SSL_connect(ssl_.get()) == 1;
    }

    // The handshake is done, as far as the client can tell.
    bool ready() const { return ready_; }
    SSL* ssl() { return ssl_.get(); }
    // Ends its side, as TLS means it.
    void SayCloseNotify() { SSL_shutdown(ssl_.get()); }
    // True if the server has ended the connection as TLS means it.
    bool HeardCloseNotify() {
        ReadAll();
        return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
    }

protected:
    ssize_t Put(const char* bytes, std::size_t size) override {
        ERR_clear_error();
        return SSL_write(ssl_.get(), bytes, static_cast<int>(size));
    }
    ssize_t Get(char* bytes, std::size_t room) override {
        ERR_clear_error();
        return SSL_read(ssl_.get(), bytes, static_cast<int>(room));
    }

private:
    struct Free {
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };
    std::unique_ptr<SSL_CTX, Free> context_;
    std::unique_ptr<SSL, Free> ssl_;
    bool ready_ = false;
};

}  // namespace fanfare::http
