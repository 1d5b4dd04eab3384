#include "admin/render.hpp"

#include <gtest/gtest.h>

namespace fanfare::admin {
namespace {

TEST(RenderedRequest, ShowsWhatTheDestinationIsSent) {
    model::Request request;
    request.payload = model::Payload{"application/json", "{\"a\": 1}"};
    request.headers = {{"X-Team", "blue"}, {"X-Team", "red"}};
    request.options = {{"/url", "https://example.org/1"}};
    const json::Value shown = Render(request);
    EXPECT_EQ(shown["content_type"], "application/json");
    EXPECT_EQ(shown["body"], "{\"a\": 1}") << "the text as it is sent, not what it means";
    EXPECT_EQ(shown["headers"], *json::Parse(R"([{"name":"X-Team","value":"blue"},{"name":"X-Team","value":"red"}])"));
    EXPECT_EQ(shown["options"], *json::Parse(R"([{"name":"/url","value":"https://example.org/1"}])"));
}

TEST(RenderedRequest, ShowsABodyThatIsNoTextInBase64) {
    model::Request request;
    request.payload = model::Payload{"application/octet-stream", "\xFF"};
    const json::Value shown = Render(request);
    EXPECT_EQ(shown["body_base64"], "/w==");
    EXPECT_FALSE(shown.contains("body"));
}

TEST(RenderedRequest, HasNoBodyWhereTheEventsDataIsSent) {
    model::Request request;
    request.headers = {{"X-Team", "blue"}};
    const json::Value shown = Render(request);
    EXPECT_FALSE(shown.contains("body"));
    EXPECT_FALSE(shown.contains("content_type"));
}

TEST(RenderedRequest, HidesValuesWhoseNameLooksLikeThatOfASecret) {
    for (const std::string name :
         {"Authorization", "Proxy-Authorization", "Cookie", "X-Auth-Token", "client_secret", "X-API-Key", "Password"}) {
        model::Request request;
        request.headers = {{name, "hidden"}};
        request.options = {{"/" + name, "hidden"}};
        const std::string shown = Render(request).dump();
        EXPECT_EQ(shown.find("hidden"), std::string::npos) << name;
        EXPECT_NE(shown.find("***"), std::string::npos) << name;
    }
}

}  // namespace
}  // namespace fanfare::admin
