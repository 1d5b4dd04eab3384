// Who may send events into a realm. Values, as the configuration declares them.
#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/crypto.hpp"

namespace fanfare::model {

// A bearer token, of which only the SHA-256 is known here. That is enough and no slow hash is needed: `fanfare token
// new` makes tokens of 256 random bits, which no one can guess, whatever a guess costs.
struct AccessToken {
    base::Digest hash{};
    std::optional<base::Time> not_before;  // valid from this moment on
    std::optional<base::Time> not_after;   // valid up to this moment, not at it
    std::string label;                     // for people; empty: none

    // `hash`: of what somebody shows. Takes the same time for every hash.
    bool Opens(const base::Digest& shown, base::Time now) const {
        const bool same = base::ConstantTimeEqual(base::BytesOf(hash), base::BytesOf(shown));
        const bool early = not_before && now < *not_before;
        const bool late = not_after && now >= *not_after;
        return same && !early && !late;
    }
    friend bool operator==(const AccessToken&, const AccessToken&) = default;
};

enum class SignatureScheme {
    kStandardWebhooks,  // Standard Webhooks 1.0.0: webhook-id, webhook-timestamp, webhook-signature
    kGithub,            // X-Hub-Signature-256
};

}  // namespace fanfare::model
