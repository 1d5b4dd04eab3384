#include "profile/order_by.hpp"

#include <gtest/gtest.h>

namespace fanfare::profile {
namespace {

model::Envelope With(std::string data) {
    model::Envelope envelope;
    envelope.realm = "shop";
    envelope.event.subject = "order/7";
    envelope.event.content_type = "application/json";
    envelope.event.data = std::move(data);
    envelope.event.extensions = {{"partition", "p1"}};
    return envelope;
}

std::optional<std::uint64_t> KeyOf(const std::string& pointer, const std::string& data) {
    return OrderBy::Parse(pointer)->KeyOf(With(data));
}

TEST(OrderBy, TheSameValueHasTheSameKeyAndAnotherHasAnother) {
    EXPECT_EQ(KeyOf("/data/id", R"({"id":"a"})"), KeyOf("/data/id", R"({"x":1,"id":"\u0061"})"));
    EXPECT_NE(KeyOf("/data/id", R"({"id":"a"})"), KeyOf("/data/id", R"({"id":"b"})"));
    EXPECT_NE(KeyOf("/data/id", R"({"id":"7"})"), KeyOf("/data/id", R"({"id":7})")) << "text is no number";
    EXPECT_EQ(KeyOf("/data/a/0/id", R"({"a":[{"id":7}]})"), KeyOf("/data/id", R"({"id":7})"));
}

TEST(OrderBy, ItsNumberIsTheSameInEveryVersion) { EXPECT_EQ(KeyOf("/subject", "{}"), 0x5d4be22fe79132a0u); }

TEST(OrderBy, AttributesAndExtensionsAreKeysToo) {
    for (const char* pointer : {"/subject", "/realm", "/partition"}) EXPECT_TRUE(KeyOf(pointer, "{}").has_value()) << pointer;
}

TEST(OrderBy, WhatHasNoTextNumberOrBooleanThereKeepsNoOrder) {
    for (const char* data : {"{}", R"({"id":null})", R"({"id":{}})", R"({"id":[1]})", "[1]", "no JSON"}) {
        EXPECT_EQ(KeyOf("/data/id", data), std::nullopt) << data;
    }
    EXPECT_EQ(KeyOf("/colour", "{}"), std::nullopt);
    model::Envelope opaque = With(R"({"id":1})");
    opaque.event.content_type = "text/plain";
    EXPECT_EQ(OrderBy::Parse("/data/id")->KeyOf(opaque), std::nullopt);
}

TEST(OrderBy, APlaceThatCannotBeIsNone) {
    for (const char* pointer : {"", "data/id", "/subject/x", "/data/~2"}) EXPECT_FALSE(OrderBy::Parse(pointer)) << pointer;
}

}  // namespace
}  // namespace fanfare::profile
