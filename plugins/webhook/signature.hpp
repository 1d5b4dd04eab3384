// Signatures of Standard Webhooks 1.0.0, scheme v1.
// Source: spec/standard-webhooks.md, "Signature scheme" and "Symmetric" (HMAC-SHA256 over `id.timestamp.body`; secrets
// of 24 to 64 bytes in base64 after `whsec_`; several signatures in one header while secrets are rotated).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fanfare/base64.hpp>
#include <fanfare/crypto.hpp>
#include <fanfare/host.hpp>

namespace fanfare::plugins::webhook {

constexpr std::size_t kMinKey = 24;
constexpr std::size_t kMaxKey = 64;

// The bytes of a secret as the operator writes it, or nullopt if it is not one.
inline std::optional<std::string> KeyOf(std::string_view secret) {
    constexpr std::string_view kPrefix = "whsec_";
    if (secret.substr(0, kPrefix.size()) == kPrefix) secret.remove_prefix(kPrefix.size());
    std::optional<std::string> key = parse_base64(secret);
    if (key && (key->size() < kMinKey || key->size() > kMaxKey)) {
        Secret::wipe(key->data(), key->size());
        return std::nullopt;
    }
    return key;
}

// What all signatures of one attempt cover.
inline void WriteSignedContent(std::string& out, std::string_view message_id, std::int64_t unix_s,
                               std::string_view body) {
    out.assign(message_id).append(1, '.').append(std::to_string(unix_s)).append(1, '.').append(body);
}

// Appends "v1,<base64>" to the value of webhook-signature.
inline void AppendSignature(std::string& header, const Crypto& crypto, std::string_view key, std::string_view content) {
    if (!header.empty()) header += ' ';
    header += "v1,";
    append_base64(header, bytes_of(crypto.hmac_sha256(key, content)));
}

}  // namespace fanfare::plugins::webhook
