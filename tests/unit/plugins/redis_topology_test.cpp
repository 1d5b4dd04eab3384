// The redis plugin at a cluster, and with Sentinels.
#include "plugins/redis/hash_slot.hpp"
#include "support/child.hpp"
#include "unit/plugins/redis_fixture.hpp"

namespace fanfare::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string Redirect(const std::string& kind, const std::string& to) {
    return ScriptedRedis::Error(kind + " " + std::to_string(plugins::redis::HashSlot("events")) + " " + to);
}

// Sends every XADD on.
ScriptedRedis::Answer SendsOn(std::string kind, std::string to) {
    return [kind = std::move(kind), to = std::move(to)](const RedisCommand& command) -> std::optional<std::string> {
        return command.name() == "XADD" ? std::optional(Redirect(kind, to)) : std::nullopt;
    };
}

class RedisCluster : public Redis {
protected:
    RedisCluster() { host_.set_bool("/cluster", true); }

    ScriptedRedis other_;
};

TEST_F(RedisCluster, MovedSlotIsFollowedAndRemembered) {
    server_.Set(SendsOn("MOVED", other_.address()));
    Start();
    for (const Answer& answer : Deliver(Numbered(3))) {
        EXPECT_EQ(answer.outcome, FANFARE_DELIVERED) << answer.reason;
        EXPECT_EQ(answer.remote, other_.address());
    }
    EXPECT_EQ(DeliverOne().outcome, FANFARE_DELIVERED);
    EXPECT_THAT(server_.commands(), SizeIs(3));
    EXPECT_THAT(other_.commands(), SizeIs(4));
    EXPECT_EQ(other_.connections(), 1);
}

TEST_F(RedisCluster, MovedWithoutAHostMeansTheHostThatAnswered) {
    server_.Set(SendsOn("MOVED", ":" + std::to_string(other_.port())));
    Start();
    EXPECT_EQ(DeliverOne().outcome, FANFARE_DELIVERED);
    EXPECT_THAT(other_.commands(), SizeIs(1));
}

TEST_F(RedisCluster, AskIsFollowedOnceAfterAsking) {
    server_.Set(SendsOn("ASK", other_.address()));
    Start();
    EXPECT_EQ(DeliverOne().outcome, FANFARE_DELIVERED);
    server_.Set({});
    EXPECT_EQ(DeliverOne().outcome, FANFARE_DELIVERED);
    const auto commands = other_.commands();
    ASSERT_THAT(commands, SizeIs(2));
    EXPECT_THAT(commands[0].words, ElementsAre("ASKING"));
    EXPECT_EQ(commands[1].name(), "XADD");
    EXPECT_THAT(server_.commands(), SizeIs(2)) << "ASK was remembered";
}

TEST_F(RedisCluster, NodesThatSendOnInACircleEndInARetry) {
    server_.Set(SendsOn("MOVED", other_.address()));
    other_.Set(SendsOn("MOVED", server_.address()));
    Start();
    const Answer answer = DeliverOne();
    EXPECT_EQ(answer.outcome, FANFARE_RETRY);
    EXPECT_THAT(answer.reason, HasSubstr("sent it on more than 5 times"));
    EXPECT_EQ(server_.commands().size() + other_.commands().size(), 6u);
}

TEST_F(RedisCluster, NodeThatIsGoneIsForgottenAndTheOthersAskedAgain) {
    const std::string gone = "127.0.0.1:" + std::to_string(tests::FreePort());
    server_.Set(SendsOn("MOVED", gone));
    Start();
    const Answer answer = DeliverOne();
    EXPECT_EQ(answer.outcome, FANFARE_UNREACHABLE);
    EXPECT_THAT(answer.reason, HasSubstr(gone + ": Connection refused"));
    server_.Set(SendsOn("MOVED", other_.address()));
    EXPECT_EQ(DeliverOne().outcome, FANFARE_DELIVERED);
    EXPECT_THAT(other_.commands(), SizeIs(1));
}

TEST_F(RedisCluster, RedirectionThatMakesNoSenseIsARetry) {
    for (const std::string text :
         {"MOVED", "MOVED x 127.0.0.1:1", "MOVED 1 nowhere", "MOVED 1 h:0", "MOVED 99999 h:1"}) {
        server_.Set([text](const RedisCommand& command) -> std::optional<std::string> {
            return command.name() == "XADD" ? std::optional(ScriptedRedis::Error(text)) : std::nullopt;
        });
        Start();
        EXPECT_EQ(DeliverOne().outcome, FANFARE_RETRY) << text;
        instance_.reset();
    }
}

