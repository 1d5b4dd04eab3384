// Certificate authorities and server certificates for tests, made on the spot with OpenSSL (EC P-256).
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

namespace fanfare::tests {

struct Certificate {
    std::shared_ptr<EVP_PKEY> key;
    std::shared_ptr<X509> x509;

    void WriteTo(const std::string& certificate_path, const std::string& key_path = {}) const {
        std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(certificate_path.c_str(), "w"), &std::fclose);
        if (!file || PEM_write_X509(file.get(), x509.get()) != 1) std::abort();
        if (key_path.empty()) return;
        file.reset(std::fopen(key_path.c_str(), "w"));
        if (!file || PEM_write_PrivateKey(file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) std::abort();
    }
};

namespace detail {

inline void AddExtension(X509* x509, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, x509, nullptr, nullptr, 0);
    std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> extension(
        X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()), &X509_EXTENSION_free);
    if (!extension || X509_add_ext(x509, extension.get(), -1) != 1) std::abort();
}

inline Certificate Make(const std::string& name, const Certificate* issuer, long from_seconds, long to_seconds) {
    static long serial = 1;
    Certificate made{{EVP_EC_gen("P-256"), &EVP_PKEY_free}, {X509_new(), &X509_free}};
    X509* x509 = made.x509.get();
    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), serial++);
    X509_gmtime_adj(X509_getm_notBefore(x509), from_seconds);
    X509_gmtime_adj(X509_getm_notAfter(x509), to_seconds);
    X509_set_pubkey(x509, made.key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(x509, X509_get_subject_name(issuer == nullptr ? x509 : issuer->x509.get()));
    return made;
}

}  // namespace detail

inline Certificate MakeAuthority(const std::string& name) {
    Certificate made = detail::Make(name, nullptr, -3600, 86400);
    detail::AddExtension(made.x509.get(), made.x509.get(), NID_basic_constraints, "critical,CA:TRUE");
    detail::AddExtension(made.x509.get(), made.x509.get(), NID_subject_key_identifier, "hash");
    if (X509_sign(made.x509.get(), made.key.get(), EVP_sha256()) == 0) std::abort();
    return made;
}

// names: as in subjectAltName, "IP:127.0.0.1,DNS:example.org". Valid from and to: seconds from now.
inline Certificate MakeServerCertificate(const Certificate& authority, const std::string& names, long from_seconds = -3600,
                                         long to_seconds = 86400) {
    Certificate made = detail::Make("server", &authority, from_seconds, to_seconds);
    detail::AddExtension(made.x509.get(), authority.x509.get(), NID_subject_alt_name, names);
    if (X509_sign(made.x509.get(), authority.key.get(), EVP_sha256()) == 0) std::abort();
    return made;
}

}  // namespace fanfare::tests
