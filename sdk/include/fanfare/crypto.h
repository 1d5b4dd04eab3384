/* fanfare/crypto.h: extension "fanfare.crypto/1", so that a signature needs no crypto library in the plugin. */
#ifndef FANFARE_CRYPTO_H
#define FANFARE_CRYPTO_H

#include <fanfare/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FANFARE_EXT_CRYPTO "fanfare.crypto/1"

typedef struct fanfare_crypto {
    uint32_t struct_size;
    uint32_t reserved;
    /* [any-thread] SHA-256 (FIPS 180-4). */
    void (*sha256)(fanfare_bytes data, uint8_t out[32]);
    /* [any-thread] HMAC-SHA-256 (RFC 2104). */
    void (*hmac_sha256)(fanfare_bytes key, fanfare_bytes data, uint8_t out[32]);
} fanfare_crypto;

#ifdef __cplusplus
}
#endif
#endif
