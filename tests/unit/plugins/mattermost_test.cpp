// The mattermost plugin, seen by the requests that it hands to the host's HTTP client.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include <fanfare/testing.hpp>

#include "unit/plugins/load_plugin.hpp"

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

constexpr char kToken[] = "k8hrsecrethookid9tokentoke";

const fanfare_plugin& Plugin() {
    static const fanfare_plugin& plugin = test::LoadPlugin(PLUGIN_FILE);
    return plugin;
}

TestEvent WithData(std::string data, std::string content_type = "application/json") {
    TestEvent event;
    event.data = std::move(data);
    event.content_type = std::move(content_type);
    return event;
}

FakeHttp::Reply Error(int status, const std::string& id, const std::string& message) {
    return {status, json{{"id", id}, {"message", message}, {"detailed_error", ""}, {"status_code", status}}.dump()};
}

class Mattermost : public ::testing::Test {
protected:
    Mattermost() {
        host_.set_str("/host", "https://chat.example.com");
        host_.set_secret("/token", kToken);
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
    testing::Answer Deliver(TestEvent event) {
        EXPECT_EQ(instance_->deliver({std::move(event)}), FANFARE_OK);
        host_.http.pump();
        return host_.answers().back();
    }
    testing::Answer AnswerTo(FakeHttp::Reply reply) {
        host_.http.reply(std::move(reply));
        return Deliver(WithData("x", "text/plain"));
    }
    // The JSON of the last request.
    json Post(TestEvent event) {
        host_.http.reply({200, "ok"});
        EXPECT_EQ(Deliver(std::move(event)).outcome, FANFARE_DELIVERED) << host_.answers().back().reason;
        return json::parse(host_.http.requests().back().body);
    }
    std::vector<std::string> Texts() const {
        std::vector<std::string> texts;
        for (const FakeHttp::Request& request : host_.http.requests()) {
            texts.push_back(json::parse(request.body)["text"].get<std::string>());
        }
        return texts;
    }

    FakeHost host_;
    std::unique_ptr<Instance> instance_;
};

TEST_F(Mattermost, SchemaIsJsonAndDescribesEveryOption) {
    const json schema = json::parse(view(Plugin().config_schema));
    EXPECT_EQ(schema["additionalProperties"], false);
    for (const auto& [name, option] : schema["properties"].items()) EXPECT_TRUE(option.contains("description")) << name;
    EXPECT_EQ(view(Plugin().name), "mattermost");
}

TEST_F(Mattermost, RequestGoesToTheWebhookOfTheTokenWithTheTextAlone) {
    Start();
    EXPECT_EQ(Post(WithData("hello", "text/plain")), json::parse(R"({"text":"hello"})"));
    const FakeHttp::Request& request = host_.http.requests().back();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, std::string("https://chat.example.com/hooks/") + kToken);
    EXPECT_EQ(request.header("content-type"), "application/json");
}

TEST_F(Mattermost, SlashAtTheEndOfTheHostAndAPathBehindItAreTaken) {
    host_.set_str("/host", "http://example.com:8065/chat/");
    Start();
    Post(WithData("x", "text/plain"));
    EXPECT_EQ(host_.http.requests().back().url, std::string("http://example.com:8065/chat/hooks/") + kToken);
}

