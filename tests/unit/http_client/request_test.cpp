// What the far side receives.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>

#include "support/scripted_server.hpp"
#include "unit/http_client/transports.hpp"

namespace fanfare::http_client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using tests::ReceivedRequest;
using tests::ScriptedServer;
using tests::ServerConnection;

FANFARE_EACH_TRANSPORT(Requests);

void AnswerNoContent(ServerConnection& connection) {
    while (connection.Read()) connection.Send("HTTP/1.1 204 No Content\r\n\r\n");
}

ReceivedRequest Sent(Request request) {
    ScriptedServer server(AnswerNoContent);
    request.url = server.Url("/a/../b?c=d&e");
    const auto client = EachTransport::Open();
    const Response response = Send(*client, std::move(request));
    EXPECT_EQ(response.end, End::kDone) << response.error;
    EXPECT_EQ(response.status, 204);
    return server.requests().at(0);
}

TEST_P(Requests, ArrivesWithItsPathQueryHeadersAndBodyAsGiven) {
    Request request = Post("", "{\"a\":1}");
    request.headers = {{"Content-Type", "application/json"}, {"X-Twice", "1"}, {"X-Twice", "2"}, {"X-Empty", ""}};
    const ReceivedRequest got = Sent(std::move(request));
    EXPECT_EQ(got.Line(), "POST /a/../b?c=d&e HTTP/1.1");
    EXPECT_EQ(got.Header("content-type"), "application/json");
    EXPECT_THAT(got.Headers("x-twice"), ElementsAre("1", "2"));
    EXPECT_THAT(got.Headers("x-empty"), ElementsAre(""));
    EXPECT_EQ(got.Header("user-agent"), "fanfare-test");
    EXPECT_EQ(got.body, "{\"a\":1}");
}

TEST_P(Requests, CarriesNoHeaderThatNobodyAskedFor) {
    const ReceivedRequest got = Sent(Post("", "x"));
    for (const char* name : {"expect", "content-type", "accept-encoding", "cookie", "authorization", "upgrade", "te",
                             "connection", "http2-settings", "transfer-encoding"})
        EXPECT_THAT(got.Headers(name), ElementsAre()) << name;
}

TEST_P(Requests, BodyArrivesByteForByteWithNulAndAllOtherBytes) {
    std::string body;
    for (int i = 0; i < 256; ++i) body += static_cast<char>(i);
    EXPECT_EQ(Sent(Post("", body)).body, body);
}

TEST_P(Requests, BodyOfAMebibyteArrivesWholeAndWithoutExpect) {
    std::string body(1u << 20, '\0');
    for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 2654435761u >> 13);
    const ReceivedRequest got = Sent(Post("", body));
    EXPECT_TRUE(got.body == body);
    EXPECT_THAT(got.Headers("expect"), ElementsAre());
}

TEST_P(Requests, PostPutAndPatchWithoutABodySayContentLengthZero) {
    for (const char* method : {"POST", "PUT", "PATCH"}) {
        Request request = Post("", "");
        request.method = method;
        EXPECT_THAT(Sent(std::move(request)).Headers("content-length"), ElementsAre("0")) << method;
    }
}

TEST_P(Requests, OtherMethodsWithoutABodyHaveNoContentLength) {
    for (const char* method : {"GET", "DELETE", "OPTIONS", "HEAD", "PURGE"}) {
        Request request = Get("");
        request.method = method;
        const ReceivedRequest got = Sent(std::move(request));
        EXPECT_THAT(got.Line(), HasSubstr(method));
        EXPECT_THAT(got.Headers("content-length"), ElementsAre()) << method;
    }
}

TEST_P(Requests, AnyMethodSendsItsBody) {
    for (const char* method : {"GET", "DELETE", "PUT", "REPORT"}) {
        Request request = Post("", "body");
        request.method = method;
        const ReceivedRequest got = Sent(std::move(request));
        EXPECT_EQ(got.Line(), std::string(method) + " /a/../b?c=d&e HTTP/1.1");
        EXPECT_EQ(got.body, "body");
    }
}

