#include "http/tls.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <ctime>
#include <utility>

namespace fanfare::http {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Bio Read(const std::string& text) { return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free}; }

Certificate NextCertificate(const Bio& bio) {
    return {PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free};
}

// Without it OpenSSL asks for the password of an encrypted key at the terminal.
int NoPassword(char*, int, int, void*) { return -1; }

base::Error Fault(std::string message) {
    ERR_clear_error();
    return base::MakeError(base::Code::kConfig, std::move(message));
}

std::string OpenSslText() {
    const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason == nullptr ? "OpenSSL gives no reason" : reason;
}

base::Status TakeCertificate(SSL_CTX* context, const std::string& chain) {
    const Bio bio = Read(chain);
    const Certificate first = NextCertificate(bio);
    if (!first) return Fault("the certificate is not one in PEM (-----BEGIN CERTIFICATE-----)");
    if (SSL_CTX_use_certificate(context, first.get()) != 1)
        return Fault("the certificate is refused: " + OpenSslText() + "; make it with a key of RSA 2048 or of a curve");
    while (Certificate issuer = NextCertificate(bio)) {
        if (SSL_CTX_add0_chain_cert(context, issuer.get()) != 1)
            return Fault("a certificate behind the first is refused: " + OpenSslText());
        (void)issuer.release();  // the context has it
    }
    return {};
}

base::Status TakeKey(SSL_CTX* context, const base::Secret& secret) {
    const std::string& text = secret.Reveal();
    const Key key(PEM_read_bio_PrivateKey(Read(text).get(), nullptr, &NoPassword, nullptr), &EVP_PKEY_free);
    if (!key) {
        return Fault(
            text.find("PRIVATE KEY-----") == std::string::npos
                ? "the key is not one in PEM (-----BEGIN PRIVATE KEY-----)"
                : "the key cannot be read; if it is encrypted, write it without a password: openssl pkey -in ...");
    }
    if (X509_check_private_key(SSL_CTX_get0_certificate(context), key.get()) != 1)
        return Fault("the certificate belongs to another key; name the pair that was issued together");
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) return Fault("the key is refused: " + OpenSslText());
    return {};
}

base::Status TakeClientAuthorities(SSL_CTX* context, const std::string& authorities) {
    if (authorities.empty()) return {};
    const Bio bio = Read(authorities);
    bool any = false;
    while (const Certificate authority = NextCertificate(bio)) {
        any = true;
        if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get()) != 1 ||
            SSL_CTX_add_client_CA(context, authority.get()) != 1)
            return Fault("an authority of client certificates is refused: " + OpenSslText());
    }
    if (!any) return Fault("the authorities of client certificates hold none in PEM (-----BEGIN CERTIFICATE-----)");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    return {};
}

bool SetRules(SSL_CTX* context) {
    SSL_CTX_set_options(
        context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_TICKET |
                     // Requests say how long they are: one that is cut short is known without close_notify.
                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    // What is unsent may move between two tries: it stands in a string that grows.
    SSL_CTX_set_mode(context,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_read_ahead(context, 1);
    // Of TLS 1.2 only what keeps the past secret when the key is lost, and authenticates what it encrypts.
    return SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
           SSL_CTX_set_num_tickets(context, 0) == 1 && SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1;
}

std::chrono::system_clock::time_point ExpiryOf(SSL_CTX* context) {
    std::tm when{};
    ASN1_TIME_to_tm(X509_get0_notAfter(SSL_CTX_get0_certificate(context)), &when);
    return std::chrono::system_clock::from_time_t(timegm(&when));
}

}  // namespace

Tls::Tls(Context context) : context_(std::move(context)), expires_(ExpiryOf(context_.get())) {}

base::Result<std::shared_ptr<const Tls>> Tls::Make(const TlsParts& parts) {
    ERR_clear_error();
    Context context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
    if (!context || !SetRules(context.get())) return Fault("OpenSSL cannot be set up: " + OpenSslText());
    if (base::Status taken = TakeCertificate(context.get(), parts.certificate); !taken) return std::move(taken).error();
    if (base::Status taken = TakeKey(context.get(), parts.key); !taken) return std::move(taken).error();
    if (base::Status taken = TakeClientAuthorities(context.get(), parts.client_authorities); !taken)
        return std::move(taken).error();
    ERR_clear_error();  // the end of a PEM file is an error to OpenSSL
    return std::shared_ptr<const Tls>(new Tls(std::move(context)));
}

}  // namespace fanfare::http
