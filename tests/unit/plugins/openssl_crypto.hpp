// fanfare.crypto/1 for FakeHost, by OpenSSL.
#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdint>

#include <fanfare/crypto.h>

namespace fanfare::test {

inline const fanfare_crypto& OpenSslCrypto() {
    static const fanfare_crypto table = {sizeof(fanfare_crypto), 0,
                                         [](fanfare_bytes data, std::uint8_t out[32]) {
                                             EVP_Digest(data.ptr, data.len, out, nullptr, EVP_sha256(), nullptr);
                                         },
                                         [](fanfare_bytes key, fanfare_bytes data, std::uint8_t out[32]) {
                                             HMAC(EVP_sha256(), key.ptr, static_cast<int>(key.len), data.ptr, data.len,
                                                  out, nullptr);
                                         }};
    return table;
}

}  // namespace fanfare::test
