// The webhook plugin, seen by the requests that it hands to the host's HTTP client.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <fanfare/testing.hpp>

#include "plugins/webhook/signature.hpp"
#include "unit/plugins/load_plugin.hpp"
#include "unit/plugins/openssl_crypto.hpp"

namespace fanfare {
namespace {

using nlohmann::json;
using plugins::webhook::AppendSignature;
using plugins::webhook::KeyOf;
using plugins::webhook::WriteSignedContent;
using testing::FakeHost;
using testing::FakeHttp;
using ::testing::HasSubstr;
using testing::Instance;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::TestEvent;

constexpr char kSecret[] = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
constexpr char kOther[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

const fanfare_plugin& Plugin() {
    static const fanfare_plugin& plugin = test::LoadPlugin(PLUGIN_FILE);
    return plugin;
}

std::string SignatureOf(const std::string& secret, const std::string& id, std::int64_t unix_s,
                        const std::string& body) {
    FakeHost host;
    host.offer(FANFARE_EXT_CRYPTO, &test::OpenSslCrypto());
    std::string content;
    std::string header;
    WriteSignedContent(content, id, unix_s, body);
    AppendSignature(header, Crypto(Host(host.table(), host.ctx())), KeyOf(secret).value(), content);
    return header;
}

class Webhook : public ::testing::Test {
protected:
    Webhook() {
        host_.offer(FANFARE_EXT_CRYPTO, &test::OpenSslCrypto());
        host_.set_str("/url", "https://hooks.example.com/in?token=hidden");
    }
    void Start() {
        instance_ = std::make_unique<Instance>(Plugin(), host_);
        ASSERT_EQ(instance_->create(), FANFARE_OK) << host_.error();
        ASSERT_EQ(instance_->validate(), FANFARE_OK) << host_.error();
        ASSERT_EQ(instance_->start(), FANFARE_OK);
    }
    // The text of the refusal; empty if the options are taken.
    std::string Refusal() {
        Instance instance(Plugin(), host_);
        if (instance.create() != FANFARE_OK || instance.validate() != FANFARE_OK) return host_.error();
        return {};
    }
    FakeHttp::Request Send(TestEvent event) {
        EXPECT_EQ(instance_->deliver({std::move(event)}), FANFARE_OK);
        EXPECT_FALSE(host_.http.requests().empty());
        host_.http.pump();
        return host_.http.requests().back();
    }

    FakeHost host_;
    std::unique_ptr<Instance> instance_;
};

TEST(WebhookSignature, KnownAnswersOfTheSpecificationComeOut) {
    EXPECT_EQ(SignatureOf(kSecret, "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1649367553,
                          R"({"email":"test@example.com","username":"test_user"})"),
              "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    EXPECT_EQ(SignatureOf(kOther, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})"),
              "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(WebhookSignature, SecretIsTakenWithAndWithoutPrefixAndOnlyInStrictBase64Of24To64Bytes) {
    EXPECT_EQ(KeyOf(kSecret), KeyOf(std::string(kSecret).substr(6)));
    EXPECT_EQ(KeyOf(kSecret)->size(), 24u);
    EXPECT_TRUE(KeyOf(base64(std::string(64, 'k'))));
    EXPECT_FALSE(KeyOf(base64(std::string(65, 'k'))));
    EXPECT_FALSE(KeyOf(base64(std::string(23, 'k'))));
    EXPECT_FALSE(KeyOf(std::string(kSecret) + "\n"));
    EXPECT_FALSE(KeyOf("whsec_"));
    EXPECT_FALSE(KeyOf("whsec_C2FVsBQIhrscChlQIMV-b5sSYspob7oD"));
}

TEST_F(Webhook, SchemaIsJsonAndDescribesEveryOption) {
    const json schema = json::parse(view(Plugin().config_schema));
    EXPECT_EQ(schema["additionalProperties"], false);
    for (const auto& [name, option] : schema["properties"].items()) EXPECT_TRUE(option.contains("description")) << name;
    EXPECT_EQ(view(Plugin().name), "webhook");
}

TEST_F(Webhook, RequestIsTheDataWithTheAttributesAsHeaders) {
    Start();
    TestEvent event;
    event.data = "{ \"a\" :\n1}";
    event.content_type = "application/json; charset=utf-8";
    event.subject = "Euro \xE2\x82\xAC \xF0\x9F\x98\x80";
    event.extensions = {{"traceparent", "00-1"}};
    const FakeHttp::Request request = Send(event);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, "https://hooks.example.com/in?token=hidden");
    EXPECT_EQ(request.body, event.data);
    EXPECT_EQ(request.header("Content-Type"), "application/json; charset=utf-8");
    EXPECT_EQ(request.header("ce-specversion"), "1.0");
    EXPECT_EQ(request.header("ce-id"), "1");
    EXPECT_EQ(request.header("ce-source"), "/test");
    EXPECT_EQ(request.header("ce-type"), "test.happened");
    EXPECT_EQ(request.header("ce-subject"), "Euro%20%E2%82%AC%20%F0%9F%98%80");
    EXPECT_EQ(request.header("ce-traceparent"), "00-1");
    EXPECT_EQ(request.count("ce-datacontenttype"), 0u);
    EXPECT_EQ(request.count("ce-time"), 0u);
    EXPECT_EQ(request.header("webhook-id"), "msg_test");
    EXPECT_EQ(request.header("Idempotency-Key"), "dlv_test");
    EXPECT_EQ(request.count("webhook-signature"), 0u);
    EXPECT_EQ(host_.answers().back().outcome, FANFARE_DELIVERED);
    EXPECT_EQ(host_.answers().back().code, 200);
}

TestEvent Shaped() {
    TestEvent event;
    event.shaped = true;
    event.data = "<order>42</order>";
    event.content_type = "application/xml";
    event.extensions = {{"traceparent", "00-1"}};
    return event;
}

bool HasAttributes(const FakeHttp::Request& request) {
    for (const auto& [name, value] : request.headers) {
        if (starts_with_ignoring_case(name, "ce-")) return true;
    }
    return false;
}

TEST_F(Webhook, ShapedEventIsItsBodyAndContentTypeWithoutTheAttributes) {
    host_.set_secret("/secret", kSecret);
    Start();
    const FakeHttp::Request request = Send(Shaped());
    EXPECT_EQ(request.body, "<order>42</order>");
    EXPECT_EQ(request.header("content-type"), "application/xml");
    EXPECT_FALSE(HasAttributes(request));
    EXPECT_EQ(request.header("webhook-id"), "msg_test");
    EXPECT_EQ(request.header("idempotency-key"), "dlv_test");
    EXPECT_EQ(request.header("webhook-signature"),
              SignatureOf(kSecret, "msg_test", std::atoll(request.header("webhook-timestamp").c_str()), request.body));
}

TEST_F(Webhook, ShapedDataOfNoTypeIsNotTakenForJson) {
    Start();
    TestEvent event = Shaped();
    event.data = "{}";
    event.content_type = "";
    EXPECT_EQ(Send(event).count("content-type"), 0u);
}

TEST_F(Webhook, RenderedHeadersReplaceConfiguredOnesOfTheSameName) {
    host_.set_str("/headers/X-Team", "blue");
    host_.set_str("/headers/X-Stays", "as it is");
    Start();
    TestEvent event;
    event.headers = {{"x-team", "red"}, {"X-Order", "42"}, {"Content-Type", "application/vnd.acme+json"}};
    const FakeHttp::Request request = Send(event);
    EXPECT_EQ(request.count("x-team"), 1u);
    EXPECT_EQ(request.header("x-team"), "red");
    EXPECT_EQ(request.header("x-stays"), "as it is");
    EXPECT_EQ(request.header("x-order"), "42");
    EXPECT_EQ(request.count("content-type"), 1u);
    EXPECT_EQ(request.header("content-type"), "application/vnd.acme+json");
    EXPECT_TRUE(HasAttributes(request)) << "only headers are rendered: the event is sent as it came";
}

TEST_F(Webhook, RenderedHeaderThatIsNotLegalOrBelongsToTheProtocolIsRejectedUnsent) {
    Start();
    for (const auto& [name, value] :
         testing::Fields{{"X", "a\r\nHost: b"}, {"X Y", "a"}, {"Host", "a"}, {"webhook-id", "a"}, {"ce-id", "a"}}) {
        TestEvent event;
        event.headers = {{name, value}};
        EXPECT_EQ(instance_->deliver({event}), FANFARE_OK);
        EXPECT_EQ(host_.answers().back().outcome, FANFARE_REJECTED) << name;
        EXPECT_THAT(host_.answers().back().reason, HasSubstr("headers: '" + name + "' ")) << name;
    }
    EXPECT_THAT(host_.http.requests(), IsEmpty());
}

TEST_F(Webhook, ShapedEventMayBringAttributesOfItsOwn) {
    Start();
    TestEvent event = Shaped();
    event.headers = {{"ce-id", "own"}};
    EXPECT_EQ(Send(event).header("ce-id"), "own");
}

TEST_F(Webhook, RenderedUrlIsWhereTheEventGoes) {
    host_.set_str("/url", "https://hooks.example.com/orders/{{ data.order }}?token=hidden");
    Start();
    TestEvent event;
    event.options = {{"/url", "https://hooks.example.com/orders/42?token=hidden"}};
    host_.http.reply({503});
    EXPECT_EQ(Send(event).url, "https://hooks.example.com/orders/42?token=hidden");
    EXPECT_EQ(host_.answers().back().reason, "HTTP 503 from hooks.example.com");
}

TEST_F(Webhook, RenderedUrlThatCannotWorkIsRejectedWithoutShowingIt) {
    host_.set_str("/url", "https://hooks.example.com/{{ data.order }}");
    Start();
    for (const std::string url : {"https://hooks.example.com/hidden 1", "https://hooks.example.com/#hidden",
                                  "https://hidden@hooks.example.com/", "file:///hidden", ""}) {
        TestEvent event;
        event.options = {{"/url", url}};
        EXPECT_EQ(instance_->deliver({event}), FANFARE_OK);
        EXPECT_EQ(host_.answers().back().outcome, FANFARE_REJECTED) << url;
        EXPECT_THAT(host_.answers().back().reason, HasSubstr("url ")) << url;
        EXPECT_THAT(host_.answers().back().reason, Not(HasSubstr("hidden"))) << url;
    }
    EXPECT_THAT(host_.http.requests(), IsEmpty());
}

TEST_F(Webhook, EventFromBeforeItsUrlBecameATemplateIsRejectedAndSaysWhatToDo) {
    host_.set_str("/url", "https://hooks.example.com/{{ data.order }}");
    Start();
    EXPECT_EQ(instance_->deliver({TestEvent{}}), FANFARE_OK);
    EXPECT_THAT(host_.http.requests(), IsEmpty());
    EXPECT_EQ(host_.answers().back().outcome, FANFARE_REJECTED);
    EXPECT_THAT(host_.answers().back().reason, HasSubstr("fanfare deliveries retry --render"));
}

TEST_F(Webhook, TemplateThatHoldsTheHostOfTheUrlIsRefused) {
    for (const std::string url : {"{{ data.url }}", "https://{{ data.host }}/"}) {
        host_.set_str("/url", url);
        EXPECT_THAT(Refusal(), HasSubstr("url ")) << url;
    }
}

TEST_F(Webhook, TimestampIsThatOfTheAttemptInSeconds) {
    Start();
    const auto before = std::chrono::system_clock::now();
    const std::string header = Send({}).header("webhook-timestamp");
    const std::chrono::system_clock::time_point sent{std::chrono::seconds(std::atoll(header.c_str()))};
    EXPECT_GE(sent + std::chrono::seconds(1), before);
    EXPECT_LE(sent, std::chrono::system_clock::now());
}

TEST_F(Webhook, SignatureCoversIdTimestampAndBodyAsSent) {
    host_.set_secret("/secret", kSecret);
    Start();
    TestEvent event;
    event.data = std::string("\0 any bytes \xFF", 13);
    event.content_type = "application/octet-stream";
    const FakeHttp::Request request = Send(event);
    EXPECT_EQ(request.header("webhook-signature"),
              SignatureOf(kSecret, request.header("webhook-id"),
                          std::atoll(request.header("webhook-timestamp").c_str()), request.body));
}

TEST_F(Webhook, WhileASecretIsRotatedEachOfThemSigns) {
    host_.set_secret("/secret/0", kSecret);
    host_.set_secret("/secret/1", kOther);
    Start();
    const FakeHttp::Request request = Send({});
    const std::int64_t at = std::atoll(request.header("webhook-timestamp").c_str());
    EXPECT_EQ(request.header("webhook-signature"), SignatureOf(kSecret, "msg_test", at, request.body) + " " +
                                                       SignatureOf(kOther, "msg_test", at, request.body));
    EXPECT_EQ(request.count("webhook-signature"), 1u);
}

TEST_F(Webhook, SecretThatIsReplacedInPlaceSignsTheNextRequest) {
    host_.set_secret("/secret", kSecret);
    Start();
    Send({});
    host_.set_secret("/secret", kOther);
    const FakeHttp::Request request = Send({});
    EXPECT_EQ(request.header("webhook-signature"),
              SignatureOf(kOther, "msg_test", std::atoll(request.header("webhook-timestamp").c_str()), request.body));
}

TEST_F(Webhook, NothingIsSentUnsignedOnceASecretIsConfigured) {
    host_.set_secret("/secret/0", kSecret);
    host_.set_secret("/secret/1", kOther);
    Start();
    host_.drop_secret("/secret/1");
    EXPECT_EQ(instance_->deliver({TestEvent{}}), FANFARE_OK);
    EXPECT_THAT(host_.http.requests(), IsEmpty());
    EXPECT_EQ(host_.answers().back().outcome, FANFARE_RETRY);
    EXPECT_THAT(host_.answers().back().reason, HasSubstr("/secret/1"));
    EXPECT_THAT(host_.answers().back().reason, Not(HasSubstr("C2FV")));
}

TEST_F(Webhook, ContentTypeIsClaimedForJsonOnlyIfTheEventNamesNone) {
    Start();
    TestEvent event;
    event.content_type = "";
    EXPECT_EQ(Send(event).header("content-type"), "application/json");
    event.data = "no json";
    EXPECT_EQ(Send(event).count("content-type"), 0u);
}

TEST_F(Webhook, ConfiguredHeadersAreAddedAndAConfiguredContentTypeWins) {
    host_.set_str("/method", "PUT");
    host_.set_str("/headers/Authorization", "Bearer x y");
    host_.set_str("/headers/CONTENT-TYPE", "application/vnd.acme+json");
    host_.set_str("/headers/x~0~1", "odd");
    EXPECT_THAT(Refusal(), HasSubstr("'x~/' is not a header name"));
    FakeHost clean;
    clean.offer(FANFARE_EXT_CRYPTO, &test::OpenSslCrypto());
    clean.set_str("/url", "http://127.0.0.1:8080");
    clean.set_str("/method", "PUT");
    clean.set_str("/headers/Authorization", "Bearer x y");
    clean.set_str("/headers/CONTENT-TYPE", "application/vnd.acme+json");
    Instance instance(Plugin(), clean);
    ASSERT_EQ(instance.create(), FANFARE_OK) << clean.error();
    instance.deliver({TestEvent{}});
    const FakeHttp::Request& request = clean.http.requests().at(0);
    EXPECT_EQ(request.method, "PUT");
    EXPECT_EQ(request.header("authorization"), "Bearer x y");
    EXPECT_EQ(request.count("content-type"), 1u);
    EXPECT_EQ(request.header("content-type"), "application/vnd.acme+json");
}

TEST_F(Webhook, HeaderThatBelongsToTheProtocolIsRefused) {
    for (const std::string name : {"Webhook-Id", "webhook-anything", "CE-id", "ce-x", "Content-Length", "HOST",
                                   "connection", "Transfer-Encoding", "idempotency-key", "TE", "Upgrade"}) {
        FakeHost host;
        host.offer(FANFARE_EXT_CRYPTO, &test::OpenSslCrypto());
        host.set_str("/url", "http://a/");
        host.set_str("/headers/" + name, "x");
        Instance instance(Plugin(), host);
        EXPECT_EQ(instance.create(), FANFARE_ECONFIG) << name;
        EXPECT_THAT(host.error(), HasSubstr("is set by fanfare itself")) << name;
    }
}

TEST_F(Webhook, HeaderThatCouldSmuggleIsRefused) {
    for (const auto& [name, value] : testing::Fields{{"X", "a\r\nHost: b"},
                                                     {"X", "a\n"},
                                                     {"X", std::string("a\0", 2)},
                                                     {"X Y", "a"},
                                                     {"X:", "a"},
                                                     {"", "a"},
                                                     {"X\r\nY", "a"}}) {
        FakeHost host;
        host.offer(FANFARE_EXT_CRYPTO, &test::OpenSslCrypto());
        host.set_str("/url", "http://a/");
        host.set_str("/headers/" + name, value);
        Instance instance(Plugin(), host);
        EXPECT_EQ(instance.create(), FANFARE_ECONFIG) << name << ": " << value;
        EXPECT_EQ(host.error().find_first_of("\r\n"), std::string::npos);
    }
}

TEST_F(Webhook, UrlThatCannotWorkIsRefusedWithoutShowingIt) {
    for (const std::string url :
         {"ftp://a/", "hooks.example.com", "http://", "http:///x", "http://u:hidden@a/", "http://a/#x", "http://a b/",
          "http://a:x/", "http://a:/", "http://[::1/", "http://a/\n", "http://\xC3\xA4/", "https://?hidden"}) {
        host_.set_str("/url", url);
        EXPECT_THAT(Refusal(), HasSubstr("url ")) << url;
        EXPECT_THAT(Refusal(), Not(HasSubstr("hidden"))) << url;
    }
    for (const std::string url : {"http://a", "HTTPS://a.b:8443/x?y", "http://[::1]:80/", "http://127.0.0.1"}) {
        host_.set_str("/url", url);
        EXPECT_EQ(Refusal(), "") << url;
    }
}

TEST_F(Webhook, SecretThatIsNoneIsRefusedWithoutShowingIt) {
    host_.set_secret("/secret", "whsec_tooshort");
    EXPECT_THAT(Refusal(), HasSubstr("/secret is not 24 to 64 bytes in base64"));
    EXPECT_THAT(Refusal(), Not(HasSubstr("tooshort")));
}

TEST_F(Webhook, ReasonOfAFailureNamesTheHostButNeverTheQuery) {
    Start();
    host_.http.reply({503, "busy\n", {}, 7000});
    Send({});
    const testing::Answer answer = host_.answers().back();
    EXPECT_EQ(answer.outcome, FANFARE_RETRY);
    EXPECT_EQ(answer.code, 503);
    EXPECT_EQ(answer.retry_after_ms, 7000);
    EXPECT_EQ(answer.reason, "HTTP 503 from hooks.example.com: busy");
    EXPECT_EQ(answer.response, "busy\n");
}

TEST_F(Webhook, EventsOfABatchAreUnderWayAtOnceAndEachHasItsOwnAnswer) {
    Start();
    instance_->deliver({TestEvent{"a"}, TestEvent{"b"}, TestEvent{"c"}});
    EXPECT_EQ(host_.http.open(), 3u);
    host_.http.reply({200});
    host_.http.reply({410});
    host_.http.reply({500});
    host_.http.pump();
    const auto answers = host_.answers();
    ASSERT_EQ(answers.size(), 3u);
    EXPECT_EQ(answers[0].outcome, FANFARE_DELIVERED);
    EXPECT_EQ(answers[1].outcome, FANFARE_REJECTED);
    EXPECT_EQ(answers[2].outcome, FANFARE_RETRY);
    EXPECT_THAT(host_.misbehaviour(), IsEmpty());
}

TEST_F(Webhook, OrderedBatchHasOneRequestUnderWayAndStopsAtTheFirstFailure) {
    Start();
    instance_->deliver({TestEvent{"a"}, TestEvent{"b"}, TestEvent{"c"}}, FANFARE_BATCH_ORDERED);
    EXPECT_EQ(host_.http.open(), 1u);
    host_.http.reply({200});
    host_.http.reply({503});
    host_.http.pump();
    EXPECT_EQ(host_.http.requests().size(), 2u);
    const auto answers = host_.answers();
    ASSERT_EQ(answers.size(), 3u);
    EXPECT_EQ(answers[1].outcome, FANFARE_RETRY);
    EXPECT_EQ(answers[2].outcome, FANFARE_NOT_ATTEMPTED);
}

TEST_F(Webhook, WhatIsUnderWayWhenTheHostStopsIsGivenBack) {
    Start();
    instance_->deliver({TestEvent{"a"}, TestEvent{"b"}});
    instance_->deliver({TestEvent{"c"}, TestEvent{"d"}}, FANFARE_BATCH_ORDERED);
    instance_->end();
    const auto answers = host_.answers();
    ASSERT_EQ(answers.size(), 4u);
    for (const testing::Answer& answer : answers) EXPECT_EQ(answer.outcome, FANFARE_NOT_ATTEMPTED);
}

}  // namespace
}  // namespace fanfare
