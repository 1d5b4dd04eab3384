// The ses plugin, seen by the requests that it hands to the host's HTTP client.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <fanfare/base64.hpp>
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

const fanfare_plugin& Plugin() {
    static const fanfare_plugin& plugin = test::LoadPlugin(PLUGIN_FILE);
    return plugin;
}

class Ses : public ::testing::Test {
protected:
    Ses() {
        host_.offer(FANFARE_EXT_CRYPTO, &test::OpenSslCrypto());
        host_.set_secret("/access_key_id", "AKIDEXAMPLE");
        host_.set_secret("/secret_access_key", "secretexample");
        host_.set_str("/region", "eu-west-1");
        host_.set_str("/endpoint", "https://email.test");
        host_.set_str("/sender", "fanfare@example.com");
        host_.set_str("/recipients", "ann@example.com");
        host_.set_str("/subject", "news");
    }
    void Start() {
        instance_ = std::make_unique<Instance>(Plugin(), host_);
        ASSERT_EQ(instance_->create(), FANFARE_OK) << host_.error();
        ASSERT_EQ(instance_->validate(), FANFARE_OK) << host_.error();
        ASSERT_EQ(instance_->start(), FANFARE_OK);
    }
    std::string Refusal() {
        Instance instance(Plugin(), host_);
        if (instance.create() != FANFARE_OK || instance.validate() != FANFARE_OK) return host_.error();
        return {};
    }
    // Delivers, with `reply` as the answer of SES; what became of it.
    testing::Answer Send(TestEvent event, FakeHttp::Reply reply = {200, R"({"MessageId":"id-1"})"}) {
        if (instance_ == nullptr) Start();
        host_.http.reply(std::move(reply));
        EXPECT_EQ(instance_->deliver({std::move(event)}), FANFARE_OK);
        host_.http.pump();
        return host_.answers().back();
    }
    json Mail(TestEvent event) {
        EXPECT_EQ(Send(std::move(event)).outcome, FANFARE_DELIVERED);
        return json::parse(host_.http.requests().back().body);
    }
    json Body(TestEvent event) { return Mail(std::move(event))["Content"]["Simple"]["Body"]; }
    static TestEvent With(std::string data, std::string content_type = "application/json") {
        TestEvent event;
        event.data = std::move(data);
        event.content_type = std::move(content_type);
        return event;
    }
    static TestEvent Rendered(testing::Fields options) {
        TestEvent event;
        event.options = std::move(options);
        return event;
    }

    FakeHost host_;
    std::unique_ptr<Instance> instance_;
};

TEST_F(Ses, SchemaIsJsonAndDescribesEveryOption) {
    const json schema = json::parse(view(Plugin().config_schema));
    EXPECT_EQ(schema["additionalProperties"], false);
    for (const auto& [name, option] : schema["properties"].items()) EXPECT_TRUE(option.contains("description")) << name;
    EXPECT_EQ(view(Plugin().name), "ses");
}

TEST_F(Ses, AMailIsOneSignedRequestOfApiV2) {
    const testing::Answer answer = Send(With("\"hello\""));
    const FakeHttp::Request& request = host_.http.requests().at(0);
    EXPECT_EQ(request.method + ' ' + request.url, "POST https://email.test/v2/email/outbound-emails");
    EXPECT_EQ(request.header("content-type"), "application/json");
    EXPECT_THAT(request.header("authorization"), HasSubstr("/eu-west-1/ses/aws4_request"));
    EXPECT_EQ(json::parse(request.body), json::parse(R"({"FromEmailAddress":"fanfare@example.com",
                  "Destination":{"ToAddresses":["ann@example.com"]},
                  "Content":{"Simple":{"Subject":{"Data":"news","Charset":"UTF-8"},
                                       "Body":{"Text":{"Data":"hello","Charset":"UTF-8"}}}}})"));
    EXPECT_EQ(answer.outcome, FANFARE_DELIVERED);
    EXPECT_EQ(answer.response, "MessageId id-1");
}

