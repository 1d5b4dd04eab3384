// [realm.NAME]: who may send events into it, and how many.
#include <algorithm>

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "config/address.hpp"
#include "config/draft.hpp"

namespace fanfare::config {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kGiB = 1LL << 30;
constexpr base::Duration kDay = 24h;

class RealmReader {
public:
    RealmReader(const Scope& scope, const toml::table& table, Realm& realm)
        : scope_(scope), realm_(realm), title_("[realm." + realm.name + "]"), keys_(scope, table, title_) {}

    void Read() {
        ReadTokens(scope_, keys_, "tokens", title_, realm_.tokens);
        ReadSignature();
        if (model::Rate rate; keys_.Rate("rate", rate)) realm_.rate = rate;
        keys_.Duration("dedup_window", 1s, 365 * kDay, realm_.dedup_window);
        if (std::size_t max_body = 0; keys_.Size("max_body", 1, kGiB, max_body)) realm_.max_body = max_body;
        if (keys_.String("profile", realm_.profile) && realm_.profile.empty()) {
            scope_.Error(*keys_.Find("profile"), "'profile' is empty", "leave it out, or name a [profile.NAME]");
        }
        realm_.schema = ReadSchema(keys_, "schema");
        keys_.RefuseUnknown();
    }

    Position profile_at() const { return keys_.PositionOf("profile"); }

private:
    void ReadSignature() {
        static const std::vector<std::string_view> kSchemes{"standard-webhooks", "github"};
        const toml::table* const table = keys_.FindTable("signature");
        if (!table) return;
        Signature signature;
        Keys keys(scope_, *table, "'signature' of " + title_);
        const auto scheme = keys.Choice("scheme", kSchemes);
        if (scheme) signature.scheme = static_cast<model::SignatureScheme>(*scheme);
        if (!table->get("scheme") && !scope_.document.MayHaveLost("scheme")) {
            scope_.Error(*table, "'signature' of " + title_ + " has no 'scheme'",
                         "write scheme = \"standard-webhooks\" or scheme = \"github\"");
        }
        ReadSecrets(keys, *table, signature);
        keys.Duration("tolerance", 1s, kDay, signature.tolerance);
        if (scheme && signature.scheme == model::SignatureScheme::kGithub && table->get("tolerance")) {
            scope_.report.Error(keys.PositionOf("tolerance"), "'tolerance' means nothing for the scheme 'github'",
                                "take it out: GitHub does not sign the time");
        }
        keys.RefuseUnknown();
        realm_.signature = std::move(signature);
    }

    void ReadSecrets(Keys& keys, const toml::table& table, Signature& signature) {
        const toml::node* const node = keys.Find("secret");
        if (!node) {
            if (scope_.document.MayHaveLost("secret")) return;
            scope_.Error(table, "'signature' of " + title_ + " has no 'secret'",
                         "write the secret that the sender signs with: secret = { file = \"/path\" }");
            return;
        }
        const toml::array* const list = node->as_array();
        if (!list) return ReadSecret(*node, signature);
        if (list->empty()) scope_.Error(*node, "'secret' is an empty list", "name at least one secret");
        for (const toml::node& element : *list) ReadSecret(element, signature);
    }

    void ReadSecret(const toml::node& node, Signature& signature) {
        WrittenSecret secret;
        ElementPositions ignored;
        if (!ToJson(scope_, node, "", secret.value, ignored)) return;
        secret.where = scope_.document.PositionOf(node);
        signature.secrets.push_back(std::move(secret));
    }

    Scope scope_;
    Realm& realm_;
    const std::string title_;
    Keys keys_;
};

std::string NamesOf(const std::vector<Realm>& realms) {
    std::string names;
    for (const Realm& realm : realms) {
        if (realm.is_open()) names += (names.empty() ? "" : ", ") + Quoted(realm.name);
    }
    return names;
}

}  // namespace

void ReadRealms(Draft& draft, const Document& document) {
    ReadNamedTables(draft, document, "realm",
                    [&](std::string_view name, const Position& where, const toml::table& table) {
                        if (name == model::kOwnRealm) {
                            draft.report.Error(where, "the realm 'fanfare' is Fanfare's own: nobody sends into it",
                                               "give the realm another name; a route takes Fanfare's own events with "
                                               "realms = [\"fanfare\"]");
                            return;
                        }
                        Realm realm;
                        realm.name = name;
                        realm.where = where;
                        RealmReader reader({document, draft.report}, table, realm);
                        reader.Read();
                        if (!realm.profile.empty()) draft.profile_of_realm[realm.name] = reader.profile_at();
                        draft.config.realms.push_back(std::move(realm));
                    });
}

void CheckOpenDoors(Draft& draft) {
    const std::vector<Realm>& realms = draft.config.realms;
    if (IsLoopback(draft.config.server.listen) || draft.blind) return;
    std::string what = NamesOf(realms);
    if (!what.empty()) what = "into realm " + what;
    const bool guarded = std::any_of(realms.begin(), realms.end(), [](const Realm& realm) { return !realm.is_open(); });
    if (!guarded) what = what.empty() ? "in any realm" : "without a realm or " + what;
    if (what.empty()) return;
    draft.report.Warning(
        draft.listen_at, "'listen' can be reached from other machines, and whoever reaches it may send events " + what,
        "give every realm 'tokens' ('fanfare token new' makes them) or a 'signature', or listen on 127.0.0.1 behind a "
        "proxy that lets in whom it knows");
}

}  // namespace fanfare::config
