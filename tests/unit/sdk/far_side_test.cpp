// Addresses of far sides, and answers that repeat a secret.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include <fanfare/mask.hpp>
#include <fanfare/testing.hpp>
#include <fanfare/url.hpp>

namespace fanfare {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Refusal(std::string_view url) {
    try {
        base_url(url, "host");
        return {};
    } catch (const ConfigError& e) {
        return e.what();
    }
}

TEST(Url, AuthorityIsHostAndPortAsWritten) {
    EXPECT_EQ(authority_of("https://a.example.com/x?y", "url"), "a.example.com");
    EXPECT_EQ(authority_of("HTTP://a:8080", "url"), "a:8080");
    EXPECT_EQ(authority_of("http://[::1]:80/", "url"), "[::1]:80");
}

TEST(Url, WhatIsNoAddressIsRefusedByTheNameOfItsOptionWithoutShowingIt) {
    for (const std::string url :
         {"hidden.example.com", "ftp://hidden", "http://", "http://hidden@a/", "http://a/#hidden", "http://a/?hidden",
          "http://hidden :1", "http://a:hidden", "http://\xC3\xA4"}) {
        EXPECT_THAT(Refusal(url), ::testing::StartsWith("host ")) << url;
        EXPECT_THAT(Refusal(url), Not(HasSubstr("hidden"))) << url;
    }
}

TEST(Url, BaseHasNoSlashAtItsEndAndKeepsItsPath) {
    EXPECT_EQ(base_url("https://a/chat//", "host"), "https://a/chat");
    EXPECT_EQ(base_url("https://a", "host"), "https://a");
    EXPECT_EQ(path_of("https://a/b/c"), "/b/c");
    EXPECT_EQ(path_of("https://a"), "");
}

TEST(Url, PercentEncodingLeavesUnreservedCharactersAndIsReadBack) {
    std::string encoded;
    append_percent_encoded(encoded, "aZ0-._~/ %\xC3\xA9+");
    EXPECT_EQ(encoded, "aZ0-._~%2F%20%25%C3%A9%2B");
    EXPECT_EQ(percent_decoded(encoded), "aZ0-._~/ %\xC3\xA9+");
    EXPECT_EQ(percent_decoded("100%, %4, %zz %2f"), "100%, %4, %zz /");
}

std::string Masked(std::string text, std::string_view secret) {
    mask(text, secret);
    return text;
}

TEST(Mask, EveryOccurrenceGoesAndAnEmptySecretMasksNothing) {
    EXPECT_EQ(Masked("a secret, secretsecret", "secret"), "a ***, ******");
    EXPECT_EQ(Masked("a secret", ""), "a secret");
    EXPECT_EQ(Masked("", "secret"), "");
}

TEST(Mask, BeginningOfTheSecretAtTheEndOfTheTextGoesToo) {
    EXPECT_EQ(Masked("cut off: secr", "secret"), "cut off: ***");
    EXPECT_EQ(Masked("no hint: sec", "secret"), "no hint: sec");
    EXPECT_EQ(Masked("secre", "secret"), "***");
}

TEST(Mask, ResponseMeansTheSameAndItsBodyHoldsTheSecretNoMore) {
    testing::FakeHost host;
    const Http http(Host(host.table(), host.ctx()));
    host.http.reply({404, "no hook abcd1234", {{"x-id", "7"}}});
    Outcome outcome;
    http.send({"POST", "http://a/", nullptr, "", {}, 0}, [&](const HttpResponse& response) {
        const MaskedResponse masked(response, {"abcd1234"});
        EXPECT_EQ(masked.get().header("x-id"), "7");
        outcome = masked.get().outcome("a");
    });
    host.http.pump();
    EXPECT_EQ(outcome.kind, FANFARE_REJECTED);
    EXPECT_EQ(outcome.reason, "HTTP 404 from a: no hook ***");
    EXPECT_EQ(outcome.response, "no hook ***");
}

}  // namespace
}  // namespace fanfare