TEST_F(Ses, TheDefaultTextIsTheDataForPeopleToRead) {
    EXPECT_EQ(Body(With(R"({"b":1.10,"a":[1,{"x":"y:,{\"}"}],"e":[],"o":{}})"))["Text"]["Data"],
              "{\n  \"b\": 1.10,\n  \"a\": [\n    1,\n    {\n      \"x\": \"y:,{\\\"}\"\n    }\n  ],\n  \"e\": [],\n"
              "  \"o\": {}\n}");
    EXPECT_EQ(Body(With(" \"two\\nlines\" "))["Text"]["Data"], "two\nlines");
    EXPECT_EQ(Body(With("42"))["Text"]["Data"], "42");
    EXPECT_EQ(Body(With("plain { text", "text/plain"))["Text"]["Data"], "plain { text");
    EXPECT_EQ(Body(With(""))["Text"]["Data"], "\n");
}

TEST_F(Ses, DataThatIsNoTextIsRejectedUnlessItIsAttached) {
    const testing::Answer answer = Send(With("\xFF\x00", "application/octet-stream"));
    EXPECT_EQ(answer.outcome, FANFARE_REJECTED);
    EXPECT_THAT(answer.reason, HasSubstr("attachment_name"));
    EXPECT_THAT(host_.http.requests(), IsEmpty());
}

TEST_F(Ses, WhatTheShapeMakesIsTheMail) {
    TestEvent event = With("<b>hi</b>", "text/html; charset=utf-8");
    event.shaped = true;
    EXPECT_EQ(Body(event), json::parse(R"({"Html":{"Data":"<b>hi</b>","Charset":"UTF-8"}})"));
    event.content_type = "application/json";
    event.data = "{\"a\":1}";
    EXPECT_EQ(Body(event)["Text"]["Data"], "{\"a\":1}") << "as it was made, not made readable";
}

TEST_F(Ses, TextAndHtmlMayBothBeRendered) {
    host_.set_str("/text", "{{ data.a }}");
    host_.set_str("/html", "<p>{{ data.a }}</p>");
    const json body = Body(Rendered({{"/text", "t"}, {"/html", "<p>t</p>"}}));
    EXPECT_EQ(body["Text"]["Data"], "t");
    EXPECT_EQ(body["Html"]["Data"], "<p>t</p>");
}

TEST_F(Ses, TheSenderHasItsNameAsMailWritesIt) {
    host_.set_str("/sender_name", "{{ data.name }}");
    const auto from = [&](const char* name) { return Mail(Rendered({{"/sender_name", name}}))["FromEmailAddress"]; };
    EXPECT_EQ(from("Orders of ACME"), "Orders of ACME <fanfare@example.com>");
    EXPECT_EQ(from("ACME, Inc. \"x\""), "\"ACME, Inc. \\\"x\\\"\" <fanfare@example.com>");
    EXPECT_EQ(from("Gr\xC3\xBC\xC3\x9F"
                   "e"),
              "=?UTF-8?B?R3LDvMOfZQ==?= <fanfare@example.com>");
    EXPECT_EQ(from(""), "fanfare@example.com");
}

TEST_F(Ses, RecipientsAreAListOrCommasOrBothAlsoRendered) {
    host_.set_str("/recipients", "");
    host_.set_str("/recipients/0", "{{ data.to }}");
    host_.set_str("/recipients/1", "\"Doe, \\\"J\\\"\" <john@example.com> , ,bob@example.com");
    host_.set_str("/cc", "Zo\xC3\xAB <zoe@example.com>");
    host_.set_str("/bcc/0", "eve@example.com");
    host_.set_str("/reply_to", "re@example.com");
    const json mail = Mail(Rendered({{"/recipients/0", "ann@example.com,abe@example.com"}}));
    EXPECT_EQ(
        mail["Destination"],
        json::parse(
            R"({"ToAddresses":["ann@example.com","abe@example.com","\"Doe, \\\"J\\\"\" <john@example.com>","bob@example.com"],
                              "CcAddresses":["=?UTF-8?B?Wm/Dqw==?= <zoe@example.com>"],"BccAddresses":["eve@example.com"]})"));
    EXPECT_EQ(mail["ReplyToAddresses"], json({"re@example.com"}));
}

