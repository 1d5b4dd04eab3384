#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>

#include "http/server.hpp"
#include "unit/http/hostile_requests.hpp"
#include "unit/http/raw_client.hpp"

namespace fanfare::http {
namespace {

using namespace std::chrono_literals;

class Directory {
public:
    Directory() {
        char name[] = "/tmp/fanfare-http-XXXXXX";
        path_ = mkdtemp(name);
    }
    ~Directory() { std::filesystem::remove_all(path_); }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

std::string OpenError(const std::string& address) {
    TestHandler handler;
    auto server = Server::Open(address, {}, handler, 1);
    if (server) return "opened";
    EXPECT_EQ(server.error().code, base::Code::kConfig);
    EXPECT_NE(server.error().message.find("cannot listen on " + address + ": "), std::string::npos)
        << server.error().message;
    return server.error().message;
}

TEST(ServerOpen, SaysWhatIsWrongWithAnAddress) {
    for (const char* address :
         {"", "localhost", "127.0.0.1", "127.0.0.1:", ":80", "127.0.0.1:70000", "127.0.0.1:-1", "::1:80",
          "[127.0.0.1]:80", "[::1]", "example.com:80", "127.0.0.1:80x", "http://127.0.0.1:80", "[]:1"}) {
        EXPECT_NE(OpenError(address).find("this is no address"), std::string::npos) << address;
    }
    EXPECT_NE(OpenError("192.0.2.1:0").find("this machine has no such address"), std::string::npos);
    EXPECT_NE(OpenError("unix:relative.sock").find("must be absolute"), std::string::npos);
    EXPECT_NE(OpenError("unix:/" + std::string(200, 'a')).find("choose a shorter one"), std::string::npos);
    EXPECT_NE(OpenError("unix:/nowhere/at/all.sock").find("the directory /nowhere/at does not exist"),
              std::string::npos);
}

// As systemd hands it over (sd_listen_fds(3)): bound and listening, and systemd keeps it.
TEST(ServerOpen, AdoptsASocketThatListensAndLeavesItListening) {
    TestHandler handler;
    const int inherited = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(bind(inherited, reinterpret_cast<const sockaddr*>(&any), sizeof any), 0);
    ASSERT_EQ(listen(inherited, 8), 0);
    for (int life = 0; life < 2; ++life) {
        auto server = Server::Open("fd:" + std::to_string(inherited), {}, handler, 1);
        ASSERT_TRUE(server) << server.error().message;
        (*server)->Start();
        RawClient client((*server)->address());
        client.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_EQ(client.Read().status, 200);
        (*server)->Stop(0ms);
    }
    close(inherited);
}

TEST(ServerOpen, ADescriptorThatDoesNotListenIsRefused) {
    const int socket_only = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_NE(OpenError("fd:" + std::to_string(socket_only)).find("no stream socket that listens"), std::string::npos);
    EXPECT_NE(OpenError("fd:999").find("no stream socket that listens"), std::string::npos);
    close(socket_only);
}

TEST(ServerOpen, SaysThatAnAddressIsInUse) {
    TestServer test;
    EXPECT_NE(OpenError(test.server->address()).find("address already in use"), std::string::npos);
}

TEST(ServerOpen, AUnixSocketServesAndIsRemovedAtTheEnd) {
    const Directory directory;
    const std::string path = directory / "admin.sock";
    {
        TestServer test({}, 2, "unix:" + path, [](const Request& request, Exchange exchange) {
            exchange.Respond(TextResponse(std::string(request.head.peer)));
        });
        EXPECT_EQ(test.server->address(), "unix:" + path);
        struct stat status {};
        ASSERT_EQ(lstat(path.c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777, 0660u);
        RawClient client = test.Connect();
        const std::string peer = "unix uid=" + std::to_string(getuid()) + " pid=" + std::to_string(getpid());
        EXPECT_EQ(client.Ask(Get("/")).body, peer);
        EXPECT_EQ(client.Ask(Get("/")).body, peer);
        EXPECT_NE(OpenError("unix:" + path).find("another process serves this socket"), std::string::npos);
        EXPECT_EQ(test.Connect().Ask(Get("/")).status, 200);
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(ServerOpen, ReplacesAUnixSocketNobodyServes) {
    const Directory directory;
    const std::string path = directory / "admin.sock";
    const int left_behind = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    ASSERT_EQ(bind(left_behind, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    close(left_behind);
    TestServer test({}, 1, "unix:" + path);
    EXPECT_EQ(test.Connect().Ask(Get("/")).status, 200);
}

TEST(ServerOpen, LeavesAFileThatIsNoSocketAlone) {
    const Directory directory;
    const std::string path = directory / "precious";
    std::ofstream(path) << "data";
    EXPECT_NE(OpenError("unix:" + path).find("a file that is no socket is in the way"), std::string::npos);
    EXPECT_EQ(std::filesystem::file_size(path), 4u);
}

TEST(ServerStop, ClosesIdleConnectionsAndRefusesNewOnes) {
    TestServer test;
    const std::string address = test.server->address();
    RawClient idle = test.Connect();
    EXPECT_EQ(idle.Ask(Get("/")).status, 200);
    test.server->Stop(20s);
    EXPECT_TRUE(idle.IsClosed());
    EXPECT_FALSE(RawClient(address).connected());
}

TEST(ServerStop, WaitsForRequestsThatAreBeingReadOrAnswered) {
    TestServer test({}, 1);
    RawClient idle = test.Connect();
    EXPECT_EQ(idle.Ask(Get("/")).status, 200);
    RawClient answered = test.Connect();
    answered.Send(Get("/hold"));
    RawClient reading = test.Connect();
    reading.Send(Post("Content-Length: 10\r\n", "hello"));
    ASSERT_TRUE(test.handler.AwaitHeads(3));
    ASSERT_TRUE(test.handler.AwaitHeld(1));
    std::future<void> stopped = std::async(std::launch::async, [&] { test.server->Stop(20s); });
    EXPECT_TRUE(idle.IsClosed());  // so the stop has begun
    EXPECT_EQ(reading.Ask("world").body, "POST /v1/events helloworld");
    test.handler.TakeHeld()[0].exchange.Respond(TextResponse("in time"));
    const Answer answer = answered.Read();
    EXPECT_EQ(answer.body, "in time");
    EXPECT_TRUE(answer.Says("Connection: close"));
    answered.Close();
    reading.Close();
    stopped.get();
}

TEST(ServerThreads, LeaveHalfOfASmallMachineToTheOthers) {
    EXPECT_EQ(UsualThreads(0), 1u);  // where nobody knows
    EXPECT_EQ(UsualThreads(1), 1u);
    EXPECT_EQ(UsualThreads(3), 1u);
    EXPECT_EQ(UsualThreads(4), 2u);
    EXPECT_EQ(UsualThreads(64), 2u);
}

TEST(ServerStop, EndsWithItsGraceAndTheRequestOutlivesIt) {
    TestHandler handler;
    auto server = *Server::Open("127.0.0.1:0", {}, handler, 1);
    server->Start();
    RawClient client(server->address());
    client.Send("POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
    ASSERT_TRUE(handler.AwaitHeld(1));
    server->Stop(50ms);
    EXPECT_TRUE(client.IsClosed());
    server.reset();
    std::vector<TestHandler::Held> held = handler.TakeHeld();
    EXPECT_EQ(held[0].body, "hello");
    held[0].exchange.Respond(TextResponse("too late"));
}

TEST(ServerStop, AServerThatNeverStartedStopsToo) {
    TestHandler handler;
    auto server = *Server::Open("127.0.0.1:0", {}, handler, 2);
    server->Stop(0ms);
    server->Stop(0ms);
}

}  // namespace
}  // namespace fanfare::http
