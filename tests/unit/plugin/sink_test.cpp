#include <gmock/gmock.h>

#include "support.hpp"

namespace fanfare::plugin {
namespace {

using model::OutcomeKind;
using sink::Taken;
using testing::HasSubstr;
using namespace std::chrono_literals;

TEST(PluginSink, CallsThePluginInTheOrderOfItsLifeCycle) {
    const TempDir dir;
    {
        Rig rig("recorder", R"({"path":")" + (dir / "log") + "\"}");
        rig.Start();
        EXPECT_EQ(rig.sink->Deliver(1, MakeBatch(1, 2)), Taken::kYes);
        rig.answers.WaitFor(2);
        rig.sink->Stop(In(kPatience));
        EXPECT_TRUE(rig.IsClean());
    }
    std::ifstream log(dir / "log");
    std::string calls;
    for (std::string line; std::getline(log, line);) calls += line.substr(0, line.find(' ')) + " ";
    EXPECT_EQ(calls, "create options hmac=5b43 sha=0000 validate start deliver event event stop destroy ");
}

TEST(PluginSink, DestroysAnInstanceThatWasNeverStarted) {
    const TempDir dir;
    { const Rig rig("recorder", R"({"path":")" + (dir / "log") + "\"}"); }
    EXPECT_THAT(ReadFile(dir / "log"),
                testing::AllOf(HasSubstr("validate\ndestroy\n"), testing::Not(HasSubstr("start"))));
}

TEST(PluginSink, ShowsEveryAttributeOfAnEventAsItCame) {
    const TempDir dir;
    Rig rig("recorder", R"({"path":")" + (dir / "log") + "\"}");
    rig.Start();
    auto event = std::make_shared<model::StoredEvent>();
    event->key = {9, 5};
    event->envelope.realm = "prod";
    event->envelope.received_at = base::Time(1234567us);
    event->envelope.event = {"i",
                             "s",
                             "t",
                             "sub",
                             "2026-01-01T00:00:00Z",
                             "text/plain",
                             "urn:x",
                             {{"one", "1", model::AttributeKind::kInteger}, {"two", "zwei"}},
                             "bytes"};
    sink::Batch batch{{MakeItem(8), {{9, 2}, 4, event, nullptr, 0xabcdef}}, base::SteadyTime(5s)};
    rig.sink->Deliver(1, std::move(batch));
    rig.answers.WaitFor(2);
    rig.sink->Stop(In(kPatience));
    const std::string log = ReadFile(dir / "log");
    EXPECT_THAT(log, HasSubstr("deliver 2 deadline=5000000000\n"));
    EXPECT_THAT(log,
                HasSubstr("event attempt=4 delivery=" + model::ToText(model::DeliveryId{9, 2}) +
                          " message=" + model::ToText(model::EventKey{9, 5}) +
                          " id=i source=s type=t subject=sub time=2026-01-01T00:00:00Z content_type=text/plain "
                          "schema=urn:x realm=prod ext=one is=1 ext=two is=zwei data=bytes received=1234567000 order=0000000000abcdef\n"));
    EXPECT_THAT(log, HasSubstr("event attempt=1 delivery=" + model::ToText(model::DeliveryId{8, 3}) +
                               " message=" + model::ToText(model::EventKey{8, 77})));
}

TEST(PluginSink, ShowsWhatIsRenderedForEachEventAndTheOthersAsTheyCame) {
    const TempDir dir;
    Rig rig("recorder", R"({"path":")" + (dir / "log") + "\"}");
    rig.Start();
    model::Request shaped{model::Payload{"text/html", "<b>8</b>"}, {{"X-A", "1"}, {"X-B", "2"}}, {{"/path", "/p/8"}}};
    model::Request only_headers{std::nullopt, {{"X-C", "3"}}, {}};
    sink::Batch batch{{MakeItem(7, "seven"), MakeItem(8, "eight"), MakeItem(9, "nine")}, In(kPatience)};
    batch.items[1].request = std::make_shared<const model::Request>(std::move(shaped));
    batch.items[2].request = std::make_shared<const model::Request>(std::move(only_headers));
    rig.sink->Deliver(1, std::move(batch));
    rig.answers.WaitFor(3);
    rig.sink->Stop(In(kPatience));
    const std::string log = ReadFile(dir / "log");
    EXPECT_THAT(log, HasSubstr("content_type= schema= realm= data=seven received"));
    EXPECT_THAT(log,
                HasSubstr("content_type=text/html schema= realm= header=X-A is=1 header=X-B is=2 option=/path is=/p/8 "
                          "shaped data=<b>8</b> received"));
    EXPECT_THAT(log, HasSubstr("content_type= schema= realm= header=X-C is=3 data=nine received"));
}

