#include "http_client/check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fanfare::http_client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Request To(std::string url) {
    Request request;
    request.url = std::move(url);
    return request;
}

Request With(std::string name, std::string value) {
    Request request = To("http://host/");
    request.headers = {{std::move(name), std::move(value)}};
    return request;
}

std::string Fault(const Request& request) {
    const base::Result<Target> target = CheckRequest(request);
    return target ? "" : target.error().message;
}

std::string Name(const std::string& url) {
    const base::Result<Target> target = CheckRequest(To(url));
    return target ? target->Name() : target.error().message;
}

TEST(CheckRequest, NamesHostAndPortAndNothingElseOfTheUrl) {
    EXPECT_EQ(Name("http://example.org/path?secret=1"), "example.org:80");
    EXPECT_EQ(Name("https://example.org?secret=1"), "example.org:443");
    EXPECT_EQ(Name("HTTPS://example.org:8443"), "example.org:8443");
    EXPECT_EQ(Name("http://[::1]:8080/"), "[::1]:8080");
    EXPECT_EQ(Name("http://[::1]/"), "[::1]:80");
}

TEST(CheckRequest, RefusesUrlsThatAreNotPlainHttp) {
    for (const char* url :
         {"", "/", "host", "ftp://host/", "file:///etc/passwd", "http:/host/", "http:///path", "http://", "https://:80/",
          "http://host:/", "http://host:0/", "http://host:65536/", "http://host:8o/", "http://host:-1/", "http://host:80:80/",
          "http://user@host/", "http://user:password@host/", "http://host/#part", "http://host/a b", "http://host\\@evil/",
          "http://ho%73t/", "http://[::1", "http://[zz]/", "http://[]/", "http://host/\x7f", "http://h\xc3\xb6st/",
          "http://host/\r\nx: y"})
        EXPECT_NE(Fault(To(url)), "") << url;
    EXPECT_NE(Fault(To(std::string("http://host/\0x", 14))), "");
}

TEST(CheckRequest, NeverRepeatsCredentialsOrQueryInItsFault) {
    const std::string fault = Fault(To("http://user:hunter2@host/?key=topsecret"));
    EXPECT_THAT(fault, HasSubstr("user name or password"));
    EXPECT_THAT(fault, Not(HasSubstr("hunter2")));
    EXPECT_THAT(fault, Not(HasSubstr("topsecret")));
}

TEST(CheckRequest, RefusesControlCharactersInHeaderValuesAndNamesTheHeaderOnly) {
    for (const std::string& value : {std::string("a\r\nX: b"), std::string("a\nb"), std::string("a\rb"),
                                     std::string("hunter2\0", 8), std::string("\x01"), std::string("\x7f")}) {
        const std::string fault = Fault(With("Authorization", value));
        EXPECT_THAT(fault, HasSubstr("Authorization"));
        EXPECT_THAT(fault, Not(HasSubstr("hunter2")));
    }
}

TEST(CheckRequest, LetsTabsAndBytesBeyondAsciiInHeaderValuesPass) {
    EXPECT_EQ(Fault(With("X-A", "a\tb \xc3\xb6")), "");
    EXPECT_EQ(Fault(With("X-A", "")), "");
}

TEST(CheckRequest, RefusesHeaderNamesThatAreNoTokens) {
    for (const char* name : {"", " ", "a b", "a:", ":path", "a\r\nb", "\xc3\xb6", "a(b)", "a,b", "a\tb"})
        EXPECT_NE(Fault(With(name, "v")), "") << name;
}

TEST(CheckRequest, RefusesHeadersOfTheConnectionInAnyCase) {
    for (const char* name : {"Content-Length", "HOST", "connection", "Transfer-Encoding", "TE", "Upgrade", "trailer",
                             "Keep-Alive", "Expect", "Proxy-Authorization", "proxy-connection"})
        EXPECT_THAT(Fault(With(name, "v")), HasSubstr(name));
}

TEST(CheckRequest, RefusesMethodsThatAreNoRequests) {
    for (const char* method : {"", "GET ", "GET / HTTP/1.1\r\nX:", "P\xc3\xb6ST", "CONNECT"}) {
        Request request = To("http://host/");
        request.method = method;
        EXPECT_NE(Fault(request), "") << method;
    }
}

TEST(CheckRequest, RefusesAHeadRequestWithABody) {
    Request request = To("http://host/");
    request.method = "HEAD";
    request.body = "x";
    EXPECT_NE(Fault(request), "");
}

TEST(CheckRequest, RefusesAUnixSocketPathThatDoesNotFit) {
    Request request = To("http://host/");
    request.unix_socket = "/" + std::string(106, 'a');
    EXPECT_EQ(Fault(request), "");
    request.unix_socket += 'a';
    EXPECT_NE(Fault(request), "");
}

}  // namespace
}  // namespace fanfare::http_client
