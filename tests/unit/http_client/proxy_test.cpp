// What a proxy is written as, for whom it is used, and what goes over the wire.
#include "http_client/proxy.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

#include "support/scripted_server.hpp"
#include "unit/http_client/deaf_listener.hpp"
#include "unit/http_client/send.hpp"

namespace fanfare::http_client {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using tests::ScriptedServer;
using tests::ServerConnection;

TEST(Proxy, IsWrittenWithSchemeHostAndPort) {
    for (const char* url :
         {"http://proxy.example:3128", "https://10.0.0.1:8443", "socks5h://[::1]:1080", "HTTP://proxy:1"}) {
        const auto proxy = ParseProxy(url);
        ASSERT_TRUE(proxy) << url;
        EXPECT_EQ(proxy->user, "");
    }
    EXPECT_EQ(ParseProxy("socks5h://[::1]:1080")->Url(), "socks5h://[::1]:1080");
    for (const char* url :
         {"", "proxy:3128", "ftp://proxy:21", "socks5://proxy:1080", "http://proxy", "http://:3128", "http://proxy:0",
          "http://proxy:3128/", "http://proxy:3128/path", "http://proxy:x", "http://"})
        EXPECT_FALSE(ParseProxy(url)) << url;
}

TEST(Proxy, UserAndPasswordAreDecoded) {
    const auto proxy = ParseProxy("http://us%40er:p%3Aw:x@proxy:3128");
    ASSERT_TRUE(proxy);
    EXPECT_EQ(proxy->user, "us@er");
    EXPECT_EQ(proxy->password.Reveal(), "p:w:x");
    EXPECT_EQ(proxy->Url(), "http://proxy:3128");
}

Target To(const std::string& host, bool https = false) {
    return {.https = https, .host = host, .port = 80, .unix_socket = {}};
}

TEST(Proxy, IsNotUsedForWhatNoProxyNames) {
    const auto fits = [](const char* entry, const char* host) {
        const auto parsed = Unproxied::Parse(entry);
        EXPECT_TRUE(parsed) << entry;
        return parsed && parsed->Fits(To(host));
    };
    EXPECT_TRUE(fits("example.com", "example.com"));
    EXPECT_TRUE(fits("example.com", "a.Example.COM"));
    EXPECT_TRUE(fits(".example.com", "example.com"));
    EXPECT_FALSE(fits("example.com", "notexample.com"));
    EXPECT_FALSE(fits("example.com", "example.com.evil"));
    EXPECT_TRUE(fits("10.0.0.0/8", "10.9.8.7"));
    EXPECT_FALSE(fits("10.0.0.0/8", "11.0.0.1"));
    EXPECT_FALSE(fits("10.0.0.0/8", "ten.example"));
    EXPECT_TRUE(fits("::1", "[::1]"));
    EXPECT_TRUE(fits("[fd00::1]", "[fd00::1]"));
    EXPECT_TRUE(fits("fd00::/8", "[fd12::9]"));
    EXPECT_TRUE(fits("*", "anything"));
    EXPECT_TRUE(fits("localhost", "localhost"));
    for (const char* entry : {"", "a b", "http://x", "x:80", "10.0.0.0/99"})
        EXPECT_FALSE(Unproxied::Parse(entry)) << entry;
}

class Environment : public ::testing::Test {
protected:
    ~Environment() override {
        for (const char* name : {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"})
            ::unsetenv(name);
    }
};

TEST_F(Environment, GivesAProxyForEachSchemeAndExceptions) {
    ::setenv("http_proxy", "http://user:pw@one:3128/", 1);
    ::setenv("HTTPS_PROXY", "two:8080", 1);
    ::setenv("no_proxy", "localhost, 10.0.0.0/8,.internal", 1);
    const auto proxies = ProxiesOfEnvironment();
    ASSERT_TRUE(proxies) << proxies.error().message;
    EXPECT_EQ(proxies->For(To("example.com"))->Url(), "http://one:3128");
    EXPECT_EQ(proxies->For(To("example.com"))->password.Reveal(), "pw");
    EXPECT_EQ(proxies->For(To("example.com", true))->Url(), "http://two:8080");
    for (const char* host : {"localhost", "10.1.1.1", "x.internal"}) EXPECT_EQ(proxies->For(To(host)), nullptr) << host;
}

TEST_F(Environment, HttpProxyInCapitalsIsNotRead) {
    ::setenv("HTTP_PROXY", "http://evil:1", 1);
    EXPECT_FALSE(ProxiesOfEnvironment()->any());
}

TEST_F(Environment, FaultNamesTheVariableAndNotItsValue) {
    ::setenv("https_proxy", "ftp://user:hunter2@x:1", 1);
    const auto proxies = ProxiesOfEnvironment();
    ASSERT_FALSE(proxies);
    EXPECT_THAT(proxies.error().message, StartsWith("https_proxy of the environment: "));
    EXPECT_THAT(proxies.error().message, ::testing::Not(HasSubstr("hunter2")));
}

TEST_F(Environment, IsNotLookedAtByItself) {
    ScriptedServer server([](ServerConnection& connection) {
        while (connection.Read()) connection.Send("HTTP/1.1 204 No Content\r\n\r\n");
    });
    ::setenv("http_proxy", "http://127.0.0.1:1", 1);
    const auto client = OpenClient();
    EXPECT_EQ(Send(*client, Post(server.Url(), "x")).status, 204);
}

std::shared_ptr<const Settings> Through(const std::string& scheme, const ScriptedServer& proxy,
                                        const std::string& user = {}, const std::string& password = {}) {
    return SettingsWith([&](Settings& s) {
        s.proxies.http = *ParseProxy(scheme + "://127.0.0.1:" + std::to_string(proxy.port()));
        s.proxies.http->user = user;
        s.proxies.http->password = base::Secret(password);
        s.proxies.https = s.proxies.http;
    });
}

TEST(Proxy, TakesWholeUrlsOfHttpAndItsPassword) {
    ScriptedServer proxy([](ServerConnection& connection) {
        while (connection.Read()) connection.Send("HTTP/1.1 204 No Content\r\n\r\n");
    });
    const auto client = OpenClient();
    const auto settings = Through("http", proxy, "user", "pass:word");
    EXPECT_EQ(Send(*client, With(Post("http://far.invalid:81/hook?x=1", "body"), settings)).status, 204);
    const auto request = proxy.requests().at(0);
    EXPECT_EQ(request.Line(), "POST http://far.invalid:81/hook?x=1 HTTP/1.1");
    EXPECT_EQ(request.Header("host"), "far.invalid:81");
    EXPECT_EQ(request.Header("proxy-authorization"), "Basic dXNlcjpwYXNzOndvcmQ=");
    EXPECT_EQ(request.body, "body");
}

TEST(Proxy, ThatPassesRequestsOnGetsOneOnEachConnection) {
    ScriptedServer proxy([](ServerConnection& connection) {
        while (connection.Read()) connection.Send("HTTP/1.1 204 No Content\r\n\r\n");
    });
    const auto client = OpenClient();
    const auto settings = Through("http", proxy, "user", "password");
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(Send(*client, With(Post("http://far.invalid/hook", "x"), settings)).status, 204);
    EXPECT_EQ(proxy.connections(), 3);
}

TEST(Proxy, ThatAsksForAnotherPasswordMakesTheDestinationUnreachable) {
    ScriptedServer proxy([](ServerConnection& connection) {
        while (connection.Read())
            connection.Send("HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n");
    });
    const auto client = OpenClient();
    const std::string name = "127.0.0.1:" + std::to_string(proxy.port());
    for (const char* scheme : {"http", "https"}) {
        const Response response =
            Send(*client, With(Post(std::string(scheme) + "://far.invalid/hook", "x"), Through("http", proxy)));
        EXPECT_EQ(response.end, End::kUnreachable);
        EXPECT_THAT(response.error, StartsWith("proxy " + name));
        EXPECT_THAT(response.error, HasSubstr("407"));
    }
}

TEST(Proxy, TunnelRefusedIsUnreachableWithTheProxysStatus) {
    ScriptedServer proxy([](ServerConnection& connection) {
        connection.Read();
        connection.Send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    });
    const auto client = OpenClient();
    Request request = With(Post("https://far.invalid/hook", "x"), Through("http", proxy, "user", "password"));
    request.headers = {{"Authorization", "Bearer for-the-far-side"}};
    const Response response = Send(*client, std::move(request));
    EXPECT_EQ(response.end, End::kUnreachable);
    EXPECT_THAT(response.error, HasSubstr("makes no connection to far.invalid:443: "));
    EXPECT_THAT(response.error, HasSubstr("403"));
    EXPECT_EQ(proxy.requests().at(0).Line(), "CONNECT far.invalid:443 HTTP/1.1");
    EXPECT_EQ(proxy.requests().at(0).Header("proxy-authorization"), "Basic dXNlcjpwYXNzd29yZA==");
    EXPECT_EQ(proxy.requests().at(0).Header("authorization"), "") << "the proxy sees what is for the far side";
}

TEST(Proxy, OfSocksLooksTheNameUpItself) {
    std::string asked;
    ScriptedServer proxy([&](ServerConnection& connection) {
        // RFC 1928: version 5, methods; then CONNECT to a domain name.
        if (!connection.Skip(4) || !connection.Send(std::string("\x05\x00", 2)) || !connection.Skip(4 + 1 + 11 + 2))
            return;
        connection.Send(std::string("\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50", 10));
        while (connection.Read()) connection.Send("HTTP/1.1 204 No Content\r\n\r\n");
    });
    const auto client = OpenClient();
    const Response response = Send(*client, With(Post("http://far.invalid/hook", "x"), Through("socks5h", proxy)));
    EXPECT_EQ(response.status, 204) << response.error;
    EXPECT_EQ(proxy.requests().at(0).Header("host"), "far.invalid");
}

TEST(Proxy, ThatIsOutOfReachIsNamed) {
    int port = 0;
    {
        port = ScriptedServer([](ServerConnection&) {}).port();
    }
    const auto client = OpenClient();
    const auto settings =
        SettingsWith([&](Settings& s) { s.proxies.http = *ParseProxy("http://127.0.0.1:" + std::to_string(port)); });
    const Response response = Send(*client, With(Post("http://far.invalid/", "x"), settings));
    EXPECT_EQ(response.end, End::kUnreachable);
    EXPECT_THAT(response.error, StartsWith("no connection to proxy 127.0.0.1:" + std::to_string(port)));
}

TEST(Proxy, IsItselfSubjectToTheNetworkPolicy) {
    ScriptedServer proxy([](ServerConnection&) {});
    const auto client = OpenClient();
    const auto settings = SettingsWith([&](Settings& s) {
        s.policy.reach = Reach::kPublic;
        s.proxies.http = *ParseProxy("http://127.0.0.1:" + std::to_string(proxy.port()));
    });
    const Response response = Send(*client, With(Post("http://example.com/", "x"), settings));
    EXPECT_EQ(response.end, End::kInvalid);
    EXPECT_THAT(response.error, StartsWith("no connection to 127.0.0.1:"));
    EXPECT_EQ(proxy.connections(), 0);
}

TEST(Limits, MaxConnectionsHoldsRequestsBack) {
    ScriptedServer server([](ServerConnection& connection) {
        while (connection.Read()) connection.Send("HTTP/1.1 204 No Content\r\n\r\n");
    });
    const auto client = OpenClient();
    const auto settings = SettingsWith([](Settings& s) { s.max_connections = 2; });
    std::vector<std::future<Response>> responses;
    for (int i = 0; i < 100; ++i) responses.push_back(Start(*client, With(Post(server.Url(), "x"), settings)));
    for (auto& response : responses) EXPECT_EQ(response.get().status, 204);
    EXPECT_LE(server.connections(), 2);
}

TEST(Limits, ARequestThatNeverGotAConnectionIsOutOfTimeAndNotUnreachable) {
    ScriptedServer server([](ServerConnection& connection) {
        connection.Read();
        connection.Hold();
    });
    const auto client = OpenClient();
    const auto settings = SettingsWith([](Settings& s) { s.max_connections = 1; });
    auto first = Start(*client, With(Post(server.Url(), "x"), settings));
    server.WaitForRequests(1);
    Request second = With(Post(server.Url(), "x"), settings);
    second.deadline = In(200ms);
    const Response response = Send(*client, std::move(second));
    EXPECT_EQ(first.wait_for(0s), std::future_status::timeout) << "it waited for the other to end";
    EXPECT_EQ(response.end, End::kTimeout);
    EXPECT_THAT(response.error, HasSubstr("1 connections to 127.0.0.1:"));
    EXPECT_THAT(response.error, HasSubstr("max_connections"));
    EXPECT_EQ(server.connections(), 1);
    server.Release();
}

TEST(Limits, ConnectTimeoutEndsAConnectionThatIsNotMade) {
    const DeafListener silent("127.0.0.1");
    const auto client = OpenClient();
    const auto settings = SettingsWith([](Settings& s) { s.connect_timeout = 100ms; });
    const Response response =
        Send(*client, With(Post("http://127.0.0.1:" + std::to_string(silent.port()) + "/", "x"), settings));
    EXPECT_EQ(response.end, End::kUnreachable);
    EXPECT_THAT(response.error, HasSubstr("within 100 ms"));
}

TEST(Limits, ConnectTimeoutEndsAHandshakeThatHangs) {
    ScriptedServer server([](ServerConnection& connection) { connection.Hold(); });
    const auto client = OpenClient();
    const auto settings = SettingsWith([](Settings& s) { s.connect_timeout = 100ms; });
    const Response response =
        Send(*client, With(Post("https://127.0.0.1:" + std::to_string(server.port()) + "/", "x"), settings));
    EXPECT_EQ(response.end, End::kUnreachable);
    EXPECT_THAT(response.error, HasSubstr("within 100 ms"));
}

}  // namespace
}  // namespace fanfare::http_client
