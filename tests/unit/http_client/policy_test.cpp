// Ranges, spellings and wrappings of addresses: what the network policy says to each.
#include "http_client/policy.hpp"

#include <gtest/gtest.h>

#include <cstdio>

namespace fanfare::http_client {
namespace {

std::string Wrapped(const std::string& how, const std::string& v4) {
    const base::Address address = *base::ParseAddress(v4);
    const auto byte = [&](std::size_t i, int flip = 0) { return static_cast<unsigned>(address.bytes[i] ^ flip); };
    const auto pair = [&](std::size_t i, int flip = 0) {
        char text[8];
        std::snprintf(text, sizeof text, "%x", byte(i, flip) << 8 | byte(i + 1, flip));
        return std::string(text);
    };
    char split[32];
    std::snprintf(split, sizeof split, "%x:%x:%x::", byte(0) << 8 | byte(1), byte(2), byte(3) << 8);
    if (how == "mapped") return "::ffff:" + v4;
    if (how == "compatible") return "::" + v4;
    if (how == "nat64") return "64:ff9b::" + v4;
    if (how == "local nat64, 96") return "64:ff9b:1::" + v4;
    if (how == "local nat64, 48") return "64:ff9b:1:" + std::string(split);
    if (how == "6to4") return "2002:" + pair(0) + ":" + pair(2) + "::1";
    if (how == "teredo client") return "2001:0:808:808:0:0:" + pair(0, 0xff) + ":" + pair(2, 0xff);
    if (how == "teredo server") return "2001:0:" + pair(0) + ":" + pair(2) + ":0:0:f7f7:f7f7";
    return v4;
}

bool Allows(const Policy& policy, const std::string& address, int port = 443, bool written_loopback = false) {
    const auto parsed = base::ParseAddress(address);
    EXPECT_TRUE(parsed) << address;
    return parsed && !policy.WhyNot(*parsed, port, written_loopback);
}

struct Case {
    const char* address;
    bool on_premises;
    bool in_public;
};

// First and last of each range, and what lies just outside.
constexpr Case kV4[] = {
    {"0.0.0.0", false, false},         {"0.0.0.1", false, false},         {"0.255.255.255", false, false},
    {"1.0.0.0", true, true},           {"8.8.8.8", true, true},           {"9.255.255.255", true, true},
    {"10.0.0.0", true, false},         {"10.0.0.5", true, false},         {"10.255.255.255", true, false},
    {"11.0.0.0", true, true},          {"100.63.255.255", true, true},    {"100.64.0.0", true, false},
    {"100.100.100.199", true, false},  {"100.100.100.200", false, false}, {"100.100.100.201", true, false},
    {"100.127.255.255", true, false},  {"100.128.0.0", true, true},       {"126.255.255.255", true, true},
    {"127.0.0.0", false, false},       {"127.0.0.1", false, false},       {"127.255.255.255", false, false},
    {"128.0.0.0", true, true},         {"168.63.129.15", true, true},     {"168.63.129.16", false, false},
    {"168.63.129.17", true, true},     {"169.253.255.255", true, true},   {"169.254.0.0", false, false},
    {"169.254.169.254", false, false}, {"169.254.170.2", false, false},   {"169.254.255.255", false, false},
    {"169.255.0.0", true, true},       {"172.15.255.255", true, true},    {"172.16.0.0", true, false},
    {"172.31.255.255", true, false},   {"172.32.0.0", true, true},        {"191.255.255.255", true, true},
    {"192.0.0.0", true, false},        {"192.0.0.255", true, false},      {"192.0.1.0", true, true},
    {"192.0.2.0", true, false},        {"192.0.2.255", true, false},      {"192.0.3.0", true, true},
    {"192.88.99.1", true, false},      {"192.167.255.255", true, true},   {"192.168.0.0", true, false},
    {"192.168.255.255", true, false},  {"192.169.0.0", true, true},       {"198.17.255.255", true, true},
    {"198.18.0.0", true, false},       {"198.19.255.255", true, false},   {"198.20.0.0", true, true},
    {"198.51.100.7", true, false},     {"198.51.101.0", true, true},      {"203.0.113.9", true, false},
    {"203.0.114.0", true, true},       {"223.255.255.255", true, true},   {"224.0.0.0", false, false},
    {"224.0.0.251", false, false},     {"239.255.255.255", false, false}, {"240.0.0.0", true, false},
    {"255.255.255.254", true, false},  {"255.255.255.255", false, false},
};

constexpr Case kV6[] = {
    {"::", false, false},
    {"::1", false, false},
    {"0:0:0:0:0:0:0:1", false, false},
    {"2000::", true, true},
    {"2606:4700:4700::1111", true, true},
    {"2a00:1450:4001:830::200e", true, true},
    {"2001:1ff:ffff::", true, false},
    {"2001:200::", true, true},
    {"2001:db8::1", true, false},
    {"2001:0DB8:0:0:0:0:0:1", true, false},
    {"2001:db9::", true, true},
    {"3fff::1", true, false},
    {"3fff:1000::", true, true},
    {"4000::", true, false},
    {"5f00::1", true, false},
    {"100::1", true, false},
    {"64:ff9a::1", true, false},
    {"fbff::1", true, false},
    {"fc00::", true, false},
    {"fd00::1", true, false},
    {"fd00:ec2::253", true, false},
    {"fd00:ec2::254", false, false},
    {"fd00:0ec2:0000::0254", false, false},
    {"fdff:ffff::", true, false},
    {"fe00::1", true, false},
    {"fe7f::1", true, false},
    {"fe80::", false, false},
    {"fe80::1", false, false},
    {"febf:ffff::1", false, false},
    {"fec0::1", true, false},
    {"feff::1", true, false},
    {"ff00::", false, false},
    {"ff02::1", false, false},
    {"ff05::1:3", false, false},
    {"ffff:ffff::1", false, false},
};

TEST(Policy, DecidesByRangeAndThroughEveryWrapping) {
    const Policy on_premises;
    Policy in_public;
    in_public.reach = Reach::kPublic;
    int rows = 0;
    for (const char* how :
         {"plain", "mapped", "compatible", "nat64", "local nat64, 96", "6to4", "teredo client", "teredo server"}) {
        for (const Case& row : kV4) {
            const std::string address = Wrapped(how, row.address);
            EXPECT_EQ(Allows(on_premises, address), row.on_premises) << how << " " << address;
            EXPECT_EQ(Allows(in_public, address), row.in_public) << how << " " << address;
            ++rows;
        }
    }
    for (const Case& row : kV6) {
        EXPECT_EQ(Allows(on_premises, row.address), row.on_premises) << row.address;
        EXPECT_EQ(Allows(in_public, row.address), row.in_public) << row.address;
        ++rows;
    }
    EXPECT_GE(rows, 500);
}

TEST(Policy, ReadsTheShortPrefixOfLocalNat64Too) {
    const Policy policy;
    EXPECT_EQ(Wrapped("local nat64, 48", "169.254.169.254"), "64:ff9b:1:a9fe:a9:fe00::");
    for (const char* denied : {"169.254.169.254", "127.0.0.1", "224.0.0.1"})
        EXPECT_FALSE(Allows(policy, Wrapped("local nat64, 48", denied))) << denied;
    EXPECT_TRUE(Allows(policy, Wrapped("local nat64, 48", "8.8.8.8")));
    // Either reading is enough.
    EXPECT_FALSE(Allows(policy, "64:ff9b:1:a9fe:a9:fe00:808:808"));
    EXPECT_FALSE(Allows(policy, "64:ff9b:1:808:8:800:a9fe:a9fe"));
    EXPECT_TRUE(Allows(policy, "64:ff9b:1:808:8:800:808:808"));
}

TEST(Policy, LoopbackIsAllowedOnPremisesIfTheHostIsWrittenAsSuch) {
    Policy policy;
    EXPECT_TRUE(Allows(policy, "127.0.0.1", 80, true));
    EXPECT_TRUE(Allows(policy, "::1", 80, true));
    EXPECT_FALSE(Allows(policy, "::ffff:127.0.0.1", 80, true));
    EXPECT_FALSE(Allows(policy, "169.254.169.254", 80, true));
    policy.reach = Reach::kPublic;
    EXPECT_FALSE(Allows(policy, "127.0.0.1", 80, true));
}

TEST(Policy, OnlyThePlainFormIsAWrittenLoopback) {
    for (const char* host : {"127.0.0.1", "127.255.0.9", "[::1]", "localhost", "LocalHost", "[0:0:0:0:0:0:0:1]"})
        EXPECT_TRUE(IsWrittenLoopback(host)) << host;
    for (const char* host : {"127.1", "0x7f.0.0.1", "2130706433", "0177.0.0.1", "[::ffff:127.0.0.1]", "localhost.",
                             "a.localhost", "localhost.example", "128.0.0.1", "[::2]", "", "[]"})
        EXPECT_FALSE(IsWrittenLoopback(host)) << host;
}

Policy Listed(std::vector<std::string> allow, std::vector<std::string> deny, Reach reach = Reach::kPublic) {
    Policy policy;
    policy.reach = reach;
    for (const std::string& text : allow) policy.allow.push_back(*ParseNetworkRule(text));
    for (const std::string& text : deny) policy.deny.push_back(*ParseNetworkRule(text));
    return policy;
}

TEST(Policy, AllowOpensWhatItListsAndItsPortOnly) {
    const Policy policy = Listed({"10.0.0.0/8:8443", "192.168.1.7", "fd00::/8", "127.0.0.1:9000"}, {});
    EXPECT_TRUE(Allows(policy, "10.9.9.9", 8443));
    EXPECT_FALSE(Allows(policy, "10.9.9.9", 443));
    EXPECT_TRUE(Allows(policy, "::ffff:10.9.9.9", 8443));
    EXPECT_TRUE(Allows(policy, "192.168.1.7", 1));
    EXPECT_FALSE(Allows(policy, "192.168.1.8", 1));
    EXPECT_TRUE(Allows(policy, "fd12::1"));
    EXPECT_TRUE(Allows(policy, "127.0.0.1", 9000));
    EXPECT_FALSE(Allows(policy, "127.0.0.1", 9001));
}

TEST(Policy, DenyGoesBeforeAllowAndThroughWrappings) {
    const Policy policy = Listed({"10.0.0.0/8"}, {"10.1.0.0/16", "8.8.8.8:53", "2001:db8::/32"}, Reach::kOnPremises);
    EXPECT_TRUE(Allows(policy, "10.2.0.1"));
    EXPECT_FALSE(Allows(policy, "10.1.0.1"));
    EXPECT_FALSE(Allows(policy, "64:ff9b::10.1.0.1"));
    EXPECT_FALSE(Allows(policy, "8.8.8.8", 53));
    EXPECT_TRUE(Allows(policy, "8.8.8.8", 443));
    EXPECT_FALSE(Allows(policy, "2001:db8::7"));
}

TEST(Policy, MetadataIsOpenedByItsOwnAddressOnlyAndMulticastByNothing) {
    EXPECT_FALSE(Allows(Listed({"169.254.0.0/16", "0.0.0.0/0"}, {}), "169.254.169.254", 80));
    EXPECT_TRUE(Allows(Listed({"169.254.169.254"}, {}), "169.254.169.254", 80));
    EXPECT_FALSE(Allows(Listed({"169.254.169.254:80"}, {}), "169.254.169.254", 81));
    EXPECT_FALSE(Allows(Listed({"169.254.169.254"}, {"169.254.0.0/16"}), "169.254.169.254", 80));
    EXPECT_TRUE(Allows(Listed({"fd00:ec2::254/128"}, {}), "fd00:ec2::254", 80));
    EXPECT_FALSE(Allows(Listed({"224.0.0.1", "0.0.0.0", "255.255.255.255"}, {}), "224.0.0.1"));
    EXPECT_FALSE(Allows(Listed({"0.0.0.0"}, {}), "0.0.0.0"));
}

TEST(Policy, SaysWhichAddressWhatItIsAndWhatToChange) {
    const auto why = [](const Policy& policy, const char* address) {
        return policy.WhyNot(*base::ParseAddress(address), 443, false).value_or("");
    };
    EXPECT_EQ(
        why(Listed({}, {}), "10.0.0.5"),
        "10.0.0.5 is a private address, and http.network is \"public\"; http.allow = [\"10.0.0.5\"] lets it through");
    EXPECT_EQ(why({}, "127.0.0.1"),
              "127.0.0.1 is a loopback address, and the host is not written as one; http.allow = [\"127.0.0.1\"] lets "
              "it through");
    EXPECT_EQ(
        why({}, "64:ff9b::a9fe:a9fe"),
        "169.254.169.254, carried by 64:ff9b::a9fe:a9fe, is a link-local address (cloud metadata); only http.allow = "
        "[\"169.254.169.254\"] lets it through");
    EXPECT_EQ(why(Listed({}, {"1.2.3.4"}), "1.2.3.4"), "1.2.3.4 is listed in http.deny");
    EXPECT_EQ(why({}, "224.0.0.1"), "224.0.0.1 is a multicast address, which is never connected to");
}

TEST(NetworkRule, IsReadInEveryForm) {
    for (const char* text : {"10.0.0.0/8", "10.1.2.3", "10.1.2.3:8443", "10.0.0.0/8:443", "fd00::/8", "fd00::1",
                             "[fd00::1]:443", "[fd00::/8]:443", "[fd00::1]", "0.0.0.0/0", "::/0"})
        EXPECT_TRUE(ParseNetworkRule(text)) << text;
    for (const char* text :
         {"", "example.com", "10.0.0.0/33", "10.0.0", "10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1:", "[10.0.0.1]:80",
          "[fd00::1", "[fd00::1]443", "[fd00::1]:", "fd00::/129", "10.0.0.1:http", "10.0.0.1:80:80", "*"})
        EXPECT_FALSE(ParseNetworkRule(text)) << text;
    EXPECT_EQ(ParseNetworkRule("[fd00::/8]:443")->port, 443);
    EXPECT_EQ(ParseNetworkRule("10.0.0.0/8:443")->network.length, 8u);
}

}  // namespace
}  // namespace fanfare::http_client
