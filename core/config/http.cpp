#include "config/http.hpp"

#include <utility>

#include "config/draft.hpp"
#include "http_client/check.hpp"

namespace fanfare::config {
namespace {

using namespace std::chrono_literals;

class HttpReader {
public:
    HttpReader(const Scope& scope, const toml::table& table, std::string title)
        : scope_(scope), title_(std::move(title)), keys_(scope, table, title_) {
        http_.positions[""] = scope.document.PositionOf(table);
        // What cannot be written as JSON is reported by who reads it.
        config::Report ignored;
        ElementPositions places;
        ToJson({scope.document, ignored}, table, "", http_.text, places);
        for (const Member& member : Members(table, scope.document))
            http_.positions[std::string(member.name)] = member.where;
    }

    Http Read() {
        ReadProxy();
        ReadNoProxy();
        ReadTls();
        if (const auto choice = keys_.Choice("http_version", {"auto", "1.1", "2"}))
            http_.http_version = static_cast<http_client::HttpVersion>(*choice);
        keys_.Duration("connect_timeout", 1ms, 10min, http_.connect_timeout);
        keys_.Integer("max_connections", 1, 10'000, http_.max_connections);
        if (const auto choice = keys_.Choice("network", {"onprem", "public"}))
            http_.policy.reach = static_cast<http_client::Reach>(*choice);
        ReadRules("allow", http_.policy.allow);
        ReadRules("deny", http_.policy.deny);
        ReadAuth();
        keys_.RefuseUnknown();
        return std::move(http_);
    }

private:
    void ReadAuth() {
        const toml::table* const table = keys_.FindTable("auth");
        if (!table) return;
        Keys keys(scope_, *table, "'auth' of " + title_);
        HttpAuth auth;
        int count = 0;
        if (const toml::table* basic = keys.FindTable("basic"); basic && ++count) ReadBasic(*basic, auth);
        if (keys.Find("bearer") && ++count) {
            auth.kind = HttpAuth::Kind::kBearer;
            auth.secret = Secret(keys, "bearer");
        }
        if (const toml::table* oauth2 = keys.FindTable("oauth2"); oauth2 && ++count) ReadOAuth2(*oauth2, auth);
        keys.RefuseUnknown();
        if (count == 1) {
            http_.auth = std::move(auth);
        } else if (table->size() != 1) {
            scope_.Error(*table, "'auth' of " + title_ + " must have one of: basic, bearer, oauth2",
                         "write auth.bearer = { file = \"/path\" }, for example");
        }
    }

    void ReadBasic(const toml::table& table, HttpAuth& auth) {
        Keys keys(scope_, table, "'basic' of 'auth' of " + title_);
        auth.kind = HttpAuth::Kind::kBasic;
        Require(keys, table, "user", auth.user);
        // RFC 7617, section 2: what stands behind the first colon is the password.
        if (auth.user.find(':') != std::string::npos)
            scope_.Error(*keys.Find("user"), "'user' has a colon in it, which basic authorisation cannot carry");
        auth.secret = RequireSecret(keys, table, "password");
        keys.RefuseUnknown();
    }

    void ReadOAuth2(const toml::table& table, HttpAuth& auth) {
        Keys keys(scope_, table, "'oauth2' of 'auth' of " + title_);
        auth.kind = HttpAuth::Kind::kOAuth2;
        Require(keys, table, "token_url", auth.oauth2.token_url);
        http_client::Request request;
        request.url = auth.oauth2.token_url;
        if (const auto target = http_client::CheckRequest(request); !target && !request.url.empty())
            scope_.Error(*keys.Find("token_url"), "'token_url': " + target.error().message);
        Require(keys, table, "client_id", auth.oauth2.client_id);
        auth.secret = RequireSecret(keys, table, "client_secret");
        keys.String("scope", auth.oauth2.scope);
        keys.String("audience", auth.oauth2.audience);
        if (const auto choice = keys.Choice("secret_in", {"header", "body"})) auth.oauth2.secret_in_body = *choice == 1;
        keys.RefuseUnknown();
    }

    void Require(Keys& keys, const toml::table& table, std::string_view key, std::string& out) const {
        const bool there = keys.String(key, out);
        if ((there && !out.empty()) || (!there && keys.Find(key)) || scope_.document.MayHaveLost(key)) return;
        const std::string fault = there ? Quoted(key) + " is empty" : Quoted(key) + " is missing";
        scope_.Error(there ? *keys.Find(key) : table, fault, "write " + std::string(key) + " = \"...\"");
    }

    std::optional<WrittenSecret> RequireSecret(Keys& keys, const toml::table& table, std::string_view key) const {
        if (!keys.Find(key) && !scope_.document.MayHaveLost(key))
            scope_.Error(table, Quoted(key) + " is missing", "write " + std::string(key) + " = { file = \"/path\" }");
        return Secret(keys, key);
    }

    void ReadProxy() {
        std::string url;
        const bool has_proxy = keys_.String("proxy", url);
        if (has_proxy && url == "environment") {
            auto proxies = http_client::ProxiesOfEnvironment();
            if (proxies)
                http_.proxies = *std::move(proxies);
            else
                scope_.Error(*keys_.Find("proxy"), proxies.error().message,
                             "correct the environment of the daemon, or write the proxy here");
        } else if (has_proxy) {
            TakeProxy(url);
        }
        ReadProxyUser();
    }

    void TakeProxy(const std::string& url) {
        auto proxy = http_client::ParseProxy(url);
        if (!proxy)
            return scope_.Error(*keys_.Find("proxy"), "'proxy': " + proxy.error().message, "or write \"environment\"");
        if (!proxy->user.empty())
            return scope_.Error(*keys_.Find("proxy"), "'proxy' has a user name or password in it",
                                "write proxy_user = \"...\" and proxy_password = { file = \"/path\" }");
        http_.proxies.http = *proxy;
        http_.proxies.https = *std::move(proxy);
    }

    void ReadProxyUser() {
        std::string user;
        const bool has_user = keys_.String("proxy_user", user);
        http_.proxy_password = Secret(keys_, "proxy_password");
        if (has_user && user.empty()) scope_.Error(*keys_.Find("proxy_user"), "'proxy_user' is empty", "leave it out");
        if (http_.proxy_password && !keys_.Find("proxy_user"))
            scope_.report.Error(keys_.PositionOf("proxy_password"),
                                "'proxy_password' stands there without 'proxy_user'", "write proxy_user = \"...\" too");
        std::string proxy;
        const toml::node* const node = keys_.Find("proxy");
        if (node && node->is_string()) proxy = node->as_string()->get();
        if (has_user && (proxy.empty() || proxy == "environment"))
            scope_.report.Error(keys_.PositionOf("proxy_user"),
                                "'proxy_user' has no effect without a 'proxy' that is written here",
                                "write proxy = \"http://host:port\"");
        for (auto* server : {&http_.proxies.http, &http_.proxies.https}) {
            if (has_user && *server) (*server)->user = user;
        }
    }

    void ReadNoProxy() {
        for (const toml::node* node : keys_.StringOrList("no_proxy")) {
            std::string text;
            if (!ReadString(scope_, *node, "no_proxy", text)) continue;
            if (const auto entry = http_client::Unproxied::Parse(text))
                http_.proxies.unproxied.push_back(*entry);
            else
                scope_.Error(*node, "'no_proxy' has an entry that is no host, address or network",
                             "write it as \"example.com\" (with all below it), \"10.1.2.3\", \"10.0.0.0/8\" or \"*\"");
        }
        if (!keys_.Find("no_proxy") || keys_.Find("proxy")) return;
        scope_.report.Warning(keys_.PositionOf("no_proxy"), "'no_proxy' has no effect without 'proxy'", "take it out");
    }

    void ReadTls() {
        ReadPath("ca_file", http_.ca_file);
        ReadPath("client_certificate", http_.client_certificate);
        http_.client_key = Key();
        http_.client_key_password = Secret(keys_, "client_key_password");
        for (const std::string_view key : {"client_key", "client_key_password"}) {
            if (!keys_.Find(key) || keys_.Find("client_certificate")) continue;
            scope_.report.Error(keys_.PositionOf(key), Quoted(key) + " has no effect without 'client_certificate'",
                                "name the certificate too: client_certificate = \"client.pem\"");
        }
        if (const auto choice = keys_.Choice("tls_min", {"1.2", "1.3"}))
            http_.minimum_tls = static_cast<http_client::MinimumTls>(*choice);
    }

    void ReadPath(std::string_view key, std::string& out) {
        std::string path;
        if (!keys_.String(key, path)) return;
        if (path.empty())
            return scope_.Error(*keys_.Find(key), Quoted(key) + " is empty", "name a file, or leave it out");
        out = AbsolutePath(scope_.document, path);
    }

    // A file is what a key mostly stands in, so its plain name is enough; the key itself is known by its first line.
    std::optional<WrittenSecret> Key() {
        std::optional<WrittenSecret> key = Secret(keys_, "client_key");
        if (key && key->value.is_string() && !key->value.get_ref<const std::string&>().starts_with("-----BEGIN "))
            key->value = {{"file", AbsolutePath(scope_.document, key->value.get<std::string>())}};
        return key;
    }

    std::optional<WrittenSecret> Secret(Keys& keys, std::string_view key) const {
        const toml::node* const node = keys.Find(key);
        WrittenSecret secret;
        ElementPositions ignored;
        if (!node || !ToJson(scope_, *node, "", secret.value, ignored)) return std::nullopt;
        secret.where = scope_.document.PositionOf(*node);
        return secret;
    }

    void ReadRules(std::string_view key, std::vector<http_client::NetworkRule>& rules) {
        for (const toml::node* node : keys_.StringOrList(key)) {
            std::string text;
            if (!ReadString(scope_, *node, key, text)) continue;
            if (const auto rule = http_client::ParseNetworkRule(text))
                rules.push_back(*rule);
            else
                scope_.Error(*node, Quoted(key) + " has an entry that is no network and no address",
                             "write it as \"10.0.0.0/8\", \"10.1.2.3\", \"10.1.2.3:8443\" or \"[fd00::/8]:443\"");
        }
    }

    const Scope& scope_;
    const std::string title_;
    Keys keys_;
    Http http_;
};

}  // namespace

Http ReadHttp(const Scope& scope, const toml::table& table, const std::string& owner) {
    return HttpReader(scope, table, "[" + owner + ".http]").Read();
}

}  // namespace fanfare::config
