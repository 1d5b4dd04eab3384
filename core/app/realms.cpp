#include "app/realms.hpp"

#include <algorithm>
#include <utility>

#include "app/secret.hpp"

namespace fanfare::app {
namespace {

ingest::SignatureRule RuleOf(const config::Signature& signature, std::vector<config::Diagnostic>& diagnostics) {
    ingest::SignatureRule rule;
    rule.scheme = signature.scheme;
    rule.tolerance = signature.tolerance;
    for (const config::WrittenSecret& written : signature.secrets) {
        const auto secret = TakeSecret(written.value, written.where, diagnostics);
        if (!secret) continue;
        auto key = ingest::SigningKey(signature.scheme, *secret);
        if (key) {
            rule.keys.push_back(*std::move(key));
        } else {
            diagnostics.push_back(config::At(written.where, key.error().message, "take it as the sender shows it"));
        }
    }
    return rule;
}

}  // namespace

std::shared_ptr<const profile::Profile> ProfileOf(const config::Config& config, const config::Realm& realm) {
    const auto found = std::find_if(config.profiles.begin(), config.profiles.end(),
                                    [&](const config::Profile& profile) { return profile.name == realm.profile; });
    return found == config.profiles.end() ? nullptr : found->profile;
}

Realms AssembleRealms(const config::Config& config, std::vector<config::Diagnostic>& diagnostics) {
    Realms realms;
    for (const config::Realm& realm : config.realms) {
        ingest::RealmRules& rules = realms[realm.name];
        rules.dedup_window = realm.dedup_window;
        rules.max_body = realm.max_body;
        rules.rate = realm.rate;
        rules.profile = ProfileOf(config, realm);
        rules.schema = realm.schema;
        rules.access.tokens = realm.tokens;
        if (realm.signature) rules.access.signature = RuleOf(*realm.signature, diagnostics);
    }
    return realms;
}

}  // namespace fanfare::app
