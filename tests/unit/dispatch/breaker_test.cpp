#include "dispatch/breaker.hpp"

#include <gtest/gtest.h>

#include "dispatch/histogram.hpp"
#include "dispatch/throttle.hpp"

namespace fanfare::dispatch {
namespace {

using namespace std::chrono_literals;
using model::OutcomeKind;

constexpr base::SteadyTime kNow{1h};

TEST(Breaker, OpensAfterSoManyInARowThatReachedNobody) {
    Breaker breaker({3, 30s}, false);
    EXPECT_FALSE(breaker.Note(OutcomeKind::kUnreachable, kNow, 0.5));
    EXPECT_FALSE(breaker.Note(OutcomeKind::kUnreachable, kNow, 0.5));
    EXPECT_TRUE(breaker.Note(OutcomeKind::kUnreachable, kNow, 0.5));
    EXPECT_TRUE(breaker.is_open());
    EXPECT_EQ(breaker.next_probe(), kNow + 30s);
    EXPECT_FALSE(breaker.Note(OutcomeKind::kUnreachable, kNow, 0.5)) << "it is open already";
}

TEST(Breaker, AnyWordFromTheDestinationBreaksTheRow) {
    for (const OutcomeKind kind : {OutcomeKind::kDelivered, OutcomeKind::kRetry, OutcomeKind::kRejected}) {
        Breaker breaker({2, 30s}, false);
        breaker.Note(OutcomeKind::kUnreachable, kNow, 0.5);
        EXPECT_FALSE(breaker.Note(kind, kNow, 0.5));
        EXPECT_FALSE(breaker.Note(OutcomeKind::kUnreachable, kNow, 0.5));
        EXPECT_FALSE(breaker.is_open());
    }
}

TEST(Breaker, ClosesWithTheFirstWordAndSaysSo) {
    Breaker breaker({1, 30s}, true);
    EXPECT_TRUE(breaker.Note(OutcomeKind::kRejected, kNow, 0.5));
    EXPECT_FALSE(breaker.is_open());
}

TEST(Breaker, WhatWasNotAttemptedSaysNothing) {
    Breaker breaker({1, 30s}, true);
    EXPECT_FALSE(breaker.Note(OutcomeKind::kNotAttempted, kNow, 0.5));
    EXPECT_TRUE(breaker.is_open());
}

TEST(Breaker, ProbesAreSpreadByAFifthToBothSides) {
    Breaker breaker({1, 30s}, true);
    EXPECT_LE(breaker.next_probe(), kNow) << "after a restart at once";
    breaker.NoteProbe(kNow, 0);
    EXPECT_EQ(breaker.next_probe(), kNow + 24s);
    breaker.NoteProbe(kNow, 1);
    EXPECT_EQ(breaker.next_probe(), kNow + 36s);
    breaker.ProbeAtOnce();
    EXPECT_LE(breaker.next_probe(), kNow);
}

TEST(Throttle, HalvesAtASignOfOverloadButOnceASecond) {
    Throttle throttle(16);
    EXPECT_EQ(throttle.limit(), 16u);
    for (int i = 0; i < 16; ++i) throttle.OnOverload(kNow);
    EXPECT_EQ(throttle.limit(), 8u) << "one overload shows in all that was in flight";
    throttle.OnOverload(kNow + 1s);
    EXPECT_EQ(throttle.limit(), 4u);
    for (int i = 2; i < 9; ++i) throttle.OnOverload(kNow + std::chrono::seconds(i));
    EXPECT_EQ(throttle.limit(), 1u) << "never none";
}

TEST(Throttle, GrowsByOneForEachWindowOfSuccessesUpToItsMost) {
    Throttle throttle(8);
    throttle.OnOverload(kNow);
    for (int i = 0; i < 4; ++i) throttle.OnSuccess();
    EXPECT_EQ(throttle.limit(), 5u);
    for (int i = 0; i < 4; ++i) throttle.OnSuccess();
    EXPECT_EQ(throttle.limit(), 5u);
    for (int i = 0; i < 100; ++i) throttle.OnSuccess();
    EXPECT_EQ(throttle.limit(), 8u);
}

TEST(Throttle, AfterARecoveryItStartsWithOneAndDoubles) {
    Throttle throttle(100);
    throttle.StartSlowly();
    std::vector<std::uint32_t> limits;
    for (int round = 0; round < 8; ++round) {
        limits.push_back(throttle.limit());
        for (std::uint32_t i = limits.back(); i > 0; --i) throttle.OnSuccess();
    }
    EXPECT_EQ(limits, (std::vector<std::uint32_t>{1, 2, 4, 8, 16, 32, 64, 100}));
}

TEST(Histogram, CountsEachTimeUnderTheFirstBoundThatHoldsIt) {
    Histogram histogram;
    histogram.Add(1ms);
    histogram.Add(2ms);
    histogram.Add(48h);
    EXPECT_EQ(histogram.counts.front(), 1u);
    EXPECT_EQ(histogram.counts[1], 1u);
    EXPECT_EQ(histogram.counts.back(), 1u);
    EXPECT_DOUBLE_EQ(histogram.sum, 172800.003);
}

}  // namespace
}  // namespace fanfare::dispatch
