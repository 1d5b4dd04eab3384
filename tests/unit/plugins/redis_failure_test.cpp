// The redis plugin when something is wrong: what it answers, and that it answers in time.
#include <future>
#include <thread>

#include "support/child.hpp"
#include "unit/plugins/redis_fixture.hpp"

namespace fanfare::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

// Answers commands by number, from 0; what is not listed is answered as usual.
ScriptedRedis::Answer InTurn(std::vector<std::string> answers) {
    return [answers = std::move(answers), next = std::size_t{0}](const RedisCommand& command) mutable {
        const bool counts = command.name() == "XADD" && next < answers.size();
        return counts && !answers[next++].empty() ? std::optional(answers[next - 1]) : std::nullopt;
    };
}

TEST_F(Redis, EveryReplyOfAPipelineIsTheOutcomeOfItsOwnEvent) {
    server_.Set(InTurn({"", ScriptedRedis::Error("WRONGTYPE Operation against a key"), "",
                        ScriptedRedis::Error("OOM command not allowed when used memory > 'maxmemory'."), ""}));
    Start();
    const auto answers = Deliver(Numbered(5));
    EXPECT_EQ(answers[0].outcome, FANFARE_DELIVERED);
    EXPECT_EQ(answers[1].outcome, FANFARE_REJECTED);
    EXPECT_EQ(answers[2].outcome, FANFARE_DELIVERED);
    EXPECT_EQ(answers[3].outcome, FANFARE_RETRY);
    EXPECT_EQ(answers[4].outcome, FANFARE_DELIVERED);
    EXPECT_EQ(server_.connections(), 1);
}

TEST_F(Redis, ErrorsAreToldApart) {
    struct Case {
        const char* error;
        fanfare_outcome outcome;
        const char* advice;
    };
    const Case cases[] = {
        {"OOM command not allowed", FANFARE_RETRY, "raise maxmemory"},
        {"READONLY You can't write against a read only replica.", FANFARE_UNREACHABLE, "this is a replica"},
        {"LOADING Redis is loading the dataset in memory", FANFARE_UNREACHABLE, "wait"},
        {"MASTERDOWN Link with MASTER is down", FANFARE_UNREACHABLE, "lost its master"},
        {"CLUSTERDOWN The cluster is down", FANFARE_UNREACHABLE, "redis-cli cluster info"},
        {"NOAUTH Authentication required.", FANFARE_UNREACHABLE, "set password"},
        {"WRONGPASS invalid username-password pair", FANFARE_UNREACHABLE, "correct user and password"},
        {"NOPERM this user has no permissions", FANFARE_RETRY, "ACL SETUSER"},
        {"WRONGTYPE Operation against a key", FANFARE_REJECTED, "choose another key"},
        {"MISCONF Redis is configured to save", FANFARE_RETRY, "disk"},
        {"NOREPLICAS Not enough good replicas to write.", FANFARE_RETRY, "min-replicas-to-write"},
        {"BUSY Redis is busy running a script.", FANFARE_RETRY, "SCRIPT KILL"},
        {"TRYAGAIN Multiple keys request", FANFARE_RETRY, "wait"},
        {"MOVED 1 127.0.0.1:1", FANFARE_RETRY, "set cluster = true"},
        {"ERR something new", FANFARE_RETRY, "ERR something new"},
    };
    Start();
    for (const Case& each : cases) {
        server_.Set(InTurn({ScriptedRedis::Error(each.error)}));
        const Answer answer = DeliverOne();
        EXPECT_EQ(answer.outcome, each.outcome) << each.error;
        EXPECT_THAT(answer.reason, StartsWith(server_.address() + " says: " + each.error));
        EXPECT_THAT(answer.reason, HasSubstr(each.advice));
        EXPECT_EQ(answer.response, each.error);
        EXPECT_EQ(answer.remote, server_.address());
        EXPECT_EQ(DeliverOne().outcome, FANFARE_DELIVERED) << "after " << each.error;
    }
}

