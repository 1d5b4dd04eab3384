#include "base/crypto.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <sys/random.h>

#include <cstdlib>
#include <memory>

namespace fanfare::base {
namespace {

// Fetched once: an implicit fetch per digest takes longer than hashing a small event (OpenSSL 3, crypto(7)).
const EVP_MD* Sha256Method() {
    static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    if (method == nullptr) std::abort();
    return method;
}

EVP_MAC* HmacMethod() {
    static EVP_MAC* const method = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    if (method == nullptr) std::abort();
    return method;
}

}  // namespace

Digest Sha256(std::string_view data) {
    Digest digest;
    if (EVP_Digest(data.data(), data.size(), digest.data(), nullptr, Sha256Method(), nullptr) != 1) std::abort();
    return digest;
}

Digest HmacSha256(std::string_view key, std::string_view data) { return HmacSha256(key, {data}); }

Digest HmacSha256(std::string_view key, std::initializer_list<std::string_view> parts) {
    // Named for a lifetime that outlives the call; OpenSSL takes it as non-const and does not write.
    char sha256[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha256, 0),
                                 OSSL_PARAM_construct_end()};
    const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context(EVP_MAC_CTX_new(HmacMethod()),
                                                                            EVP_MAC_CTX_free);
    // A null key means "as before" to OpenSSL, not "empty".
    const char* const key_bytes = key.empty() ? "" : key.data();
    bool good = context && EVP_MAC_init(context.get(), reinterpret_cast<const unsigned char*>(key_bytes), key.size(),
                                        params) == 1;
    for (const std::string_view part : parts) {
        good = good && EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(part.data()),
                                      part.size()) == 1;
    }
    Digest digest;
    std::size_t length = 0;
    good = good && EVP_MAC_final(context.get(), digest.data(), &length, digest.size()) == 1;
    if (!good || length != digest.size()) std::abort();
    return digest;
}

std::string RandomBytes(std::size_t count) {
    std::string bytes(count, '\0');
    if (getrandom(bytes.data(), count, 0) != static_cast<ssize_t>(count)) std::abort();
    return bytes;
}

bool ConstantTimeEqual(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace fanfare::base
