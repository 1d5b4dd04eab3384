#include "dispatch/retry_policy.hpp"

#include <gtest/gtest.h>

namespace fanfare::dispatch {
namespace {

using namespace std::chrono_literals;
using model::DeliveryState;
using model::Outcome;
using model::OutcomeKind;

constexpr double kMiddle = 0.5;  // dice that leave the delay as it is

Outcome Retry(std::string reason = "HTTP 503") { return {OutcomeKind::kRetry, 503, std::nullopt, std::move(reason), {}}; }

TEST(RetryPolicy, DeliveredIsSent) {
    EXPECT_EQ(Decide({}, {OutcomeKind::kDelivered, 200, {}, {}, {}}, 1, 0s, kMiddle).state, DeliveryState::kSent);
}

TEST(RetryPolicy, RejectedIsDeadAtOnceWithItsReason) {
    const Verdict verdict = Decide({}, {OutcomeKind::kRejected, 404, {}, "HTTP 404", {}}, 1, 0s, kMiddle);
    EXPECT_EQ(verdict.state, DeliveryState::kDead);
    EXPECT_EQ(verdict.reason, "rejected: HTTP 404");
}

TEST(RetryPolicy, DelaysGrowByTheFactorUpToTheBound) {
    model::RetryPolicy policy;
    policy.base = 5s;
    policy.factor = 2;
    policy.max_delay = 1min;
    EXPECT_EQ(Decide(policy, Retry(), 1, 0s, kMiddle).delay, 5s);
    EXPECT_EQ(Decide(policy, Retry(), 2, 0s, kMiddle).delay, 10s);
    EXPECT_EQ(Decide(policy, Retry(), 4, 0s, kMiddle).delay, 40s);
    EXPECT_EQ(Decide(policy, Retry(), 5, 0s, kMiddle).delay, 1min);
    policy.max_attempts = 100'000;
    EXPECT_EQ(Decide(policy, Retry(), 50'000, 0s, kMiddle).delay, 1min) << "a power that overflows";
}

TEST(RetryPolicy, JitterSpreadsTheDelayToBothSides) {
    model::RetryPolicy policy;
    policy.base = 10s;
    policy.jitter = 0.2;
    EXPECT_EQ(Decide(policy, Retry(), 1, 0s, 0.0).delay, 8s);
    EXPECT_EQ(Decide(policy, Retry(), 1, 0s, 1.0).delay, 12s);
}

TEST(RetryPolicy, AScheduleReplacesTheBackoffAndItsLastEntryRepeats) {
    model::RetryPolicy policy;
    policy.schedule = {1s, 5min, 1h};
    EXPECT_EQ(Decide(policy, Retry(), 1, 0s, kMiddle).delay, 1s);
    EXPECT_EQ(Decide(policy, Retry(), 2, 0s, kMiddle).delay, 5min);
    EXPECT_EQ(Decide(policy, Retry(), 9, 0s, kMiddle).delay, 1h);
}

TEST(RetryPolicy, RetryAfterMakesTheDelayLongerButNeverShorterAndIsClamped) {
    model::RetryPolicy policy;
    policy.base = 10s;
    policy.max_delay = 1h;
    Outcome outcome = Retry();
    outcome.retry_after = 30s;
    EXPECT_EQ(Decide(policy, outcome, 1, 0s, kMiddle).delay, 30s);
    outcome.retry_after = 1s;
    EXPECT_EQ(Decide(policy, outcome, 1, 0s, kMiddle).delay, 10s);
    outcome.retry_after = 500h;
    EXPECT_EQ(Decide(policy, outcome, 1, 0s, kMiddle).delay, 1h);
}

TEST(RetryPolicy, AttemptsEndADeliveryWithItsLastReason) {
    model::RetryPolicy policy;
    policy.max_attempts = 3;
    EXPECT_EQ(Decide(policy, Retry(), 2, 0s, kMiddle).state, DeliveryState::kWaiting);
    const Verdict verdict = Decide(policy, Retry("HTTP 500"), 3, 0s, kMiddle);
    EXPECT_EQ(verdict.state, DeliveryState::kDead);
    EXPECT_EQ(verdict.reason, "given up after 3 attempts: HTTP 500");
}

TEST(RetryPolicy, AgeEndsADeliveryWhoseNextAttemptWouldComeTooLate) {
    model::RetryPolicy policy;
    policy.base = 10s;
    policy.max_age = 1min;
    EXPECT_EQ(Decide(policy, Retry(), 1, 50s, kMiddle).state, DeliveryState::kWaiting);
    const Verdict verdict = Decide(policy, Retry(), 1, 51s, kMiddle);
    EXPECT_EQ(verdict.state, DeliveryState::kDead);
    EXPECT_EQ(verdict.reason, "given up at max_age 1m: HTTP 503");
    EXPECT_FALSE(IsExpired(policy, 1min));
    EXPECT_TRUE(IsExpired(policy, 61s));
}

}  // namespace
}  // namespace fanfare::dispatch