TEST_F(Redis, PipelineIsUnderWayBeforeItsFirstReply) {
    server_.Set([](const RedisCommand& command) -> std::optional<std::string> {
        if (command.name() != "XADD") return std::nullopt;
        if (command.after("id") != "99") return ScriptedRedis::kSilent;
        std::string all;
        for (int i = 0; i < 100; ++i) all += ScriptedRedis::Text("1-1");
        return all;
    });
    Start();
    for (const Answer& answer : Deliver(Numbered(100))) EXPECT_EQ(answer.outcome, FANFARE_DELIVERED);
}

TEST_F(Redis, OrderedBatchSendsOneAtATimeAndStopsAtTheFirstFailure) {
    server_.Set(InTurn({"", "", ScriptedRedis::Error("OOM no")}));
    Start();
    const auto answers = Deliver(Numbered(5), FANFARE_BATCH_ORDERED);
    EXPECT_EQ(answers[0].outcome, FANFARE_DELIVERED);
    EXPECT_EQ(answers[1].outcome, FANFARE_DELIVERED);
    EXPECT_EQ(answers[2].outcome, FANFARE_RETRY);
    EXPECT_EQ(answers[3].outcome, FANFARE_NOT_ATTEMPTED);
    EXPECT_EQ(answers[4].outcome, FANFARE_NOT_ATTEMPTED);
    EXPECT_THAT(server_.commands(), SizeIs(3));
}

TEST_F(Redis, OrderedBatchStopsAtAnEventThatCannotBeSent) {
    Start();
    auto events = Numbered(3);
    events[1].headers = {{"data", "x"}};
    const auto answers = Deliver(events, FANFARE_BATCH_ORDERED);
    EXPECT_EQ(answers[0].outcome, FANFARE_DELIVERED);
    EXPECT_EQ(answers[1].outcome, FANFARE_REJECTED);
    EXPECT_EQ(answers[2].outcome, FANFARE_NOT_ATTEMPTED);
}

TEST_F(Redis, ConnectionThatBreaksLeavesInDoubtOnlyWhatHasNoReply) {
    server_.Set(InTurn({"", "", ScriptedRedis::kHangUp}));
    Start();
    const auto answers = Deliver(Numbered(5));
    EXPECT_EQ(answers[0].outcome, FANFARE_DELIVERED);
    EXPECT_EQ(answers[1].outcome, FANFARE_DELIVERED);
    for (int i = 2; i < 5; ++i) {
        EXPECT_EQ(answers[static_cast<std::size_t>(i)].outcome, FANFARE_RETRY);
        EXPECT_THAT(answers[static_cast<std::size_t>(i)].reason, HasSubstr("the event may be there already"));
    }
    EXPECT_EQ(DeliverOne().outcome, FANFARE_DELIVERED);
    EXPECT_EQ(server_.connections(), 2);
}

TEST_F(Redis, ReplicaIsLeftForTheNextServer) {
    ScriptedRedis replica([](const RedisCommand& command) -> std::optional<std::string> {
        if (command.name() != "XADD") return std::nullopt;
        return ScriptedRedis::Error("READONLY You can't write against a read only replica.");
    });
    FakeHost host;
    host.set_str("/server/0", replica.address());
    host.set_str("/server/1", server_.address());
    host.set_str("/key", "events");
    Instance instance(RedisPlugin(), host);
    ASSERT_EQ(instance.create(), FANFARE_OK) << host.error();
    ASSERT_EQ(instance.start(), FANFARE_OK);
    instance.deliver({TestEvent{}});
    ASSERT_TRUE(host.wait_for_answers(1));
    EXPECT_EQ(host.answers().at(0).outcome, FANFARE_UNREACHABLE);
    instance.deliver({TestEvent{}});
    ASSERT_TRUE(host.wait_for_answers(2));
    EXPECT_EQ(host.answers().at(1).outcome, FANFARE_DELIVERED);
    EXPECT_EQ(host.answers().at(1).remote, server_.address());
    instance.end();
}

