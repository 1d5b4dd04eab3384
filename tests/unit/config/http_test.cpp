#include "config/http.hpp"

#include <gmock/gmock.h>

#include "unit/config/tree.hpp"

namespace fanfare::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string kOpening = "[destination.d]\nplugin = \"file\"\n[destination.d.http]\n";

Http Read(const std::string& text) {
    Tree tree;
    tree.Write("fanfare.toml", kOpening + text);
    const Loaded loaded = tree.Load();
    EXPECT_THAT(tree.Heads(loaded), IsEmpty());
    return loaded.config.destinations.at(0).http.value_or(Http());
}

// Without the place of the file, and as if the text began in line 1.
std::vector<std::string> Faults(const std::string& text) {
    std::vector<std::string> faults = FaultsOf(kOpening + text);
    for (std::string& fault : faults) fault = std::to_string(std::stoi(fault) - 3) + fault.substr(fault.find(':'));
    return faults;
}

TEST(Http, IsNoOptionOfThePlugin) {
    Tree tree;
    tree.Write("fanfare.toml", kOpening + "tls_min = \"1.3\"\n");
    const Loaded loaded = tree.Load();
    EXPECT_EQ(loaded.config.destinations.at(0).options.dump(), "{}");
    EXPECT_TRUE(loaded.config.destinations.at(0).http);
    EXPECT_THAT(FaultsOf("[destination.d]\nplugin = \"file\"\nhttp = 1\n"),
                ElementsAre("3:8: error: 'http' must be a table, not an integer"));
}

TEST(Http, TakesEveryKey) {
    const Http http = Read(R"(proxy = "http://proxy.example:3128"
proxy_user = "ann"
proxy_password = { env = "PROXY_PASSWORD" }
no_proxy = ["intranet.example", "10.0.0.0/8"]
ca_file = "/etc/ca.pem"
client_certificate = "/etc/client.pem"
client_key = { credential = "key" }
client_key_password = "secret"
tls_min = "1.3"
http_version = "1.1"
connect_timeout = "3s"
max_connections = 4
network = "public"
allow = ["10.1.2.3:8443", "fd00::/8"]
deny = "8.8.8.8"
auth.basic = { user = "bob", password = "secret" }
)");
    EXPECT_EQ(http.proxies.http->Url(), "http://proxy.example:3128");
    EXPECT_EQ(http.proxies.https->user, "ann");
    EXPECT_EQ(http.proxy_password->value.dump(), R"({"env":"PROXY_PASSWORD"})");
    EXPECT_EQ(http.proxies.unproxied.size(), 2u);
    EXPECT_EQ(http.ca_file, "/etc/ca.pem");
    EXPECT_EQ(http.client_key->value.dump(), R"({"credential":"key"})");
    EXPECT_EQ(http.minimum_tls, http_client::MinimumTls::kOneThree);
    EXPECT_EQ(http.http_version, http_client::HttpVersion::kOne);
    EXPECT_EQ(http.connect_timeout, 3s);
    EXPECT_EQ(http.max_connections, 4u);
    EXPECT_EQ(http.policy.reach, http_client::Reach::kPublic);
    EXPECT_EQ(http.policy.allow.size(), 2u);
    EXPECT_EQ(http.policy.deny.size(), 1u);
    EXPECT_EQ(http.auth->kind, HttpAuth::Kind::kBasic);
    EXPECT_EQ(http.auth->user, "bob");
}

TEST(Http, FilesAreRelativeToTheFileThatNamesThem) {
    Tree tree;
    tree.Write("fanfare.toml", "");
    tree.Write("conf.d/a.toml",
               kOpening + "ca_file = \"ca.pem\"\nclient_certificate = \"c.pem\"\nclient_key = \"../keys/c.key\"\n");
    const Http http = *tree.Load().config.destinations.at(0).http;
    EXPECT_EQ(http.ca_file, tree.PathOf("conf.d/ca.pem"));
    EXPECT_EQ(http.client_key->value["file"], tree.PathOf("keys/c.key"));
}

TEST(Http, AKeyThatStandsThereIsTakenAsItIs) {
    const Http http = Read("client_certificate = \"c.pem\"\nclient_key = \"-----BEGIN PRIVATE KEY-----\\nabc\"\n");
    EXPECT_EQ(http.client_key->value, "-----BEGIN PRIVATE KEY-----\nabc");
}

