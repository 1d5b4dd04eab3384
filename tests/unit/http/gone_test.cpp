#include <gtest/gtest.h>

#include <future>

#include "unit/http/raw_client.hpp"

namespace fanfare::http {
namespace {

constexpr const char* kWork = "POST /work HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";

// Keeps one exchange unanswered, and hears when its client goes.
struct Waiting {
    std::function<void(const Request&, Exchange)> Keep() {
        return [this](const Request&, Exchange exchange) {
            exchange.OnGone([this] { gone.set_value(); });
            kept.set_value(std::move(exchange));
        };
    }
    bool HearsOfIt() { return gone.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready; }

    std::promise<Exchange> kept;
    std::promise<void> gone;
};

TEST(ExchangeOnGone, HearsOfAClientThatClosesBeforeItIsAnswered) {
    Waiting waiting;
    TestServer test({}, 1, "127.0.0.1:0", waiting.Keep());
    RawClient client = test.Connect();
    client.Send(kWork);
    Exchange exchange = waiting.kept.get_future().get();
    client.Close();
    EXPECT_TRUE(waiting.HearsOfIt());
}

TEST(ExchangeOnGone, HearsOfAClientThatHasClosedAlready) {
    Waiting waiting;
    TestServer test({}, 1, "127.0.0.1:0", waiting.Keep());
    {
        RawClient client = test.Connect();
        client.Send(kWork);
    }
    Exchange exchange = waiting.kept.get_future().get();
    EXPECT_TRUE(waiting.HearsOfIt());
}

TEST(ExchangeOnGone, HearsNothingAfterTheAnswer) {
    bool heard = false;
    {
        TestServer test({}, 1, "127.0.0.1:0", [&](const Request&, Exchange exchange) {
            exchange.OnGone([&] { heard = true; });
            exchange.Respond(TextResponse("done"));
        });
        RawClient client = test.Connect();
        EXPECT_EQ(client.Ask(kWork).body, "done");
        client.Close();
        EXPECT_EQ(test.Connect().Ask(kWork).body, "done");
    }
    EXPECT_FALSE(heard);
}

}  // namespace
}  // namespace fanfare::http
