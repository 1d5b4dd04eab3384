#include "base/crypto.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstdlib>

namespace fanfare::base {
namespace {

// Fetched once: an implicit fetch per digest takes longer than hashing a small event (OpenSSL 3, crypto(7)).
const EVP_MD* Sha256Method() {
    static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    if (method == nullptr) std::abort();
    return method;
}

}  // namespace

Digest Sha256(std::string_view data) {
    Digest digest;
    if (EVP_Digest(data.data(), data.size(), digest.data(), nullptr, Sha256Method(), nullptr) != 1) std::abort();
    return digest;
}

Digest HmacSha256(std::string_view key, std::string_view data) {
    Digest digest;
    std::size_t length = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
    // A null key means "as before" to OpenSSL, not "empty".
    const char* key_bytes = key.empty() ? "" : key.data();
    if (EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key_bytes, key.size(), bytes, data.size(), digest.data(),
                  digest.size(), &length) == nullptr ||
        length != digest.size()) {
        std::abort();
    }
    return digest;
}

bool ConstantTimeEqual(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace fanfare::base
