// The amqp plugin when something is wrong: what it answers, and that it answers in time.
#include <string_view>

#include "unit/plugins/amqp_fixture.hpp"

namespace fanfare::test {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

using Reply = std::optional<std::string>;

auto HasOutcome(fanfare_outcome outcome) { return Field(&Answer::outcome, outcome); }

// Keeps quiet about messages until that of event `last`, then says `words`.
ScriptedBroker::Answer After(const std::string& last, std::string words) {
    return [last, words = std::move(words)](const Heard& heard) -> Reply {
        if (heard.name != "60.40") return std::nullopt;
        return heard.headers.at("fanfare-delivery") == "dlv_" + last ? words : std::string(ScriptedBroker::kSilent);
    };
}

// Answers the method with that name once in place of the broker.
ScriptedBroker::Answer Instead(const std::string& name, std::string words) {
    return [name, words = std::move(words)](const Heard& heard) -> Reply {
        return heard.name == name ? Reply(words) : std::nullopt;
    };
}

TEST_F(Amqp, ManyMessagesAreUnderWayAndOneConfirmOfManyAnswersThemAll) {
    broker_.Set(After("99", ScriptedBroker::Ack(100, true)));
    Start();
    EXPECT_THAT(Deliver(Numbered(100)), Each(HasOutcome(FANFARE_DELIVERED)));
    EXPECT_EQ(broker_.connections(), 1);
}

TEST_F(Amqp, ConfirmsOfSeveralBatchesOverlapAndMayComeInAnyOrder) {
    broker_.Set(After(
        "d", ScriptedBroker::Ack(4) + ScriptedBroker::Ack(2) + ScriptedBroker::Nack(1) + ScriptedBroker::Ack(3, true)));
    Start();
    Submit({Named("a"), Named("b")});
    Submit({Named("c"), Named("d")});
    const auto answers = AnswersAfter(0, 4);
    EXPECT_EQ(answers[0].outcome, FANFARE_RETRY);
    EXPECT_THAT(answers[0].reason, HasSubstr("nack"));
    for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(answers[i].outcome, FANFARE_DELIVERED);
    EXPECT_EQ(answers[3].remote, broker_.address());
}

TEST_F(Amqp, NackOfManyIsTriedAgain) {
    broker_.Set(After("2", ScriptedBroker::Nack(0, true)));
    Start();
    EXPECT_THAT(Deliver(Numbered(3)), Each(HasOutcome(FANFARE_RETRY)));
}

TEST_F(Amqp, NoMoreThanTheWindowIsUnconfirmed) {
    host_.set_i64("/max_unconfirmed", 3);
    broker_.Set([](const Heard& heard) -> Reply {
        if (heard.name != "60.40") return std::nullopt;
        return heard.tag % 3 == 0 ? ScriptedBroker::Ack(heard.tag, true) : std::string(ScriptedBroker::kSilent);
    });
    Start();
    EXPECT_THAT(Deliver(Numbered(9)), Each(HasOutcome(FANFARE_DELIVERED)));
    broker_.Set(Instead("60.40", ScriptedBroker::kSilent));
    const auto answers = Deliver(Numbered(5), 0, 1s);
    EXPECT_EQ(broker_.messages().size(), 12u);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(answers[i].outcome, FANFARE_RETRY);
    for (std::size_t i = 3; i < 5; ++i) EXPECT_EQ(answers[i].outcome, FANFARE_NOT_ATTEMPTED);
    EXPECT_EQ(answers[0].reason, "not confirmed in time");
    EXPECT_THAT(answers[4].reason, HasSubstr("confirms slowly"));
}

TEST_F(Amqp, MessageThatComesBackIsRejectedThoughItIsConfirmed) {
    broker_.Set([kept = std::vector<Heard>()](const Heard& heard) mutable -> Reply {
        if (heard.name != "60.40") return std::nullopt;
        kept.push_back(heard);
        if (kept.size() < 5) return ScriptedBroker::kSilent;
        return ScriptedBroker::Return(kept[1]) + ScriptedBroker::Return(kept[3]) + ScriptedBroker::Ack(5, true);
    });
    host_.set_str("/exchange", "bus");
    Start();
    const auto answers = Deliver(Numbered(5));
    for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(answers[i].outcome, i % 2 == 1 ? FANFARE_REJECTED : FANFARE_DELIVERED) << i;
    }
    EXPECT_EQ(answers[1].code, 312);
    EXPECT_EQ(answers[1].reason,
              "unroutable: exchange 'bus' has no queue for it: 312 NO_ROUTE; declare or bind a queue, then retry the "
              "delivery");
}

