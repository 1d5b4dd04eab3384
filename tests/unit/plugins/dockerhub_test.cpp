// The dockerhub plugin, seen by the requests that it hands to the host's HTTP client.
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

constexpr char kSource[] = "11111111-aaaa";
constexpr char kTrigger[] = "22222222-bbbb";

const fanfare_plugin& Plugin() {
    static const fanfare_plugin& plugin = test::LoadPlugin(PLUGIN_FILE);
    return plugin;
}

class Dockerhub : public ::testing::Test {
protected:
    Dockerhub() {
        host_.set_secret("/source", kSource);
        host_.set_secret("/trigger", kTrigger);
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
    testing::Answer Deliver(TestEvent event = {}) {
        EXPECT_EQ(instance_->deliver({std::move(event)}), FANFARE_OK);
        host_.http.pump();
        return host_.answers().back();
    }
    const FakeHttp::Request& Last() const { return host_.http.requests().back(); }

    FakeHost host_;
    std::unique_ptr<Instance> instance_;
};

TEST_F(Dockerhub, SchemaIsJsonAndDescribesEveryOption) {
    const json schema = json::parse(view(Plugin().config_schema));
    EXPECT_EQ(schema["additionalProperties"], false);
    for (const auto& [name, option] : schema["properties"].items()) EXPECT_TRUE(option.contains("description")) << name;
    EXPECT_EQ(view(Plugin().name), "dockerhub");
}

TEST_F(Dockerhub, RequestIsTheBuildTriggerOfTheSourceWithoutTheDataOfTheEvent) {
    Start();
    TestEvent event;
    event.data = R"({"hidden":1})";
    EXPECT_EQ(Deliver(event).outcome, FANFARE_DELIVERED);
    EXPECT_EQ(Last().method, "POST");
    EXPECT_EQ(Last().url, "https://hub.docker.com/api/build/v1/source/11111111-aaaa/trigger/22222222-bbbb/call/");
    EXPECT_EQ(Last().header("content-type"), "application/json");
    EXPECT_EQ(Last().body, R"({"source_type": "Branch", "source_name": "master"})");
}

TEST_F(Dockerhub, TagOfTheEventIsBuiltAtTheAddressOfTheOptions) {
    host_.set_str("/base_url", "http://127.0.0.1:8080/hub/");
    host_.set_str("/source_type", "Tag");
    host_.set_str("/source_name", "v{{ data.version }}");
    Start();
    TestEvent event;
    event.options = {{"/source_name", "v1.0 \"final\" \xE2\x82\xAC"}};
    Deliver(event);
    EXPECT_THAT(Last().url, ::testing::StartsWith("http://127.0.0.1:8080/hub/api/build/v1/source/"));
    EXPECT_EQ(json::parse(Last().body), json({{"source_type", "Tag"}, {"source_name", "v1.0 \"final\" \xE2\x82\xAC"}}));
}

TEST_F(Dockerhub, NameThatIsEmptyOrNotRenderedIsRejectedUnsent) {
    host_.set_str("/source_name", "{{ data.tag }}");
    Start();
    EXPECT_THAT(Deliver().reason, HasSubstr("fanfare deliveries retry --render"));
    for (const std::string name : {"", "  "}) {
        TestEvent event;
        event.options = {{"/source_name", name}};
        EXPECT_EQ(Deliver(event).outcome, FANFARE_REJECTED);
        EXPECT_THAT(host_.answers().back().reason, HasSubstr("nothing to build"));
    }
    EXPECT_THAT(host_.http.requests(), IsEmpty());
}

TEST_F(Dockerhub, TriggerThatDoesNotExistSaysSoAndItsIdsAreMasked) {
    Start();
    for (const int status : {403, 404}) {
        host_.http.reply({status, std::string("no ") + kTrigger + " of " + kSource});
        const testing::Answer answer = Deliver();
        EXPECT_EQ(answer.outcome, FANFARE_REJECTED);
        EXPECT_EQ(answer.code, status);
        EXPECT_THAT(answer.reason, HasSubstr("from hub.docker.com: no *** of ***; no such trigger"));
        EXPECT_THAT(answer.response, Not(HasSubstr(kTrigger)));
    }
    host_.http.reply({503, "busy", {}, 3000});
    EXPECT_EQ(Deliver().outcome, FANFARE_RETRY);
    EXPECT_EQ(host_.answers().back().retry_after_ms, 3000);
}

TEST_F(Dockerhub, SecretThatIsReplacedInPlaceIsUsedAndWithoutOneNothingIsSent) {
    Start();
    host_.set_secret("/trigger", "other");
    Deliver();
    EXPECT_THAT(Last().url, HasSubstr("/trigger/other/call/"));
    host_.drop_secret("/trigger");
    EXPECT_EQ(Deliver().outcome, FANFARE_RETRY);
    EXPECT_EQ(host_.http.requests().size(), 1u);
}

TEST_F(Dockerhub, OptionsThatCannotWorkAreRefusedWithoutShowingASecret) {
    EXPECT_EQ(Refusal(), "");
    host_.set_secret("/trigger", "hidden/call/");
    EXPECT_THAT(Refusal(), HasSubstr("trigger is more than one part of the trigger's address"));
    EXPECT_THAT(Refusal(), Not(HasSubstr("hidden")));
    host_.set_str("/base_url", "hub.docker.com");
    EXPECT_THAT(Refusal(), HasSubstr("base_url does not start with http:// or https://"));
}

TEST_F(Dockerhub, WhatIsUnderWayWhenTheHostStopsIsGivenBack) {
    Start();
    instance_->deliver({TestEvent{"a"}});
    instance_->end();
    ASSERT_EQ(host_.answers().size(), 1u);
    EXPECT_EQ(host_.answers()[0].outcome, FANFARE_NOT_ATTEMPTED);
    EXPECT_THAT(host_.misbehaviour(), IsEmpty());
}

}  // namespace
}  // namespace fanfare
