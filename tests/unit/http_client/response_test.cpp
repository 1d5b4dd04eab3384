// What is made of answers, and of their absence.
#include <gmock/gmock.h>

#include "support/scripted_server.hpp"
#include "unit/http_client/transports.hpp"

namespace fanfare::http_client {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using tests::ScriptedServer;
using tests::ServerConnection;

FANFARE_EACH_TRANSPORT(Responses);
FANFARE_EACH_TRANSPORT(BrokenAnswer);
FANFARE_EACH_TRANSPORT(Deadline);
FANFARE_EACH_TRANSPORT(Unreachable);
FANFARE_EACH_TRANSPORT(KeptConnection);

// The response to a POST that is answered with these bytes, after which the connection is closed in order.
Response AnsweredWith(const std::string& bytes, std::size_t keep = 64u << 10) {
    ScriptedServer server([&](ServerConnection& connection) {
        if (connection.Read()) connection.Send(bytes);
    });
    const auto client = EachTransport::Open();
    Request request = Post(server.Url("/path?query=topsecret"), "x");
    request.max_response_bytes = keep;
    Response response = Send(*client, std::move(request));
    EXPECT_EQ(server.requests().size(), 1u);
    EXPECT_THAT(response.error, Not(HasSubstr("topsecret")));
    return response;
}

TEST_P(Responses, CarriesStatusHeadersInLowerCaseAndBody) {
    const std::string body("hel\0o", 5);
    const Response response = AnsweredWith("HTTP/1.1 200 OK\r\nX-Mixed-Case:  Some Value \r\nSet-Cookie: a\r\n"
                                           "Set-Cookie: b\r\nContent-Length: 5\r\n\r\n" +
                                           body);
    EXPECT_EQ(response.end, End::kDone) << response.error;
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, body);
    EXPECT_THAT(response.headers, ElementsAre(Pair("x-mixed-case", "Some Value"), Pair("set-cookie", "a"),
                                              Pair("set-cookie", "b"), Pair("content-length", "5")));
}

TEST_P(Responses, WithoutABodyIsDone) {
    const Response response = AnsweredWith("HTTP/1.1 204 No Content\r\n\r\n");
    EXPECT_EQ(response.end, End::kDone) << response.error;
    EXPECT_EQ(response.status, 204);
    EXPECT_EQ(response.body, "");
}

TEST_P(Responses, EveryStatusClassIsDoneAndLeftToTheCaller) {
    for (const int status : {200, 304, 400, 404, 410, 429, 500, 503, 599, 999}) {
        const Response response =
            AnsweredWith("HTTP/1.1 " + std::to_string(status) + " Some Words\r\nContent-Length: 0\r\n\r\n");
        EXPECT_EQ(response.end, End::kDone) << status << response.error;
        EXPECT_EQ(response.status, status);
    }
}

