#include "model/rate.hpp"

#include <gtest/gtest.h>

#include "support/manual_clock.hpp"

namespace fanfare::model {
namespace {

using namespace std::chrono_literals;

TEST(TokenBucket, HoldsOneSecondsWorthAndNoMoreAfterAPause) {
    support::ManualClock clock;
    TokenBucket bucket({5, 1s}, clock.SteadyNow());
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 5; ++i) {
            EXPECT_FALSE(bucket.Wait(clock.SteadyNow())) << i;
            bucket.Take(1, clock.SteadyNow());
        }
        EXPECT_EQ(bucket.Wait(clock.SteadyNow()), 200ms);
        clock.Advance(24h * 365);
    }
}

TEST(TokenBucket, HoldsOneEventWhereASecondIsWorthLess) {
    support::ManualClock clock;
    TokenBucket bucket({10, 1min}, clock.SteadyNow());
    EXPECT_FALSE(bucket.Wait(clock.SteadyNow()));
    bucket.Take(1, clock.SteadyNow());
    EXPECT_EQ(bucket.Wait(clock.SteadyNow()), 6s);
    clock.Advance(6s - 1us);
    EXPECT_EQ(bucket.Wait(clock.SteadyNow()), 1us);
    clock.Advance(1us);
    EXPECT_FALSE(bucket.Wait(clock.SteadyNow()));
}

TEST(TokenBucket, LetsABatchOverdrawAndMakesTheNextOneWaitForIt) {
    support::ManualClock clock;
    TokenBucket bucket({100, 1s}, clock.SteadyNow());
    bucket.Take(10'000, clock.SteadyNow());
    EXPECT_EQ(bucket.Wait(clock.SteadyNow()), 99s + 10ms);
    clock.Advance(99s);
    EXPECT_TRUE(bucket.Wait(clock.SteadyNow()));
    clock.Advance(10ms);
    EXPECT_FALSE(bucket.Wait(clock.SteadyNow()));
}

TEST(TokenBucket, LosesNothingToRoundingOverAMillionEvents) {
    support::ManualClock clock;
    TokenBucket bucket({7, 1s}, clock.SteadyNow());
    const base::SteadyTime start = clock.SteadyNow();
    for (int i = 0; i < 1'000'000; ++i) {
        if (const auto wait = bucket.Wait(clock.SteadyNow())) clock.Advance(*wait);
        bucket.Take(1, clock.SteadyNow());
    }
    // Seven of the million came out of the full bucket.
    EXPECT_EQ(std::chrono::ceil<std::chrono::seconds>(clock.SteadyNow() - start), 142'857s);
}

TEST(TokenBucket, LosesNoPartsOfMicroseconds) {
    base::SteadyTime now{1h};
    TokenBucket bucket({1000, 1s}, now);
    bucket.Take(1000, now);
    // 667 times 1.5 are the first above 1000.
    for (int i = 1; i < 1000; ++i) EXPECT_EQ(bucket.Wait(now += 1500ns).has_value(), i < 667) << i;
}

TEST(TokenBucket, TakesTheLargestRateAndTheLargestBatchWithoutOverflow) {
    support::ManualClock clock;
    TokenBucket bucket({1'000'000'000, 1h}, clock.SteadyNow());
    bucket.Take(1'000'000, clock.SteadyNow());
    EXPECT_TRUE(bucket.Wait(clock.SteadyNow()));
    clock.Advance(24h * 365 * 100);
    EXPECT_FALSE(bucket.Wait(clock.SteadyNow()));
}

TEST(TokenBucket, StandsStillWhenTimeDoes) {
    support::ManualClock clock;
    TokenBucket bucket({1, 1h}, clock.SteadyNow());
    bucket.Take(1, clock.SteadyNow());
    for (int i = 0; i < 10; ++i) EXPECT_EQ(bucket.Wait(clock.SteadyNow()), 1h);
}

}  // namespace
}  // namespace fanfare::model
