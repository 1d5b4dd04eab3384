#include "http_client/retry_after.hpp"

#include <gtest/gtest.h>

#include <string>

namespace fanfare::http_client {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110, section 5.6.7.
constexpr seconds kExample{784111777};

base::Time SecondsBefore(int count) { return base::Time(kExample - seconds(count)); }

std::optional<milliseconds> Parse(std::string_view value) { return ParseRetryAfter(value, SecondsBefore(90)); }

TEST(RetryAfter, SecondsAreTaken) {
    EXPECT_EQ(Parse("0"), milliseconds(0));
    EXPECT_EQ(Parse("120"), milliseconds(120'000));
    EXPECT_EQ(Parse(" 7\t"), milliseconds(7'000));
}

TEST(RetryAfter, AllThreeFormsOfADateMeanTheSameInstant) {
    EXPECT_EQ(Parse("Sun, 06 Nov 1994 08:49:37 GMT"), milliseconds(90'000));
    EXPECT_EQ(Parse("Sunday, 06-Nov-94 08:49:37 GMT"), milliseconds(90'000));
    EXPECT_EQ(Parse("Sun Nov  6 08:49:37 1994"), milliseconds(90'000));
}

TEST(RetryAfter, ADateIsRoundedUpSoThatNobodyComesTooEarly) {
    EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:49:37 GMT", SecondsBefore(1) + std::chrono::microseconds(1)),
              milliseconds(1000));
}

TEST(RetryAfter, ADateInThePastMeansAtOnce) {
    EXPECT_EQ(Parse("Sat, 05 Nov 1994 08:49:37 GMT"), milliseconds(0));
    EXPECT_EQ(Parse("Thu, 01 Jan 1970 00:00:00 GMT"), milliseconds(0));
}

TEST(RetryAfter, MoreThanADayIsADay) {
    EXPECT_EQ(Parse("86401"), kMaxRetryAfter);
    EXPECT_EQ(Parse("1000000000000"), kMaxRetryAfter);
    EXPECT_EQ(Parse(std::string(5000, '9')), kMaxRetryAfter);
    EXPECT_EQ(Parse("Fri, 31 Dec 9999 23:59:59 GMT"), kMaxRetryAfter);
}

TEST(RetryAfter, TwoDigitYearsFarAheadAreOfTheCenturyBefore) {
    const base::Time in_2026(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1));
    EXPECT_EQ(ParseRetryAfter("Thursday, 01-Jan-26 00:00:30 GMT", in_2026), milliseconds(30'000));
    EXPECT_EQ(ParseRetryAfter("Saturday, 01-Jan-94 00:00:30 GMT", in_2026), milliseconds(0));
}

TEST(RetryAfter, WhatIsNotReadableIsNoAnswer) {
    for (const char* value :
         {"", " ", "-1", "+5", "1.5", "0x10", "soon", "5 s", "5,6", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET",
          "Sun, 31 Feb 2027 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:49:37 GMT!", "06 Nov 1994",
          "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT"})
        EXPECT_EQ(Parse(value), std::nullopt) << value;
    EXPECT_EQ(Parse(std::string_view("1\0002", 3)), std::nullopt);
}

}  // namespace
}  // namespace fanfare::http_client