TEST(Http, OAuth2TakesEveryKey) {
    const Http http = Read(R"([destination.d.http.auth.oauth2]
token_url = "https://auth.example/token"
client_id = "id"
client_secret = { file = "/secret" }
scope = "a b"
audience = "https://api.example"
secret_in = "body"
)");
    ASSERT_TRUE(http.auth);
    EXPECT_EQ(http.auth->kind, HttpAuth::Kind::kOAuth2);
    EXPECT_EQ(http.auth->oauth2.token_url, "https://auth.example/token");
    EXPECT_EQ(http.auth->oauth2.client_id, "id");
    EXPECT_EQ(http.auth->oauth2.scope, "a b");
    EXPECT_EQ(http.auth->oauth2.audience, "https://api.example");
    EXPECT_TRUE(http.auth->oauth2.secret_in_body);
    EXPECT_EQ(http.auth->secret->value["file"], "/secret");
}

TEST(Http, FaultsAreReportedAtTheirPlace) {
    EXPECT_THAT(
        Faults("proxy = \"proxy:3128\"\n"
               "no_proxy = [\"x\", \"a b\"]\n"
               "tls_min = \"1.1\"\n"
               "http_version = \"3\"\n"
               "connect_timeout = \"0s\"\n"
               "max_connections = 0\n"
               "network = \"private\"\n"
               "allow = [\"example.com\"]\n"
               "deny = 7\n"
               "ca_file = \"\"\n"
               "netwrok = \"public\"\n"),
        ElementsAre(
            "1:9: error: 'proxy': a proxy is written as http://host:port, https://host:port or socks5h://host:port",
            "2:18: error: 'no_proxy' has an entry that is no host, address or network",
            "3:11: error: 'tls_min' must be one of: 1.2, 1.3",
            "4:16: error: 'http_version' must be one of: auto, 1.1, 2",
            "5:19: error: 'connect_timeout' must be between 1ms and 10m",
            "6:19: error: 'max_connections' must be between 1 and 10000",
            "7:11: error: 'network' must be one of: onprem, public",
            "8:10: error: 'allow' has an entry that is no network and no address",
            "9:8: error: 'deny' must be a string or a list of strings, not an integer",
            "10:11: error: 'ca_file' is empty", "11:1: error: unknown key 'netwrok' in [destination.d.http]"));
}

TEST(Http, WhatHasNoEffectAloneIsReported) {
    EXPECT_THAT(Faults("proxy_user = \"ann\"\nclient_key = \"c.key\"\nno_proxy = \"x\"\n"),
                ElementsAre("1:1: error: 'proxy_user' has no effect without a 'proxy' that is written here",
                            "2:1: error: 'client_key' has no effect without 'client_certificate'",
                            "3:1: warning: 'no_proxy' has no effect without 'proxy'"));
    EXPECT_THAT(Faults("proxy = \"http://p:1\"\nproxy_password = \"x\"\n"),
                ElementsAre("2:1: error: 'proxy_password' stands there without 'proxy_user'"));
    EXPECT_THAT(Faults("proxy = \"http://ann:pw@p:1\"\n"),
                ElementsAre("1:9: error: 'proxy' has a user name or password in it"));
}

TEST(Http, AuthIsOneOfThreeAndWhole) {
    const std::string one_of = " error: 'auth' of [destination.d.http] must have one of: basic, bearer, oauth2";
    EXPECT_THAT(Faults("auth = {}\n"), ElementsAre("1:8:" + one_of));
    EXPECT_THAT(Faults("auth = { bearer = \"x\", basic = { user = \"u\", password = \"p\" } }\n"),
                ElementsAre("1:8:" + one_of));
    EXPECT_THAT(Faults("auth = { basic = { user = \"a:b\" } }\n"),
                ElementsAre("1:18: error: 'password' is missing",
                            "1:27: error: 'user' has a colon in it, which basic authorisation cannot carry"));
    EXPECT_THAT(Faults("auth = { oauth2 = { token_url = \"auth.example\" } }\n"),
                ElementsAre("1:19: error: 'client_id' is missing", "1:19: error: 'client_secret' is missing",
                            "1:33: error: 'token_url': the URL does not start with http:// or https://"));
    EXPECT_THAT(Faults("auth = { beerer = \"x\" }\n"),
                ElementsAre("1:10: error: unknown key 'beerer' in 'auth' of [destination.d.http]"));
}

TEST(Http, SecretsAreNotShownWithAFault) {
    Tree tree;
    tree.Write("fanfare.toml", kOpening +
                                   "auth = { oauth2 = { client_secret = \"hunter2\", token_url = \"x\" } }\n"
                                   "proxy = \"http://ann:hunter2@p:1\"\n");
    for (const Diagnostic& diagnostic : tree.Load().diagnostics)
        EXPECT_THAT(Format(diagnostic), testing::Not(testing::HasSubstr("hunter2")));
}

}  // namespace
}  // namespace fanfare::config