TEST(PluginSink, PassesOutcomeCodeAndResponseOfEachEvent) {
    const TempDir dir;
    Rig rig("recorder", R"({"path":")" + (dir / "log") + "\"}");
    rig.Start();
    rig.sink->Deliver(41, MakeBatch(1, 3));
    const auto answers = rig.answers.WaitFor(3);
    for (std::uint32_t i = 0; i < 3; ++i) {
        EXPECT_EQ(answers[i].batch, 41u);
        EXPECT_EQ(answers[i].index, i);
        EXPECT_EQ(answers[i].outcome.kind, OutcomeKind::kDelivered);
        EXPECT_EQ(answers[i].outcome.code, 250);
        EXPECT_EQ(answers[i].outcome.response, "ok");
    }
    EXPECT_EQ(rig.answers.calls(), 1u) << "one call for a whole batch";
}

TEST(PluginSink, DeliversManyBatchesAndForgetsNone) {
    const TempDir dir;
    Rig rig("recorder", R"({"path":")" + (dir / "log") + "\"}");
    rig.Start();
    std::size_t taken = 0;
    for (sink::BatchId id = 1; id <= 300; ++id) {
        while (rig.sink->Deliver(id, MakeBatch(id * 16, 16)) == Taken::kBusy) std::this_thread::yield();
        taken += 16;
    }
    EXPECT_EQ(rig.answers.WaitFor(taken).size(), taken);
    EXPECT_TRUE(rig.IsClean());
}

TEST(PluginSink, RefusesABatchLargerThanThePluginWants) {
    Rig rig("misbehaves", How("never"));
    rig.Start();
    EXPECT_EQ(rig.sink->max_batch(), 16u);
    EXPECT_EQ(rig.sink->Deliver(1, MakeBatch(1, 17)), Taken::kBusy);
    rig.sink->Stop(In(1ms));
}

TEST(PluginSink, TakesNothingBeforeStartAndAfterStop) {
    Rig rig("misbehaves", How("twice"));
    EXPECT_EQ(rig.sink->Deliver(1, MakeBatch(1)), Taken::kBusy);
    rig.Start();
    rig.sink->Stop(In(kPatience));
    EXPECT_EQ(rig.sink->Deliver(1, MakeBatch(1)), Taken::kBusy);
}

TEST(PluginSink, TriesAgainAfterBusyWithNothingLost) {
    Rig rig("misbehaves", How("busy-first"));
    rig.Start();
    rig.sink->Deliver(7, MakeBatch(1, 2));
    const auto answers = rig.answers.WaitFor(2);
    EXPECT_EQ(answers[1].batch, 7u);
    EXPECT_EQ(answers[1].outcome.kind, OutcomeKind::kDelivered);
    EXPECT_TRUE(rig.IsClean());
}

TEST(PluginSink, GivesBackWhatThePluginAnsweredAtStop) {
    Rig rig("misbehaves", How("until-stop"));
    rig.Start();
    rig.sink->Deliver(1, MakeBatch(1, 3));
    rig.sink->Stop(In(2s));
    const auto answers = rig.answers.All();
    ASSERT_EQ(answers.size(), 3u);
    EXPECT_EQ(answers[0].outcome.kind, OutcomeKind::kNotAttempted);
    EXPECT_EQ(rig.Count("never-answered"), 0u);
}

TEST(Make, RefusesWithThePluginsOwnWords) {
    EXPECT_EQ(Rig("misbehaves", How("create-fails")).error,
              "destination 'dest': plugin 'misbehaves' refuses its options: create said no");
    EXPECT_EQ(Rig("misbehaves", How("validate-fails")).error,
              "destination 'dest': plugin 'misbehaves' refuses its options: a and b exclude each other");
    EXPECT_EQ(Rig("misbehaves", How("create-throws")).error,
              "destination 'dest': plugin 'misbehaves' refuses its options: it threw an exception: create threw");
}

TEST(Start, SaysWhyThePluginDidNotStart) {
    Rig rig("misbehaves", How("start-fails"));
    const base::Status status = rig.sink->Start(rig.answers.Listener());
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().message, "destination 'dest': plugin 'misbehaves' did not start: cannot connect");
    Rig thrower("misbehaves", How("start-throws"));
    EXPECT_THAT(thrower.sink->Start({}).error().message, HasSubstr("it threw an exception"));
}

TEST(Start, DoesNotWaitForEver) {
    Limits limits;
    limits.start_timeout = 10ms;
    Rig rig("misbehaves", How("start-hangs"), limits);
    const base::Status status = rig.sink->Start(rig.answers.Listener());
    ASSERT_FALSE(status);
    EXPECT_THAT(status.error().message, HasSubstr("has not started within"));
    EXPECT_EQ(rig.Count("hung"), 1u);
}

TEST(PluginSink, WhatItTookWhileCorkedIsBegunWithTheUncork) {
    const TempDir dir;
    Rig rig("recorder", R"({"path":")" + (dir / "log") + "\"}");
    rig.Start();
    // Its thread sleeps before nearly every round.
    for (sink::BatchId round = 1; round <= 200; ++round) {
        rig.sink->Cork();
        EXPECT_EQ(rig.sink->Deliver(round, MakeBatch(round)), Taken::kYes);
        rig.sink->Uncork();
        ASSERT_EQ(rig.answers.WaitFor(round).size(), round);
    }
}

}  // namespace
}  // namespace fanfare::plugin
