#include "http/server.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "unit/http/hostile_requests.hpp"
#include "unit/http/raw_client.hpp"

namespace fanfare::http {
namespace {

using namespace std::chrono_literals;

TEST(Server, RefusesEveryHostileRequestAndNeverSeesTheSmuggledOne) {
    TestServer test;
    for (const HostileRequest& hostile : HostileRequests()) {
        RawClient client = test.Connect();
        client.Send(hostile.bytes + kSmuggled);
        const Answer answer = client.Read();
        EXPECT_EQ(answer.status, hostile.status) << hostile.name;
        EXPECT_TRUE(answer.Says("Connection: close\r\n")) << hostile.name;
        EXPECT_TRUE(answer.Says("Content-Type: application/problem+json\r\n")) << hostile.name;
        EXPECT_NE(answer.body.find("\"detail\":\""), std::string::npos) << hostile.name;
        EXPECT_TRUE(client.IsClosed()) << hostile.name;
    }
    EXPECT_TRUE(test.handler.seen().empty()) << test.handler.seen().front();
    EXPECT_EQ(test.server->stats().refused, HostileRequests().size());
}

TEST(Server, DropsARequestWhoseBodyEndsEarly) {
    TestServer test;
    const std::string partial[] = {Post("Content-Length: 10\r\n", "hello"),
                                   Chunked("a\r\nhello"),
                                   Chunked("5\r\nhello\r\n"),
                                   Chunked("5\r\nhello\r\n0\r\n"),
                                   Chunked("5\r\nhello\r\n0\r\nA: b"),
                                   "POST / HTTP/1.1\r\nHo"};
    for (const std::string& bytes : partial) {
        RawClient client = test.Connect();
        client.Send(bytes);
        client.EndSending();
        EXPECT_EQ(client.Read().status, 400) << bytes;
        EXPECT_TRUE(client.IsClosed()) << bytes;
    }
    EXPECT_TRUE(test.handler.seen().empty());
}

TEST(Server, KeepsAConnectionForTheNextRequest) {
    TestServer test;
    RawClient client = test.Connect();
    for (int i = 0; i < 3; ++i) {
        const Answer answer = client.Ask(Post("Content-Length: 5\r\n", "hello"));
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.body, "POST /v1/events hello");
        EXPECT_TRUE(answer.Says("\r\nDate: "));
        EXPECT_FALSE(answer.Says("Connection: close"));
    }
    EXPECT_EQ(test.server->stats().connections, 1u);
    EXPECT_EQ(test.server->stats().requests, 3u);
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
    TestServer test;
    RawClient client = test.Connect();
    std::string bytes;
    for (int i = 0; i < 2000; ++i) bytes += Get("/" + std::to_string(i));
    client.Send(bytes);
    for (int i = 0; i < 2000; ++i) ASSERT_EQ(client.Read().body, "GET /" + std::to_string(i) + " ");
}

TEST(Server, PipelinedAnswersLargerThanTheSocketTakesAllArrive) {
    TestServer test({}, 1, "127.0.0.1:0", [](const Request&, Exchange exchange) {
        exchange.Respond(TextResponse(std::string(100'000, 'x')));
    });
    RawClient client = test.Connect();
    std::string bytes;
    for (int i = 0; i < 100; ++i) bytes += Get("/");
    client.Send(bytes);
    for (int i = 0; i < 100; ++i) ASSERT_EQ(client.Read().body.size(), 100'000u);
}

TEST(Server, APipelinedRequestWaitsForTheAnswerBeforeIt) {
    TestServer test;
    RawClient client = test.Connect();
    client.Send(Get("/hold") + Get("/next"));
    ASSERT_TRUE(test.handler.AwaitHeld(1));
    EXPECT_EQ(test.handler.seen().size(), 1u);
    test.handler.TakeHeld()[0].exchange.Respond(TextResponse("first"));
    EXPECT_EQ(client.Read().body, "first");
    EXPECT_EQ(client.Read().body, "GET /next ");
}

TEST(Server, TakesAnswersFromAnotherThread) {
    std::vector<std::thread> threads;
    std::mutex mutex;
    TestServer test({}, 2, "127.0.0.1:0", [&](const Request& request, Exchange exchange) {
        const std::lock_guard lock(mutex);
        threads.emplace_back([&request, exchange = std::move(exchange)]() mutable {
            Response response = TestHandler::Echo(request);  // the views live until the answer
            exchange.Respond(std::move(response));
        });
    });
    std::vector<RawClient> clients;
    for (int i = 0; i < 20; ++i) clients.push_back(test.Connect());
    for (int round = 0; round < 5; ++round) {
        for (std::size_t i = 0; i < clients.size(); ++i) clients[i].Send(Get("/" + std::to_string(i)));
        for (std::size_t i = 0; i < clients.size(); ++i)
            EXPECT_EQ(clients[i].Read().body, "GET /" + std::to_string(i) + " ");
    }
    for (std::thread& thread : threads) thread.join();
}

TEST(Server, AnswersAnEarlierExchangeFromWithinALaterRequest) {
    std::vector<Exchange> kept;  // one loop, so one thread
    TestServer test({}, 1, "127.0.0.1:0", [&](const Request& request, Exchange exchange) {
        if (request.head.path == "/keep") return kept.push_back(std::move(exchange));
        for (Exchange& each : kept) each.Respond(TextResponse("released"));
        kept.clear();
        exchange.Respond(TextResponse("done"));
    });
    RawClient first = test.Connect();
    first.Send(Get("/keep") + Get("/after"));
    RawClient second = test.Connect();
    // The order of two connections is not given: ask until the first was let go.
    while (test.handler.seen().empty()) std::this_thread::yield();
    EXPECT_EQ(second.Ask(Get("/release")).body, "done");
    EXPECT_EQ(first.Read().body, "released");
    EXPECT_EQ(first.Read().body, "done");
}

TEST(Server, AnExchangeDroppedUnansweredIs500) {
    TestServer test({}, 1, "127.0.0.1:0",
                    [](const Request&, Exchange exchange) { Exchange dropped(std::move(exchange)); });
    RawClient client = test.Connect();
    EXPECT_EQ(client.Ask(Get("/")).status, 500);
    EXPECT_EQ(client.Ask(Get("/")).status, 500);
}

TEST(Server, AThrowingHandlerIs500AndTheServerLives) {
    TestServer test({}, 1, "127.0.0.1:0",
                    [](const Request&, Exchange) { throw std::runtime_error("broken on purpose"); });
    RawClient client = test.Connect();
    EXPECT_EQ(client.Ask(Get("/")).status, 500);
    EXPECT_EQ(client.Ask(Get("/")).status, 500);
}

TEST(Server, TheRequestOfAClientThatHasGoneStaysReadableUntilAnswered) {
    TestServer test;
    RawClient client = test.Connect();
    const std::string body(50'000, 'b');
    client.Send("POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n" + body);
    ASSERT_TRUE(test.handler.AwaitHeld(1));
    client.Reset();
    RawClient other = test.Connect();
    for (int i = 0; i < 100; ++i) ASSERT_EQ(other.Ask(Get("/")).status, 200);
    std::vector<TestHandler::Held> held = test.handler.TakeHeld();
    EXPECT_EQ(held[0].body, body);
    held[0].exchange.Respond(TextResponse("to nobody"));
    EXPECT_EQ(other.Ask(Get("/")).status, 200);
}

TEST(Server, AnswersAClientThatHasOnlyEndedItsSending) {
    TestServer test;
    RawClient client = test.Connect();
    client.Send(Get("/hold"));
    client.EndSending();
    ASSERT_TRUE(test.handler.AwaitHeld(1));
    test.handler.TakeHeld()[0].exchange.Respond(TextResponse("late"));
    EXPECT_EQ(client.Read().body, "late");
    EXPECT_TRUE(client.IsClosed());
}

TEST(Server, ARequestRefusedByItsHeadIsNeverReadFurther) {
    TestServer test;
    RawClient client = test.Connect();
    client.Send("POST /forbidden HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    const Answer answer = client.Read();
    EXPECT_EQ(answer.status, 403);
    EXPECT_TRUE(answer.Says("Connection: close"));
    client.Send("hello" + kSmuggled);
    EXPECT_TRUE(client.IsClosed());
    EXPECT_TRUE(test.handler.seen().empty());
}

TEST(Server, SendsContinueOnceTheHeadIsAccepted) {
    TestServer test;
    RawClient client = test.Connect();
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(client.Ask(Post("Expect: 100-continue\r\nContent-Length: 5\r\n", "")).status, 100);
        EXPECT_EQ(client.Ask("hello").body, "POST /v1/events hello");
    }
}

TEST(Server, LeavesOutTheBodyOfAnAnswerToHead) {
    TestServer test;
    RawClient client = test.Connect();
    client.Send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n" + Get("/b"));
    const Answer head = client.Read(true);
    EXPECT_TRUE(head.Says("Content-Length: 8\r\n"));
    EXPECT_EQ(client.Read().body, "GET /b ");
}

TEST(Server, ClosesWhenTheClientAsksForItAndAfterHttp10) {
    TestServer test;
    const std::string requests[] = {Get("/", "Host: x\r\nConnection: close\r\n"),
                                    "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"};
    for (const std::string& bytes : requests) {
        RawClient client = test.Connect();
        const Answer answer = client.Ask(bytes);
        EXPECT_EQ(answer.status, 200);
        EXPECT_TRUE(answer.Says("Connection: close"));
        EXPECT_TRUE(client.IsClosed());
    }
}

TEST(Server, NoHeaderOfAnAnswerCanStartAnother) {
    TestServer test({}, 1, "127.0.0.1:0", [](const Request&, Exchange exchange) {
        Response response = TextResponse("");
        response.headers.emplace_back("X-Echo", "a\r\nSet-Cookie: b");
        exchange.Respond(std::move(response));
    });
    RawClient client = test.Connect();
    EXPECT_TRUE(client.Ask(Get("/")).Says("X-Echo: a  Set-Cookie: b\r\n"));
}

TEST(Server, ServesIpv6) {
    TestServer test({}, 1, "[::1]:0");
    EXPECT_EQ(test.server->address().substr(0, 6), "[::1]:");
    EXPECT_EQ(test.Connect().Ask(Get("/")).status, 200);
}

TEST(Problem, EscapesWhatItQuotes) {
    const Response problem = Problem(400, "Bad Request", "a \"quote\", a \\ and a\nline \xff", "\"errors\":[]");
    EXPECT_EQ(problem.body,
              "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,\"detail\":\"a \\\"quote\\\", "
              "a \\\\ and a\\nline ?\",\"errors\":[]}");
    const Response conflict = Problem(base::MakeError(base::Code::kConflict, "same id, other content"));
    EXPECT_EQ(conflict.status, 409);
    EXPECT_NE(conflict.body.find("\"type\":\"urn:fanfare:error:conflict\""), std::string::npos);
}

}  // namespace
}  // namespace fanfare::http
