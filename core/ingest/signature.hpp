// Signatures of webhooks that come in: whether whoever sent the body knows one of the secrets.
//
// Over the bytes as they came, before anything is undone or read. A signature covers the body, and with Standard
// Webhooks an id and the time, but no other header: what headers say of such an event beside its realm is not proven.
//
// Replay: a signed request that is sent again is the same event again. What was signed gives the id of a plain event
// (`signed_id`), and a CloudEvent has its id in the signed body; (realm, source, id) is unique in the store for
// `dedup_window`, durably, so the second time is answered `duplicate` and delivers nothing. A cache of seen signatures
// would hold less, and forget it with the process. That is why attributes that make the identity may not come from
// headers in such a realm: Fanfare-Id, Fanfare-Source and CloudEvents in binary mode are refused. What is left: who can
// record requests can have a body read another way, once, by changing its Content-Type.
//
// Sources: Standard Webhooks 1.0.0, spec/standard-webhooks.md ("Signature scheme", "Verifying"): HMAC-SHA256 over
// id.timestamp.body, "v1,BASE64" elements separated by spaces, seconds since 1970; GitHub, "Validating webhook
// deliveries": X-Hub-Signature-256, "sha256=" and the hexadecimal HMAC-SHA256 of the body.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "http/server.hpp"
#include "model/access.hpp"

namespace fanfare::ingest {

struct SignatureRule {
    model::SignatureScheme scheme = model::SignatureScheme::kStandardWebhooks;
    std::vector<base::Secret> keys;  // the bytes of each HMAC key; any may have signed, so that they can be changed
    base::Duration tolerance = std::chrono::minutes(5);  // between the time signed and now, either way
};

// The HMAC key that a secret stands for: of "whsec_..." and of the same without its prefix the bytes that it encodes,
// as the reference libraries take both; for GitHub the text itself. Errors: kConfig, never naming the secret.
base::Result<base::Secret> SigningKey(model::SignatureScheme scheme, const base::Secret& secret);

// Whether the request brings what the scheme's signature stands in; without it there is no need for the body.
bool HasSignature(model::SignatureScheme scheme, const http::RequestHead& head);

// What was signed, as the id of an event: webhook-id, or the SHA-256 of the body in hexadecimal. nullopt: the signature
// does not hold. Time is linear in the body for each key, and in the header.
std::optional<std::string> VerifySignature(const SignatureRule& rule, const http::RequestHead& head,
                                           std::string_view body, base::Time now);

}  // namespace fanfare::ingest
