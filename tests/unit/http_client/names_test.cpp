// Requests to host names. The system's resolver is replaced for names under .test, which never exist (RFC 6761).
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <netdb.h>

#include <atomic>

#include "support/scripted_server.hpp"
#include "unit/http_client/send.hpp"

namespace {

std::atomic<int> lookups = 0;
std::atomic<int> hanging = 0;
std::atomic<bool> may_answer = false;

}  // namespace

// here.test is 127.0.0.1; hangs.test has no answer until may_answer; the others are the system's.
extern "C" __attribute__((visibility("default"))) int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                                                                  addrinfo** result) {
    static const auto real = reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    const std::string_view name = node == nullptr ? "" : node;
    if (!name.ends_with(".test")) return real(node, service, hints, result);
    ++lookups;
    if (name == "hangs.test") {
        ++hanging;
        hanging.notify_all();
        may_answer.wait(false);
    }
    return real("127.0.0.1", service, hints, result);
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

std::string UrlOf(const ScriptedServer& server, const std::string& host) {
    return "http://" + host + ":" + std::to_string(server.port()) + "/";
}

TEST(Names, BurstToOneNameLooksItUpOnceAndKeepsItInTheRequest) {
    ScriptedServer server(AnswerNoContent);
    const auto client = OpenClient();
    const int before = lookups;
    std::vector<std::future<Response>> responses;
    for (int i = 0; i < 200; ++i) responses.push_back(Start(*client, Post(UrlOf(server, "Here.test"), "x")));
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
        EXPECT_EQ(Send(*client, Post(UrlOf(server, "here.test"), "x")).status, 204);
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

TEST(Names, WithoutAnAddressEveryWaitingRequestIsUnreachable) {
    const auto client = OpenClient();
    std::vector<std::future<Response>> responses;
    for (int i = 0; i < 100; ++i) responses.push_back(Start(*client, Post("http://nobody.invalid/", "x")));
    for (auto& response : responses) EXPECT_EQ(response.get().end, End::kUnreachable);
}

}  // namespace
}  // namespace fanfare::http_client
