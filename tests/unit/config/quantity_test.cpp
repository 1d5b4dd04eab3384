#include "config/quantity.hpp"

#include <gtest/gtest.h>

#include "config/address.hpp"

namespace fanfare::config {
namespace {

using namespace std::chrono_literals;

TEST(Duration, ReadsOneUnitOrSeveralFromLargeToSmall) {
    EXPECT_EQ(ParseDuration("500ms"), 500ms);
    EXPECT_EQ(ParseDuration("5s"), 5s);
    EXPECT_EQ(ParseDuration("10m"), 10min);
    EXPECT_EQ(ParseDuration("2h"), 2h);
    EXPECT_EQ(ParseDuration("3d"), 72h);
    EXPECT_EQ(ParseDuration("1h30m"), 90min);
    EXPECT_EQ(ParseDuration("1d2h3m4s5ms"), 26h + 3min + 4s + 5ms);
}

TEST(Duration, RefusesWhatCouldBeMisread) {
    for (const char* text : {"", "5", "s", "5 s", " 5s", "5s ", "-5s", "+5s", "1.5s", "5S", "30m1h", "1s1s", "5sec",
                             "1h30", "99999999999999999999s", "9999999999999d", "106751991d1h99999999h"}) {
        EXPECT_FALSE(ParseDuration(text)) << text;
    }
}

TEST(Duration, WhatIsFormattedReadsBack) {
    for (const base::Duration duration :
         {base::Duration(0s), base::Duration(1ms), base::Duration(90min), base::Duration(73h)}) {
        EXPECT_EQ(ParseDuration(FormatDuration(duration)), duration) << FormatDuration(duration);
    }
    EXPECT_EQ(FormatDuration(90min), "1h30m");
}

TEST(Size, ReadsBytesAndUnits) {
    EXPECT_EQ(ParseSize("4096"), 4096u);
    EXPECT_EQ(ParseSize("8MiB"), 8u << 20);
    EXPECT_EQ(ParseSize("64KiB"), 64u << 10);
    EXPECT_EQ(ParseSize("1GiB"), 1u << 30);
    EXPECT_EQ(ParseSize("8MB"), 8'000'000u);
    EXPECT_EQ(ParseSize("1kB"), 1000u);
    EXPECT_EQ(ParseSize("1B"), 1u);
}

TEST(Size, RefusesWhatCouldBeMisread) {
    for (const char* text : {"", "MiB", "8 MiB", "8M", "8mib", "-1", "1.5MiB", "8MiB1", "9999999999GiB"}) {
        EXPECT_FALSE(ParseSize(text)) << text;
    }
}

TEST(Address, TakesIpv4BracketedIpv6AndUnixPaths) {
    for (const char* good : {"127.0.0.1:8640", "0.0.0.0:0", "[::1]:8640", "[::]:1", "unix:/run/x.sock"}) {
        EXPECT_EQ(CheckAddress(good).message, "") << good;
    }
    for (const char* bad : {"", "127.0.0.1", "::1", "::1:8640", "[::1]", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
                            "host:1", "localhost:1", ":1", "unix:", "unix:x", "[127.0.0.1]:1", "1.2.3:4"}) {
        EXPECT_NE(CheckAddress(bad).message, "") << bad;
        EXPECT_NE(CheckAddress(bad).hint, "") << bad;
    }
    EXPECT_NE(CheckAddress("unix:/" + std::string(107, 'x')).message, "");
}

}  // namespace
}  // namespace fanfare::config
