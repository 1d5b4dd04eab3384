// JSON for readers, and options that are JSON.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include <fanfare/config_json.hpp>
#include <fanfare/json_text.hpp>
#include <fanfare/testing.hpp>

namespace fanfare {
namespace {

using nlohmann::json;
using testing::FakeHost;
using testing::TestEvent;

std::string Readable(std::string_view text) {
    std::string out = "as before";
    return append_readable_json(out, text) ? out.substr(9) : out;
}

TEST(ReadableJson, HasALineForEachMemberAndElement) {
    EXPECT_EQ(Readable(R"({"a":[1,{"b":null}],"c":{}, "d":[ ]})"),
              "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}");
    EXPECT_EQ(Readable(" 7 "), "7");
}

TEST(ReadableJson, NumbersAndStringsAreExactlyAsWritten) {
    EXPECT_EQ(Readable(R"({"n":1.50e+400,"s":"{\"x\": [1,2]}\\","u":"\u00e9"})"),
              "{\n  \"n\": 1.50e+400,\n  \"s\": \"{\\\"x\\\": [1,2]}\\\\\",\n  \"u\": \"\\u00e9\"\n}");
}

TEST(ReadableJson, WhatIsNoJsonLeavesTheTextAsItWas) {
    EXPECT_EQ(Readable("{"), "as before");
    EXPECT_EQ(Readable(""), "as before");
}

std::string ConfigJson(FakeHost& host, std::string_view at, TestEvent event = {}) {
    testing::HeldBatch batch(1, {std::move(event)}, 0, {});
    std::string out;
    append_config_json(out, Config(Host(host.table(), host.ctx())), at, Event(*batch.border()->events[0]));
    return out;
}

TEST(ConfigJson, OptionIsWrittenWithAllThatIsBelowIt) {
    FakeHost host;
    host.set_str("/props/card", "a \"b\"\n");
    host.set_i64("/props/list/0", -3);
    host.set_f64("/props/list/1", 0.1);
    host.set_bool("/props/list/2", true);
    host.set_str("/props/a~1b", "slash");
    host.set_empty_table("/props/nothing");
    EXPECT_EQ(json::parse(ConfigJson(host, "/props")),
              json::parse(R"({"card":"a \"b\"\n","list":[-3,0.1,true],"a/b":"slash"})"));
    EXPECT_EQ(ConfigJson(host, "/props/list"), "[-3,0.1,true]");
    EXPECT_EQ(ConfigJson(host, "/props/nothing"), "{}");
}

TEST(ConfigJson, TextThatIsATemplateIsTheOneRenderedForTheEvent) {
    FakeHost host;
    host.set_str("/list/0/title", "{{type}}");
    host.set_str("/list/0/text", "fixed");
    TestEvent event;
    event.options = {{"/list/0/title", "order \"42\""}};
    EXPECT_EQ(ConfigJson(host, "/list", event), R"([{"title":"order \"42\"","text":"fixed"}])");
}

TEST(ConfigJson, OptionThatIsNotThereIsNamed) {
    FakeHost host;
    EXPECT_THROW(ConfigJson(host, "/props"), ConfigError);
}

}  // namespace
}  // namespace fanfare
