#include <algorithm>

#include "base/text.hpp"
#include "config/address.hpp"
#include "config/draft.hpp"

namespace fanfare::config {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kGiB = 1LL << 30;
constexpr base::Duration kDay = 24h;

void ReadPath(Keys& keys, std::string_view key, std::string& out) {
    std::string path;
    if (!keys.String(key, path)) return;
    if (path.empty()) {
        keys.scope().Error(*keys.Find(key), Quoted(key) + " is empty", "write a path");
        return;
    }
    out = AbsolutePath(keys.scope().document, path);
}

void ReadAddress(Keys& keys, std::string_view key, std::string& out) {
    constexpr std::string_view kUnix = "unix:";
    std::string address;
    if (!keys.String(key, address)) return;
    const toml::node& node = *keys.Find(key);
    if (address.starts_with(kUnix) && address.size() > kUnix.size()) {
        address = std::string(kUnix) + AbsolutePath(keys.scope().document, address.substr(kUnix.size()));
    }
    const AddressFault fault = CheckAddress(address);
    if (!fault.message.empty()) {
        keys.scope().Error(node, Quoted(key) + " " + fault.message, fault.hint);
        return;
    }
    out = address;
}

void ReadTls(Keys& keys, std::string_view key, std::optional<Tls>& out) {
    const toml::table* const table = keys.FindTable(key);
    if (!table) return;
    Tls tls;
    tls.where = keys.scope().document.PositionOf(*table);
    Keys own(keys.scope(), *table, Quoted(key) + " of [server]");
    ReadPath(own, "cert_file", tls.cert_file);
    ReadPath(own, "key_file", tls.key_file);
    ReadPath(own, "client_ca_file", tls.client_ca_file);
    own.RefuseUnknown();
    for (const std::string_view needed : {"cert_file", "key_file"}) {
        if (own.Find(needed) || keys.scope().document.MayHaveLost(needed)) continue;
        keys.scope().Error(*table, Quoted(needed) + " is missing",
                           "write " + std::string(key) + " = { cert_file = \"/path\", key_file = \"/path\" }");
    }
    out = std::move(tls);
}

void ReadServer(Draft& draft, Keys& keys) {
    Server& server = draft.config.server;
    ReadAddress(keys, "listen", server.listen);
    if (const toml::node* const node = keys.Find("listen")) draft.listen_at = keys.scope().document.PositionOf(*node);
    ReadTls(keys, "tls", server.tls);
    ReadAddress(keys, "admin", server.admin);
    ReadTls(keys, "admin_tls", server.admin_tls);
    ReadTokens(keys.scope(), keys, "admin_tokens", "[server]", server.admin_tokens);
    if (const toml::node* const node = keys.Find("admin")) draft.admin_at = keys.scope().document.PositionOf(*node);
    keys.Integer("threads", 1, 256, server.threads);
    keys.Size("max_body", 1, kGiB, server.max_body);
    keys.Size("max_event", 1, kGiB, server.max_event);
    keys.Integer("max_batch", 1, 1'000'000, server.max_batch);
    keys.Integer("max_depth", 1, 1000, server.max_depth);
    keys.Integer("max_connections", 1, 1'000'000, server.max_connections);
    keys.Integer("max_connections_per_address", 1, 1'000'000, server.max_connections_per_address);
    keys.Duration("head_timeout", 1ms, kDay, server.head_timeout);
    keys.Duration("body_timeout", 1ms, kDay, server.body_timeout);
    keys.Duration("idle_timeout", 1ms, kDay, server.idle_timeout);
    keys.Duration("shutdown_timeout", 0s, kDay, server.shutdown_timeout);
}

void ReadStore(Draft& draft, Keys& keys) {
    static const std::vector<std::string_view> kKinds{"sqlite", "memory"};
    if (const auto kind = keys.Choice("kind", kKinds)) draft.config.store.kind = kKinds[*kind];
    ReadPath(keys, "path", draft.config.store.path);
    keys.Duration("keep_sent", 1s, 3650 * kDay, draft.config.store.keep_sent);
    keys.Duration("keep_dead", 1s, 3650 * kDay, draft.config.store.keep_dead);
    if (std::size_t size = 0; keys.Size("max_size", 1 << 20, 1024 * kGiB, size)) draft.config.store.max_size = size;
}

void ReadLog(Draft& draft, Keys& keys) {
    static const std::vector<std::string_view> kLevels{"trace", "debug", "info", "warn", "error", "off"};
    static const std::vector<std::string_view> kFormats{"text", "json"};
    if (const auto level = keys.Choice("level", kLevels)) draft.config.log.level = static_cast<log::Level>(*level);
    if (const auto format = keys.Choice("format", kFormats))
        draft.config.log.format = static_cast<log::Format>(*format);
    ReadPath(keys, "audit", draft.config.log.audit);
}

void ReadPlugins(Draft& draft, Keys& keys) {
    std::vector<std::string> directories;
    for (const toml::node* element : keys.StringOrList("path")) {
        std::string path;
        if (!ReadString(keys.scope(), *element, "path", path)) continue;
        if (path.empty()) keys.scope().Error(*element, "'path' is empty", "name a directory");
        directories.push_back(AbsolutePath(keys.scope().document, path));
    }
    if (!directories.empty()) draft.config.plugins.path = std::move(directories);
}

// A section whose keys each may stand only once over all files.
void ReadSection(Draft& draft, const Document& document, std::string_view name, void (*read)(Draft&, Keys&)) {
    const std::string title = "[" + std::string(name) + "]";
    const toml::node* node = document.table.get(name);
    if (!node) return;
    const toml::table* table = node->as_table();
    if (!table) {
        draft.report.Error(document.PositionOf(*node),
                           Quoted(name) + " must be a table, not " + std::string(KindOf(*node)),
                           "a section starts with the line " + title);
        return;
    }
    for (const Member& member : Members(*table, document))
        draft.Take(Quoted(member.name) + " of " + title, member.where);
    Keys keys({document, draft.report}, *table, title);
    read(draft, keys);
    keys.RefuseUnknown();
}

void RefuseUnknownSections(Draft& draft, const Document& document) {
    static const std::vector<std::string_view> kKnown{"server", "store",   "log",         "plugins", "realm",
                                                      "profile", "destination", "route",   "test"};
    for (const Member& member : Members(document.table, document)) {
        if (std::find(kKnown.begin(), kKnown.end(), member.name) != kKnown.end()) continue;
        std::string hint = DidYouMeanHint(member.name, kKnown);
        if (hint.empty())
            hint =
                "there are [server], [store], [log], [plugins], [profile.NAME], [realm.NAME], [destination.NAME], "
                "[[route]] and [[test]]";
        const bool is_section = member.value->is_table() || member.value->is_array_of_tables();
        draft.report.Error(member.where,
                           is_section ? "unknown section " + Quoted(member.name)
                                      : "unknown key " + Quoted(member.name) + " outside of any section",
                           std::move(hint));
    }
}

}  // namespace