TEST_F(Amqp, OrderedBatchHasOneMessageUnderWayAndStopsAtTheFirstFailure) {
    broker_.Set([](const Heard& heard) -> Reply {
        if (heard.name != "60.40") return std::nullopt;
        return heard.tag == 3 ? ScriptedBroker::Nack(3) : ScriptedBroker::Ack(heard.tag);
    });
    Start();
    const auto answers = Deliver(Numbered(5), FANFARE_BATCH_ORDERED);
    EXPECT_EQ(answers[1].outcome, FANFARE_DELIVERED);
    EXPECT_EQ(answers[2].outcome, FANFARE_RETRY);
    EXPECT_EQ(answers[3].outcome, FANFARE_NOT_ATTEMPTED);
    EXPECT_EQ(answers[4].outcome, FANFARE_NOT_ATTEMPTED);
    EXPECT_EQ(broker_.messages().size(), 3u);
}

TEST_F(Amqp, ReasonsToCloseTheChannelAreToldApart) {
    struct Case {
        std::uint16_t code;
        const char* text;
        fanfare_outcome outcome;
    };
    const Case cases[] = {
        {404, "NOT_FOUND - no exchange 'bus' in vhost '/'", FANFARE_RETRY},
        {403, "ACCESS_REFUSED - access to exchange 'bus' in vhost '/' refused for user 'guest'", FANFARE_REJECTED},
        {406, "PRECONDITION_FAILED - message size 200 larger than configured max size 100", FANFARE_REJECTED},
        {311, "CONTENT_TOO_LARGE", FANFARE_REJECTED},
        {405, "RESOURCE_LOCKED", FANFARE_RETRY},
    };
    host_.set_str("/exchange", "bus");
    Start();
    for (const Case& each : cases) {
        broker_.Set(Instead("60.40", ScriptedBroker::CloseChannel(each.code, each.text)));
        const Answer answer = DeliverOne();
        EXPECT_EQ(answer.outcome, each.outcome) << each.text;
        EXPECT_EQ(answer.code, each.code);
        EXPECT_THAT(answer.reason,
                    StartsWith("the broker closed the channel: " + std::to_string(each.code) + " " + each.text));
        broker_.Set({});
        EXPECT_EQ(DeliverOne().outcome, FANFARE_DELIVERED) << "after " << each.text;
    }
    EXPECT_EQ(broker_.connections(), 1);
}

TEST_F(Amqp, MissingExchangeIsTheFateOfAllThatAreUnderWay) {
    host_.set_str("/exchange", "bus");
    broker_.Set(After("49", ScriptedBroker::CloseChannel(404, "NOT_FOUND - no exchange 'bus' in vhost '/'")));
    Start();
    EXPECT_THAT(Deliver(Numbered(50)), Each(HasOutcome(FANFARE_RETRY)));
    EXPECT_EQ(broker_.messages().size(), 50u);
}

// Which one it was the broker does not say: all of them are sent again, one by one.
TEST_F(Amqp, MessageThatClosesTheChannelIsFoundAmongTheOthers) {
    broker_.Set([quiet = std::size_t{0}](const Heard& heard) mutable -> Reply {
        if (heard.name != "60.40") return std::nullopt;
        if (++quiet < 20) return ScriptedBroker::kSilent;
        if (quiet > 20 && heard.headers.at("cloudEvents_id") != "7") return std::nullopt;
        return ScriptedBroker::CloseChannel(406, "PRECONDITION_FAILED - message size 9 larger than max size 8");
    });
    Start();
    const auto answers = Deliver(Numbered(20));
    for (std::size_t i = 0; i < 20; ++i) {
        EXPECT_EQ(answers[i].outcome, i == 7 ? FANFARE_REJECTED : FANFARE_DELIVERED) << i;
    }
    EXPECT_EQ(broker_.messages().size(), 40u);
    EXPECT_EQ(broker_.connections(), 1);
}