TEST_F(Redis, ServerThatIsNotThereIsUnreachableAndNamed) {
    const std::string address = "127.0.0.1:" + std::to_string(tests::FreePort());
    host_.set_str("/server", address);
    Start();
    for (const Answer& answer : Deliver(Numbered(3))) {
        EXPECT_EQ(answer.outcome, FANFARE_UNREACHABLE);
        EXPECT_THAT(answer.reason, HasSubstr(address + ": Connection refused; see that the server runs"));
    }
}

TEST_F(Redis, NameThatIsNoneIsUnreachableAndNamed) {
    host_.set_str("/server", "no-such-host.invalid:6379");
    Start();
    const Answer answer = DeliverOne();
    EXPECT_EQ(answer.outcome, FANFARE_UNREACHABLE);
    EXPECT_THAT(answer.reason, HasSubstr("no-such-host.invalid:6379: cannot look up the host"));
}

TEST_F(Redis, NameIsLookedUpAndItsAddressTold) {
    host_.set_str("/server", "localhost:" + std::to_string(server_.port()));
    Start();
    const Answer answer = DeliverOne();
    EXPECT_EQ(answer.outcome, FANFARE_DELIVERED) << answer.reason;
    EXPECT_EQ(answer.remote, server_.address());
}

TEST_F(Redis, ServerThatConnectsButSaysNothingIsUnreachableByTheDeadline) {
    server_.Set([](const RedisCommand&) { return std::optional<std::string>(ScriptedRedis::kSilent); });
    Start();
    for (const Answer& answer : Deliver(Numbered(3), 0, 300ms)) {
        EXPECT_EQ(answer.outcome, FANFARE_UNREACHABLE);
        EXPECT_THAT(answer.reason, HasSubstr(server_.address() + ": connected, but no answer in time"));
    }
}

TEST_F(Redis, CommandWithoutAReplyIsARetryByTheDeadlineAndTheNextConnectionIsFresh) {
    server_.Set(InTurn({"", ScriptedRedis::kSilent}));
    Start();
    const auto answers = Deliver(Numbered(2), 0, 300ms);
    EXPECT_EQ(answers[0].outcome, FANFARE_DELIVERED);
    EXPECT_EQ(answers[1].outcome, FANFARE_RETRY);
    EXPECT_THAT(answers[1].reason, HasSubstr(server_.address() + ": no answer in time"));
    EXPECT_EQ(DeliverOne().outcome, FANFARE_DELIVERED);
    EXPECT_EQ(server_.connections(), 2);
}

TEST_F(Redis, ReplyThatComesAfterTheDeadlineIsNotTakenForAnother) {
    server_.Set(InTurn({ScriptedRedis::kSilent, ScriptedRedis::Error("WRONGTYPE for the second"), ""}));
    Start();
    EXPECT_EQ(Deliver({Named("late")}, 0, 200ms).at(0).outcome, FANFARE_RETRY);
    EXPECT_EQ(DeliverOne().outcome, FANFARE_REJECTED);
    EXPECT_EQ(DeliverOne().outcome, FANFARE_DELIVERED);
}

TEST_F(Redis, AnswerToNoQuestionIsNotTakenForOneToTheNext) {
    server_.Set(InTurn({ScriptedRedis::Text("1-1") + ScriptedRedis::Error("WRONGTYPE for nobody")}));
    Start();
    EXPECT_EQ(DeliverOne().outcome, FANFARE_DELIVERED);
    EXPECT_EQ(DeliverOne().outcome, FANFARE_DELIVERED);
    EXPECT_EQ(server_.connections(), 2);
}

TEST_F(Redis, OrderedBatchIsOverAtItsDeadline) {
    server_.Set(InTurn({"", ScriptedRedis::kSilent}));
    Start();
    const auto answers = Deliver(Numbered(4), FANFARE_BATCH_ORDERED, 300ms);
    EXPECT_EQ(answers[0].outcome, FANFARE_DELIVERED);
    EXPECT_EQ(answers[1].outcome, FANFARE_RETRY);
    EXPECT_EQ(answers[2].outcome, FANFARE_NOT_ATTEMPTED);
    EXPECT_EQ(answers[3].outcome, FANFARE_NOT_ATTEMPTED);
}

