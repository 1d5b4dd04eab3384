#include "tls.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <fanfare/host.hpp>

#include "failure.hpp"

namespace fanfare::plugins::smtp {
namespace {

std::string LastError() {
    const unsigned long code = ::ERR_peek_last_error();
    ::ERR_clear_error();
    const char* reason = code == 0 ? nullptr : ::ERR_reason_error_string(code);
    return reason == nullptr ? "the connection was closed" : reason;
}

bool IsAddress(const std::string& host) {
    unsigned char bytes[sizeof(in6_addr)];
    return ::inet_pton(AF_INET, host.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

std::string RemedyFor(long fault) {
    switch (fault) {
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "set host to a name that the certificate is for";
        case X509_V_ERR_CERT_HAS_EXPIRED:
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "renew it, or correct the clock";
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return "its authority is unknown: set ca_file to it";
        default:
            return "replace it";
    }
}

SslContext MakeContext(const std::string& ca_file) {
    SslContext context(::SSL_CTX_new(::TLS_client_method()), &::SSL_CTX_free);
    if (!context) throw ConfigError("OpenSSL cannot be used: " + LastError());
    ::SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    ::SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    ::SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    const bool loaded = ca_file.empty() ? ::SSL_CTX_set_default_verify_paths(context.get()) == 1
                                        : ::SSL_CTX_load_verify_locations(context.get(), ca_file.c_str(), nullptr) == 1;
    if (!loaded) {
        throw ConfigError("ca_file '" + ca_file + "' cannot be used (" + LastError() +
                          "): it must be a PEM file that the daemon may read");
    }
    return context;
}

}  // namespace

Trust::Trust(std::string ca_file) : ca_file_(std::move(ca_file)) {
    if (!ca_file_.empty()) context_ = MakeContext(ca_file_);
}

SslContext Trust::Context() {
    const std::lock_guard lock(mutex_);
    if (!context_) context_ = MakeContext(ca_file_);
    return context_;
}

SslPtr MakeSsl(const SslContext& context, int socket, const std::string& host) {
    ::ERR_clear_error();
    SslPtr ssl(::SSL_new(context.get()), &::SSL_free);
    bool ready = ssl && ::SSL_set_fd(ssl.get(), socket) == 1;
    if (ready && IsAddress(host)) {
        ready = ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(ssl.get()), host.c_str()) == 1;
    } else if (ready) {
        ::SSL_set_hostflags(ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        ready = ::SSL_set1_host(ssl.get(), host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl.get(), host.c_str()) == 1;
    }
    if (!ready) throw Failure(FailureKind::kUnusable, "TLS with " + host + " cannot be set up: " + LastError());
    ::SSL_set_connect_state(ssl.get());
    return ssl;
}

std::string HandshakeFault(const SSL* ssl, const std::string& host) {
    const long fault = ::SSL_get_verify_result(ssl);
    if (fault == X509_V_OK) return "TLS with " + host + " failed: " + LastError();
    ::ERR_clear_error();
    return "the certificate of " + host + " is not accepted: " + ::X509_verify_cert_error_string(fault) + "; " +
           RemedyFor(fault);
}

}  // namespace fanfare::plugins::smtp
