#include "ingest/authenticate.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "http/bearer.hpp"

namespace fanfare::ingest {
namespace {

using model::SignatureScheme;

bool StartsWithIgnoreCase(std::string_view text, std::string_view start) {
    return base::EqualsIgnoreCase(text.substr(0, start.size()), start);
}

// Only CloudEvents name a realm elsewhere than in the path or in Fanfare-Realm.
bool MayNameRealmElsewhere(const http::RequestHead& head) {
    const std::string_view* const type = head.Find("content-type");
    return (type != nullptr && StartsWithIgnoreCase(*type, "application/cloudevents")) ||
           head.Find("ce-realm") != nullptr;
}

std::string_view RealmInHead(const http::RequestHead& head, std::string_view path_realm) {
    if (!path_realm.empty()) return path_realm;
    const std::string_view* const header = head.Find("fanfare-realm");
    return header == nullptr ? std::string_view() : base::Trim(*header);
}

// The same for every realm.
Decision Refusal(const Caller& caller) {
    return caller.realms.empty() ? Decision::kUnauthorized : Decision::kForbidden;
}

}  // namespace

Authenticator::Authenticator(const std::map<std::string, Access, std::less<>>& realms) {
    for (const auto& [name, access] : realms) {
        doors_[name] = {!access.tokens.empty(), access.signature};
        for (const model::AccessToken& token : access.tokens) tokens_.Add(name, token);
        is_guarded_ = is_guarded_ || !access.is_open();
        has_body_doors_ = has_body_doors_ || access.is_open();
    }
}

const Authenticator::Door* Authenticator::FindDoor(std::string_view realm) const {
    const auto found = doors_.find(realm);
    return found == doors_.end() ? nullptr : &found->second;
}

bool Authenticator::OpensDoor(const Caller& caller, std::string_view realm, const Door& door) {
    return !door.wants_token || std::find(caller.realms.begin(), caller.realms.end(), realm) != caller.realms.end();
}

Caller Authenticator::CheckHead(const http::RequestHead& head, std::string_view path_realm, base::Time now) const {
    Caller caller;
    caller.realm = RealmInHead(head, path_realm);
    if (!is_guarded_) return caller;
    caller.has_credentials = head.Find("authorization") != nullptr || HasSignature(SignatureScheme::kGithub, head) ||
                             HasSignature(SignatureScheme::kStandardWebhooks, head);
    if (const std::string_view token = http::BearerOf(head); !token.empty()) caller.realms = tokens_.Find(token, now);
    if (caller.realm.empty() && MayNameRealmElsewhere(head)) {
        if (caller.realms.size() == 1) caller.realm = caller.realms.front();
        const bool may_enter = !caller.realms.empty() || has_body_doors_;
        if (!may_enter) caller.decision = Refusal(caller);
    } else {
        if (caller.realm.empty() && caller.realms.size() == 1) caller.realm = caller.realms.front();
        const Door* const door = FindDoor(caller.realm);
        if (door == nullptr || !OpensDoor(caller, caller.realm, *door)) caller.decision = Refusal(caller);
    }
    const Door* const door = caller.decision == Decision::kAdmitted ? FindDoor(caller.realm) : nullptr;
    if (door == nullptr || !door->signature) return caller;
    caller.is_proof_due = HasSignature(door->signature->scheme, head);
    if (!caller.is_proof_due) caller.decision = door->wants_token ? Decision::kUnauthorized : Refusal(caller);
    return caller;
}

void Authenticator::CheckBody(Caller& caller, const http::RequestHead& head, std::string_view body,
                              base::Time now) const {
    if (!caller.is_proof_due) return;
    const Door* const door = FindDoor(caller.realm);
    if (auto id = VerifySignature(*door->signature, head, body, now)) {
        caller.signed_id = *std::move(id);
    } else {
        caller.decision = door->wants_token ? Decision::kUnauthorized : Refusal(caller);
    }
}

Decision Authenticator::CheckEvent(const Caller& caller, std::string_view realm) const {
    if (!is_guarded_) return Decision::kAdmitted;
    const Door* const door = FindDoor(realm);
    if (door == nullptr || !OpensDoor(caller, realm, *door)) return Refusal(caller);
    const bool proven = realm == caller.realm && !caller.signed_id.empty();
    return !door->signature || proven ? Decision::kAdmitted : Refusal(caller);
}

}  // namespace fanfare::ingest