TEST_F(Redis, StopAnswersWhatAHangingServerKeeps) {
    server_.Set([](const RedisCommand& command) -> std::optional<std::string> {
        return command.name() == "XADD" ? std::optional<std::string>(ScriptedRedis::kSilent) : std::nullopt;
    });
    Start();
    ASSERT_EQ(instance_->deliver(Numbered(2)), FANFARE_OK);
    ASSERT_EQ(instance_->deliver(Numbered(2), FANFARE_BATCH_ORDERED), FANFARE_OK);
    server_.WaitForCommands(3);
    instance_->end(std::chrono::steady_clock::now() + 300ms);
    const auto answers = host_.answers();
    ASSERT_THAT(answers, SizeIs(4));
    int in_doubt = 0;
    for (const Answer& answer : answers) in_doubt += answer.outcome == FANFARE_RETRY ? 1 : 0;
    EXPECT_EQ(in_doubt, 3);
    EXPECT_EQ(answers[3].outcome, FANFARE_NOT_ATTEMPTED);
}

TEST_F(Redis, StopWaitsForRepliesThatAreOnTheirWay) {
    std::promise<void> asked;
    std::promise<void> may_answer;
    server_.Set([&](const RedisCommand& command) -> std::optional<std::string> {
        if (command.name() == "XADD") {
            asked.set_value();
            may_answer.get_future().wait();
        }
        return std::nullopt;
    });
    Start();
    ASSERT_EQ(instance_->deliver({TestEvent{}}), FANFARE_OK);
    asked.get_future().wait();
    std::thread later([&] { may_answer.set_value(); });
    instance_->end();
    later.join();
    ASSERT_THAT(host_.answers(), SizeIs(1));
    EXPECT_EQ(host_.answers()[0].outcome, FANFARE_DELIVERED);
}

TEST_F(Redis, ServerThatIsNoRedisIsUnreachableAndSaysSo) {
    server_.Set([](const RedisCommand&) { return std::optional<std::string>("HTTP/1.1 400 Bad Request\r\n\r\n"); });
    Start();
    const Answer answer = DeliverOne();
    EXPECT_EQ(answer.outcome, FANFARE_UNREACHABLE);
    EXPECT_THAT(answer.reason, HasSubstr("see that it is a Redis server"));
}

TEST_F(Redis, ServerThatIsFullSaysSoInTheReason) {
    server_.Set([n = 0](const RedisCommand&) mutable -> std::optional<std::string> {
        return n++ == 0 ? std::optional(ScriptedRedis::Error("ERR max number of clients reached"))
                        : ScriptedRedis::kHangUp;
    });
    Start();
    EXPECT_THAT(DeliverOne().reason, HasSubstr("it says: ERR max number of clients reached"));
}

TEST_F(Redis, ReplyWithoutEndIsCutOff) {
    server_.Set([](const RedisCommand& command) -> std::optional<std::string> {
        if (command.name() != "XADD") return std::nullopt;
        return "$99999999\r\n" + std::string(8u << 20, 'x');
    });
    Start();
    const Answer answer = DeliverOne();
    EXPECT_EQ(answer.outcome, FANFARE_RETRY);
    EXPECT_THAT(answer.reason, HasSubstr("it sends without end"));
}

TEST_F(Redis, LargeAndManyEventsPassThroughASmallWindow) {
    Start();
    auto events = Numbered(40);
    for (TestEvent& event : events) event.data = std::string(1u << 20, 'x');
    for (const Answer& answer : Deliver(events)) EXPECT_EQ(answer.outcome, FANFARE_DELIVERED);
    for (const RedisCommand& command : server_.commands()) EXPECT_THAT(command.words.back(), SizeIs(1u << 20));
}

TEST_F(Redis, InstanceThatNeverDeliveredStopsAtOnce) {
    Start();
    instance_->end();
    EXPECT_EQ(server_.connections(), 0);
}

}  // namespace
}  // namespace fanfare::test
