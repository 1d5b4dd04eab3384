// fanfare/crypto.hpp: SHA-256 and HMAC-SHA-256 of the host (extension fanfare.crypto/1).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include <fanfare/crypto.h>
#include <fanfare/host.hpp>
#include <fanfare/text.hpp>

FANFARE_SDK_BEGIN

using Digest = std::array<std::uint8_t, 32>;

inline std::string_view bytes_of(const Digest& digest) noexcept {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

class Crypto {
public:
    // Errors: ConfigError if this host offers none.
    explicit Crypto(const Host& host) : crypto_(host.extension<fanfare_crypto>(FANFARE_EXT_CRYPTO)) {
        if (crypto_ == nullptr) {
            throw ConfigError("this fanfare offers no " FANFARE_EXT_CRYPTO " to its plugins: upgrade fanfare");
        }
    }

    Digest sha256(std::string_view data) const noexcept {
        Digest out = {};
        crypto_->sha256(border_bytes(data), out.data());
        return out;
    }
    Digest hmac_sha256(std::string_view key, std::string_view data) const noexcept {
        Digest out = {};
        crypto_->hmac_sha256(border_bytes(key), border_bytes(data), out.data());
        return out;
    }

private:
    const fanfare_crypto* crypto_;
};

FANFARE_SDK_END
