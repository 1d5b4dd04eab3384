#include "isolation/message.hpp"

#include <gtest/gtest.h>

#include "isolation/channel.hpp"
#include "json/value.hpp"

namespace fanfare::isolation {
namespace {

using namespace std::chrono_literals;

sink::Batch SampleBatch() {
    auto event = std::make_shared<model::StoredEvent>();
    event->key = {9, 5};
    event->envelope.realm = "north";
    event->envelope.received_at = base::Time(1234567us);
    event->envelope.event = {"i",
                             "s",
                             "t",
                             "sub",
                             "2026-01-01T00:00:00Z",
                             "text/plain",
                             "urn:x",
                             {{"one", "1", model::AttributeKind::kInteger}, {"two", "zwei"}},
                             std::string("by\0tes", 6)};
    auto request = std::make_shared<model::Request>();
    request->payload = model::Payload{"text/html", "<b>"};
    request->headers = {{"X-A", "1"}};
    request->options = {{"/path", "/p"}};
    return {{{{9, 2}, 4, event, request, 77}, {{10, 2}, 1, event, nullptr, std::nullopt}}, base::SteadyTime(5s)};
}

TEST(Message, ABatchArrivesAsItWasSent) {
    const sink::Batch sent = SampleBatch();
    const auto got = UnpackBatch(Pack(42, sent));
    ASSERT_TRUE(got);
    EXPECT_EQ(got->id, 42u);
    EXPECT_EQ(got->batch.deadline, sent.deadline);
    ASSERT_EQ(got->batch.items.size(), 2u);
    for (std::size_t i = 0; i < 2; ++i) {
        const sink::Item& a = sent.items[i];
        const sink::Item& b = got->batch.items[i];
        EXPECT_EQ(a.delivery, b.delivery);
        EXPECT_EQ(a.attempt, b.attempt);
        EXPECT_EQ(a.order_key, b.order_key);
        EXPECT_EQ(a.event->key, b.event->key);
        EXPECT_EQ(a.event->envelope.realm, b.event->envelope.realm);
        EXPECT_EQ(a.event->envelope.received_at, b.event->envelope.received_at);
        EXPECT_EQ(a.event->envelope.event, b.event->envelope.event);
        ASSERT_EQ(a.request == nullptr, b.request == nullptr);
        if (a.request) {
            EXPECT_EQ(*a.request, *b.request);
        }
    }
}

TEST(Message, AnAnswerArrivesAsItWasSent) {
    model::Outcome outcome{model::OutcomeKind::kRetry, -7, base::Duration(1500ms), "why", "body", "192.0.2.1:1", true};
    const auto got = UnpackAnswers(Pack(std::vector<sink::Answer>{{3, 1, outcome}, {4, 0, {}}}));
    ASSERT_TRUE(got);
    ASSERT_EQ(got->size(), 2u);
    const model::Outcome& out = (*got)[0].outcome;
    EXPECT_EQ((*got)[0].batch, 3u);
    EXPECT_EQ((*got)[0].index, 1u);
    EXPECT_EQ(out.kind, outcome.kind);
    EXPECT_EQ(out.code, -7);
    EXPECT_EQ(out.retry_after, outcome.retry_after);
    EXPECT_EQ(out.reason + out.response + out.remote, "whybody192.0.2.1:1");
    EXPECT_TRUE(out.gone);
    EXPECT_FALSE((*got)[1].outcome.retry_after);
}

TEST(Message, AnOrderArrivesWithItsSecrets) {
    Order order{"webhook",   {"/a", "/b"},      {"crm", json::Value{{"url", "x"}}, {}, nullptr, {}},
                "fanfare/1", log::Level::kWarn, log::Format::kJson};
    order.options.secrets.emplace("/secret", base::Secret("hunter22"));
    const auto got = UnpackOrder(Pack(order));
    ASSERT_TRUE(got);
    EXPECT_EQ(got->directories, order.directories);
    EXPECT_EQ(got->options.options, order.options.options);
    EXPECT_EQ(got->options.secrets.at("/secret").Reveal(), "hunter22");
    EXPECT_EQ(got->level, log::Level::kWarn);
    EXPECT_EQ(got->format, log::Format::kJson);
}

TEST(Message, WhatIsCutOffAnywhereIsNoMessage) {
    const std::string batch = Pack(42, SampleBatch());
    for (std::size_t length = 0; length < batch.size(); ++length)
        EXPECT_FALSE(UnpackBatch(std::string_view(batch).substr(0, length))) << length;
}

TEST(Message, AReplyTellsAnErrorWithItsCode) {
    EXPECT_TRUE(*UnpackReply(PackReply({})));
    const auto got = UnpackReply(PackReply(base::MakeError(base::Code::kConfig, "no such option")));
    ASSERT_TRUE(got);
    EXPECT_EQ(got->error().code, base::Code::kConfig);
    EXPECT_EQ(got->error().message, "no such option");
}

}  // namespace
}  // namespace fanfare::isolation
