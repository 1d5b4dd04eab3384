#include "ingest/trace.hpp"

#include <gtest/gtest.h>

namespace fanfare::ingest {
namespace {

const std::string kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::vector<model::Attribute> Traced(std::vector<http::Header> headers, std::vector<model::Attribute> extensions = {}) {
    http::RequestHead head;
    head.headers = std::move(headers);
    model::Event event;
    event.extensions = std::move(extensions);
    AddTrace(head, event);
    return event.extensions;
}

TEST(TraceParent, IsTakenAsTheStandardWritesIt) {
    EXPECT_TRUE(IsTraceParent(kParent));
    EXPECT_TRUE(IsTraceParent("cc" + kParent.substr(2) + "-what-the-future-will-be-like"));
}

TEST(TraceParent, AnythingElseIsNone) {
    for (const std::string& text :
         {std::string(), std::string("00"), kParent + "-", kParent + "x", "ff" + kParent.substr(2),
          "00-" + std::string(32, '0') + kParent.substr(35), kParent.substr(0, 36) + std::string(16, '0') + "-01",
          std::string("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"), std::string(55, '-')}) {
        EXPECT_FALSE(IsTraceParent(text)) << text;
    }
}

TEST(AddTrace, TheTraceOfTheRequestBecomesThatOfTheEvent) {
    const auto extensions = Traced({{"traceparent", kParent}, {"tracestate", "rojo=00f067aa0ba902b7"}});
    ASSERT_EQ(extensions.size(), 2u);
    EXPECT_EQ(extensions[0].name, "traceparent");
    EXPECT_EQ(extensions[0].value, kParent);
    EXPECT_EQ(extensions[1].value, "rojo=00f067aa0ba902b7");
}

TEST(AddTrace, AnEventKeepsATraceOfItsOwn) {
    const auto extensions = Traced({{"traceparent", kParent}}, {{"traceparent", "its own"}});
    ASSERT_EQ(extensions.size(), 1u);
    EXPECT_EQ(extensions[0].value, "its own");
}

TEST(AddTrace, WhatIsNoneOrStandsTwiceOrCouldLeaveItsHeaderIsIgnored) {
    EXPECT_TRUE(Traced({{"traceparent", "00-what"}}).empty());
    EXPECT_TRUE(Traced({{"traceparent", kParent}, {"traceparent", kParent}}).empty());
    EXPECT_EQ(Traced({{"traceparent", kParent}, {"tracestate", "a=\xff"}}).size(), 1u);
    EXPECT_EQ(Traced({{"traceparent", kParent}, {"tracestate", std::string(513, 'a')}}).size(), 1u);
    EXPECT_TRUE(Traced({{"tracestate", "a=b"}}).empty());
}

}  // namespace
}  // namespace fanfare::ingest
