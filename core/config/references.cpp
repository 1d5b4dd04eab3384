#include <algorithm>

#include "config/address.hpp"
#include "config/draft.hpp"

namespace fanfare::config {
namespace {

template <class Thing>
const Thing* FindNamed(const std::vector<Thing>& things, std::string_view name) {
    const auto found =
        std::find_if(things.begin(), things.end(), [&](const Thing& thing) { return thing.name == name; });
    return found == things.end() ? nullptr : &*found;
}

template <class Thing>
std::string SuggestFrom(const std::vector<Thing>& things, std::string_view name, const std::string& otherwise) {
    std::vector<std::string_view> names;
    for (const Thing& thing : things) names.push_back(thing.name);
    std::string hint = DidYouMeanHint(name, names);
    return hint.empty() ? otherwise : hint;
}

void CheckTarget(Draft& draft, const Position& where, const std::string& name) {
    if (const Destination* destination = FindNamed(draft.config.destinations, name)) {
        if (destination->enabled) return;
        draft.report.Warning(where, "destination " + Quoted(name) + " is disabled: this route sends it nothing",
                             "take it out of 'to', or take 'enabled = false' out of [destination." + name + "]");
        return;
    }
    if (draft.MayHaveLost(name)) return;
    draft.report.Error(where, "there is no destination " + Quoted(name),
                       SuggestFrom(draft.config.destinations, name, "define it: [destination.NAME]"));
}

void CheckRealm(Draft& draft, const Position& where, const std::string& name) {
    if (draft.config.realms.empty() || FindNamed(draft.config.realms, name) || name == model::kOwnRealm) return;
    if (draft.MayHaveLost(name) || draft.report.HasErrorAt(where)) return;
    draft.report.Error(where, "realm " + Quoted(name) + " is not declared, and others are",
                       SuggestFrom(draft.config.realms, name, "declare it too: [realm." + name + "]"));
}

void CheckRoute(Draft& draft, const route::Rule& rule, const ElementPositions& elements) {
    for (std::size_t i = 0; i < rule.to.size(); ++i) {
        CheckTarget(draft, elements.at("/to/" + std::to_string(i)), rule.to[i]);
    }
    for (std::size_t i = 0; i < rule.realms.size(); ++i) {
        CheckRealm(draft, elements.at("/realms/" + std::to_string(i)), rule.realms[i]);
    }
}

void CheckProfile(Draft& draft, const Realm& realm) {
    const auto where = draft.profile_of_realm.find(realm.name);
    if (where == draft.profile_of_realm.end()) return;
    const Profile* const profile = FindNamed(draft.config.profiles, realm.profile);
    if (!profile) {
        if (draft.MayHaveLost(realm.profile)) return;
        draft.report.Error(where->second, "there is no profile " + Quoted(realm.profile),
                           SuggestFrom(draft.config.profiles, realm.profile,
                                       "define it: [profile." + realm.profile + "], here or in profiles.d"));
    } else if (realm.signature && profile->profile && profile->profile->TakesIdentityFromHeaders()) {
        draft.report.Error(where->second,
                           "the profile " + Quoted(realm.profile) +
                               " takes the id or the source from a header, which the signature of this realm does not "
                               "cover: whoever repeats a request could make a new event of it",
                           "take { header = } out of 'id' and 'source' of [profile." + realm.profile +
                               "]: without an id it is made of the signed body");
    }
}

void CheckNamedByTest(Draft& draft, const Position& where, const std::string& name) {
    if (FindNamed(draft.config.destinations, name) || draft.MayHaveLost(name)) return;
    draft.report.Error(where, "there is no destination " + Quoted(name),
                       SuggestFrom(draft.config.destinations, name, "a test names destinations of this configuration"));
}

void CheckListeners(Draft& draft) {
    const Server& server = draft.config.server;
    if (server.listen != server.admin || server.listen.ends_with(":0")) return;
    const auto admin = draft.taken.find("'admin' of [server]");
    const auto listen = draft.taken.find("'listen' of [server]");
    const Position where = admin != draft.taken.end() ? admin->second : listen->second;
    draft.report.Error(where, "'listen' and 'admin' are the same address",
                       "events and administration each need their own");
}

void CheckTls(Draft& draft, const std::optional<Tls>& tls, const std::string& address, const std::string& key) {
    if (!tls || !address.starts_with("unix:")) return;
    draft.report.Error(tls->where, Quoted(key) + " is a Unix socket, which needs no TLS",
                       "take the table out, or give " + Quoted(key) + " an address of TCP, \"127.0.0.1:8641\" for example");
}

// When all files are read: the address and the tokens may stand in different ones.
void CheckAdminDoor(Draft& draft) {
    const Server& server = draft.config.server;
    if (!draft.admin_at || IsLoopback(server.admin)) return;
    if (server.admin_tokens.empty()) {
        draft.report.Error(*draft.admin_at, "'admin' can be reached from other machines, and asks for no token",
                           "give [server] 'admin_tokens' ('fanfare token new' makes them), or use the Unix socket");
    } else if (!server.admin_tls) {
        draft.report.Warning(*draft.admin_at,
                             "'admin' can be reached from other machines, and has no TLS: its tokens can be read on the way",
                             "give [server] admin_tls = { cert_file = \"/path\", key_file = \"/path\" }, use the Unix socket, or listen on 127.0.0.1");
    }
}

}  // namespace

void CheckReferences(Draft& draft) {
    for (std::size_t i = 0; i < draft.config.routes.size(); ++i) {
        CheckRoute(draft, draft.config.routes[i].rule, draft.route_elements[i]);
    }
    for (const Realm& realm : draft.config.realms) CheckProfile(draft, realm);
    for (const auto& [where, name] : draft.test_destinations) CheckNamedByTest(draft, where, name);
    CheckListeners(draft);
    CheckAdminDoor(draft);
    CheckTls(draft, draft.config.server.tls, draft.config.server.listen, "listen");
    CheckTls(draft, draft.config.server.admin_tls, draft.config.server.admin, "admin");
}

}  // namespace fanfare::config