TEST_F(Amqp, WhileTheBrokerBlocksNothingIsPublishedAndNoAttemptIsSpent) {
    broker_.Set(Instead("60.40", ScriptedBroker::Ack(1) + ScriptedBroker::Blocked("low on memory")));
    Start();
    EXPECT_EQ(DeliverOne().outcome, FANFARE_DELIVERED);
    const Answer waited = Deliver({Named("a")}, 0, 500ms).at(0);
    EXPECT_EQ(waited.outcome, FANFARE_NOT_ATTEMPTED);
    EXPECT_EQ(waited.reason, "the broker blocks publishing: low on memory");
    EXPECT_THAT(broker_.messages(), SizeIs(1));
}

TEST_F(Amqp, WhatWaitsWhileTheBrokerBlocksIsPublishedAfterwards) {
    host_.set_i64("/heartbeat_seconds", 1);
    broker_.Set([blocks = true](const Heard& heard) mutable -> Reply {
        if (heard.name == "heartbeat" && std::exchange(blocks, false)) return ScriptedBroker::Unblocked();
        if (heard.name == "heartbeat") return tests::amqp::Frame(8, 0, {});
        if (heard.name != "60.40" || !blocks) return std::nullopt;
        return ScriptedBroker::Ack(heard.tag) + ScriptedBroker::Blocked("low on disk");
    });
    Start();
    EXPECT_EQ(DeliverOne().outcome, FANFARE_DELIVERED);
    EXPECT_THAT(Deliver(Numbered(3)), Each(HasOutcome(FANFARE_DELIVERED)));
}

TEST_F(Amqp, BrokerThatIsSilentForTwoHeartbeatsIsGone) {
    host_.set_i64("/heartbeat_seconds", 1);
    broker_.Set(Instead("60.40", ScriptedBroker::kSilent));
    Start();
    const Answer answer = DeliverOne();
    EXPECT_EQ(answer.outcome, FANFARE_RETRY);
    EXPECT_THAT(answer.reason, HasSubstr("silent for 2 s (heartbeat)"));
    EXPECT_THAT(broker_.heard("heartbeat"), ::testing::Not(::testing::IsEmpty()));
}

TEST_F(Amqp, EndOfTheConnectionLeavesWhatIsUnconfirmedInDoubt) {
    for (const std::string& words :
         {std::string(ScriptedBroker::kHangUp), ScriptedBroker::CloseConnection(320, "CONNECTION_FORCED - shutdown")}) {
        broker_.Set(After("2", words));
        if (!instance_) Start();
        const auto answers = Deliver(Numbered(3));
        EXPECT_THAT(answers, Each(HasOutcome(FANFARE_RETRY)));
        EXPECT_THAT(answers[0].reason,
                    StartsWith("the connection ended before it was confirmed: " + broker_.address()));
    }
    EXPECT_THAT(host_.answers().back().reason, HasSubstr("320 CONNECTION_FORCED - shutdown"));
    broker_.Set({});
    EXPECT_EQ(DeliverOne().outcome, FANFARE_DELIVERED);
}

TEST_F(Amqp, BrokerThatSpeaksNonsenseWhilePublishingIsLeft) {
    const std::string words[] = {"HTTP/1.1 400 Bad Request\r\n\r\n",
                                 std::string(4096, '\xCE'),
                                 ScriptedBroker::Ack(2),
                                 ScriptedBroker::Ack(7, true),
                                 tests::amqp::Frame(3, 1, "body"),
                                 tests::amqp::Method(1, 60, 60, std::string(40, '\0')),
                                 tests::amqp::Method(9, 60, 80, std::string(9, '\0')),
                                 tests::amqp::Method(1, 999, 1, ""),
                                 tests::amqp::Frame(1, 1, "x"),
                                 tests::amqp::Method(1, 60, 50, tests::amqp::U16(312) + "\xFFshort"),
                                 std::string("\x01\0\x01\0\0\0\x04 no end", 15)};
    for (const std::string& each : words) {
        broker_.Set(Instead("60.40", each));
        Start();  // anew: in a row of short connections it waits longer and longer
        const Answer answer = DeliverOne();
        EXPECT_EQ(answer.outcome, FANFARE_RETRY) << ::testing::PrintToString(each);
        EXPECT_THAT(answer.reason, StartsWith("the connection ended before it was confirmed: " + broker_.address()));
    }
    broker_.Set({});
    EXPECT_EQ(DeliverOne().outcome, FANFARE_DELIVERED);
}