void ReadNamedTables(Draft& draft, const Document& document, std::string_view section, const TableReader& read) {
    const toml::node* node = document.table.get(section);
    if (!node) return;
    const std::string how = "write [" + std::string(section) + ".NAME]";
    const toml::table* tables = node->as_table();
    if (!tables) {
        draft.report.Error(document.PositionOf(*node), Quoted(section) + " must be a table with a name", how);
        return;
    }
    for (const Member& member : Members(*tables, document)) {
        const toml::table* table = member.value->as_table();
        if (!table) {
            draft.report.Error(member.where,
                               Quoted(member.name) + " stands in [" + std::string(section) + "], which has no name",
                               how);
        } else if (!base::IsName(member.name)) {
            draft.report.Error(
                member.where, Quoted(member.name) + " is no name for a " + std::string(section),
                "a name has 1 to 64 letters, digits, '.', '_' or '-', and starts with a letter or digit");
        } else if (draft.Take(std::string(section) + " " + Quoted(member.name), member.where)) {
            read(member.name, member.where, *table);
        }
    }
}

void ReadListedTables(Draft& draft, const Document& document, std::string_view section,
                      const std::function<void(const toml::table& table)>& read) {
    const toml::node* node = document.table.get(section);
    if (!node) return;
    const std::string how = "write [[" + std::string(section) + "]], with two brackets, above each " + std::string(section);
    const toml::array* list = node->as_array();
    if (!list) {
        draft.report.Error(document.PositionOf(*node),
                           Quoted(section) + " must be a list of tables, not " + std::string(KindOf(*node)), how);
        return;
    }
    for (const toml::node& element : *list) {
        if (const toml::table* table = element.as_table()) {
            read(*table);
        } else {
            draft.report.Error(document.PositionOf(element),
                               "a " + std::string(section) + " must be a table, not " + std::string(KindOf(element)), how);
        }
    }
}

void RefuseAllButProfiles(Draft& draft, const Document& document) {
    for (const Member& member : Members(document.table, document)) {
        if (member.name == "profile") continue;
        draft.report.Error(member.where, Quoted(member.name) + " stands in profiles.d, where only profiles belong",
                           "write [profile.NAME] here, and all else in fanfare.toml or in conf.d");
    }
}

void ReadSections(Draft& draft, const Document& document) {
    RefuseUnknownSections(draft, document);
    ReadSection(draft, document, "server", ReadServer);
    ReadSection(draft, document, "store", ReadStore);
    ReadSection(draft, document, "log", ReadLog);
    ReadSection(draft, document, "plugins", ReadPlugins);
}

}  // namespace fanfare::config