TEST_F(Mattermost, TextIsPostedAsItIsAlsoAsAStringInJson) {
    Start();
    EXPECT_EQ(Post(WithData("*a* \"b\"\n\xE2\x82\xAC", "text/plain; charset=utf-8"))["text"],
              "*a* \"b\"\n\xE2\x82\xAC");
    EXPECT_EQ(Post(WithData(R"("it's \"done\" \u20ac")"))["text"], "it's \"done\" \xE2\x82\xAC");
    EXPECT_EQ(Post(WithData("42"))["text"], "42");
    EXPECT_EQ(Post(WithData("not JSON", ""))["text"], "not JSON");
    EXPECT_EQ(Post(WithData("{broken"))["text"], "{broken");
}

TEST_F(Mattermost, ObjectIsPostedAsReadableJsonWithItsNumbersAsWritten) {
    Start();
    EXPECT_EQ(Post(WithData(R"({"event":"job","took":1.50,"tags":["a"]})"))["text"],
              "```json\n{\n  \"event\": \"job\",\n  \"took\": 1.50,\n  \"tags\": [\n    \"a\"\n  ]\n}\n```");
}

TEST_F(Mattermost, WhatAShapeMadeIsPostedAsItIsAlsoIfItIsJson) {
    Start();
    TestEvent event = WithData(R"({"a":1})");
    event.shaped = true;
    EXPECT_EQ(Post(event)["text"], R"({"a":1})");
}

TEST_F(Mattermost, EventWithoutDataAndDataThatIsNoTextAreRejectedUnsent) {
    Start();
    EXPECT_EQ(Deliver(WithData("")).outcome, FANFARE_REJECTED);
    EXPECT_THAT(host_.answers().back().reason, HasSubstr("no data to post"));
    EXPECT_EQ(Deliver(WithData("\xFF", "text/plain")).outcome, FANFARE_REJECTED);
    EXPECT_THAT(host_.answers().back().reason, HasSubstr("no UTF-8 text"));
    EXPECT_EQ(Deliver(WithData(R"("")")).outcome, FANFARE_REJECTED);
    EXPECT_THAT(host_.http.requests(), IsEmpty());
}

TEST_F(Mattermost, OptionsOfTheMessageStandInItAndTemplatesAsRendered) {
    host_.set_str("/channel", "@{{ data.owner }}");
    host_.set_str("/username", "Fanfare");
    host_.set_str("/icon_url", "https://example.com/f.png");
    host_.set_str("/icon_emoji", "rocket");
    host_.set_str("/type", "custom_alert");
    host_.set_str("/priority/priority", "urgent");
    host_.set_bool("/priority/requested_ack", true);
    host_.set_str("/attachments/0/title", "{{ subject }}");
    host_.set_str("/attachments/0/fields/0/value", "1");
    host_.set_bool("/attachments/0/fields/0/short", true);
    host_.set_str("/props/card", "**more**");
    host_.set_i64("/props/build", 7);
    Start();
    TestEvent event = WithData("x", "text/plain");
    event.options = {{"/channel", "@anna"}, {"/attachments/0/title", "Order \"42\""}};
    EXPECT_EQ(Post(event), json::parse(R"({"text":"x","channel":"@anna","username":"Fanfare",
        "icon_url":"https://example.com/f.png","icon_emoji":"rocket","type":"custom_alert",
        "priority":{"priority":"urgent","requested_ack":true},
        "attachments":[{"title":"Order \"42\"","fields":[{"value":"1","short":true}]}],
        "props":{"card":"**more**","build":7}})"));
}

TEST_F(Mattermost, AttachmentsNeedNoText) {
    host_.set_str("/attachments/0/text", "here");
    Start();
    EXPECT_EQ(Post(WithData(""))["attachments"][0]["text"], "here");
}

TEST_F(Mattermost, LongTextIsSplitIntoPostsAtLineEndsAndBlanksAndTheLastHasTheAttachments) {
    host_.set_i64("/max_characters", 100);
    host_.set_str("/channel", "c");
    host_.set_str("/attachments/0/text", "here");
    Start();
    for (int i = 0; i < 3; ++i) host_.http.reply({200, "ok"});
    const std::string a(70, 'a');
    const std::string b(60, 'b');
    const std::string c(120, 'c');
    EXPECT_EQ(Deliver(WithData(a + "\n" + b + " " + c, "text/plain")).outcome, FANFARE_RETRY)
        << "a fourth post is open";
    EXPECT_THAT(Texts(), ::testing::ElementsAre(a, b, std::string(100, 'c'), std::string(20, 'c')));
    EXPECT_EQ(json::parse(host_.http.requests()[0].body)["channel"], "c");
    EXPECT_FALSE(json::parse(host_.http.requests()[0].body).contains("attachments"));
    EXPECT_TRUE(json::parse(host_.http.requests()[3].body).contains("attachments"));
}

TEST_F(Mattermost, CharactersAreCountedNotBytesAndNoneIsCutInTwo) {
    host_.set_i64("/max_characters", 100);
    Start();
    std::string text;
    for (int i = 0; i < 100; ++i) text += "\xF0\x9F\x98\x80";
    EXPECT_EQ(Post(WithData(text, "text/plain"))["text"], text);
    host_.http.reply({200, "ok"});
    Post(WithData(text + "\xF0\x9F\x98\x80", "text/plain"));
    EXPECT_EQ(Texts().size(), 3u);
    EXPECT_EQ(Texts().back(), "\xF0\x9F\x98\x80");
}

TEST_F(Mattermost, EachPostOfALongObjectIsCodeOfItsOwn) {
    host_.set_i64("/max_characters", 100);
    Start();
    host_.http.reply({200, "ok"});
    Post(WithData(R"({"a":")" + std::string(60, 'a') + R"(","b":")" + std::string(60, 'b') + R"("})"));
    ASSERT_EQ(Texts().size(), 2u);
    for (const std::string& text : Texts()) {
        EXPECT_THAT(text, ::testing::StartsWith("```json\n"));
        EXPECT_THAT(text, ::testing::EndsWith("\n```"));
        EXPECT_LE(text.size(), 100u);
    }
}

TEST_F(Mattermost, LongTextIsCutIfAskedFor) {
    host_.set_i64("/max_characters", 100);
    host_.set_str("/long_text", "cut");
    Start();
    EXPECT_EQ(Post(WithData(std::string(101, 'x'), "text/plain"))["text"], std::string(99, 'x') + "\xE2\x80\xA6");
    EXPECT_EQ(Post(WithData(std::string(100, 'x'), "text/plain"))["text"], std::string(100, 'x'));
}

TEST_F(Mattermost, PostThatFailsEndsTheDeliveryOfALongText) {
    host_.set_i64("/max_characters", 100);
    Start();
    host_.http.reply({200, "ok"});
    host_.http.reply({503});
    EXPECT_EQ(Deliver(WithData(std::string(300, 'x'), "text/plain")).outcome, FANFARE_RETRY);
    EXPECT_EQ(host_.http.requests().size(), 2u);
}

TEST_F(Mattermost, OnlyTwoHundredWithOkIsADelivery) {
    Start();
    EXPECT_EQ(AnswerTo({200, "ok"}).outcome, FANFARE_DELIVERED);
    EXPECT_EQ(AnswerTo({200, "ok\n"}).outcome, FANFARE_DELIVERED);
    for (const auto& [status, body] : std::vector<std::pair<int, std::string>>{
             {200, ""}, {200, "<html>Login"}, {200, "okay"}, {201, "ok"}, {204, ""}}) {
        EXPECT_EQ(AnswerTo({status, body}).outcome, FANFARE_RETRY) << status << body;
        EXPECT_THAT(host_.answers().back().reason, HasSubstr("is host right?"));
    }
}

TEST_F(Mattermost, WrongTokenSwitchedOffAndMissingChannelAreToldApart) {
    Start();
    testing::Answer answer = AnswerTo(Error(400, "web.incoming_webhook.invalid.app_error", "Invalid webhook."));
    EXPECT_EQ(answer.outcome, FANFARE_REJECTED);
    EXPECT_EQ(answer.reason,
              "HTTP 400 web.incoming_webhook.invalid.app_error from chat.example.com: Invalid webhook.; "
              "no webhook has this token: compare it with the webhook's address");
    answer = AnswerTo(Error(501, "web.incoming_webhook.disabled.app_error", "Incoming webhooks have been disabled."));
    EXPECT_EQ(answer.outcome, FANFARE_RETRY) << "they may be switched on again";
    EXPECT_THAT(answer.reason, HasSubstr("switched off"));
    answer = AnswerTo(Error(404, "web.incoming_webhook.channel.app_error", "Couldn't find the channel."));
    EXPECT_EQ(answer.outcome, FANFARE_REJECTED);
    EXPECT_THAT(answer.reason, HasSubstr("Couldn't find the channel.; there is no such channel"));
    answer = AnswerTo(Error(403, "web.incoming_webhook.channel_locked.app_error", "Locked."));
    EXPECT_EQ(answer.outcome, FANFARE_REJECTED);
    EXPECT_THAT(answer.reason, HasSubstr("remove the option channel"));
}

TEST_F(Mattermost, ServerThatHidesTheCauseIsUnderstoodByItsStatus) {
    Start();
    const std::string id = "web.incoming_webhook.general.app_error";
    EXPECT_THAT(AnswerTo(Error(400, id, "Failed.")).reason, HasSubstr("no webhook has this token, or"));
    EXPECT_THAT(AnswerTo(Error(403, id, "Failed.")).reason, HasSubstr("may not post there"));
    EXPECT_THAT(AnswerTo(Error(404, id, "Failed.")).reason, HasSubstr("no such channel"));
    EXPECT_THAT(AnswerTo(Error(413, id, "Failed.")).reason, HasSubstr("lower max_characters"));
    EXPECT_THAT(AnswerTo(Error(501, id, "Failed.")).reason, HasSubstr("switched off"));
    EXPECT_THAT(AnswerTo({404, "404 page not found"}).reason, HasSubstr("is host right?"));
}

TEST_F(Mattermost, TokenThatTheServerRepeatsIsMasked) {
    Start();
    const testing::Answer answer = AnswerTo(Error(400, "web.incoming_webhook.general.app_error",
                                                  std::string("Failed to handle the payload for ") + kToken + "."));
    EXPECT_THAT(answer.reason, HasSubstr("Failed to handle the payload for ***."));
    EXPECT_THAT(answer.reason + answer.response, Not(HasSubstr(kToken)));
}

TEST_F(Mattermost, TokenThatIsReplacedInPlaceIsUsedAndWithoutOneNothingIsSent) {
    Start();
    host_.set_secret("/token", "other");
    Post(WithData("x", "text/plain"));
    EXPECT_EQ(host_.http.requests().back().url, "https://chat.example.com/hooks/other");
    host_.drop_secret("/token");
    EXPECT_EQ(Deliver(WithData("x", "text/plain")).outcome, FANFARE_RETRY);
    EXPECT_EQ(host_.http.requests().size(), 1u);
}

TEST_F(Mattermost, HostWithoutASchemeAndATokenThatIsAnAddressAreRefused) {
    host_.set_str("/host", "chat.example.com");
    EXPECT_THAT(Refusal(), HasSubstr("host does not start with http:// or https://"));
    host_.set_str("/host", "https://chat.example.com");
    host_.set_secret("/token", "https://chat.example.com/hooks/hidden");
    EXPECT_THAT(Refusal(), HasSubstr("token is not letters and digits alone"));
    EXPECT_THAT(Refusal(), Not(HasSubstr("hidden")));
    host_.drop_secret("/token");
    EXPECT_THAT(Refusal(), HasSubstr("/token is missing"));
}

TEST_F(Mattermost, WhatIsUnderWayWhenTheHostStopsIsGivenBack) {
    Start();
    instance_->deliver({WithData("x", "text/plain")});
    instance_->end();
    ASSERT_EQ(host_.answers().size(), 1u);
    EXPECT_EQ(host_.answers()[0].outcome, FANFARE_NOT_ATTEMPTED);
    EXPECT_THAT(host_.misbehaviour(), IsEmpty());
}

}  // namespace
}  // namespace fanfare