TEST_F(Amqp, BrokerThatNeverComesToTheChannelIsUnreachableAndSaysWhere) {
    struct Case {
        const char* name;
        std::string words;
        const char* reason;
    };
    const Case cases[] = {
        {"header", ScriptedBroker::kHangUp, "see whether it wants TLS (amqps://)"},
        {"header", "HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak AMQP 0-9-1"},
        {"header", std::string("AMQP\0\1\0\0", 8), "speaks another version of AMQP"},
        {"header", ScriptedBroker::Start("GSSAPI X-PLAIN"),
         "it offers the logins GSSAPI X-PLAIN, and auth wants PLAIN"},
        {"header", ScriptedBroker::Tune(), "answers out of turn (method 10.30)"},
        {"10.11", ScriptedBroker::kHangUp, "see user and password"},
        {"10.11", ScriptedBroker::CloseConnection(403, "ACCESS_REFUSED - Login was refused"),
         "it refuses the login: 403 ACC"},
        {"10.11", ScriptedBroker::Tune(100, 0), "takes no frames of 4096 bytes"},
        {"10.40", ScriptedBroker::CloseConnection(530, "NOT_ALLOWED - vhost x not found"),
         "it refuses the virtual host '/': 530"},
        {"10.40", ScriptedBroker::kHangUp, "it has closed the connection"},
        {"20.10", ScriptedBroker::kHangUp, "it has closed the connection"},
        {"85.10", ScriptedBroker::CloseConnection(540, "NOT_IMPLEMENTED"), "540 NOT_IMPLEMENTED"},
        {"50.10", ScriptedBroker::CloseChannel(406, "PRECONDITION_FAILED - x"),
         "refuses to declare the queue 'q': 406 PREC"},
    };
    host_.set_str("/declare_queue/name", "q");
    for (const Case& each : cases) {
        broker_.Set(Instead(each.name, each.words));
        Start();  // anew: in a row of failures it waits longer and longer
        const Answer answer = DeliverOne();
        EXPECT_EQ(answer.outcome, FANFARE_UNREACHABLE) << each.reason;
        EXPECT_THAT(answer.reason, AllOf(StartsWith(broker_.address() + ": "), HasSubstr(each.reason)));
    }
    EXPECT_TRUE(broker_.messages().empty());
    broker_.Set({});
    EXPECT_EQ(DeliverOne().outcome, FANFARE_DELIVERED);
}

TEST_F(Amqp, BrokerThatHangsInTheHandshakeKeepsNobodyPastTheDeadline) {
    for (const char* name : {"header", "10.11", "10.40", "20.10", "85.10"}) {
        ScriptedBroker broker(Instead(name, ScriptedBroker::kSilent));
        FakeHost host;
        host.set_str("/url", broker.url());
        Instance instance(AmqpPlugin(), host);
        ASSERT_EQ(instance.create(), FANFARE_OK);
        ASSERT_EQ(instance.start(), FANFARE_OK);
        instance.deliver({Named("a")}, 0, std::chrono::steady_clock::now() + 300ms);
        ASSERT_TRUE(host.wait_for_answers(1));
        EXPECT_EQ(host.answers()[0].outcome, FANFARE_UNREACHABLE) << name;
        EXPECT_THAT(host.answers()[0].reason, HasSubstr("no connection in time: " + broker.address()));
        instance.end(std::chrono::steady_clock::now() + 200ms);
    }
}

TEST_F(Amqp, FirstBrokerOfSeveralThatTakesTheConnectionIsUsedAndKept) {
    ScriptedBroker refusing(Instead("10.11", ScriptedBroker::CloseConnection(403, "ACCESS_REFUSED")));
    host_.set_str("/url/0", "amqp://127.0.0.1:1");
    host_.set_str("/url/1", refusing.url());
    host_.set_str("/url/2", broker_.url());
    Start();
    EXPECT_EQ(DeliverOne().remote, broker_.address());
    broker_.Set(Instead("60.40", ScriptedBroker::kHangUp));
    EXPECT_EQ(DeliverOne().outcome, FANFARE_RETRY);
    broker_.Set({});
    EXPECT_EQ(DeliverOne().remote, broker_.address());
    EXPECT_EQ(refusing.connections(), 1);
}

