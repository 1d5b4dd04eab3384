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
constexpr std::string_view kHashPrefix = "sha256:";
constexpr std::string_view kHowToHash =
    "write the line that 'fanfare token new' prints, or what 'fanfare token hash' makes of a token on its standard "
    "input: \"sha256:\" and 64 hexadecimal digits";

std::optional<base::Digest> ParseHash(std::string_view text) {
    if (!text.starts_with(kHashPrefix)) return std::nullopt;
    const auto bytes = base::DecodeHex(text.substr(kHashPrefix.size()));
    base::Digest digest{};
    if (!bytes || bytes->size() != digest.size()) return std::nullopt;
    std::copy(bytes->begin(), bytes->end(), digest.begin());
    return digest;
}

base::Time ToTime(const toml::date_time& at) {
    const auto day = std::chrono::sys_days(std::chrono::year(at.date.year) / at.date.month / at.date.day);
    return std::chrono::time_point_cast<base::Duration>(day) + std::chrono::hours(at.time.hour) +
           std::chrono::minutes(at.time.minute) + std::chrono::seconds(at.time.second) +
           base::Duration(at.time.nanosecond / 1000) - std::chrono::minutes(at.offset ? at.offset->minutes : 0);
}

class RealmReader {
public:
    RealmReader(const Scope& scope, const toml::table& table, Realm& realm)
        : scope_(scope), realm_(realm), title_("[realm." + realm.name + "]"), keys_(scope, table, title_) {}

    void Read() {
        ReadTokens();
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
    void ReadTokens() {
        const toml::node* const node = keys_.Find("tokens");
        if (!node) return;
        const toml::array* const list = node->as_array();
        if (!list) return ReadToken(*node);
        if (list->empty()) {
            scope_.Error(*node, "'tokens' is an empty list: that could mean nobody or everybody",
                         "leave 'tokens' out of an open realm; make a token with 'fanfare token new'");
        }
        for (const toml::node& element : *list) ReadToken(element);
    }

    void ReadToken(const toml::node& node) {
        model::AccessToken token;
        bool good = true;
        if (const toml::table* const table = node.as_table()) {
            good = ReadTokenTable(*table, token);
        } else {
            good = ReadHash(node, "tokens", token);
        }
        if (!good) return;
        const auto same = [&](const model::AccessToken& other) { return other.hash == token.hash; };
        if (std::any_of(realm_.tokens.begin(), realm_.tokens.end(), same)) {
            scope_.Error(node, "this token stands twice in " + title_, "keep one of the two");
        }
        realm_.tokens.push_back(std::move(token));
    }

    bool ReadTokenTable(const toml::table& table, model::AccessToken& token) {
        Keys keys(scope_, table, "'tokens' of " + title_);
        const toml::node* const hash = keys.Find("hash");
        if (!hash && !scope_.document.MayHaveLost("hash")) {
            scope_.Error(table, "a token of " + title_ + " has no 'hash'", std::string(kHowToHash));
        }
        const bool good = hash && ReadHash(*hash, "hash", token);
        keys.String("label", token.label);
        ReadTime(keys, "not_before", token.not_before);
        ReadTime(keys, "not_after", token.not_after);
        keys.RefuseUnknown();
        if (token.not_before && token.not_after && *token.not_before >= *token.not_after) {
            scope_.Error(table, "a token of " + title_ + " is never valid: 'not_after' is not behind 'not_before'",
                         "set 'not_after' to a later time");
        }
        return good;
    }

    // Says nothing of the text: it may be the token itself.
    bool ReadHash(const toml::node& node, std::string_view key, model::AccessToken& token) {
        std::string text;
        if (!ReadString(scope_, node, key, text)) return false;
        const auto hash = ParseHash(text);
        if (!hash) {
            scope_.Error(node, "this is not the hash of a token: the configuration must not hold the token itself",
                         std::string(kHowToHash));
        } else {
            token.hash = *hash;
        }
        return hash.has_value();
    }

    void ReadTime(Keys& keys, std::string_view key, std::optional<base::Time>& out) {
        const toml::node* const node = keys.Find(key);
        if (!node) return;
        const toml::value<toml::date_time>* const value = node->as_date_time();
        if (!value || !value->get().offset) {
            scope_.Error(*node, Quoted(key) + " must be a date and time with its offset, not in quotes",
                         "write it as in: " + std::string(key) + " = 2030-01-31T00:00:00Z");
        } else {
            out = ToTime(value->get());
        }
    }

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
