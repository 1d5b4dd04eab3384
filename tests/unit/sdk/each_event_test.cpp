// A batch of which every event is a piece of work of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include <fanfare/each_event.hpp>
#include <fanfare/testing.hpp>

namespace fanfare {
namespace {

using ::testing::ElementsAre;
using testing::FakeHost;
using ::testing::IsEmpty;
using testing::TestEvent;

class EachEvent : public ::testing::Test {
protected:
    void Deliver(std::uint32_t flags) {
        const fanfare_batch* raw =
            host_.open_batch({TestEvent{"a"}, TestEvent{"b"}, TestEvent{"c"}}, flags, Deadline(std::chrono::hours(1)));
        for_each_event(Batch(Host(host_.table(), host_.ctx()), *raw),
                       [this](const Event& event, Deadline deadline, const auto& answer) {
                           EXPECT_EQ(deadline, Deadline(std::chrono::hours(1)));
                           started_.emplace_back(event.id());
                           answers_.push_back(answer);
                       });
    }
    std::vector<fanfare_outcome> Outcomes() const {
        std::vector<fanfare_outcome> outcomes(host_.answers().size());
        for (const testing::Answer& answer : host_.answers()) outcomes[answer.index] = answer.outcome;
        return outcomes;
    }

    FakeHost host_;
    std::vector<std::string> started_;
    std::vector<std::function<void(const Outcome&)>> answers_;
};

TEST_F(EachEvent, AllAreStartedAtOnceAndAnsweredInAnyOrder) {
    Deliver(0);
    EXPECT_THAT(started_, ElementsAre("a", "b", "c"));
    answers_[2](Outcome::delivered());
    answers_[0](Outcome::rejected("no"));
    answers_[1](Outcome::retry("later"));
    EXPECT_THAT(Outcomes(), ElementsAre(FANFARE_REJECTED, FANFARE_RETRY, FANFARE_DELIVERED));
    EXPECT_THAT(host_.misbehaviour(), IsEmpty());
}

TEST_F(EachEvent, OrderedOnesAreStartedOneAfterTheOther) {
    Deliver(FANFARE_BATCH_ORDERED);
    EXPECT_THAT(started_, ElementsAre("a"));
    answers_[0](Outcome::delivered());
    EXPECT_THAT(started_, ElementsAre("a", "b"));
    answers_[1](Outcome::delivered());
    answers_[2](Outcome::delivered());
    EXPECT_THAT(Outcomes(), ElementsAre(FANFARE_DELIVERED, FANFARE_DELIVERED, FANFARE_DELIVERED));
    EXPECT_THAT(host_.misbehaviour(), IsEmpty());
}

TEST_F(EachEvent, OrderedOnesBehindAFailureAreGivenBackUnstarted) {
    Deliver(FANFARE_BATCH_ORDERED);
    answers_[0](Outcome::retry("later"));
    EXPECT_THAT(started_, ElementsAre("a"));
    EXPECT_THAT(Outcomes(), ElementsAre(FANFARE_RETRY, FANFARE_NOT_ATTEMPTED, FANFARE_NOT_ATTEMPTED));
}

TEST_F(EachEvent, AnswerThatIsDroppedGivesItsEventBack) {
    Deliver(0);
    answers_[1](Outcome::delivered());
    answers_.clear();
    EXPECT_THAT(Outcomes(), ElementsAre(FANFARE_RETRY, FANFARE_DELIVERED, FANFARE_RETRY));
}

}  // namespace
}  // namespace fanfare