TEST_F(RedisCluster, OrderedBatchKeepsItsOrderOverARedirection) {
    server_.Set(SendsOn("MOVED", other_.address()));
    Start();
    for (const Answer& answer : Deliver(Numbered(3), FANFARE_BATCH_ORDERED))
        EXPECT_EQ(answer.outcome, FANFARE_DELIVERED);
    const auto commands = other_.commands();
    ASSERT_THAT(commands, SizeIs(3));
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(commands[i].after("id"), std::to_string(i));
    EXPECT_THAT(server_.commands(), SizeIs(1));
}

// A Sentinel that names a master, or none.
ScriptedRedis::Answer Names(const std::string& host, int port) {
    return [=](const RedisCommand& command) -> std::optional<std::string> {
        if (command.name() != "SENTINEL") return std::nullopt;
        if (host.empty()) return "*-1\r\n";
        return "*2\r\n" + ScriptedRedis::Text(host) + ScriptedRedis::Text(std::to_string(port));
    };
}

class RedisSentinel : public Redis {
protected:
    RedisSentinel() { master_.Set({}); }
    void StartWith(const std::vector<std::string>& sentinels) {
        host_ptr_ = std::make_unique<FakeHost>();
        for (std::size_t i = 0; i < sentinels.size(); ++i) {
            host_ptr_->set_str("/server/" + std::to_string(i), sentinels[i]);
        }
        host_ptr_->set_str("/key", "events");
        host_ptr_->set_str("/sentinel/master", "main");
        host_ptr_->set_secret("/sentinel/password", "of the sentinels");
        host_ptr_->set_secret("/password", "of the master");
        sink_ = std::make_unique<Instance>(RedisPlugin(), *host_ptr_);
        ASSERT_EQ(sink_->create(), FANFARE_OK) << host_ptr_->error();
        ASSERT_EQ(sink_->start(), FANFARE_OK);
    }
    Answer Send() {
        const std::size_t before = host_ptr_->answers().size();
        sink_->deliver({TestEvent{}});
        EXPECT_TRUE(host_ptr_->wait_for_answers(before + 1));
        return host_ptr_->answers().back();
    }

    ScriptedRedis master_;
    std::unique_ptr<FakeHost> host_ptr_;
    std::unique_ptr<Instance> sink_;
};

TEST_F(RedisSentinel, MasterThatASentinelNamesGetsTheEventsAfterItsOwnLogin) {
    ScriptedRedis sentinel(Names("127.0.0.1", master_.port()));
    StartWith({sentinel.address()});
    const Answer answer = Send();
    EXPECT_EQ(answer.outcome, FANFARE_DELIVERED) << answer.reason;
    EXPECT_EQ(answer.remote, master_.address());
    EXPECT_THAT(sentinel.commands().at(0).words, ElementsAre("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main"));
    EXPECT_THAT(sentinel.login().at(0).words, ElementsAre("AUTH", "of the sentinels"));
    EXPECT_THAT(master_.login().at(0).words, ElementsAre("AUTH", "of the master"));
    sink_.reset();
}

TEST_F(RedisSentinel, NextSentinelIsAskedIfOneIsDownOrDoesNotKnowTheMaster) {
    ScriptedRedis ignorant(Names("", 0));
    ScriptedRedis sentinel(Names("127.0.0.1", master_.port()));
    StartWith({"127.0.0.1:" + std::to_string(tests::FreePort()), ignorant.address(), sentinel.address()});
    EXPECT_EQ(Send().outcome, FANFARE_DELIVERED);
    sink_.reset();
}

TEST_F(RedisSentinel, WhatEverySentinelSaidStandsInTheReason) {
    ScriptedRedis ignorant(Names("", 0));
    const std::string down = "127.0.0.1:" + std::to_string(tests::FreePort());
    StartWith({ignorant.address(), down});
    const Answer answer = Send();
    EXPECT_EQ(answer.outcome, FANFARE_UNREACHABLE);
    EXPECT_THAT(answer.reason, HasSubstr(ignorant.address() + ": this Sentinel knows no master 'main'"));
    EXPECT_THAT(answer.reason, HasSubstr(down + ": Connection refused"));
    sink_.reset();
}

TEST_F(RedisSentinel, ServerThatIsNoMasterYetGetsNothing) {
    ScriptedRedis sentinel(Names("127.0.0.1", master_.port()));
    master_.Set([](const RedisCommand& command) -> std::optional<std::string> {
        if (command.name() != "ROLE") return std::nullopt;
        return "*1\r\n" + ScriptedRedis::Text("slave");
    });
    StartWith({sentinel.address()});
    const Answer answer = Send();
    EXPECT_EQ(answer.outcome, FANFARE_UNREACHABLE);
    EXPECT_THAT(answer.reason, HasSubstr("its role is 'slave'"));
    EXPECT_THAT(master_.commands(), IsEmpty());
    master_.Set({});
    EXPECT_EQ(Send().outcome, FANFARE_DELIVERED);
    sink_.reset();
}

}  // namespace
}  // namespace fanfare::test
