#include <gtest/gtest.h>

#include "http/server.hpp"
#include "unit/http/hostile_requests.hpp"
#include "unit/http/raw_client.hpp"

namespace fanfare::http {
namespace {

using namespace std::chrono_literals;

TEST(ServerLimits, AHeadThatTakesTooLongIs408) {
    Limits limits;
    limits.head_time = 100ms;
    TestServer test(limits);
    RawClient client = test.Connect();
    EXPECT_EQ(client.Ask("GET / HTTP/1.1\r\nHost:").status, 408);
    EXPECT_TRUE(client.IsClosed());
}

TEST(ServerLimits, ABodyThatTakesTooLongIs408) {
    Limits limits;
    limits.body_time = 100ms;
    TestServer test(limits);
    RawClient client = test.Connect();
    EXPECT_EQ(client.Ask(Post("Content-Length: 10\r\n", "hello")).status, 408);
    EXPECT_TRUE(client.IsClosed());
    EXPECT_TRUE(test.handler.seen().empty());
}

TEST(ServerLimits, AnIdleConnectionIsClosedWithoutAWord) {
    Limits limits;
    limits.idle_time = 100ms;
    TestServer test(limits);
    RawClient fresh = test.Connect();
    EXPECT_TRUE(fresh.IsClosed());
    RawClient used = test.Connect();
    EXPECT_EQ(used.Ask(Get("/")).status, 200);
    EXPECT_TRUE(used.IsClosed());
}

TEST(ServerLimits, AClientThatDoesNotReadItsAnswerIsClosed) {
    Limits limits;
    limits.body_time = 100ms;
    TestServer test(limits, 1, "127.0.0.1:0", [](const Request&, Exchange exchange) {
        exchange.Respond(TextResponse(std::string(64 << 20, 'x')));
    });
    RawClient client = test.Connect();
    client.Send(Get("/"));
    EXPECT_TRUE(client.AwaitsHangUp());
}

TEST(ServerLimits, AnAnswerFarLargerThanTheSocketTakesArrivesWhole) {
    TestServer test({}, 1, "127.0.0.1:0", [](const Request&, Exchange exchange) {
        exchange.Respond(TextResponse(std::string(16 << 20, 'x')));
    });
    RawClient client = test.Connect();
    EXPECT_EQ(client.Ask(Get("/")).body.size(), std::size_t{16} << 20);
}

TEST(ServerLimits, NormalClientsAreServedAmong300DrippingOnes) {
    Limits limits;
    limits.head_time = 1000ms;
    TestServer test(limits);
    std::vector<RawClient> slow;
    for (int i = 0; i < 300; ++i) slow.push_back(test.Connect());
    const std::string drip = "GET / HTTP/1.1\r\nHost: x\r\nX: yyyyyyyyyyyyyyyy";
    std::size_t answered = 0;
    for (std::size_t i = 0; i < 20; ++i) {
        for (RawClient& client : slow) client.Send(drip.substr(i, 1));
        for (int asked = 0; asked < 10; ++asked) answered += test.Connect().Ask(Get("/")).status == 200;
    }
    EXPECT_EQ(answered, 200u);
    for (RawClient& client : slow) {
        EXPECT_EQ(client.Read().status, 408);
        EXPECT_TRUE(client.IsClosed());
    }
}

TEST(ServerLimits, ADeclaredBodyAboveTheLimitIsRefusedBeforeAnyByteOfIt) {
    TestServer test;
    RawClient client = test.Connect();
    EXPECT_EQ(client.Ask(Post("Expect: 100-continue\r\nContent-Length: 2147483648\r\n", "")).status, 413);
    EXPECT_TRUE(client.IsClosed());
}

TEST(ServerLimits, AClientThatSendsItsLargeBodyAllTheSameGetsToReadTheRefusal) {
    TestServer test;
    RawClient client = test.Connect();
    EXPECT_TRUE(client.Send(Post("Content-Length: 2147483648\r\n", std::string(4 << 20, 'x'))));
    EXPECT_EQ(client.Read().status, 413);
    client.EndSending();
    EXPECT_TRUE(client.IsEndedInPeace());
}

TEST(ServerLimits, ABodyThatNeverEndsIsRefusedAtTheLimit) {
    TestServer test;
    RawClient client = test.Connect();
    client.Send(Chunked(""));
    const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
    for (int i = 0; i < 129; ++i) client.Send(chunk);
    EXPECT_EQ(client.Read().status, 413);
    EXPECT_TRUE(test.handler.seen().empty());
}

TEST(ServerLimits, TakesABodyOfExactlyTheLimit) {
    TestServer test({}, 1, "127.0.0.1:0", [](const Request& request, Exchange exchange) {
        exchange.Respond(TextResponse(std::to_string(request.body.size())));
    });
    RawClient client = test.Connect();
    const std::string body(8 << 20, 'x');
    EXPECT_EQ(client.Ask(Post("Content-Length: 8388608\r\n", body)).body, "8388608");
    EXPECT_EQ(client.Ask(Chunked("800000\r\n" + body + "\r\n0\r\n\r\n")).body, "8388608");
    std::string small;
    for (int i = 0; i < 100'000; ++i) small += "1\r\nx\r\n";
    EXPECT_EQ(client.Ask(Chunked(small + "0\r\n\r\n")).body, "100000");
}

TEST(ServerLimits, TheLongestWaitingConnectionMakesRoomForANewOne) {
    Limits limits;
    limits.connections = 3;
    TestServer test(limits, 1);
    RawClient busy = test.Connect();
    busy.Send(Get("/hold"));
    ASSERT_TRUE(test.handler.AwaitHeld(1));
    RawClient oldest = test.Connect();
    EXPECT_EQ(oldest.Ask(Get("/")).status, 200);
    RawClient younger = test.Connect();
    EXPECT_EQ(younger.Ask(Get("/")).status, 200);
    RawClient newest = test.Connect();
    EXPECT_EQ(newest.Ask(Get("/")).status, 200);
    EXPECT_TRUE(oldest.IsClosed());
    EXPECT_EQ(younger.Ask(Get("/")).status, 200);
    test.handler.TakeHeld()[0].exchange.Respond(TextResponse("kept"));
    EXPECT_EQ(busy.Read().body, "kept");
    EXPECT_EQ(test.server->stats().evicted, 1u);
}

TEST(ServerLimits, WithAllConnectionsAtWorkANewOneIsClosed) {
    Limits limits;
    limits.connections = 2;
    TestServer test(limits, 1);
    RawClient first = test.Connect();
    RawClient second = test.Connect();
    first.Send(Get("/hold/1"));
    second.Send(Get("/hold/2"));
    ASSERT_TRUE(test.handler.AwaitHeld(2));
    RawClient third = test.Connect();
    EXPECT_TRUE(third.IsClosed());
}

TEST(ServerLimits, OneAddressHoldsNoMoreThanItsShare) {
    Limits limits;
    limits.connections_per_address = 2;
    TestServer test(limits);
    RawClient first = test.Connect();
    EXPECT_EQ(first.Ask(Get("/")).status, 200);
    {
        RawClient second = test.Connect();
        EXPECT_EQ(second.Ask(Get("/")).status, 200);
        EXPECT_TRUE(test.Connect().IsClosed());
        EXPECT_EQ(second.Ask(Get("/", "Host: x\r\nConnection: close\r\n")).status, 200);
        EXPECT_TRUE(second.IsClosed());
    }
    EXPECT_EQ(test.Connect().Ask(Get("/")).status, 200);
}

TEST(ServerLimits, BodiesAboveTheSharedBudgetWaitAndAreThenRefused) {
    Limits limits;
    limits.buffered_body_bytes = 64 << 10;
    limits.body_time = 300ms;
    TestServer test(limits);
    RawClient first = test.Connect();
    const std::string body(100 << 10, 'x');
    first.Send("POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n" + body.substr(0, 60000));
    ASSERT_TRUE(test.handler.AwaitHeld(1));
    RawClient second = test.Connect();
    second.Send(Post("Content-Length: 30000\r\n", body.substr(0, 29000)));
    const Answer refused = second.Read();
    EXPECT_EQ(refused.status, 503);
    EXPECT_TRUE(refused.Says("Retry-After: "));
    EXPECT_EQ(test.Connect().Ask(Get("/")).status, 200);

    test.handler.TakeHeld()[0].exchange.Respond(TextResponse("stored"));
    EXPECT_EQ(first.Read().body, "stored");
    EXPECT_EQ(test.Connect().Ask(Post("Content-Length: 5\r\n", "hello")).status, 200);
}

TEST(ServerLimits, APausedBodyGoesOnWhenThereIsRoomAgain) {
    Limits limits;
    limits.buffered_body_bytes = 64 << 10;
    TestServer test(limits);
    RawClient first = test.Connect();
    first.Send("POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n" + std::string(60000, 'x'));
    ASSERT_TRUE(test.handler.AwaitHeld(1));
    RawClient second = test.Connect();
    second.Send(Post("Content-Length: 30000\r\n", std::string(20000, 'y')));
    ASSERT_TRUE(test.handler.AwaitHeads(2));
    test.handler.TakeHeld()[0].exchange.Respond(TextResponse("stored"));
    EXPECT_EQ(first.Read().body, "stored");
    EXPECT_EQ(second.Ask(std::string(10000, 'y')).body.size(), 30016u);
}

}  // namespace
}  // namespace fanfare::http
