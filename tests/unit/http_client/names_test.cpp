// Requests to host names. The system's resolver is replaced for names under .test, which never exist (RFC 6761).
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <netdb.h>

#include <atomic>

#include "support/scripted_server.hpp"
#include "unit/http_client/deaf_listener.hpp"
#include "unit/http_client/send.hpp"

namespace {

std::atomic<int> lookups = 0;
std::atomic<int> hanging = 0;
std::atomic<bool> may_answer = false;

}  // namespace

// here.test is 127.0.0.1; hangs.test has no answer until may_answer; mixed.test is 127.0.0.1 and 10.1.2.3,
// two.test 127.0.0.2 (where nobody listens) and 127.0.0.1, metadata.test 169.254.169.254; the others are the system's.
extern "C" __attribute__((visibility("default"))) int getaddrinfo(const char* node, const char* service,
                                                                  const addrinfo* hints, addrinfo** result) {
    static const auto real = reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    const std::string_view name = node == nullptr ? "" : node;
    if (!name.ends_with(".test")) return real(node, service, hints, result);
    ++lookups;
    if (name == "hangs.test") {
        ++hanging;
        hanging.notify_all();
        may_answer.wait(false);
    }
    const auto first_of = [&](const char* address) { return real(address, service, hints, result); };
    const auto both = [&](const char* first, const char* second) {
        addrinfo* tail = nullptr;
        const int error = first_of(first) != 0 ? EAI_FAIL : real(second, service, hints, &tail);
        addrinfo* last = *result;
        while (last->ai_next != nullptr) last = last->ai_next;
        last->ai_next = tail;
        return error;
    };
    if (name == "mixed.test") return both("127.0.0.1", "10.1.2.3");
    if (name == "two.test") return both("127.0.0.2", "127.0.0.1");
    if (name == "metadata.test") return first_of("169.254.169.254");
    return first_of("127.0.0.1");
}

