// What holds back senders: failures of credentials, and rates of realms.
#include <gtest/gtest.h>

#include "ingest/failures.hpp"
#include "ingest/rates.hpp"
#include "support/manual_clock.hpp"

namespace fanfare::ingest {
namespace {

using namespace std::chrono_literals;

int FailuresUntil429(Failures& failures, const std::string& peer, base::SteadyTime now) {
    int count = 0;
    while (count < 100 && !failures.Count(peer, now)) ++count;
    return count;
}

// RELIABILITY A20.
TEST(Failures, TheEleventhInAMinuteIsTooMany) {
    support::ManualClock clock;
    Failures failures;
    EXPECT_EQ(FailuresUntil429(failures, "192.0.2.1:1000", clock.SteadyNow()), 10);
    EXPECT_EQ(failures.Count("192.0.2.1:2000", clock.SteadyNow()), 60s);
    clock.Advance(59s);
    EXPECT_EQ(failures.Count("192.0.2.1:3000", clock.SteadyNow()), 1s);
    clock.Advance(1s);
    EXPECT_EQ(FailuresUntil429(failures, "192.0.2.1:1000", clock.SteadyNow()), 10);
}

TEST(Failures, TenAMinuteAreNeverTooMany) {
    support::ManualClock clock;
    Failures failures;
    for (int i = 0; i < 1000; ++i) {
        if (i % 9 == 0) clock.Advance(1min);
        EXPECT_FALSE(failures.Count("192.0.2.1:1", clock.SteadyNow())) << i;
    }
}

TEST(Failures, AnAddressDoesNotAnswerForItsNeighbour) {
    support::ManualClock clock;
    Failures failures;
    EXPECT_EQ(FailuresUntil429(failures, "192.0.2.1:1", clock.SteadyNow()), 10);
    EXPECT_FALSE(failures.Count("192.0.2.2:1", clock.SteadyNow()));
    EXPECT_FALSE(failures.Count("unix", clock.SteadyNow()));
}

TEST(Failures, ASlash64OfIpv6IsOneAddressAndAMappedIpv4IsThatIpv4) {
    support::ManualClock clock;
    Failures failures;
    EXPECT_EQ(FailuresUntil429(failures, "[2001:db8::1]:1", clock.SteadyNow()), 10);
    EXPECT_TRUE(failures.Count("[2001:db8::ffff:1]:1", clock.SteadyNow()));
    EXPECT_FALSE(failures.Count("[2001:db8:0:1::1]:1", clock.SteadyNow()));
    EXPECT_EQ(FailuresUntil429(failures, "192.0.2.1:1", clock.SteadyNow()), 10);
    EXPECT_TRUE(failures.Count("[::ffff:192.0.2.1]:1", clock.SteadyNow()));
}

TEST(Rates, ARealmThatHasSentItsShareWaitsAndOthersDoNot) {
    support::ManualClock clock;
    Rates rates({{"a", {2, 1s}}, {"b", {2, 1s}}}, clock.SteadyNow());
    EXPECT_FALSE(rates.Take({{"a", 2}}, clock.SteadyNow()));
    EXPECT_EQ(rates.Wait("a", clock.SteadyNow()), 500ms);
    EXPECT_EQ(rates.Take({{"a", 1}}, clock.SteadyNow()), 500ms);
    EXPECT_FALSE(rates.Wait("b", clock.SteadyNow()));
    EXPECT_FALSE(rates.Wait("unlimited", clock.SteadyNow()));
    clock.Advance(500ms);
    EXPECT_FALSE(rates.Take({{"a", 1}}, clock.SteadyNow()));
}

TEST(Rates, ARequestThatMustWaitTakesNothingFromAnyRealm) {
    support::ManualClock clock;
    Rates rates({{"a", {1, 1s}}, {"b", {1, 1s}}}, clock.SteadyNow());
    EXPECT_FALSE(rates.Take({{"b", 1}}, clock.SteadyNow()));
    EXPECT_TRUE(rates.Take({{"a", 1}, {"b", 1}}, clock.SteadyNow()));
    EXPECT_FALSE(rates.Take({{"a", 1}}, clock.SteadyNow()));
}

TEST(Rates, ABatchMayOverdrawOnce) {
    support::ManualClock clock;
    Rates rates({{"a", {10, 1s}}}, clock.SteadyNow());
    EXPECT_FALSE(rates.Take({{"a", 1000}}, clock.SteadyNow()));
    EXPECT_EQ(rates.Wait("a", clock.SteadyNow()), 99s + 100ms);
}

}  // namespace
}  // namespace fanfare::ingest