TEST_F(Ses, RenderedRecipientsThatAreNoneAreRejectedUnsent) {
    host_.set_str("/recipients", "{{ data.to }}");
    std::string many = "a@example.com";
    for (int i = 0; i < 50; ++i) many += ",a@example.com";
    for (const std::string& to : {std::string(), std::string(" , "), std::string("ann"), std::string("a b@example.com"),
                                  std::string("Ann <ann@example.com"), std::string("a@ex\xC3\xA4mple.com"), many}) {
        EXPECT_EQ(Send(Rendered({{"/recipients", to}})).outcome, FANFARE_REJECTED) << to;
    }
    EXPECT_EQ(Send({}).outcome, FANFARE_REJECTED) << "nothing rendered for a template";
    EXPECT_THAT(host_.http.requests(), IsEmpty());
}

TEST_F(Ses, ConfigurationSetAndTagsAreSent) {
    host_.set_str("/configuration_set", "main");
    host_.set_str("/tags/team", "blue");
    host_.set_str("/tags/kind", "{{ type }}");
    const json mail = Mail(Rendered({{"/tags/kind", "order.paid"}}));
    EXPECT_EQ(mail["ConfigurationSetName"], "main");
    EXPECT_EQ(mail["EmailTags"],
              json::parse(R"([{"Name":"team","Value":"blue"},{"Name":"kind","Value":"order.paid"}])"));
    EXPECT_EQ(Send(Rendered({{"/tags/kind", "not a tag"}})).outcome, FANFARE_REJECTED);
}

TEST_F(Ses, AnAttachmentMakesTheMailAMimeMessage) {
    host_.set_str("/attachment_name", "{{ id }}.bin");
    host_.set_str("/text", "see the file");
    host_.set_str("/html", "<p>see</p>");
    host_.set_str("/subject",
                  "Gr\xC3\xBC\xC3\x9F"
                  "e");
    TestEvent event = With(std::string(100, '\xFF'), "application/x-blob");
    event.options = {{"/attachment_name", "\xC3\xBC 1.bin"}};
    const json content = Mail(event)["Content"];
    EXPECT_FALSE(content.contains("Simple"));
    const std::string mime = parse_base64(content["Raw"]["Data"].get<std::string>()).value();
    EXPECT_THAT(mime,
                HasSubstr("From: fanfare@example.com\r\nTo: ann@example.com\r\nSubject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n"));
    EXPECT_THAT(mime, HasSubstr("Content-Type: application/x-blob\r\nContent-Disposition: attachment;\r\n "
                                "filename*=UTF-8''%C3%BC%201.bin\r\n"));
    EXPECT_THAT(mime, HasSubstr("Content-Type: multipart/alternative;"));
    EXPECT_THAT(mime, HasSubstr(base64("see the file")));
    EXPECT_THAT(mime, HasSubstr("/" + std::string(75, '/') + "\r\n")) << "lines of 76 characters";
    EXPECT_THAT(mime, Not(HasSubstr("Bcc")));
}

TEST_F(Ses, TheQueryApiGetsTheFormOfOldClients) {
    host_.set_str("/api", "v1");
    host_.set_str("/sender_name", "Name");
    host_.set_str("/recipients", "a@example.com, b@example.com");
    host_.set_str("/configuration_set", "main");
    const testing::Answer answer = Send(
        With("\"x y&\""),
        {200, "<SendEmailResponse><SendEmailResult><MessageId>id-2</MessageId></SendEmailResult></SendEmailResponse>"});
    EXPECT_EQ(answer.outcome, FANFARE_DELIVERED);
    EXPECT_EQ(answer.response, "MessageId id-2");
    const FakeHttp::Request& request = host_.http.requests().at(0);
    EXPECT_EQ(request.url, "https://email.test/");
    EXPECT_EQ(request.header("content-type"), "application/x-www-form-urlencoded; charset=utf-8");
    EXPECT_EQ(request.body,
              "Action=SendEmail&Version=2010-12-01&Source=Name%20%3Cfanfare%40example.com%3E"
              "&Destination.ToAddresses.member.1=a%40example.com&Destination.ToAddresses.member.2=b%40example.com"
              "&Message.Body.Text.Charset=UTF-8&Message.Body.Text.Data=x%20y%26"
              "&Message.Subject.Charset=UTF-8&Message.Subject.Data=news&ConfigurationSetName=main");
}