namespace fanfare::http_client {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using tests::ScriptedServer;
using tests::ServerConnection;

void AnswerNoContent(ServerConnection& connection) {
    while (connection.Read()) connection.Send("HTTP/1.1 204 No Content\r\n\r\n");
}

// Names that turn out to be of this machine are refused unless that is allowed.
const std::shared_ptr<const Settings>& Loopback() {
    static const auto settings =
        SettingsWith([](Settings& s) { s.policy.allow.push_back(*ParseNetworkRule("127.0.0.0/8")); });
    return settings;
}

std::string UrlOf(const ScriptedServer& server, const std::string& host) {
    return "http://" + host + ":" + std::to_string(server.port()) + "/";
}

TEST(Names, BurstToOneNameLooksItUpOnceAndKeepsItInTheRequest) {
    ScriptedServer server(AnswerNoContent);
    const auto client = OpenClient();
    const int before = lookups;
    std::vector<std::future<Response>> responses;
    for (int i = 0; i < 200; ++i)
        responses.push_back(Start(*client, With(Post(UrlOf(server, "Here.test"), "x"), Loopback())));
    for (auto& response : responses) EXPECT_EQ(response.get().status, 204);
    EXPECT_EQ(lookups, before + 1);
    EXPECT_EQ(server.requests().at(0).Header("host"), "Here.test:" + std::to_string(server.port()));
}

TEST(Names, LookupThatHangsHoldsNeitherOtherRequestsNorTheEndOfTheClient) {
    ScriptedServer server(AnswerNoContent);
    std::future<Response> hung;
    {
        const auto client = OpenClient();
        hung = Start(*client, Post(UrlOf(server, "hangs.test"), "x"));
        hanging.wait(0);
        EXPECT_EQ(Send(*client, With(Post(UrlOf(server, "here.test"), "x"), Loopback())).status, 204);
        EXPECT_EQ(Send(*client, Post(server.Url(), "x")).status, 204);

        Request short_lived = Post(UrlOf(server, "hangs.test"), "x");
        short_lived.deadline = In(200ms);
        const Response late = Send(*client, std::move(short_lived));
        EXPECT_EQ(late.end, End::kTimeout);
        EXPECT_THAT(late.error, HasSubstr("name of its host was looked up"));
    }
    EXPECT_EQ(hung.get().end, End::kStopped);
    may_answer = true;
    may_answer.notify_all();
}

TEST(Names, ThatTurnOutToBeLoopbackAreNotConnectedTo) {
    ScriptedServer server(AnswerNoContent);
    const auto client = OpenClient();
    const Response response = Send(*client, Post(UrlOf(server, "here.test"), "x"));
    EXPECT_EQ(response.end, End::kInvalid);
    EXPECT_EQ(response.error, "no connection to here.test:" + std::to_string(server.port()) +
                                  " is allowed: 127.0.0.1 is a loopback address, and the host is not written as one; "
                                  "http.allow = [\"127.0.0.1\"] lets it through");
    EXPECT_EQ(server.connections(), 0);
}

TEST(Names, OfMetadataServicesAreNotConnectedToWhateverRangeIsAllowed) {
    const auto client = OpenClient();
    const auto settings =
        SettingsWith([](Settings& s) { s.policy.allow.push_back(*ParseNetworkRule("169.254.0.0/16")); });
    const Response response = Send(*client, With(Get("http://metadata.test/latest/meta-data/"), settings));
    EXPECT_EQ(response.end, End::kInvalid);
    EXPECT_THAT(response.error, HasSubstr("169.254.169.254 is a link-local address"));
}

TEST(Names, OnPremisesTheAddressesThatAreAllowedAreUsed) {
    ScriptedServer server(AnswerNoContent);
    const auto client = OpenClient();
    const auto settings = SettingsWith([](Settings& s) {
        s.policy.allow.push_back(*ParseNetworkRule("127.0.0.0/8"));
        s.policy.deny.push_back(*ParseNetworkRule("10.0.0.0/8"));
    });
    EXPECT_EQ(Send(*client, With(Post(UrlOf(server, "mixed.test"), "x"), settings)).status, 204);
}

TEST(Names, InPublicOneAddressThatIsNotAllowedIsEnoughToRefuse) {
    ScriptedServer server(AnswerNoContent);
    const auto client = OpenClient();
    const auto settings = SettingsWith([](Settings& s) {
        s.policy.reach = Reach::kPublic;
        s.policy.allow.push_back(*ParseNetworkRule("127.0.0.0/8"));
    });
    EXPECT_EQ(Send(*client, With(Post(UrlOf(server, "here.test"), "x"), settings)).status, 204);
    const Response response = Send(*client, With(Post(UrlOf(server, "mixed.test"), "x"), settings));
    EXPECT_EQ(response.end, End::kInvalid);
    EXPECT_THAT(response.error, HasSubstr("10.1.2.3 is a private address, and http.network is \"public\""));
    EXPECT_EQ(server.requests().size(), 1u);
}

TEST(Names, TheNextAddressIsTriedWhenOneDoesNotAnswer) {
    ScriptedServer server(AnswerNoContent);
    const auto client = OpenClient();
    EXPECT_EQ(Send(*client, With(Post(UrlOf(server, "two.test"), "x"), Loopback())).status, 204);
}

// libcurl asks the policy for each connection; what was allowed for one destination is not there for another.
TEST(Names, TheNextAddressIsTriedWhileOneIsSilent) {
    ScriptedServer server(AnswerNoContent);
    const DeafListener silent("127.0.0.2", server.port());
    const auto client = OpenClient();
    const Response response = Send(*client, With(Post(UrlOf(server, "two.test"), "x"), Loopback()));
    EXPECT_EQ(response.status, 204) << response.error;
    EXPECT_EQ(response.remote, "127.0.0.1:" + std::to_string(server.port()));
}

TEST(Names, AConnectionThatOnePolicyAllowedIsNotUsedUnderAnother) {
    ScriptedServer server(AnswerNoContent);
    const auto client = OpenClient();
    EXPECT_EQ(Send(*client, With(Post(server.Url(), "x"), nullptr)).status, 204);
    const auto strict = SettingsWith([](Settings& s) { s.policy.reach = Reach::kPublic; });
    EXPECT_EQ(Send(*client, With(Post(server.Url(), "x"), strict)).end, End::kInvalid);
    EXPECT_EQ(server.requests().size(), 1u);
}

TEST(Names, WithoutAnAddressEveryWaitingRequestIsUnreachable) {
    const auto client = OpenClient();
    std::vector<std::future<Response>> responses;
    for (int i = 0; i < 100; ++i) responses.push_back(Start(*client, Post("http://nobody.invalid/", "x")));
    for (auto& response : responses) EXPECT_EQ(response.get().end, End::kUnreachable);
}

}  // namespace
}  // namespace fanfare::http_client
