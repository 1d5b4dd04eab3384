// Authorisation of requests: basic, bearer, and tokens from a scripted server (RFC 6749, section 4.4).
#include "http_client/token.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>

#include "support/scripted_server.hpp"
#include "unit/http_client/send.hpp"

namespace fanfare::http_client {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using tests::ScriptedServer;
using tests::ServerConnection;

std::string Answer(int status, const std::string& body) {
    return "HTTP/1.1 " + std::to_string(status) + " Scripted\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

std::string TokenAnswer(const std::string& token, int seconds = 3600) {
    return Answer(200, R"({"access_token":")" + token + R"(","token_type":"Bearer","expires_in":)" +
                           std::to_string(seconds) + "}");
}

OAuth2 ClientAt(const std::string& url) {
    return {
        .token_url = url, .client_id = "my id", .client_secret = base::Secret("s/cret:+"), .scope = {}, .audience = {}};
}

Response Json(int status, std::string body) {
    Response response;
    response.end = End::kDone;
    response.status = status;
    response.body = std::move(body);
    return response;
}

const base::SteadyTime kStart{1h};

TEST(Token, IsAskedForOnceAndUsedUntilItEnds) {
    const OAuth2 client = ClientAt("https://auth.example/token");
    Token token(client);
    EXPECT_EQ(token.Header(kStart), nullptr);
    ASSERT_TRUE(token.IsDue(kStart));
    token.Ask(kStart);
    EXPECT_FALSE(token.IsDue(kStart));
    token.Take(Json(200, R"({"access_token":"abc","token_type":"bearer","expires_in":600})"), kStart);
    ASSERT_NE(token.Header(kStart), nullptr);
    EXPECT_EQ(token.Header(kStart)->Reveal(), "Bearer abc");
    EXPECT_FALSE(token.IsDue(kStart + 539s));
    EXPECT_TRUE(token.IsDue(kStart + 540s));
    EXPECT_NE(token.Header(kStart + 599s), nullptr);
    EXPECT_EQ(token.Header(kStart + 600s), nullptr);
}

TEST(Token, OfShortLifeIsRenewedInItsLastFifth) {
    const OAuth2 client = ClientAt("https://auth.example/token");
    Token token(client);
    token.Ask(kStart);
    token.Take(Json(200, R"({"access_token":"abc","expires_in":"10"})"), kStart);
    EXPECT_FALSE(token.IsDue(kStart + 7s));
    EXPECT_TRUE(token.IsDue(kStart + 8s));
}

TEST(Token, RequestIsThatOfTheClientCredentialsGrant) {
    OAuth2 client = ClientAt("https://auth.example/token");
    client.scope = "read write";
    client.audience = "https://api.example/";
    const Request in_header = Token(client).Ask(kStart);
    EXPECT_EQ(in_header.method, "POST");
    EXPECT_EQ(in_header.url, "https://auth.example/token");
    EXPECT_EQ(in_header.body, "grant_type=client_credentials&scope=read+write&audience=https%3a%2f%2fapi.example%2f");
    // base64 of "my+id:s%2fcret%3a%2b"
    EXPECT_THAT(in_header.headers,
                ::testing::Contains(::testing::Pair("Authorization", "Basic bXkraWQ6cyUyZmNyZXQlM2ElMmI=")));
    client.secret_in_body = true;
    const Request in_body = Token(client).Ask(kStart);
    EXPECT_THAT(in_body.body, HasSubstr("&client_id=my+id&client_secret=s%2fcret%3a%2b&scope"));
    EXPECT_THAT(in_body.headers, Not(::testing::Contains(::testing::Key("Authorization"))));
}

TEST(Token, FailuresSayWhatTheServerSaidWithoutTheSecretAndAreRememberedForASecond) {
    const std::string start = "no access token from the 'token_url' of the destination: ";
    const std::vector<std::pair<Response, std::string>> cases{
        {Json(401, R"({"error":"invalid_client","error_description":"no client my id with s/cret:+\r\n"})"),
         "HTTP 401, invalid_client, no client my id with ***  "},
        {Json(500, "<html>"), "HTTP 500"},
        {Json(200, "<html>"), "the answer is not a JSON object"},
        {Json(200, R"({"access_token":"abc","expires_in":0})"), "the token has ended as it comes ('expires_in' is 0)"},
        {Json(200, "{}"), "the answer has no 'access_token'"},
        {Json(200, R"({"access_token":"a b"})"), "the answer has no 'access_token'"},
        {Json(200, R"({"access_token":"a\r\nX: y"})"), "the answer has no 'access_token'"},
        {Json(200, R"({"access_token":"abc","token_type":"mac"})"), "the token is not of the type 'bearer'"},
    };
    const OAuth2 client = ClientAt("https://auth.example/token");
    for (const auto& [response, expected] : cases) {
        Token token(client);
        token.Ask(kStart);
        token.Take(response, kStart);
        ASSERT_NE(token.Failure(kStart), nullptr) << expected;
        EXPECT_EQ(*token.Failure(kStart), start + expected);
        EXPECT_FALSE(token.IsDue(kStart + 999ms));
        EXPECT_TRUE(token.IsDue(kStart + 1s));
        EXPECT_EQ(token.Failure(kStart + 1s), nullptr);
    }
}

TEST(Token, ThatCannotBeRenewedIsUsedToItsEnd) {
    const OAuth2 client = ClientAt("https://auth.example/token");
    Token token(client);
    token.Ask(kStart);
    token.Take(Json(200, R"({"access_token":"abc","expires_in":600})"), kStart);
    token.Ask(kStart + 550s);
    token.Take(Json(503, ""), kStart + 550s);
    ASSERT_NE(token.Header(kStart + 551s), nullptr);
    EXPECT_TRUE(token.IsDue(kStart + 551s));
}

TEST(Token, ThatWasRefusedIsGivenUpUnlessAnotherHasCome) {
    const OAuth2 client = ClientAt("https://auth.example/token");
    Token token(client);
    token.Ask(kStart);
    token.Take(Json(200, R"({"access_token":"abc"})"), kStart);
    token.Refuse(base::Secret("Bearer older"));
    EXPECT_NE(token.Header(kStart), nullptr);
    token.Refuse(base::Secret("Bearer abc"));
    EXPECT_EQ(token.Header(kStart), nullptr);
    EXPECT_TRUE(token.IsDue(kStart));
}

// A far side that lets in who shows one of some tokens, and says in its body what it was shown.
class Guarded {
public:
    explicit Guarded(std::vector<std::string> accepted) : accepted_(std::move(accepted)) {}

    std::string Url() const { return server_.Url("/hook"); }
    ScriptedServer& server() { return server_; }

private:
    const std::vector<std::string> accepted_;
    ScriptedServer server_{[this](ServerConnection& connection) {
        while (const auto request = connection.Read()) {
            const std::string shown = request->Header("authorization");
            const bool good = std::find(accepted_.begin(), accepted_.end(), shown) != accepted_.end();
            connection.Send(Answer(good ? 200 : 401, "you showed " + shown));
        }
    }};
};

std::shared_ptr<const Settings> WithTokensOf(const ScriptedServer& issuer) {
    return SettingsWith([&](Settings& s) { s.authorization.oauth2 = ClientAt(issuer.Url("/token")); });
}

TEST(Authorization, TwoHundredRequestsWaitForOneToken) {
    std::atomic<int> number = 0;
    ScriptedServer issuer([&](ServerConnection& connection) {
        while (connection.Read()) {
            if (!connection.Hold()) return;
            connection.Send(TokenAnswer("t-" + std::to_string(++number)));
        }
    });
    Guarded far_side({"Bearer t-1"});
    const auto client = OpenClient();
    const auto settings = WithTokensOf(issuer);
    std::vector<std::future<Response>> responses;
    for (int i = 0; i < 200; ++i) responses.push_back(Start(*client, With(Post(far_side.Url(), "x"), settings)));
    issuer.WaitForRequests(1);
    EXPECT_EQ(far_side.server().requests().size(), 0u);
    issuer.Release();
    for (auto& response : responses) EXPECT_EQ(response.get().status, 200);
    EXPECT_EQ(issuer.requests().size(), 1u);
    EXPECT_EQ(issuer.requests()[0].body, "grant_type=client_credentials");
}

TEST(Authorization, ARefusedTokenIsReplacedOnceAndTheRequestSentAgain) {
    std::atomic<int> number = 0;
    ScriptedServer issuer([&](ServerConnection& connection) {
        while (connection.Read()) connection.Send(TokenAnswer("t-" + std::to_string(++number)));
    });
    Guarded far_side({"Bearer t-2"});
    const auto client = OpenClient();
    const auto settings = WithTokensOf(issuer);
    std::vector<std::future<Response>> responses;
    for (int i = 0; i < 20; ++i)
        responses.push_back(Start(*client, With(Post(far_side.Url(), "body " + std::to_string(i)), settings)));
    for (auto& response : responses) EXPECT_EQ(response.get().status, 200);
    EXPECT_EQ(issuer.requests().size(), 2u);
    EXPECT_EQ(Send(*client, With(Post(far_side.Url(), "x"), settings)).status, 200);
    EXPECT_EQ(issuer.requests().size(), 2u);
}

TEST(Authorization, WhatIsRefusedWithTheNewTokenTooIsRefused) {
    std::atomic<int> number = 0;
    ScriptedServer issuer([&](ServerConnection& connection) {
        while (connection.Read()) connection.Send(TokenAnswer("token-" + std::to_string(++number)));
    });
    Guarded far_side({});
    const auto client = OpenClient();
    const Response response = Send(*client, With(Post(far_side.Url(), "x"), WithTokensOf(issuer)));
    EXPECT_EQ(response.end, End::kDone);
    EXPECT_EQ(response.status, 401);
    EXPECT_EQ(response.body, "you showed Bearer ***");
    EXPECT_EQ(far_side.server().requests().size(), 2u);
    EXPECT_EQ(issuer.requests().size(), 2u);
}

TEST(Authorization, ATokenThatEndsIsRenewedWithoutARequestBeingRefused) {
    std::atomic<int> number = 0;
    ScriptedServer issuer([&](ServerConnection& connection) {
        while (connection.Read()) connection.Send(TokenAnswer("t-" + std::to_string(++number), 1));
    });
    Guarded far_side({"Bearer t-1", "Bearer t-2", "Bearer t-3"});
    const auto client = OpenClient();
    const auto settings = WithTokensOf(issuer);
    do {
        ASSERT_EQ(Send(*client, With(Post(far_side.Url(), "x"), settings)).status, 200);
    } while (far_side.server().requests().back().Header("authorization") != "Bearer t-2");
}

TEST(Authorization, WithoutATokenNothingIsSentAndTheDestinationIsUnreachable) {
    ScriptedServer issuer([](ServerConnection& connection) {
        while (connection.Read()) connection.Send(Answer(400, R"({"error":"invalid_scope"})"));
    });
    Guarded far_side({});
    const auto client = OpenClient();
    const auto settings = WithTokensOf(issuer);
    std::vector<std::future<Response>> responses;
    for (int i = 0; i < 50; ++i) responses.push_back(Start(*client, With(Post(far_side.Url(), "x"), settings)));
    for (auto& future : responses) {
        const Response response = future.get();
        EXPECT_EQ(response.end, End::kUnreachable);
        EXPECT_EQ(response.error, "no access token from the 'token_url' of the destination: HTTP 400, invalid_scope");
    }
    EXPECT_EQ(issuer.requests().size(), 1u);
    EXPECT_EQ(far_side.server().connections(), 0);
}

TEST(Authorization, AnIssuerThatDoesNotAnswerHoldsNoRequestLongerThanItsDeadline) {
    std::future<Response> open;
    ScriptedServer issuer([](ServerConnection& connection) {
        connection.Read();
        connection.Hold();
    });
    {
        const auto client = OpenClient();
        const auto settings = WithTokensOf(issuer);
        open = Start(*client, With(Post("http://127.0.0.1:1/", "x"), settings));
        Request request = With(Post("http://127.0.0.1:1/", "x"), settings);
        request.deadline = In(300ms);
        const Response response = Send(*client, std::move(request));
        EXPECT_EQ(response.end, End::kTimeout);
        EXPECT_THAT(response.error, HasSubstr("while an access token was asked for"));
    }
    EXPECT_EQ(open.get().end, End::kStopped);
}

TEST(Authorization, OfThePluginGoesBeforeThatOfTheSettings) {
    ScriptedServer issuer([](ServerConnection&) {});
    Guarded far_side({"Signed by-plugin"});
    const auto client = OpenClient();
    Request request = With(Post(far_side.Url(), "x"), WithTokensOf(issuer));
    request.headers = {{"authorization", "Signed by-plugin"}};
    EXPECT_EQ(Send(*client, std::move(request)).status, 200);
    EXPECT_EQ(issuer.connections(), 0);
}

TEST(Authorization, FixedOnesAreSentAndTakenOutOfTheAnswer) {
    for (const std::string header : {"Basic dXNlcjpwYXNzd29yZA==", "Bearer fixed-token"}) {
        Guarded far_side({header});
        const auto client = OpenClient();
        const auto settings = SettingsWith([&](Settings& s) { s.authorization.header = base::Secret(header); });
        const Response response = Send(*client, With(Post(far_side.Url(), "x"), settings));
        EXPECT_EQ(response.status, 200);
        EXPECT_EQ(response.body, "you showed " + header.substr(0, header.find(' ')) + " ***");
        // Others are sent without.
        EXPECT_EQ(Send(*client, Post(far_side.Url(), "x")).status, 401);
    }
}

}  // namespace
}  // namespace fanfare::http_client
