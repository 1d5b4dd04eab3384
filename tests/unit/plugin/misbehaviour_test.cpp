// Plugins that break the contract: the host survives, counts it, and each event is answered once or not at all.
#include <gmock/gmock.h>

#include "support.hpp"

namespace fanfare::plugin {
namespace {

using model::OutcomeKind;
using sink::Taken;
using testing::HasSubstr;
using namespace std::chrono_literals;

TEST(Plugin, ThatThrowsGetsItsEventsBackAsRetryWithTheText) {
    Rig rig("misbehaves", How("throw"));
    rig.Start();
    rig.sink->Deliver(1, MakeBatch(1, 2));
    rig.sink->Deliver(2, MakeBatch(5, 1));
    const auto answers = rig.answers.WaitFor(3);
    for (const auto& answer : answers) {
        EXPECT_EQ(answer.outcome.kind, OutcomeKind::kRetry);
        EXPECT_EQ(answer.outcome.reason, "misbehaves failed: it threw an exception: broken\\npipe\\x1b");
    }
    EXPECT_EQ(rig.Count("threw"), 2u);
}

TEST(Plugin, ThatThrowsSomethingElseIsSurvivedToo) {
    Rig rig("misbehaves", How("throw-int"));
    rig.Start();
    rig.sink->Deliver(1, MakeBatch(1));
    EXPECT_THAT(rig.answers.WaitFor(1)[0].outcome.reason, HasSubstr("no std::exception"));
    EXPECT_EQ(rig.Count("threw"), 1u);
}

TEST(Plugin, ThatThrowsHalfWayKeepsTheAnswersItGave) {
    Rig rig("misbehaves", How("throw-after-answer"));
    rig.Start();
    rig.sink->Deliver(1, MakeBatch(1, 2));
    const auto answers = rig.answers.WaitFor(2);
    EXPECT_EQ(answers[0].index, 0u);
    EXPECT_EQ(answers[0].outcome.kind, OutcomeKind::kDelivered);
    EXPECT_EQ(answers[1].index, 1u);
    EXPECT_EQ(answers[1].outcome.kind, OutcomeKind::kRetry);
}

TEST(Plugin, ThatFailsGetsItsEventsBackWithItsReason) {
    Rig rig("misbehaves", How("fail"));
    rig.Start();
    rig.sink->Deliver(1, MakeBatch(1));
    EXPECT_EQ(rig.answers.WaitFor(1)[0].outcome.reason, "misbehaves failed: out of luck");
    EXPECT_TRUE(rig.IsClean());
}

TEST(Plugin, ThatAnswersTwiceIsHeardOnce) {
    Rig rig("misbehaves", How("twice"));
    rig.Start();
    rig.sink->Deliver(1, MakeBatch(1, 2));
    rig.answers.WaitFor(2);
    rig.sink->Stop(In(kPatience));
    const auto answers = rig.answers.All();
    ASSERT_EQ(answers.size(), 2u);
    EXPECT_EQ(answers[0].outcome.kind, OutcomeKind::kDelivered);
    EXPECT_EQ(rig.Count("answered-twice"), 1u);
}

TEST(Plugin, ThatAnswersABatchAgainWhenItsSlotHasANewOneIsHeardOnce) {
    Rig rig("misbehaves", How("twice-later"));
    rig.Start();
    for (sink::BatchId id = 1; id <= 3; ++id) {
        rig.sink->Deliver(id, MakeBatch(id));
        const auto answers = rig.answers.WaitFor(id);
        EXPECT_EQ(answers.back().batch, id);
        EXPECT_EQ(answers.back().outcome.kind, OutcomeKind::kDelivered);
    }
    EXPECT_EQ(rig.Count("answered-twice"), 2u);
}

TEST(Plugin, ThatReadsABatchAfterAnsweringItReadsNoFreedMemory) {
    Rig rig("misbehaves", How("reads-after-answer"));
    rig.Start();
    rig.sink->Deliver(1, MakeBatch(1, 16));
    rig.answers.WaitFor(16);
}

TEST(Plugin, ThatAnswersBatchesItNeverGotIsIgnored) {
    Rig rig("misbehaves", How("unknown-batch"));
    rig.Start();
    rig.sink->Deliver(1, MakeBatch(1));
    EXPECT_EQ(rig.answers.WaitFor(1)[0].outcome.kind, OutcomeKind::kDelivered);
    EXPECT_EQ(rig.Count("answered-unknown"), 4u);
}

TEST(Plugin, ThatAnswersEventsItNeverGotIsIgnored) {
    Rig rig("misbehaves", How("unknown-index"));
    rig.Start();
    rig.sink->Deliver(1, MakeBatch(1));
    EXPECT_EQ(rig.answers.WaitFor(1)[0].outcome.kind, OutcomeKind::kDelivered);
    EXPECT_EQ(rig.Count("answered-unknown"), 1u);
}

TEST(Plugin, ThatGivesAnUnknownOutcomeIsTriedAgain) {
    Rig unset("misbehaves", How("unset"));
    unset.Start().sink->Deliver(1, MakeBatch(1));
    EXPECT_EQ(unset.answers.WaitFor(1)[0].outcome.kind, OutcomeKind::kRetry);
    Rig future("misbehaves", How("outcome-77"));
    future.Start().sink->Deliver(1, MakeBatch(1));
    const auto answer = future.answers.WaitFor(1)[0];
    EXPECT_EQ(answer.outcome.kind, OutcomeKind::kRetry);
    EXPECT_EQ(answer.outcome.reason, "the plugin gave outcome 77, which this fanfare does not know: from the future");
}

TEST(Plugin, ThatSaysBusyAfterAnsweringKeepsTheAnswerAndGetsTheRestBack) {
    Rig rig("misbehaves", How("busy-after-answer"));
    rig.Start();
    rig.sink->Deliver(1, MakeBatch(1, 2));
    const auto answers = rig.answers.WaitFor(2);
    EXPECT_EQ(answers[0].outcome.kind, OutcomeKind::kDelivered);
    EXPECT_EQ(answers[1].outcome.kind, OutcomeKind::kNotAttempted);
    EXPECT_EQ(rig.Count("answered-unknown"), 1u);
}

TEST(Plugin, ThatTellsASecretOrTooMuchIsCutAndMasked) {
    Rig rig("misbehaves", How("tells-secret"), {}, {{"/secret", base::Secret("hunter22")}});
    rig.Start();
    rig.sink->Deliver(1, MakeBatch(1));
    const std::string reason = rig.answers.WaitFor(1)[0].outcome.reason;
    EXPECT_TRUE(reason.starts_with("denied for ***\\x0d\\nxxx")) << reason;
    EXPECT_LE(reason.size(), 512u);
    EXPECT_TRUE(reason.ends_with("...")) << reason;
}

TEST(Plugin, ThatAnswersLateIsCountedForEachEvent) {
    Rig rig("misbehaves", How("late"));
    rig.Start();
    for (sink::BatchId id = 1; rig.Count("never-answered") < 2; ++id) {
        rig.sink->Deliver(id, MakeBatch(id * 4, 2));
        std::this_thread::yield();
        rig.sink->Abandon(id);
    }
    rig.sink->Stop(In(kPatience));
    EXPECT_EQ(rig.Count("answered-late"), rig.Count("never-answered"));
    EXPECT_TRUE(rig.answers.All().empty());
}

TEST(Plugin, ThatNeverAnswersIsCountedAndItsEventsStayPinnedUntilDestroy) {
    Rig rig("misbehaves", How("never"));
    rig.Start();
    std::weak_ptr<const model::StoredEvent> event;
    // A batch that was taken back before the plugin got it is no misconduct.
    for (sink::BatchId id = 1; rig.Count("never-answered") == 0; ++id) {
        sink::Batch batch = MakeBatch(id);
        event = batch.items[0].event;
        rig.sink->Deliver(id, std::move(batch));
        std::this_thread::yield();
        rig.sink->Abandon(id);
    }
    EXPECT_FALSE(event.expired());
    rig.sink->Stop(In(kPatience));
    EXPECT_TRUE(event.expired());
    EXPECT_EQ(rig.Count("never-answered"), 1u);
    EXPECT_TRUE(rig.answers.All().empty());
}

TEST(Plugin, ThatHoldsBatchesPastItsStopIsCounted) {
    Rig rig("misbehaves", How("never"));
    rig.Start();
    for (sink::BatchId id = 1; id <= 65; ++id) {
        while (rig.sink->Deliver(id, MakeBatch(id)) == Taken::kBusy) std::this_thread::yield();
    }
    rig.sink->Stop(In(2s));
    const std::size_t given_back = rig.answers.All().size();
    EXPECT_EQ(rig.Count("never-answered") + given_back, 65u);
    EXPECT_GE(rig.Count("never-answered"), 1u);
}

TEST(Plugin, ThatKeepsTooManyAbandonedBatchesGetsNoMore) {
    Limits limits;
    limits.abandoned = 3;
    Rig rig("misbehaves", How("never"), limits);
    rig.Start();
    sink::BatchId id = 0;
    for (Taken taken = Taken::kYes; taken == Taken::kYes && id < 100'000;) {
        ++id;
        taken = rig.sink->Deliver(id, MakeBatch(id));
        // Time for the plugin's thread to see it: one that is abandoned before does not count, and this thread could run
        // through all of them first.
        std::this_thread::sleep_for(1ms);
        if (taken == Taken::kYes) rig.sink->Abandon(id);
    }
    EXPECT_EQ(rig.Count("hung"), 1u);
    // One batch is held at a time, so four times that are kept; one of them may be abandoned before the plugin has seen it,
    // and then it is not the plugin that failed to answer.
    EXPECT_GE(rig.Count("never-answered"), limits.abandoned);
    EXPECT_LE(rig.Count("never-answered"), 4u);
    rig.sink->Stop(In(2s));
}

TEST(Plugin, ThatHangsInDeliverBlocksNeitherTheCallerNorStop) {
    Rig rig("misbehaves", How("hang"));
    rig.Start();
    // The queue takes 64; with one more, the plugin has the first.
    std::size_t taken = 0;
    while (taken < 65) taken += rig.sink->Deliver(taken + 1, MakeBatch(taken + 1)) == Taken::kYes;
    EXPECT_EQ(rig.sink->Deliver(taken + 1, MakeBatch(taken + 1)), Taken::kBusy) << "the queue is bounded";
    for (std::size_t id = 1; id <= taken; ++id) rig.sink->Abandon(id);
    EXPECT_EQ(rig.Count("never-answered"), 1u) << "only what was handed over";
    rig.sink->Stop(In(1ms));
    EXPECT_EQ(rig.Count("hung"), 1u);
    EXPECT_TRUE(rig.answers.All().empty());
}

TEST(Plugin, ThatHangsIsRefusedMoreEvenIfThereIsRoom) {
    Limits limits;
    limits.hang_after = 0ms;
    Rig rig("misbehaves", How("hang"), limits);
    rig.Start();
    sink::Batch batch = MakeBatch(1);
    batch.deadline = base::SteadyTime();
    rig.sink->Deliver(1, std::move(batch));
    while (rig.sink->Deliver(2, MakeBatch(2)) == Taken::kYes) rig.sink->Abandon(2);
    EXPECT_EQ(rig.Count("hung"), 1u);
    EXPECT_EQ(rig.sink->Deliver(3, MakeBatch(3)), Taken::kBusy);
    EXPECT_EQ(rig.Count("hung"), 1u) << "counted once for each hang";
    rig.sink->Stop(In(1ms));
    EXPECT_EQ(rig.Count("hung"), 1u);
}

TEST(Plugin, ThatHangsInStopIsLeftBehind) {
    Rig rig("misbehaves", How("stop-hangs"));
    rig.Start();
    rig.sink->Stop(In(50ms));
    EXPECT_EQ(rig.Count("hung"), 1u);
}

TEST(Slots, TellUnknownTwiceAndLateApart) {
    Slots slots;
    Slot& first = slots.Reserve(10);
    Fill(first, MakeBatch(1, 2));
    EXPECT_EQ(slots.Explain(first.handle), Slots::Verdict::kUnknown) << "not handed over yet";
    slots.Publish(first);
    const Handle handle = first.handle;
    ASSERT_EQ(slots.Find(handle), &first);
    EXPECT_EQ(slots.Answer(first, 0), Slots::Verdict::kAccepted);
    EXPECT_EQ(slots.Answer(first, 0), Slots::Verdict::kTwice);
    EXPECT_EQ(slots.Answer(first, 2), Slots::Verdict::kUnknown);
    slots.Abandon(first);
    EXPECT_EQ(slots.Answer(first, 1), Slots::Verdict::kLate);
    slots.Release(first, true);
    EXPECT_EQ(slots.Find(handle), nullptr);
    EXPECT_EQ(slots.Explain(handle), Slots::Verdict::kLate);
    Slot& again = slots.Reserve(11);
    EXPECT_EQ(&again, &first) << "the slot is used again";
    EXPECT_NE(again.handle, handle);
    EXPECT_EQ(slots.Explain(handle), Slots::Verdict::kTwice);
    EXPECT_EQ(slots.Explain(handle + 1), Slots::Verdict::kUnknown);
}

}  // namespace
}  // namespace fanfare::plugin