TEST_P(Responses, RedirectIsReportedAndNotFollowed) {
    ScriptedServer other([](ServerConnection& connection) { connection.Read(); });
    const Response response = AnsweredWith("HTTP/1.1 301 Moved Permanently\r\nLocation: " + other.Url() +
                                           "\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(response.end, End::kDone);
    EXPECT_EQ(response.status, 301);
    EXPECT_THAT(response.headers, Contains(Pair("location", other.Url())));
    EXPECT_EQ(other.connections(), 0);
}

TEST_P(Responses, RetryAfterIsReadInBothForms) {
    EXPECT_EQ(AnsweredWith("HTTP/1.1 429 Slow\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n").retry_after, 120'000ms);
    EXPECT_EQ(AnsweredWith("HTTP/1.1 503 Later\r\nretry-after: Fri, 31 Dec 9999 23:59:59 GMT\r\nContent-Length: 0\r\n\r\n")
                  .retry_after,
              24h);
    EXPECT_EQ(AnsweredWith("HTTP/1.1 429 Slow\r\nRetry-After: -1\r\nContent-Length: 0\r\n\r\n").retry_after, std::nullopt);
    EXPECT_EQ(AnsweredWith("HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n").retry_after, std::nullopt);
}

TEST_P(Responses, BodyIsKeptUpToTheLimitAndReadToItsEnd) {
    const Response response =
        AnsweredWith("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + std::string(300000, 'x'), 1000);
    EXPECT_EQ(response.end, End::kDone) << response.error;
    EXPECT_EQ(response.body, std::string(1000, 'x'));
}

TEST_P(Responses, ConnectionIsUsedAgainAfterABodyThatWasLongerThanWhatIsKept) {
    ScriptedServer server([](ServerConnection& connection) {
        while (connection.Read())
            connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + std::string(300000, 'x'));
    });
    const auto client = EachTransport::Open();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(Send(*client, Post(server.Url(), "x")).end, End::kDone);
    EXPECT_EQ(server.connections(), 1);
}

TEST_P(Responses, ChunkedBodyIsPutTogetherAndItsTrailerIsNoHeader) {
    const Response response = AnsweredWith(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n");
    EXPECT_EQ(response.end, End::kDone) << response.error;
    EXPECT_EQ(response.body, "abcde");
    EXPECT_THAT(response.headers, ElementsAre(Pair("transfer-encoding", "chunked")));
}

TEST_P(Responses, EndlessBodyEndsAsDoneWithWhatIsKept) {
    ScriptedServer server([](ServerConnection& connection) {
        connection.Read();
        connection.Send("HTTP/1.1 200 OK\r\n\r\n");
        while (connection.Send(std::string(65536, 'y'))) {
        }
    });
    const auto client = EachTransport::Open();
    Request request = Post(server.Url(), "x");
    request.max_response_bytes = 10;
    const Response response = Send(*client, std::move(request));
    EXPECT_EQ(response.end, End::kDone) << response.error;
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "yyyyyyyyyy");
}

TEST_P(Responses, HeadersAreKeptUpToSixtyFourAndSixteenKibibytes) {
    std::string many = "HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n";
    for (int i = 0; i < 100; ++i) many += "X-" + std::to_string(i) + ": v\r\n";
    const Response counted = AnsweredWith(many + "Retry-After: 5\r\n\r\n");
    EXPECT_EQ(counted.end, End::kDone) << counted.error;
    EXPECT_EQ(counted.headers.size(), 64u);
    EXPECT_EQ(counted.retry_after, 5s);

    std::string big = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n";
    for (int i = 0; i < 10; ++i) big += "X-" + std::to_string(i) + ": " + std::string(4000, 'v') + "\r\n";
    const Response weighed = AnsweredWith(big + "\r\n");
    EXPECT_EQ(weighed.end, End::kDone) << weighed.error;
    EXPECT_EQ(weighed.headers.size(), 5u);
}

TEST_P(Responses, InterimAnswersAreDropped) {
    const Response response = AnsweredWith(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: early\r\nRetry-After: 9\r\n\r\n"
        "HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 2\r\n\r\nok");
    EXPECT_EQ(response.end, End::kDone) << response.error;
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "ok");
    EXPECT_EQ(response.retry_after, std::nullopt);
    EXPECT_THAT(response.headers, ElementsAre(Pair("x-a", "b"), Pair("content-length", "2")));
}

TEST_P(Responses, BeforeTheRequestWasWholeIsDone) {
    ScriptedServer server([](ServerConnection& connection) {
        connection.Skip(1000);
        connection.Send("HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nlarge");
        connection.Hold();
    });
    const auto client = EachTransport::Open();
    const Response response = Send(*client, Post(server.Url(), std::string(64u << 20, 'x')));
    EXPECT_EQ(response.end, End::kDone) << response.error;
    EXPECT_EQ(response.status, 413);
    EXPECT_EQ(response.body, "large");
    server.Release();
}

// The End, after one request, of a script that runs on the connection.
Response Scripted(ScriptedServer::Script script, std::chrono::milliseconds time = 60s, std::string body = "x") {
    ScriptedServer server(std::move(script));
    const auto client = EachTransport::Open();
    Request request = Post(server.Url("/path?query=topsecret"), std::move(body));
    request.deadline = In(time);
    Response response = Send(*client, std::move(request));
    EXPECT_EQ(server.connections(), 1);
    EXPECT_THAT(response.error, Not(HasSubstr("topsecret")));
    return response;
}

void ExpectInDoubt(const Response& response) {
    EXPECT_EQ(response.end, End::kInDoubt);
    EXPECT_EQ(response.status, 0);
    EXPECT_EQ(response.body, "");
    EXPECT_THAT(response.headers, ElementsAre());
    EXPECT_THAT(response.error, HasSubstr("127.0.0.1:"));
}

TEST_P(BrokenAnswer, ResetInsteadOfAnAnswerIsInDoubt) {
    ExpectInDoubt(Scripted([](ServerConnection& connection) {
        connection.Read();
        connection.Reset();
    }));
}

TEST_P(BrokenAnswer, CloseInsteadOfAnAnswerIsInDoubt) {
    ExpectInDoubt(Scripted([](ServerConnection& connection) { connection.Read(); }));
}

TEST_P(BrokenAnswer, ResetWhileTheRequestIsReadIsInDoubt) {
    ExpectInDoubt(Scripted(
        [](ServerConnection& connection) {
            connection.Skip(1000);
            connection.Reset();
        },
        60s, std::string(8u << 20, 'x')));
}

TEST_P(BrokenAnswer, EndInsideTheStatusLineOrTheHeadersIsInDoubt) {
    for (const char* part : {"HTTP/1.", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nX-A: b", "HTTP/1.1 200 OK\r\nX-A: b\r\n"}) {
        for (const bool reset : {false, true}) {
            SCOPED_TRACE(std::string(part) + (reset ? ", reset" : ", closed"));
            ExpectInDoubt(Scripted([&](ServerConnection& connection) {
                connection.Read();
                connection.Send(part);
                if (reset) connection.Reset();
            }));
        }
    }
}

TEST_P(BrokenAnswer, BodyThatIsCutShortIsInDoubt) {
    ExpectInDoubt(AnsweredWith("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n12345"));
    ExpectInDoubt(AnsweredWith("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n"));
    ExpectInDoubt(Scripted([](ServerConnection& connection) {
        connection.Read();
        connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n12345");
        connection.Reset();
    }));
}

TEST_P(BrokenAnswer, WhatIsNotHttpIsInDoubt) {
    ExpectInDoubt(AnsweredWith("220 mail.example.org ESMTP\r\n"));
    ExpectInDoubt(AnsweredWith("HTTP/9.9 200 OK\r\n\r\n"));
    ExpectInDoubt(AnsweredWith(std::string(100000, 'A')));
}

TEST_P(Deadline, EndsARequestThatIsNeverAnswered) {
    const Response response = Scripted(
        [](ServerConnection& connection) {
            connection.Read();
            connection.Hold();
        },
        300ms);
    EXPECT_EQ(response.end, End::kTimeout);
    EXPECT_THAT(response.error, HasSubstr("127.0.0.1:"));
}

TEST_P(Deadline, EndsAnAnswerThatDripsItsHeadersOrItsBody) {
    for (const char* start : {"HTTP/1.1 200 OK\r\nX-A: ", "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"}) {
        const Response response = Scripted(
            [&](ServerConnection& connection) {
                connection.Read();
                connection.Send(start);
                while (connection.Send("x") && connection.Pause(10ms)) {
                }
            },
            400ms);
        EXPECT_EQ(response.end, End::kTimeout) << start;
        EXPECT_EQ(response.status, 0);
    }
}

TEST_P(Deadline, EndsInterimAnswersThatNeverEnd) {
    const Response response = Scripted(
        [](ServerConnection& connection) {
            connection.Read();
            while (connection.Send("HTTP/1.1 100 Continue\r\n\r\n") && connection.Pause(1ms)) {
            }
        },
        400ms);
    EXPECT_EQ(response.end, End::kTimeout);
}

TEST_P(Deadline, FloodOfInterimAnswersEndsTheRequest) {
    const Response response = Scripted(
        [](ServerConnection& connection) {
            connection.Read();
            while (connection.Send("HTTP/1.1 100 Continue\r\n\r\n")) {
            }
        },
        2s);
    EXPECT_TRUE(response.end == End::kTimeout || response.end == End::kInDoubt) << response.error;
}

TEST_P(Deadline, InThePastEndsTheRequestBeforeAConnectionIsMade) {
    ScriptedServer server([](ServerConnection& connection) { connection.Read(); });
    const auto client = EachTransport::Open();
    Request request = Post(server.Url(), "x");
    request.deadline = In(-1ms);
    EXPECT_EQ(Send(*client, request).end, End::kTimeout);
    EXPECT_EQ(Call(request).end, End::kTimeout);
    EXPECT_EQ(server.connections(), 0);
}

TEST_P(Unreachable, IsARefusedConnectionAndNamesItsTarget) {
    int free_port = 0;
    {
        ScriptedServer server([](ServerConnection&) {});
        free_port = server.port();
    }
    const std::string name = "127.0.0.1:" + std::to_string(free_port);
    const auto client = EachTransport::Open();
    const Response response = Send(*client, Post("http://" + name + "/path?query=topsecret", "x"));
    EXPECT_EQ(response.end, End::kUnreachable);
    EXPECT_EQ(response.error, "no connection to " + name + ": Connection refused");
}

TEST_P(Unreachable, IsAHostWithoutAnAddressAndNamesIt) {
    const auto client = EachTransport::Open();
    const Response response = Send(*client, Post("http://nobody.invalid/path?query=topsecret", "x"));
    EXPECT_EQ(response.end, End::kUnreachable);
    EXPECT_THAT(response.error, HasSubstr("name nobody.invalid cannot be resolved"));
    EXPECT_THAT(response.error, Not(HasSubstr("topsecret")));
}

// A server that answers the first request of every connection and resets the connection at the second.
void AnswerOnce(ServerConnection& connection) {
    if (!connection.Read()) return;
    connection.Send("HTTP/1.1 204 No Content\r\n\r\n");
    if (connection.Read()) connection.Reset();
}

TEST_P(KeptConnection, ThatDiesUnderARequestIsReplacedOnce) {
    ScriptedServer server(AnswerOnce);
    const auto client = EachTransport::Open();
    EXPECT_EQ(Send(*client, Post(server.Url(), "first")).status, 204);
    const Response response = Send(*client, Post(server.Url(), "second"));
    EXPECT_EQ(response.end, End::kDone) << response.error;
    const auto got = server.requests();
    ASSERT_EQ(got.size(), 3u);
    EXPECT_EQ(got[1].body, "second");
    EXPECT_EQ(got[2].body, "second");
    EXPECT_EQ(server.connections(), 2);
}

TEST_P(KeptConnection, RepeatsOfEarlierRequestsDoNotCount) {
    ScriptedServer server(AnswerOnce);
    const auto client = EachTransport::Open();
    for (int i = 0; i < 20; ++i) {
        const Response response = Send(*client, Post(server.Url(), "x"));
        EXPECT_EQ(response.status, 204) << response.error;
    }
    EXPECT_EQ(server.connections(), 20);
}

TEST_P(KeptConnection, ThatDiesAfterTheFirstLineOfAnAnswerIsNotReplaced) {
    ScriptedServer server([](ServerConnection& connection) {
        if (!connection.Read()) return;
        connection.Send("HTTP/1.1 204 No Content\r\n\r\n");
        if (!connection.Read()) return;
        connection.Send("HTTP/1.1 200 OK\r\n");
    });
    const auto client = EachTransport::Open();
    EXPECT_EQ(Send(*client, Post(server.Url(), "first")).status, 204);
    EXPECT_EQ(Send(*client, Post(server.Url(), "second")).end, End::kInDoubt);
    EXPECT_EQ(server.requests().size(), 2u);
}

TEST_P(KeptConnection, RequestIsNeverSentMoreThanTwice) {
    // Six requests are held until all are there, so that six connections are kept; every one, kept or new, then dies
    // under the last request.
    constexpr int kKept = 6;
    ScriptedServer server([](ServerConnection& connection) {
        while (const auto request = connection.Read()) {
            if (request->body == "last" || !connection.Hold()) return connection.Reset();
            connection.Send("HTTP/1.1 204 No Content\r\n\r\n");
        }
    });
    const auto client = EachTransport::Open();
    std::vector<std::future<Response>> first;
    for (int i = 0; i < kKept; ++i) first.push_back(Start(*client, Post(server.Url(), "first")));
    server.WaitForRequests(kKept);
    server.Release();
    for (auto& response : first) EXPECT_EQ(response.get().status, 204);
    const Response response = Send(*client, Post(server.Url(), "last"));
    EXPECT_EQ(response.end, End::kInDoubt) << response.status;
    EXPECT_EQ(server.requests().size(), kKept + 2u);
}

int ConnectionsOfThree(Client& client, const char* answer) {
    ScriptedServer server([&](ServerConnection& connection) {
        while (connection.Read()) connection.Send(answer);
    });
    for (int i = 0; i < 3; ++i) EXPECT_EQ(Send(client, Post(server.Url(), "x")).status, 200) << answer;
    return server.connections();
}

TEST_P(KeptConnection, ThatIsSaidToCloseIsNotUsedAgain) {
    const auto client = EachTransport::Open();
    for (const char* answer : {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                               "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"})
        EXPECT_EQ(ConnectionsOfThree(*client, answer), 3) << answer;
}

// libcurl drops what comes with an answer and goes on.
TEST(OurKeptConnection, ThatSaysMoreThanItWasAskedForIsNotUsedAgain) {
    const auto client = OpenClient();
    EXPECT_EQ(ConnectionsOfThree(*client, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 500 Stale\r\n\r\n"), 3);
}

TEST_P(KeptConnection, ThatTheServerClosedWhileIdleCostsNothing) {
    ScriptedServer server([](ServerConnection& connection) {
        if (connection.Read()) connection.Send("HTTP/1.1 204 No Content\r\n\r\n");
    });
    const auto client = EachTransport::Open();
    for (int i = 0; i < 20; ++i) {
        const Response response = Send(*client, Post(server.Url(), "x"));
        EXPECT_EQ(response.status, 204) << response.error;
    }
    EXPECT_GE(server.requests().size(), 20u);
}

}  // namespace
}  // namespace fanfare::http_client
