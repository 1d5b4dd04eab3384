#include "net/tls.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <fanfare/host.hpp>

namespace fanfare::plugins::net {
namespace {

std::string LastError() {
    const unsigned long code = ERR_peek_last_error();
    const char* reason = ERR_reason_error_string(code);
    return reason != nullptr ? reason : "error " + std::to_string(code);
}

[[noreturn]] void Refuse(const std::string& option, const std::string& file) {
    throw ConfigError(option + " cannot be used: " + file + ": " + LastError() +
                      "; give a PEM file that fanfare may read");
}

bool IsAddress(const std::string& name) {
    in6_addr bytes;
    return ::inet_pton(AF_INET, name.c_str(), &bytes) == 1 || ::inet_pton(AF_INET6, name.c_str(), &bytes) == 1;
}

}  // namespace

TlsContext MakeTlsContext(const TlsOptions& options) {
    ERR_clear_error();
    TlsContext context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
    if (!context) throw std::runtime_error("cannot prepare TLS: " + LastError());
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    if (options.ca.empty()) {
        SSL_CTX_set_default_verify_paths(context.get());
    } else if (SSL_CTX_load_verify_file(context.get(), options.ca.c_str()) != 1) {
        Refuse("tls.ca", options.ca);
    }
    if (options.certificate.empty()) return context;
    if (SSL_CTX_use_certificate_chain_file(context.get(), options.certificate.c_str()) != 1) {
        Refuse("tls.certificate", options.certificate);
    }
    if (SSL_CTX_use_PrivateKey_file(context.get(), options.key.c_str(), SSL_FILETYPE_PEM) != 1) {
        Refuse("tls.key", options.key);
    }
    return context;
}

TlsStream::TlsStream(Descriptor fd, const TlsContext& context, const std::string& name)
    : fd_(std::move(fd)), name_(name), ssl_(SSL_new(context.get())) {
    if (!ssl_ || SSL_set_fd(ssl_.get(), fd_.get()) != 1) throw std::runtime_error("cannot prepare TLS: " + LastError());
    X509_VERIFY_PARAM* const parameters = SSL_get0_param(ssl_.get());
    const bool address = IsAddress(name_);
    // A name without a meaning here would check nothing at all.
    const int set = address ? X509_VERIFY_PARAM_set1_ip_asc(parameters, name_.c_str())
                            : X509_VERIFY_PARAM_set1_host(parameters, name_.data(), name_.size());
    if (set != 1 || name_.empty()) throw std::runtime_error("cannot verify the name '" + name_ + "'");
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (!address) SSL_set_tlsext_host_name(ssl_.get(), name_.c_str());
    SSL_set_connect_state(ssl_.get());
}

Io TlsStream::Handshake() {
    ERR_clear_error();
    errno = 0;
    const int result = SSL_do_handshake(ssl_.get());
    return result == 1 ? Io::kDone : Explain(result, errno);
}

Io TlsStream::Read(char* bytes, std::size_t capacity, std::size_t& got) {
    ERR_clear_error();
    errno = 0;
    const int result = SSL_read_ex(ssl_.get(), bytes, capacity, &got);
    return result == 1 ? Io::kDone : Explain(result, errno);
}

Io TlsStream::Write(const char* bytes, std::size_t size, std::size_t& put) {
    ERR_clear_error();
    errno = 0;
    const int result = SSL_write_ex(ssl_.get(), bytes, size, &put);
    return result == 1 ? Io::kDone : Explain(result, errno);
}

Io TlsStream::Explain(int result, int system_error) {
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            return Io::kWantRead;
        case SSL_ERROR_WANT_WRITE:
            return Io::kWantWrite;
        case SSL_ERROR_ZERO_RETURN:
            return Io::kEnd;
        case SSL_ERROR_SYSCALL:
            if (system_error == 0) return Io::kEnd;
            error_ = std::generic_category().message(system_error);
            return Io::kError;
        default:
            error_ = Reason();
            return Io::kError;
    }
}

std::string TlsStream::Reason() const {
    const long verified = SSL_get_verify_result(ssl_.get());
    if (verified == X509_V_OK)
        return "TLS failed: " + LastError() + "; see that the port speaks TLS, and what it asks for";
    const std::string what = X509_verify_cert_error_string(verified);
    if (verified == X509_V_ERR_HOSTNAME_MISMATCH || verified == X509_V_ERR_IP_ADDRESS_MISMATCH) {
        return "its certificate is not for " + name_ + " (" + what + "); set tls.server_name to a name that it has";
    }
    if (verified == X509_V_ERR_CERT_HAS_EXPIRED || verified == X509_V_ERR_CERT_NOT_YET_VALID) {
        return "its certificate is not valid now (" + what + "); renew it, and see the clocks";
    }
    return "its certificate is not trusted (" + what + "); set tls.ca to the file of the authority that issued it";
}

}  // namespace fanfare::plugins::net
