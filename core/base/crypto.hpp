// Digests over OpenSSL 3 (EVP), randomness, and a comparison that takes the same time whatever it finds.
// Threads: safe from every thread. Errors: none; a failing OpenSSL ends the process, since no wrong digest may leave;
// so does a kernel without randomness.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace fanfare::base {

using Digest = std::array<std::uint8_t, 32>;

// FIPS 180-4.
Digest Sha256(std::string_view data);

// RFC 2104 with SHA-256.
Digest HmacSha256(std::string_view key, std::string_view data);
// The same over several parts, as if they stood one behind the other.
Digest HmacSha256(std::string_view key, std::initializer_list<std::string_view> parts);

// The bytes of a digest, for what takes text.
inline std::string_view BytesOf(const Digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// From the kernel's generator (getrandom(2)), good for keys. At most 256, which it gives whole or not at all.
std::string RandomBytes(std::size_t count);

// Time depends on the lengths only.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

}  // namespace fanfare::base
