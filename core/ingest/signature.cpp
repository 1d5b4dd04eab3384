#include "ingest/signature.hpp"

#include <algorithm>
#include <charconv>

#include "base/crypto.hpp"
#include "base/text.hpp"

namespace fanfare::ingest {
namespace {

using model::SignatureScheme;

constexpr std::string_view kId = "webhook-id";
constexpr std::string_view kTimestamp = "webhook-timestamp";
constexpr std::string_view kSignature = "webhook-signature";
constexpr std::string_view kGithubSignature = "x-hub-signature-256";
constexpr std::string_view kSecretPrefix = "whsec_";

// The value of the only header of that name; empty if there is none or a second one.
std::string_view OnlyHeader(const http::RequestHead& head, std::string_view name) {
    const std::string_view* const value = head.Find(name);
    return value != nullptr && head.Count(name) == 1 ? *value : std::string_view();
}

// Digits only, so that one time has one text.
std::optional<base::Time> ParseSeconds(std::string_view text) {
    constexpr std::size_t kMostDigits = 11;  // up to the year 5138
    if (text.empty() || text.size() > kMostDigits) return std::nullopt;
    std::int64_t seconds = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (fault != std::errc() || end != text.data() + text.size() || text.front() == '-') return std::nullopt;
    return base::Time(std::chrono::seconds(seconds));
}

// The id becomes that of an event. With a '.' in it one signed text could be cut into id, time and body in two ways.
bool IsMessageId(std::string_view text) {
    constexpr std::size_t kLongest = 128;
    return !text.empty() && text.size() <= kLongest &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F && c != '.'; });
}

bool HasDigest(const std::vector<base::Digest>& digests, std::string_view bytes) {
    bool found = false;
    // To the end, whichever key it was.
    for (const base::Digest& digest : digests) found |= base::ConstantTimeEqual(base::BytesOf(digest), bytes);
    return found;
}

bool HasMatch(std::string_view signatures, const std::vector<base::Digest>& digests) {
    constexpr std::string_view kVersion = "v1,";
    bool found = false;
    while (!signatures.empty()) {
        const std::size_t end = std::min(signatures.find(' '), signatures.size());
        const std::string_view one = signatures.substr(0, end);
        signatures.remove_prefix(std::min(end + 1, signatures.size()));
        if (!one.starts_with(kVersion)) continue;
        const auto bytes = base::DecodeBase64(one.substr(kVersion.size()));
        found |= bytes && HasDigest(digests, *bytes);
    }
    return found;
}

std::optional<std::string> VerifyStandardWebhooks(const SignatureRule& rule, const http::RequestHead& head,
                                                  std::string_view body, base::Time now) {
    const std::string_view id = OnlyHeader(head, kId);
    const std::string_view timestamp = OnlyHeader(head, kTimestamp);
    const std::string_view signatures = OnlyHeader(head, kSignature);
    const auto time = ParseSeconds(timestamp);
    if (!IsMessageId(id) || signatures.empty() || !time) return std::nullopt;
    if (*time > now + rule.tolerance || *time < now - rule.tolerance) return std::nullopt;
    std::vector<base::Digest> digests;
    for (const base::Secret& key : rule.keys) {
        digests.push_back(base::HmacSha256(key.Reveal(), {id, ".", timestamp, ".", body}));
    }
    if (!HasMatch(signatures, digests)) return std::nullopt;
    return std::string(id);
}

std::optional<std::string> VerifyGithub(const SignatureRule& rule, const http::RequestHead& head,
                                        std::string_view body) {
    constexpr std::string_view kPrefix = "sha256=";
    std::string_view signature = OnlyHeader(head, kGithubSignature);
    if (!signature.starts_with(kPrefix)) return std::nullopt;
    const auto bytes = base::DecodeHex(signature.substr(kPrefix.size()));
    if (!bytes) return std::nullopt;
    std::vector<base::Digest> digests;
    for (const base::Secret& key : rule.keys) digests.push_back(base::HmacSha256(key.Reveal(), body));
    if (!HasDigest(digests, *bytes)) return std::nullopt;
    return base::EncodeHex(base::BytesOf(base::Sha256(body)));
}

}  // namespace

base::Result<base::Secret> SigningKey(SignatureScheme scheme, const base::Secret& secret) {
    if (scheme == SignatureScheme::kGithub) return secret;
    std::string_view text = secret.Reveal();
    if (text.starts_with(kSecretPrefix)) text.remove_prefix(kSecretPrefix.size());
    auto key = base::DecodeBase64(text);
    if (!key || key->empty()) {
        return base::MakeError(base::Code::kConfig,
                               "the secret is not one of Standard Webhooks: \"whsec_\" and base64 of 24 to 64 bytes");
    }
    return base::Secret(*std::move(key));
}

bool HasSignature(SignatureScheme scheme, const http::RequestHead& head) {
    switch (scheme) {
        case SignatureScheme::kStandardWebhooks:
            return head.Find(kSignature) != nullptr;
        case SignatureScheme::kGithub:
            return head.Find(kGithubSignature) != nullptr;
    }
    return false;
}

std::optional<std::string> VerifySignature(const SignatureRule& rule, const http::RequestHead& head,
                                           std::string_view body, base::Time now) {
    switch (rule.scheme) {
        case SignatureScheme::kStandardWebhooks:
            return VerifyStandardWebhooks(rule, head, body, now);
        case SignatureScheme::kGithub:
            return VerifyGithub(rule, head, body);
    }
    return std::nullopt;
}

}  // namespace fanfare::ingest