TEST_P(Requests, MethodsOfEarlierRequestsLeaveNoTraceOnAReusedHandle) {
    ScriptedServer server(AnswerNoContent);
    const auto client = EachTransport::Open();
    Request head = Get(server.Url());
    head.method = "HEAD";
    Request post = Post(server.Url(), "body");
    post.headers = {{"X-Secret", "1"}};
    Send(*client, head);
    Send(*client, post);
    Send(*client, Get(server.Url()));
    const auto got = server.requests();
    EXPECT_EQ(got.at(1).body, "body");
    EXPECT_EQ(got.at(2).Line(), "GET / HTTP/1.1");
    EXPECT_THAT(got.at(2).Headers("content-length"), ElementsAre());
    EXPECT_THAT(got.at(2).Headers("x-secret"), ElementsAre());
}

TEST_P(Requests, SecondOneGoesOverTheSameConnection) {
    ScriptedServer server(AnswerNoContent);
    const auto client = EachTransport::Open();
    for (int i = 0; i < 5; ++i) EXPECT_EQ(Send(*client, Post(server.Url(), "x")).status, 204);
    EXPECT_EQ(server.requests().size(), 5u);
    EXPECT_EQ(server.connections(), 1);
}

TEST_P(Requests, ToLocalhostFindTheLoopbackAddressThatIsListenedTo) {
    ScriptedServer server(AnswerNoContent);
    const auto client = EachTransport::Open();
    const std::string host = "localhost:" + std::to_string(server.port());
    for (int i = 0; i < 2; ++i) {
        const Response response = Send(*client, Post("http://" + host + "/", "x"));
        EXPECT_EQ(response.status, 204) << response.error;
        EXPECT_EQ(response.remote, "127.0.0.1:" + std::to_string(server.port()));
    }
    EXPECT_EQ(server.requests().at(1).Header("host"), host);
    EXPECT_EQ(server.connections(), 1);
}

TEST_P(Requests, WithALineBreakInAHeaderIsRefusedAndNoConnectionIsMade) {
    ScriptedServer server(AnswerNoContent);
    const auto client = EachTransport::Open();
    Request request = Post(server.Url(), "x");
    request.headers = {{"X-A", "b\r\nX-Injected: c"}};
    const Response response = Send(*client, std::move(request));
    EXPECT_EQ(response.end, End::kInvalid);
    EXPECT_THAT(response.error, HasSubstr("X-A"));
    EXPECT_EQ(server.connections(), 0);
}

TEST_P(Requests, IgnoresProxiesOfTheEnvironment) {
    ScriptedServer proxy(AnswerNoContent);
    ::setenv("http_proxy", proxy.Url().c_str(), 1);
    ::setenv("all_proxy", proxy.Url().c_str(), 1);
    Sent(Get(""));
    ::unsetenv("http_proxy");
    ::unsetenv("all_proxy");
    EXPECT_EQ(proxy.connections(), 0);
}

TEST_P(Requests, GoesToAUnixSocketWhenOneIsNamed) {
    const std::string path = ::testing::TempDir() + "fanfare_request_" + std::to_string(::getpid()) + ".sock";
    std::filesystem::remove(path);
    {
        ScriptedServer server(AnswerNoContent, path);
        const auto client = EachTransport::Open();
        Request request = Post("http://admin.invalid/v1/status", "x");
        request.unix_socket = path;
        EXPECT_EQ(Send(*client, request).status, 204);
        EXPECT_EQ(Call(request).status, 204);
        EXPECT_EQ(server.requests().at(0).Header("host"), "admin.invalid");
        EXPECT_EQ(server.requests().at(1).Line(), "POST /v1/status HTTP/1.1");
    }
    std::filesystem::remove(path);
}

TEST_P(Requests, ToAUnixSocketThatIsNotThereIsUnreachableAndNamesIt) {
    const auto client = EachTransport::Open();
    Request request = Get("http://localhost/");
    request.unix_socket = "/nonexistent/fanfare.sock";
    for (const Response& response : {Send(*client, request), Call(request)}) {
        EXPECT_EQ(response.end, End::kUnreachable);
        EXPECT_THAT(response.error, HasSubstr("/nonexistent/fanfare.sock: No such file or directory"));
    }
}

TEST(Call, AnswersLikeTheClient) {
    ScriptedServer server([](ServerConnection& connection) {
        if (connection.Read()) connection.Send("HTTP/1.1 200 OK\r\nX-Name: Value\r\nContent-Length: 2\r\n\r\nhi");
    });
    const Response response = Call(Post(server.Url(), "x"));
    EXPECT_EQ(response.end, End::kDone) << response.error;
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "hi");
    EXPECT_EQ(server.requests().at(0).body, "x");
}

}  // namespace
}  // namespace fanfare::http_client
