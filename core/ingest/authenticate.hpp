// Who may send events into which realm. Pure: a request's head, the rules and the time give a decision.
//
// A realm is open, or asks for a token, for a signature, or for both. As soon as one realm is not open:
//   - no credentials, or such as nobody has: 401; those of another realm: 403. Neither depends on the realm asked for,
//     so a realm that does not exist is answered like one that is closed to the caller.
//   - an event without a realm is refused, unless the caller's token opens exactly one: then it is meant.
//   - a realm with a signature must be known from the head, since one proof holds for the whole body.
// What answers cannot hide: that a realm asks for a signature shows in its body being waited for.
//
// An open realm stays open to everyone. Where all are open, or none is declared, nothing here refuses anything.
//
// Threads: safe from every thread once it is made.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/signature.hpp"
#include "ingest/token.hpp"

namespace fanfare::ingest {

struct Access {
    std::vector<model::AccessToken> tokens;
    std::optional<SignatureRule> signature;

    bool is_open() const { return tokens.empty() && !signature; }
};

enum class Decision { kAdmitted, kUnauthorized, kForbidden };

// A request, as far as its credentials are concerned. Views into the head and into the Authenticator.
struct Caller {
    Decision decision = Decision::kAdmitted;
    bool has_credentials = false;          // right or wrong, and whether the realm asks for such or not
    bool is_proof_due = false;             // admitted for now: the signature is seen only with the body
    std::vector<std::string_view> realms;  // that the token opens
    std::string_view realm;  // known from the head: named there, or the only one of the token; may be empty
    std::string signed_id;   // what was signed, once CheckBody has admitted it; empty: no signature asked
};

class Authenticator {
public:
    explicit Authenticator(const std::map<std::string, Access, std::less<>>& realms);

    // Some realm is not open.
    bool is_guarded() const { return is_guarded_; }

    // `path_realm`: named by the path, or empty. Admits whom only the body can refuse.
    Caller CheckHead(const http::RequestHead& head, std::string_view path_realm, base::Time now) const;
    // The signature, if it is due.
    void CheckBody(Caller& caller, const http::RequestHead& head, std::string_view body, base::Time now) const;
    // Whether an event of this request may be in `realm`, which its body may have named.
    Decision CheckEvent(const Caller& caller, std::string_view realm) const;

private:
    struct Door {
        bool wants_token = false;
        std::optional<SignatureRule> signature;
    };
    const Door* FindDoor(std::string_view realm) const;
    static bool OpensDoor(const Caller& caller, std::string_view realm, const Door& door);

    bool is_guarded_ = false;
    bool has_body_doors_ = false;  // a realm that an event may name in its body without any token
    std::map<std::string, Door, std::less<>> doors_;
    TokenIndex tokens_;
};

}  // namespace fanfare::ingest
