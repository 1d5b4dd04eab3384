#include "profile/error_history.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/value.hpp"

namespace fanfare::profile {
namespace {

using namespace std::chrono_literals;

ErrorEntry Soft(const std::string& identity, const std::string& message) {
    return {ErrorEntry::Kind::kSoft, identity, "crm", message, base::Time(1'463'497'200s), 503, "try later"};
}

json::Value Written(std::string_view message, const std::vector<ErrorEntry>& added) {
    const auto text = WithErrors(message, added);
    return text ? *json::Parse(*text) : json::Value();
}

TEST(ErrorHistory, A24_AnErrorHasItsTypeItsSenderItsMessageItsTimeAndWhatTheFarSideSaid) {
    const json::Value error = Written("{}", {Soft("a/1", "HTTP 503")})["errors"][0];
    EXPECT_EQ(error["error_type"], "softerror");
    EXPECT_EQ(error["error_sender"], "crm");
    EXPECT_EQ(error["error_message"], "HTTP 503");
    EXPECT_EQ(error["timestamp"], "2016-05-17T15:00:00Z");
    EXPECT_EQ(error["error_code"], "503");
    EXPECT_EQ(error["error_debug"]["response"], "try later");
}

TEST(ErrorHistory, A24_TheCountIsThatOfTheErrorsWhateverTheMessageSaidOfIt) {
    const json::Value written = Written(R"({"errors_count":7,"errors":[{"error_type":"info"}],"data":{}})",
                                        {Soft("a/1", "x"), Soft("a/2", "y")});
    EXPECT_EQ(written["errors_count"], 3);
    ASSERT_EQ(written["errors"].size(), 3u);
    EXPECT_EQ(written["errors"][0]["error_type"], "info");
    EXPECT_EQ(written["errors"][2]["error_message"], "y");
}

TEST(ErrorHistory, AllElseStaysByteForByte) {
    const auto text = WithErrors(" { \"b\" : 1.50, \"a\\u0062\": [ 1,2 ] , \"errors\" : [] } ", {Soft("a/1", "x")});
    ASSERT_TRUE(text);
    EXPECT_THAT(*text, testing::StartsWith(R"({"b":1.50,"a\u0062":[ 1,2 ],"errors_count":1,"errors":[{)"));
}

TEST(ErrorHistory, TheSameFailureHasTheSameUuidAndAnotherAnother) {
    const auto uuid = [](const std::string& identity) {
        return Written("{}", {Soft(identity, "x")})["errors"][0]["error_uuid"].get<std::string>();
    };
    EXPECT_EQ(uuid("a/1"), uuid("a/1"));
    EXPECT_NE(uuid("a/1"), uuid("a/2"));
    EXPECT_EQ(uuid("a/1").size(), 36u);
    EXPECT_EQ(uuid("a/1")[14], '8');
}

TEST(ErrorHistory, WhatIsNoObjectIsLeftAlone) {
    for (const char* const message : {"", "[]", "\"text\"", "{", R"({"a":1,"a":2})"})
        EXPECT_FALSE(WithErrors(message, {Soft("a/1", "x")})) << message;
}

}  // namespace
}  // namespace fanfare::profile
