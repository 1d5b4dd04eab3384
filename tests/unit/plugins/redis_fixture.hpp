// The redis plugin at one scripted server or more.
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

#include "support/scripted_redis.hpp"
#include "unit/plugins/load_plugin.hpp"

namespace fanfare::test {

using testing::Answer;
using testing::FakeHost;
using testing::Instance;
using testing::TestEvent;
using tests::RedisCommand;
using tests::ScriptedRedis;

inline const fanfare_plugin& RedisPlugin() {
    static const fanfare_plugin& plugin = LoadPlugin(PLUGIN_FILE);
    return plugin;
}

inline TestEvent Named(std::string id) {
    TestEvent event;
    event.id = std::move(id);
    return event;
}

inline std::vector<TestEvent> Numbered(int count) {
    std::vector<TestEvent> events;
    for (int i = 0; i < count; ++i) events.push_back(Named(std::to_string(i)));
    return events;
}

class Redis : public ::testing::Test {
protected:
    Redis() {
        host_.set_str("/server", server_.address());
        host_.set_str("/key", "events");
    }
    ~Redis() override {
        instance_.reset();
        EXPECT_THAT(host_.misbehaviour(), ::testing::IsEmpty());
    }
    void Start() {
        instance_ = std::make_unique<Instance>(RedisPlugin(), host_);
        ASSERT_EQ(instance_->create(), FANFARE_OK) << host_.error();
        ASSERT_EQ(instance_->validate(), FANFARE_OK) << host_.error();
        ASSERT_EQ(instance_->start(), FANFARE_OK) << host_.error();
    }
    // Their answers, in the order of the events.
    std::vector<Answer> Deliver(std::vector<TestEvent> events, std::uint32_t flags = 0,
                                std::chrono::milliseconds time = std::chrono::seconds(60)) {
        const std::size_t before = host_.answers().size();
        const std::size_t count = events.size();
        EXPECT_EQ(instance_->deliver(std::move(events), flags, std::chrono::steady_clock::now() + time), FANFARE_OK);
        EXPECT_TRUE(host_.wait_for_answers(before + count, std::chrono::seconds(60)));
        std::vector<Answer> answers = host_.answers();
        answers.erase(answers.begin(), answers.begin() + static_cast<std::ptrdiff_t>(before));
        std::sort(answers.begin(), answers.end(), [](const Answer& a, const Answer& b) { return a.index < b.index; });
        return answers;
    }
    Answer DeliverOne(TestEvent event = {}) { return Deliver({std::move(event)}).at(0); }
    // The text of the refusal; empty if the options are taken.
    static std::string RefusalOf(FakeHost& host) {
        Instance instance(RedisPlugin(), host);
        if (instance.create() != FANFARE_OK || instance.validate() != FANFARE_OK) return host.error();
        return {};
    }

    ScriptedRedis server_;
    FakeHost host_;
    std::unique_ptr<Instance> instance_;
};

}  // namespace fanfare::test
