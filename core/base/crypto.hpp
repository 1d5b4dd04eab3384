// Digests over OpenSSL 3 (EVP), and a comparison that takes the same time whatever it finds.
// Threads: safe from every thread. Errors: none; a failing OpenSSL ends the process, since no wrong digest may leave.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace fanfare::base {

using Digest = std::array<std::uint8_t, 32>;

// FIPS 180-4.
Digest Sha256(std::string_view data);

// RFC 2104 with SHA-256.
Digest HmacSha256(std::string_view key, std::string_view data);

// Time depends on the lengths only.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

}  // namespace fanfare::base