TEST_F(Ses, TheQueryApiSendsAttachmentsAsRawMail) {
    host_.set_str("/api", "v1");
    host_.set_str("/attachment_name", "a.json");
    host_.set_str("/bcc", "eve@example.com");
    Send({}, {200, "<MessageId>id-3</MessageId>"});
    EXPECT_THAT(host_.http.requests().at(0).body, HasSubstr("Action=SendRawEmail&"));
    EXPECT_THAT(
        host_.http.requests().at(0).body,
        HasSubstr("&Destinations.member.1=ann%40example.com&Destinations.member.2=eve%40example.com&RawMessage.Data="));
}

TEST_F(Ses, AnswersBecomeOutcomes) {
    struct Case {
        int status;
        const char* type;
        fanfare_outcome outcome;
    };
    for (const Case& one :
         {Case{429, "TooManyRequestsException", FANFARE_RETRY}, Case{400, "LimitExceededException", FANFARE_RETRY},
          Case{400, "SendingPausedException", FANFARE_RETRY}, Case{400, "MessageRejected", FANFARE_REJECTED},
          Case{400, "MailFromDomainNotVerifiedException", FANFARE_REJECTED},
          Case{400, "AccountSuspendedException", FANFARE_REJECTED}, Case{404, "NotFoundException", FANFARE_REJECTED},
          Case{400, "BadRequestException", FANFARE_REJECTED}, Case{500, "InternalFailure", FANFARE_RETRY}}) {
        const testing::Answer answer = Send({}, {one.status, R"({"message":"why"})", {{"x-amzn-errortype", one.type}}});
        EXPECT_EQ(answer.outcome, one.outcome) << one.type;
        EXPECT_EQ(answer.reason, std::string("email.test says ") + one.type + ": why");
    }
    EXPECT_EQ(Send({}, {200, "<html>"}).outcome, FANFARE_RETRY) << "not SES";
}

TEST_F(Ses, OptionsThatCannotWorkAreRefusedWithTheRemedy) {
    EXPECT_EQ(Refusal(), "");
    host_.set_str("/recipients", "ann@example.com; bob@example.com");
    EXPECT_THAT(Refusal(), HasSubstr("is no mail address"));
    host_.set_str("/recipients", "ann@example.com");
    host_.set_str("/sender", "nobody");
    EXPECT_THAT(Refusal(), HasSubstr("'nobody' is no mail address"));
    host_.set_str("/sender", "fanfare@example.com");
    host_.set_str("/subject", "two\nlines");
    EXPECT_THAT(Refusal(), HasSubstr("/subject has a line break"));
    host_.set_str("/subject", "one");
    host_.set_str("/tags/no tag", "x");
    EXPECT_THAT(Refusal(), HasSubstr("no name of a tag"));
}

TEST_F(Ses, AMailOfTheLargestSizeIsSentAndOneByteMoreIsRejectedUnsent) {
    host_.set_i64("/max_message_bytes", 2000);
    const std::size_t subject = std::string("news").size();
    EXPECT_EQ(Send(With(std::string(2000 - subject, 'x'), "text/plain")).outcome, FANFARE_DELIVERED);
    const std::size_t sent = host_.http.requests().size();
    const testing::Answer answer = Send(With(std::string(2001 - subject, 'x'), "text/plain"));
    EXPECT_EQ(answer.outcome, FANFARE_REJECTED);
    EXPECT_THAT(answer.reason, HasSubstr("the mail has 2001 bytes: more than the 2000 of max_message_bytes"));
    EXPECT_EQ(host_.http.requests().size(), sent);
}

TEST_F(Ses, AnAttachmentCountsAsItIsEncoded) {
    host_.set_i64("/max_message_bytes", 2000);
    host_.set_str("/attachment_name", "data.bin");
    EXPECT_EQ(Send(With(std::string(1000, 'x'), "text/plain")).outcome, FANFARE_DELIVERED);
    EXPECT_EQ(Send(With(std::string(1500, 'x'), "text/plain")).outcome, FANFARE_REJECTED);
}

}  // namespace
}  // namespace fanfare
