// The bytes of a request's head.
#include "http_client/head.hpp"

#include <gtest/gtest.h>

namespace fanfare::http_client {
namespace {

std::string HeadOf(const Request& request, const std::string& authorization = {}) {
    const base::Result<Target> target = CheckRequest(request);
    EXPECT_TRUE(target) << request.url;
    std::string head = "what stood here before";
    WriteHead(request, *target, "agent", authorization, head);
    return head;
}

std::string FirstLines(const std::string& url) {
    Request request;
    request.url = url;
    const std::string head = HeadOf(request);
    return head.substr(0, head.find("\r\nUser-Agent"));
}

TEST(Head, NamesPathAndQueryAsTheyAreWrittenAndTheHostWithoutTheUsualPort) {
    EXPECT_EQ(FirstLines("http://Example.com"), "GET / HTTP/1.1\r\nHost: Example.com");
    EXPECT_EQ(FirstLines("http://h:80/a//b/../c?x=/y"), "GET /a//b/../c?x=/y HTTP/1.1\r\nHost: h");
    EXPECT_EQ(FirstLines("HTTP://h:8080?x"), "GET /?x HTTP/1.1\r\nHost: h:8080");
    EXPECT_EQ(FirstLines("http://[::1]:81/"), "GET / HTTP/1.1\r\nHost: [::1]:81");
}

TEST(Head, IsWhollyWhatIsAskedForAndWhatHttpNeeds) {
    Request request;
    request.method = "PUT";
    request.url = "http://h/";
    request.headers = {{"X-Padded", " a b\t"}, {"X-Empty", ""}, {"X-Twice", "1"}, {"X-Twice", "2"}};
    request.body = "12345";
    EXPECT_EQ(HeadOf(request, "Bearer abc"),
              "PUT / HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer abc\r\nUser-Agent: agent\r\nAccept: */*\r\n"
              "X-Padded: a b\r\nX-Empty:\r\nX-Twice: 1\r\nX-Twice: 2\r\nContent-Length: 5\r\n\r\n");
}

TEST(Head, LetsTheRequestNameItsOwnAgentAndWhatItAccepts) {
    Request request;
    request.url = "http://h/";
    request.headers = {{"user-agent", "mine"}, {"ACCEPT", "text/plain"}};
    EXPECT_EQ(HeadOf(request), "GET / HTTP/1.1\r\nHost: h\r\nuser-agent: mine\r\nACCEPT: text/plain\r\n\r\n");
}

}  // namespace
}  // namespace fanfare::http_client
