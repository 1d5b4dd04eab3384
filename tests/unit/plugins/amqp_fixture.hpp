// The amqp plugin at a scripted broker.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fanfare/testing.hpp>

#include "support/scripted_broker.hpp"
#include "unit/plugins/load_plugin.hpp"

namespace fanfare::test {

using testing::Answer;
using testing::FakeHost;
using testing::Instance;
using testing::TestEvent;
using tests::Heard;
using tests::ScriptedBroker;

inline const fanfare_plugin& AmqpPlugin() {
    static const fanfare_plugin& plugin = LoadPlugin(PLUGIN_FILE);
    return plugin;
}

// Each is a delivery of its own.
inline TestEvent Named(const std::string& id) {
    TestEvent event;
    event.id = id;
    event.delivery_id = "dlv_" + id;
    return event;
}

inline std::vector<TestEvent> Numbered(int count) {
    std::vector<TestEvent> events;
    for (int i = 0; i < count; ++i) events.push_back(Named(std::to_string(i)));
    return events;
}

class Amqp : public ::testing::Test {
protected:
    Amqp() { host_.set_str("/url", broker_.url()); }
    ~Amqp() override {
        instance_.reset();
        EXPECT_THAT(host_.misbehaviour(), ::testing::IsEmpty());
    }
    void Start() {
        instance_ = std::make_unique<Instance>(AmqpPlugin(), host_);
        ASSERT_EQ(instance_->create(), FANFARE_OK) << host_.error();
        ASSERT_EQ(instance_->validate(), FANFARE_OK) << host_.error();
        ASSERT_EQ(instance_->start(), FANFARE_OK) << host_.error();
    }
    void Submit(std::vector<TestEvent> events, std::uint32_t flags = 0,
                std::chrono::milliseconds time = std::chrono::seconds(60)) {
        EXPECT_EQ(instance_->deliver(std::move(events), flags, std::chrono::steady_clock::now() + time), FANFARE_OK);
    }
    // The answers that come after the first `before`, in the order of the events.
    std::vector<Answer> AnswersAfter(std::size_t before, std::size_t count) {
        EXPECT_TRUE(host_.wait_for_answers(before + count, std::chrono::seconds(60)));
        std::vector<Answer> answers = host_.answers();
        answers.erase(answers.begin(), answers.begin() + static_cast<std::ptrdiff_t>(before));
        std::sort(answers.begin(), answers.end(), [](const Answer& a, const Answer& b) {
            return std::pair(a.batch, a.index) < std::pair(b.batch, b.index);
        });
        return answers;
    }
    std::vector<Answer> Deliver(std::vector<TestEvent> events, std::uint32_t flags = 0,
                                std::chrono::milliseconds time = std::chrono::seconds(60)) {
        const std::size_t before = host_.answers().size();
        const std::size_t count = events.size();
        Submit(std::move(events), flags, time);
        return AnswersAfter(before, count);
    }
    Answer DeliverOne(TestEvent event = {}) { return Deliver({std::move(event)}).at(0); }
    // As it arrived.
    Heard Published(TestEvent event) {
        EXPECT_EQ(DeliverOne(std::move(event)).outcome, FANFARE_DELIVERED);
        return broker_.messages().back();
    }
    // The text of the refusal; empty if the options are taken.
    static std::string RefusalOf(FakeHost& host) {
        Instance instance(AmqpPlugin(), host);
        if (instance.create() != FANFARE_OK || instance.validate() != FANFARE_OK) return host.error();
        return {};
    }

    ScriptedBroker broker_;
    FakeHost host_;
    std::unique_ptr<Instance> instance_;
};

}  // namespace fanfare::test
