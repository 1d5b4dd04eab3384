// What an HTTP answer means for an event, and how callbacks end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include <fanfare/http.hpp>
#include <fanfare/testing.hpp>

namespace fanfare {
namespace {

using testing::FakeHost;
using testing::FakeHttp;
using ::testing::HasSubstr;
using ::testing::Not;

Outcome OutcomeOf(const FakeHttp::Reply& reply) {
    FakeHost host;
    const Http http(Host(host.table(), host.ctx()));
    host.http.reply(reply);
    Outcome outcome;
    http.send({"POST", "http://hooks.example.com/", nullptr, "{}", {}, 0},
              [&](const HttpResponse& response) { outcome = response.outcome("hooks.example.com"); });
    host.http.pump();
    return outcome;
}

// Written out by hand from DESIGN.md ("HTTP outcomes") and not by the rule of the code.
fanfare_outcome Expected(int status) {
    switch (status) {
        case 408:
        case 425:
        case 429:
            return FANFARE_RETRY;
        default:
            break;
    }
    if (status / 100 == 2) return FANFARE_DELIVERED;
    if (status / 100 == 3 || status / 100 == 4) return FANFARE_REJECTED;
    return FANFARE_RETRY;
}

TEST(HttpOutcome, EveryStatusFrom100To599HasTheOutcomeOfTheDesign) {
    for (int status = 100; status <= 599; ++status) {
        const Outcome outcome = OutcomeOf({status});
        EXPECT_EQ(outcome.kind, Expected(status)) << status;
        EXPECT_EQ(outcome.code, status);
        EXPECT_EQ(outcome.reason.empty(), outcome.is_delivered()) << status;
    }
}

TEST(HttpOutcome, OnlyA410SaysThatTheDestinationIsGone) {
    for (int status = 100; status <= 599; ++status) EXPECT_EQ(OutcomeOf({status}).gone, status == 410) << status;
}

TEST(HttpOutcome, TellsTheAddressThatAnsweredOrFailed) {
    FakeHttp::Reply reply{503};
    reply.remote = "192.0.2.1:443";
    EXPECT_EQ(OutcomeOf(reply).remote, "192.0.2.1:443");
    reply.end = FANFARE_HTTP_IN_DOUBT;
    EXPECT_EQ(OutcomeOf(reply).remote, "192.0.2.1:443");
}

TEST(HttpOutcome, StatusThatDoesNotExistIsTriedAgainLikeA5xx) {
    EXPECT_EQ(OutcomeOf({600}).kind, FANFARE_RETRY);
    EXPECT_EQ(OutcomeOf({0}).kind, FANFARE_RETRY);
}

TEST(HttpOutcome, RetryAfterIsPassedOnOnlyWithARetry) {
    EXPECT_EQ(OutcomeOf({429, "", {}, 120000}).retry_after_ms, 120000);
    EXPECT_EQ(OutcomeOf({503, "", {}, 5000}).retry_after_ms, 5000);
    EXPECT_EQ(OutcomeOf({200, "", {}, 5000}).retry_after_ms, 0);
    EXPECT_EQ(OutcomeOf({404, "", {}, 5000}).retry_after_ms, 0);
}

TEST(HttpOutcome, ReasonNamesStatusHostAndFirstLineOfTheBody) {
    const Outcome outcome = OutcomeOf({503, "\r\nover\tloaded\nsecond line"});
    EXPECT_EQ(outcome.reason, "HTTP 503 from hooks.example.com: over loaded");
    EXPECT_EQ(outcome.response, "\r\nover\tloaded\nsecond line");
    EXPECT_EQ(OutcomeOf({404}).reason, "HTTP 404 from hooks.example.com");
}

TEST(HttpOutcome, BodyThatIsNotUtf8IsMadeSo) {
    const Outcome outcome = OutcomeOf({500, std::string("\xFF\x00 oops", 7)});
    EXPECT_TRUE(is_utf8(outcome.response));
    EXPECT_TRUE(is_utf8(outcome.reason));
    EXPECT_THAT(outcome.reason, HasSubstr("oops"));
}

TEST(HttpOutcome, LongBodyIsCutAtACharacter) {
    std::string body;
    while (body.size() < 4000) body += "\xE2\x82\xAC";
    const Outcome outcome = OutcomeOf({500, body});
    EXPECT_LE(outcome.response.size(), 1024u);
    EXPECT_GT(outcome.response.size(), 1000u);
    EXPECT_TRUE(is_utf8(outcome.response));
    EXPECT_LE(outcome.reason.size(), 300u);
}

TEST(HttpOutcome, EachEndWithoutAnAnswerHasItsOutcome) {
    const auto ended = [](fanfare_http_end end) { return OutcomeOf({0, "", {}, 0, end, "connection refused"}); };
    EXPECT_EQ(ended(FANFARE_HTTP_UNREACHABLE).kind, FANFARE_UNREACHABLE);
    EXPECT_EQ(ended(FANFARE_HTTP_UNREACHABLE).reason, "hooks.example.com: out of reach: connection refused");
    EXPECT_EQ(ended(FANFARE_HTTP_IN_DOUBT).kind, FANFARE_RETRY);
    EXPECT_EQ(ended(FANFARE_HTTP_TIMEOUT).kind, FANFARE_RETRY);
    EXPECT_EQ(ended(FANFARE_HTTP_INVALID).kind, FANFARE_REJECTED);
    EXPECT_EQ(ended(FANFARE_HTTP_STOPPED).kind, FANFARE_NOT_ATTEMPTED);
    EXPECT_EQ(ended(99).kind, FANFARE_RETRY);
}

TEST(Http, HostWithoutItIsAConfigErrorThatSaysSo) {
    FakeHost host;
    host.offer(FANFARE_EXT_HTTP, nullptr);
    try {
        const Http http(Host(host.table(), host.ctx()));
        FAIL() << "no error";
    } catch (const ConfigError& e) {
        EXPECT_THAT(e.what(), HasSubstr("fanfare.http/1"));
    }
}

TEST(Http, CallbackThatThrowsIsLoggedAndFreesWhatItHolds) {
    FakeHost host;
    const Http http(Host(host.table(), host.ctx()));
    auto held = std::make_shared<int>(1);
    const std::weak_ptr<int> watch = held;
    http.send({"POST", "http://a/", nullptr, "", {}, 0},
              [held = std::move(held)](const HttpResponse&) { throw std::runtime_error("dizzy"); });
    EXPECT_FALSE(watch.expired());
    host.http.pump();
    EXPECT_TRUE(watch.expired());
    ASSERT_EQ(host.logs().size(), 1u);
    EXPECT_EQ(host.logs()[0].message, "dizzy");
}

TEST(Http, RequestArrivesAtTheHostAsItWasWritten) {
    FakeHost host;
    const Http http(Host(host.table(), host.ctx()));
    HttpHeaders headers;
    headers.add("x-old", "gone");
    headers.clear();
    headers.add("x-one", "1");
    headers.add("x-empty", "");
    const Deadline deadline = Deadline(std::chrono::milliseconds(1500));
    http.send({"PUT", "http://a/b?c", &headers, std::string("\0x", 2), deadline, 99}, [](const HttpResponse&) {});
    host.http.pump();
    ASSERT_EQ(host.http.requests().size(), 1u);
    const FakeHttp::Request& request = host.http.requests()[0];
    EXPECT_EQ(request.method, "PUT");
    EXPECT_EQ(request.url, "http://a/b?c");
    EXPECT_EQ(request.headers, (testing::Fields{{"x-one", "1"}, {"x-empty", ""}}));
    EXPECT_EQ(request.body, std::string("\0x", 2));
    EXPECT_EQ(request.deadline_mono_ns, 1'500'000'000);
    EXPECT_EQ(request.max_response_bytes, 99u);
}

}  // namespace
}  // namespace fanfare
