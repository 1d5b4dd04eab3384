// The azure plugin, seen by the requests that it hands to the host's HTTP client.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include <fanfare/base64.hpp>
#include <fanfare/crypto.hpp>
#include <fanfare/testing.hpp>

#include "unit/plugins/load_plugin.hpp"
#include "unit/plugins/openssl_crypto.hpp"

namespace fanfare {
namespace {

using nlohmann::json;
using testing::FakeHost;
using testing::FakeHttp;
using ::testing::HasSubstr;
using testing::Instance;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::TestEvent;

const std::string kKeyBytes = "a key that only this test knows!";
const std::string kKey = base64(kKeyBytes);
constexpr char kSas[] = "sv=2021-12-02&ss=q&sp=a&sig=c2lnbmF0dXJl%2Bof%2Fsas%3D&se=2099-01-01";

const fanfare_plugin& Plugin() {
    static const fanfare_plugin& plugin = test::LoadPlugin(PLUGIN_FILE);
    return plugin;
}

std::string Hmac(const std::string& key, const std::string& text) {
    FakeHost host;
    host.offer(FANFARE_EXT_CRYPTO, &test::OpenSslCrypto());
    return base64(bytes_of(Crypto(Host(host.table(), host.ctx())).hmac_sha256(key, text)));
}

// What stands between the tags, entities as they are.
std::string MessageTextOf(const FakeHttp::Request& request) {
    const std::string open = "<QueueMessage><MessageText>";
    const std::string close = "</MessageText></QueueMessage>";
    const std::size_t begin = request.body.find(open) + open.size();
    EXPECT_TRUE(std::string_view(request.body).substr(begin).find(close) != std::string_view::npos) << request.body;
    return request.body.substr(begin, request.body.size() - close.size() - begin);
}

FakeHttp::Reply Error(int status, const std::string& code, const std::string& message) {
    return {status,
            "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>" + code + "</Code><Message>" +
                message + "\nRequestId:1\nTime:2026-01-01</Message></Error>",
            {{"x-ms-error-code", code}}};
}

class Azure : public ::testing::Test {
protected:
    Azure() {
        host_.offer(FANFARE_EXT_CRYPTO, &test::OpenSslCrypto());
        host_.set_str("/queue", "orders");
    }
    void UseKey() {
        host_.set_str("/account", "shop");
        host_.set_secret("/key", kKey);
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
    // The answer to one event of this data.
    testing::Answer Deliver(const std::string& data) {
        TestEvent event;
        event.data = data;
        EXPECT_EQ(instance_->deliver({event}), FANFARE_OK);
        host_.http.pump();
        return host_.answers().back();
    }
    testing::Answer AnswerTo(FakeHttp::Reply reply) {
        host_.http.reply(std::move(reply));
        return Deliver("{}");
    }
    const FakeHttp::Request& Last() const { return host_.http.requests().back(); }

    FakeHost host_;
    std::unique_ptr<Instance> instance_;
};

TEST_F(Azure, SchemaIsJsonAndDescribesEveryOption) {
    const json schema = json::parse(view(Plugin().config_schema));
    EXPECT_EQ(schema["additionalProperties"], false);
    for (const auto& [name, option] : schema["properties"].items()) EXPECT_TRUE(option.contains("description")) << name;
    EXPECT_EQ(view(Plugin().name), "azure");
}

TEST_F(Azure, RequestIsPutMessageSignedWithTheKeyOfTheAccount) {
    UseKey();
    host_.set_i64("/ttl_seconds", -1);
    host_.set_i64("/visibility_seconds", 5);
    Start();
    EXPECT_EQ(AnswerTo({201}).outcome, FANFARE_DELIVERED);
    const FakeHttp::Request& request = Last();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, "https://shop.queue.core.windows.net/orders/messages?messagettl=-1&visibilitytimeout=5");
    EXPECT_EQ(request.header("content-type"), "application/xml");
    EXPECT_EQ(request.header("x-ms-version"), "2021-12-02");
    // Written out from the rules of "Authorize with Shared Key", not by the plugin's code.
    const std::string to_sign = "POST\n\n\n" + std::to_string(request.body.size()) +
                                "\n\napplication/xml\n\n\n\n\n\n\n" + "x-ms-client-request-id:dlv_test\n" +
                                "x-ms-date:" + request.header("x-ms-date") + "\n" + "x-ms-version:2021-12-02\n" +
                                "/shop/orders/messages\nmessagettl:-1\nvisibilitytimeout:5";
    EXPECT_EQ(request.header("authorization"), "SharedKey shop:" + Hmac(kKeyBytes, to_sign));
}

TEST_F(Azure, DateIsThatOfTheRequestAsHttpWritesIt) {
    UseKey();
    Start();
    Deliver("{}");
    EXPECT_THAT(Last().header("x-ms-date"), ::testing::MatchesRegex("[A-Z][a-z][a-z], [0-9][0-9] [A-Z][a-z][a-z] "
                                                                    "20[0-9][0-9] [0-9:]{8} GMT"));
}

TEST_F(Azure, EmulatorsPathIsSignedWithTheAccountInIt) {
    host_.set_secret("/connection_string", "UseDevelopmentStorage=true");
    Start();
    Deliver("{}");
    EXPECT_THAT(Last().url, HasSubstr("http://127.0.0.1:10001/devstoreaccount1/orders/messages?"));
    EXPECT_THAT(Last().header("authorization"), HasSubstr("SharedKey devstoreaccount1:"));
}

TEST_F(Azure, ConnectionStringIsTakenInItsUsualForms) {
    const std::string key = "AccountKey=" + kKey;
    for (const auto& [text, url] :
         testing::Fields{{"DefaultEndpointsProtocol=https;AccountName=shop;" + key + ";EndpointSuffix=core.windows.net",
                          "https://shop.queue.core.windows.net/orders/"},
                         {"AccountName=shop;" + key + ";EndpointSuffix=core.chinacloudapi.cn",
                          "https://shop.queue.core.chinacloudapi.cn/orders/"},
                         {"accountname=shop;" + key + ";QueueEndpoint=http://10.0.0.1:10001/shop/;",
                          "http://10.0.0.1:10001/shop/orders/"},
                         {std::string("QueueEndpoint=https://q.example.com;SharedAccessSignature=") + kSas,
                          "https://q.example.com/orders/"}}) {
        host_.set_secret("/connection_string", text);
        Start();
        Deliver("{}");
        EXPECT_EQ(Last().url.substr(0, url.size()), url) << text;
        instance_.reset();
    }
}

TEST_F(Azure, SasIsTheEndOfTheQueryAndNothingIsSigned) {
    host_.set_str("/account", "shop");
    host_.set_secret("/sas", std::string("?") + kSas);
    Start();
    Deliver("{}");
    EXPECT_EQ(Last().url, std::string("https://shop.queue.core.windows.net/orders/messages?messagettl=604800&"
                                      "visibilitytimeout=0&") +
                              kSas);
    EXPECT_EQ(Last().count("authorization"), 0u);
}

TEST_F(Azure, KeyThatIsReplacedInPlaceSignsTheNextRequest) {
    UseKey();
    Start();
    Deliver("{}");
    const std::string before = Last().header("authorization");
    host_.set_secret("/key", base64("another key"));
    Deliver("{}");
    EXPECT_NE(Last().header("authorization"), before);
    host_.drop_secret("/key");
    const std::size_t sent = host_.http.requests().size();
    EXPECT_EQ(Deliver("{}").outcome, FANFARE_RETRY);
    EXPECT_EQ(host_.http.requests().size(), sent) << "nothing is sent unsigned";
}

TEST_F(Azure, MessageIsTheEventInJsonUnlessItIsShapedOrTheDataIsAskedFor) {
    UseKey();
    Start();
    Deliver(R"({"n":1})");
    EXPECT_EQ(json::parse(MessageTextOf(Last()))["type"], "test.happened");
    EXPECT_EQ(json::parse(MessageTextOf(Last()))["data"]["n"], 1);
    TestEvent shaped;
    shaped.shaped = true;
    shaped.data = "just this";
    instance_->deliver({shaped});
    EXPECT_EQ(MessageTextOf(Last()), "just this");
    host_.set_str("/body", "data");
    Start();
    Deliver(R"({"n":1})");
    EXPECT_EQ(MessageTextOf(Last()), R"({"n":1})");
}

TEST_F(Azure, TextIsEscapedForXmlSoThatItComesOutAsItWentIn) {
    UseKey();
    host_.set_str("/body", "data");
    Start();
    Deliver("<a href=\"x\">&\r\n\t\xE2\x82\xAC</a>");
    EXPECT_EQ(MessageTextOf(Last()), "&lt;a href=\"x\"&gt;&amp;&#13;\n\t\xE2\x82\xAC&lt;/a&gt;");
    Deliver("");
    EXPECT_EQ(MessageTextOf(Last()), "");
}

TEST_F(Azure, BytesThatXmlCannotCarryAreRejectedUnlessTheyAreEncoded) {
    UseKey();
    host_.set_str("/body", "data");
    Start();
    for (const std::string& bytes :
         {std::string("\0", 1), std::string("\x1B"), std::string("\xFF"), std::string("\xEF\xBF\xBE")}) {
        const testing::Answer answer = Deliver(bytes);
        EXPECT_EQ(answer.outcome, FANFARE_REJECTED);
        EXPECT_THAT(answer.reason, HasSubstr("set base64 = true"));
    }
    EXPECT_THAT(host_.http.requests(), IsEmpty());
    host_.set_bool("/base64", true);
    Start();
    EXPECT_EQ(Deliver(std::string("\0\xFF", 2)).outcome, FANFARE_RETRY) << "200 is not the answer of a queue";
    EXPECT_EQ(MessageTextOf(Last()), "AP8=");
}

TEST_F(Azure, SixtyFourKibibytesAreSentAndOneByteMoreIsRejectedCountedAfterEncoding) {
    UseKey();
    host_.set_str("/body", "data");
    Start();
    host_.http.reply({201});
    EXPECT_EQ(Deliver(std::string(65536, '<')).outcome, FANFARE_DELIVERED);
    testing::Answer answer = Deliver(std::string(65537, 'x'));
    EXPECT_EQ(answer.outcome, FANFARE_REJECTED);
    EXPECT_THAT(answer.reason, HasSubstr("the message has 65537 bytes, a queue takes 65536"));
    host_.set_bool("/base64", true);
    Start();
    host_.http.reply({201});
    EXPECT_EQ(Deliver(std::string(49152, 'x')).outcome, FANFARE_DELIVERED);
    answer = Deliver(std::string(49153, 'x'));
    EXPECT_EQ(answer.outcome, FANFARE_REJECTED);
    EXPECT_THAT(answer.reason, HasSubstr("65540 bytes in base64"));
    EXPECT_EQ(host_.http.requests().size(), 2u);
}

TEST_F(Azure, MissingQueueWrongKeyAndBusyServiceAreToldApartInTheServicesOwnWords) {
    UseKey();
    Start();
    testing::Answer answer = AnswerTo(Error(404, "QueueNotFound", "The specified queue does not exist."));
    EXPECT_EQ(answer.outcome, FANFARE_REJECTED);
    EXPECT_EQ(answer.code, 404);
    EXPECT_EQ(answer.reason,
              "HTTP 404 QueueNotFound from shop.queue.core.windows.net: The specified queue does not exist. (orders): "
              "create it, or set create_queue = true");
    answer = AnswerTo(Error(403, "AuthenticationFailed", "Server failed to authenticate the request."));
    EXPECT_EQ(answer.outcome, FANFARE_REJECTED);
    EXPECT_EQ(
        answer.reason,
        "HTTP 403 AuthenticationFailed from shop.queue.core.windows.net: Server failed to authenticate the request.");
    FakeHttp::Reply busy = Error(503, "ServerBusy", "The server is busy.");
    busy.retry_after_ms = 7000;
    answer = AnswerTo(busy);
    EXPECT_EQ(answer.outcome, FANFARE_RETRY);
    EXPECT_EQ(answer.retry_after_ms, 7000);
    EXPECT_EQ(answer.reason, "HTTP 503 ServerBusy from shop.queue.core.windows.net: The server is busy.");
}

TEST_F(Azure, ConflictPassesAndIsTriedAgain) {
    UseKey();
    Start();
    EXPECT_EQ(AnswerTo(Error(409, "QueueBeingDeleted", "The specified queue is being deleted.")).outcome,
              FANFARE_RETRY);
    EXPECT_EQ(AnswerTo(Error(400, "MessageTooLarge", "The message exceeds the size.")).outcome, FANFARE_REJECTED);
}

TEST_F(Azure, RequestThatCameTooOldIsTriedAgainAndTheClockIsNamed) {
    UseKey();
    Start();
    FakeHttp::Reply old = Error(403, "AuthenticationFailed", "Server failed to authenticate the request.");
    old.body.insert(old.body.find("</Error>"),
                    "<AuthenticationErrorDetail>Request date header too old: 'x'"
                    "</AuthenticationErrorDetail>");
    const testing::Answer answer = AnswerTo(old);
    EXPECT_EQ(answer.outcome, FANFARE_RETRY);
    EXPECT_THAT(answer.reason, HasSubstr("(Request date header too old: 'x'); set the clock of this machine"));
}

TEST_F(Azure, AnswerThatIsNoneOfAQueueServiceIsNoDelivery) {
    UseKey();
    Start();
    for (const int status : {200, 202, 204}) {
        EXPECT_EQ(AnswerTo({status, "<html>"}).outcome, FANFARE_RETRY) << status;
        EXPECT_THAT(host_.answers().back().reason, HasSubstr("is the endpoint right?"));
    }
}

TEST_F(Azure, QueueIsCreatedWhenItIsMissingAndTheMessageIsPutAgain) {
    UseKey();
    host_.set_bool("/create_queue", true);
    Start();
    for (const int created : {201, 204}) {
        host_.http.reply(Error(404, "QueueNotFound", "no queue"));
        host_.http.reply({created});
        EXPECT_EQ(AnswerTo({201}).outcome, FANFARE_DELIVERED) << created;
    }
    ASSERT_EQ(host_.http.requests().size(), 6u);
    const FakeHttp::Request& create = host_.http.requests()[1];
    EXPECT_EQ(create.method, "PUT");
    EXPECT_EQ(create.url, "https://shop.queue.core.windows.net/orders");
    EXPECT_EQ(create.body, "");
    EXPECT_EQ(create.header("authorization"),
              "SharedKey shop:" +
                  Hmac(kKeyBytes, "PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-client-request-id:dlv_test\nx-ms-date:" +
                                      create.header("x-ms-date") + "\nx-ms-version:2021-12-02\n/shop/orders"));
    EXPECT_EQ(host_.http.requests()[2].body, host_.http.requests()[0].body);
}

TEST_F(Azure, QueueThatCannotBeCreatedSaysSoAndNoMessageIsPutTwice) {
    UseKey();
    host_.set_bool("/create_queue", true);
    Start();
    host_.http.reply(Error(404, "QueueNotFound", "no queue"));
    testing::Answer answer = AnswerTo(Error(403, "AuthorizationPermissionMismatch", "not allowed"));
    EXPECT_EQ(answer.outcome, FANFARE_REJECTED);
    EXPECT_EQ(answer.reason,
              "creating queue orders: HTTP 403 AuthorizationPermissionMismatch from "
              "shop.queue.core.windows.net: not allowed");
    host_.http.reply(Error(404, "QueueNotFound", "no queue"));
    host_.http.reply({201});
    answer = AnswerTo(Error(404, "QueueNotFound", "no queue"));
    EXPECT_EQ(answer.outcome, FANFARE_RETRY) << "not created a second time, and not given up";
    EXPECT_EQ(host_.http.requests().size(), 5u);
}

TEST_F(Azure, SignatureThatTheServiceRepeatsIsMaskedInReasonAndResponse) {
    UseKey();
    Start();
    instance_->deliver({TestEvent{}});
    const std::string header = Last().header("authorization");
    const std::string signature = header.substr(header.find(':') + 1);
    FakeHttp::Reply refused = Error(403, "AuthenticationFailed", "The MAC signature '" + signature + "' is wrong");
    refused.body += "<AuthenticationErrorDetail>found '" + signature + "'</AuthenticationErrorDetail>";
    host_.http.reply(refused);
    host_.http.pump();
    const testing::Answer answer = host_.answers().back();
    EXPECT_EQ(answer.outcome, FANFARE_REJECTED);
    EXPECT_THAT(answer.reason + answer.response, HasSubstr("'***'"));
    EXPECT_THAT(answer.reason + answer.response, Not(HasSubstr(signature)));
}

TEST_F(Azure, SignatureOfASasIsMaskedEncodedAndDecoded) {
    host_.set_str("/account", "shop");
    host_.set_secret("/sas", kSas);
    Start();
    const testing::Answer answer =
        AnswerTo(Error(403, "AuthenticationFailed", "c2lnbmF0dXJl%2Bof%2Fsas%3D is c2lnbmF0dXJl+of/sas="));
    EXPECT_THAT(answer.reason, HasSubstr("*** is ***"));
}

TEST_F(Azure, OptionsThatCannotWorkAreRefusedWithoutShowingASecret) {
    EXPECT_THAT(Refusal(), HasSubstr("exactly one of connection_string, key and sas"));
    host_.set_secret("/key", kKey);
    EXPECT_THAT(Refusal(), HasSubstr("account is missing"));
    host_.set_str("/account", "shop");
    EXPECT_EQ(Refusal(), "");
    host_.set_secret("/sas", kSas);
    EXPECT_THAT(Refusal(), HasSubstr("exactly one of"));
    host_.drop_secret("/sas");
    host_.set_secret("/key", "hidden, no base64");
    EXPECT_THAT(Refusal(), HasSubstr("key is no key in base64"));
    EXPECT_THAT(Refusal(), Not(HasSubstr("hidden")));
    host_.set_secret("/key", kKey);
    host_.set_str("/endpoint", "ftp://hidden/");
    EXPECT_THAT(Refusal(), HasSubstr("endpoint does not start with http"));
    host_.set_str("/endpoint", "http://127.0.0.1:1/shop");
    host_.set_i64("/ttl_seconds", 10);
    host_.set_i64("/visibility_seconds", 10);
    EXPECT_THAT(Refusal(), HasSubstr("visibility_seconds is not less than ttl_seconds"));
}

TEST_F(Azure, ConnectionStringThatIsNoneIsRefusedWithoutShowingIt) {
    for (const std::string& text : {std::string("hidden"), std::string("AccountName=shop"), "AccountKey=" + kKey,
                                    std::string("AccountName=shop;AccountKey=hidden!"),
                                    std::string("QueueEndpoint=hidden;SharedAccessSignature=sig=x"),
                                    std::string("AccountName=shop;SharedAccessSignature=hidden")}) {
        host_.set_secret("/connection_string", text);
        EXPECT_THAT(Refusal(), HasSubstr("connection_string")) << text;
        EXPECT_THAT(Refusal(), Not(HasSubstr("hidden"))) << text;
    }
    host_.set_secret("/connection_string", "UseDevelopmentStorage=true");
    host_.set_str("/account", "shop");
    EXPECT_THAT(Refusal(), HasSubstr("remove the options account and endpoint"));
}

TEST_F(Azure, WhatIsUnderWayWhenTheHostStopsIsGivenBack) {
    UseKey();
    Start();
    instance_->deliver({TestEvent{"a"}});
    instance_->end();
    ASSERT_EQ(host_.answers().size(), 1u);
    EXPECT_EQ(host_.answers()[0].outcome, FANFARE_NOT_ATTEMPTED);
    EXPECT_THAT(host_.misbehaviour(), IsEmpty());
}

}  // namespace
}  // namespace fanfare
