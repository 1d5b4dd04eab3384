#include "http_client/client_certificate.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace fanfare::http_client {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

Bio Read(const std::string& text) { return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free}; }

// Never asks at a terminal. -1: there is none, and the key is encrypted.
int GivePassword(char* buffer, int size, int, void* password) {
    const std::string& text = static_cast<const base::Secret*>(password)->Reveal();
    if (text.empty()) return -1;
    const auto length = std::min(text.size(), static_cast<std::size_t>(size));
    std::memcpy(buffer, text.data(), length);
    return static_cast<int>(length);
}

base::Error Fault(const char* message) {
    ERR_clear_error();
    return base::MakeError(base::Code::kConfig, message);
}

}  // namespace

base::Status ClientCertificate::Check() const {
    const Bio chain_bio = Read(chain);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(chain_bio.get(), nullptr, nullptr, nullptr), &X509_free);
    if (!certificate) return Fault("the client certificate is not one in PEM (-----BEGIN CERTIFICATE-----)");
    const Bio key_bio = Read(key.Reveal());
    base::Secret secret = password;
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> private_key(
        PEM_read_bio_PrivateKey(key_bio.get(), nullptr, &GivePassword, &secret), &EVP_PKEY_free);
    if (!private_key)
        return Fault(key.Reveal().find("PRIVATE KEY-----") == std::string::npos
                         ? "the client key is not one in PEM (-----BEGIN PRIVATE KEY-----)"
                         : "the client key cannot be read: is it encrypted, and with another password?");
    if (X509_check_private_key(certificate.get(), private_key.get()) != 1)
        return Fault("the client certificate belongs to another key");
    return {};
}

}  // namespace fanfare::http_client