TEST_F(Amqp, NobodyThereIsUnreachableAndNamesEveryBroker) {
    host_.set_str("/url/0", "amqp://127.0.0.1:1");
    host_.set_str("/url/1", "amqp://127.0.0.1:2");
    Start();
    const auto answers = Deliver(Numbered(3));
    EXPECT_THAT(answers, Each(HasOutcome(FANFARE_UNREACHABLE)));
    EXPECT_EQ(answers[0].reason,
              "127.0.0.1:1: Connection refused; see that the broker runs and listens there | 127.0.0.1:2: Connection "
              "refused; see that the broker runs and listens there");
}

TEST_F(Amqp, StopWaitsForConfirmsAndGivesBackWhatWasNotSent) {
    host_.set_i64("/max_unconfirmed", 2);
    broker_.Set(Instead("60.40", ScriptedBroker::kSilent));
    Start();
    Submit(Numbered(5));
    broker_.WaitFor("60.40", 2);
    instance_->end(std::chrono::steady_clock::now() + 500ms);
    const auto answers = AnswersAfter(0, 5);
    for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(answers[i].outcome, FANFARE_RETRY);
    for (std::size_t i = 2; i < 5; ++i) EXPECT_EQ(answers[i].outcome, FANFARE_NOT_ATTEMPTED);
    EXPECT_EQ(answers[0].reason, "fanfare stopped before the broker confirmed");
}

TEST_F(Amqp, LateConfirmOfAnEventThatWasGivenUpIsIgnored) {
    broker_.Set([](const Heard& heard) -> Reply {
        if (heard.name != "60.40") return std::nullopt;
        return heard.tag == 1 ? std::string(ScriptedBroker::kSilent) : ScriptedBroker::Ack(heard.tag, true);
    });
    Start();
    EXPECT_EQ(Deliver({Named("late")}, 0, 300ms).at(0).outcome, FANFARE_RETRY);
    EXPECT_EQ(DeliverOne().outcome, FANFARE_DELIVERED);
    EXPECT_EQ(broker_.connections(), 1);
}

// The first try was given up, and its message comes back while the second is under way, by then to a queue.
TEST_F(Amqp, ReturnOfAnEarlierTryIsNotTakenForThatOfTheNext) {
    broker_.Set([kept = std::vector<Heard>()](const Heard& heard) mutable -> Reply {
        if (heard.name != "60.40") return std::nullopt;
        kept.push_back(heard);
        if (kept.size() < 2) return ScriptedBroker::kSilent;
        return ScriptedBroker::Return(kept[0]) + ScriptedBroker::Ack(2, true);
    });
    Start();
    EXPECT_EQ(Deliver({Named("a")}, 0, 300ms).at(0).outcome, FANFARE_RETRY);
    EXPECT_EQ(DeliverOne(Named("a")).outcome, FANFARE_DELIVERED);
}

TEST_F(Amqp, BrokerThatEndsEveryConnectionAtOnceIsNotAskedWithoutAPause) {
    broker_.Set(
        Instead("85.10", tests::amqp::Method(1, 85, 11, {}) + ScriptedBroker::CloseConnection(541, "INTERNAL_ERROR")));
    Start();
    const Answer answer = Deliver({Named("a")}, 0, 1s).at(0);
    EXPECT_EQ(answer.outcome, FANFARE_UNREACHABLE);
    EXPECT_THAT(answer.reason, HasSubstr("541 INTERNAL_ERROR"));
    EXPECT_LE(broker_.connections(), 10);
}

TEST_F(Amqp, PasswordThatCannotBeReadAnyMoreIsSaid) {
    host_.set_str("/user", "writer");
    host_.set_secret("/password", "top-secret");
    Start();
    host_.drop_secret("/password");
    EXPECT_THAT(DeliverOne().reason, HasSubstr("password cannot be read"));
}

TEST_F(Amqp, PasswordStandsInNoReasonAndNoLog) {
    host_.set_str("/user", "writer");
    host_.set_secret("/password", "top-secret");
    broker_.Set(Instead("10.11", ScriptedBroker::CloseConnection(403, "ACCESS_REFUSED")));
    Start();
    EXPECT_THAT(DeliverOne().reason, ::testing::Not(HasSubstr("top-secret")));
    for (const testing::LogLine& line : host_.logs()) {
        EXPECT_THAT(line.message, ::testing::Not(HasSubstr("top-secret")));
        for (const auto& [name, value] : line.fields)
            EXPECT_THAT(value, ::testing::Not(HasSubstr("top-secret"))) << name;
    }
}

}  // namespace
}  // namespace fanfare::test
