// The client as a whole: threads, numbers, its end.
#include <gmock/gmock.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include <array>
#include <atomic>
#include <fstream>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "support/scripted_server.hpp"
#include "unit/http_client/send.hpp"

namespace fanfare::http_client {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using tests::ScriptedServer;
using tests::ServerConnection;

// Answers 200 to each GET, on one thread for any number of connections. The answer says which path was asked for.
class CrowdServer {
public:
    CrowdServer() {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
        EXPECT_EQ(::listen(listener_, 8192), 0);
        EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
        port_ = ntohs(address.sin_port);
        Watch(listener_);
        thread_ = std::thread([this] { Run(); });
    }
    ~CrowdServer() {
        over_ = true;
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(static_cast<std::uint16_t>(port_));
        [[maybe_unused]] const int woken = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
        thread_.join();
        for (const auto& [open, bytes] : buffers_) ::close(open);
        ::close(fd);
        ::close(listener_);
        ::close(epoll_);
    }
    CrowdServer(const CrowdServer&) = delete;
    CrowdServer& operator=(const CrowdServer&) = delete;

    std::string Url(int number) const {
        return "http://127.0.0.1:" + std::to_string(port_) + "/" + std::to_string(number);
    }

private:
    void Watch(int fd) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = fd;
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    }

    void Run() {
        std::array<epoll_event, 256> events{};
        while (!over_) {
            const int count = ::epoll_wait(epoll_, events.data(), events.size(), -1);
            for (int i = 0; i < count; ++i) {
                const int fd = events[static_cast<std::size_t>(i)].data.fd;
                fd == listener_ ? Accept() : Serve(fd);
            }
        }
    }

    void Accept() {
        for (int fd = 0; (fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0;) {
            buffers_[fd];
            Watch(fd);
        }
    }

    void Serve(int fd) {
        std::string& buffer = buffers_[fd];
        char bytes[4096];
        const ssize_t got = ::recv(fd, bytes, sizeof bytes, 0);
        if (got <= 0) {
            buffers_.erase(fd);
            ::close(fd);
            return;
        }
        buffer.append(bytes, static_cast<std::size_t>(got));
        for (std::size_t end = 0; (end = buffer.find("\r\n\r\n")) != std::string::npos; buffer.erase(0, end + 4)) {
            const std::string path = buffer.substr(4, buffer.find(' ', 4) - 4);
            const std::string answer =
                "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(path.size()) + "\r\n\r\n" + path;
            EXPECT_EQ(::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL), static_cast<ssize_t>(answer.size()));
        }
    }

    int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    int listener_ = -1;
    int port_ = 0;
    std::atomic<bool> over_ = false;
    std::unordered_map<int, std::string> buffers_;
    std::thread thread_;
};

TEST(Client, AnswersTenThousandRequestsSentAtOnceFromFourThreads) {
    constexpr int kThreads = 4;
    constexpr int kEach = 2500;
    CrowdServer server;
    const auto client = OpenClient();
    std::vector<std::atomic<int>> answers(kThreads * kEach);
    std::atomic<int> left = kThreads * kEach;
    std::promise<void> all;
    std::vector<std::thread> senders;
    for (int t = 0; t < kThreads; ++t)
        senders.emplace_back([&, t] {
            for (int i = t * kEach; i < (t + 1) * kEach; ++i)
                client->Send(Get(server.Url(i)), [&, i](const Response& response) {
                    if (response.end == End::kDone && response.status == 200 && response.body == "/" + std::to_string(i))
                        ++answers[static_cast<std::size_t>(i)];
                    if (--left == 0) all.set_value();
                });
        });
    for (std::thread& sender : senders) sender.join();
    all.get_future().get();
    for (const std::atomic<int>& count : answers) ASSERT_EQ(count, 1);
}

TEST(Client, AnswersNeverFromInsideSend) {
    const auto client = OpenClient();
    std::promise<std::thread::id> answered;
    std::mutex held;
    const std::unique_lock lock(held);
    client->Send(Get("not a url"), [&](const Response&) {
        EXPECT_FALSE(held.try_lock());
        answered.set_value(std::this_thread::get_id());
    });
    EXPECT_NE(answered.get_future().get(), std::this_thread::get_id());
}

TEST(Client, TakesRequestsFromItsOwnAnswers) {
    CrowdServer server;
    const auto client = OpenClient();
    std::promise<std::string> second;
    client->Send(Get(server.Url(1)), [&](const Response&) {
        client->Send(Get(server.Url(2)), [&](const Response& response) { second.set_value(response.body); });
    });
    EXPECT_EQ(second.get_future().get(), "/2");
}

TEST(Client, CallsAfterTheAnswersThatCameTogether) {
    const auto client = OpenClient();
    std::string order;
    std::promise<void> over;
    const auto told = [&](const std::string& name) {
        order += name;
        if (order.size() == 4) over.set_value();
    };
    // Two that are sent from an answer are taken, and fail, in one turn.
    client->Send(Get("not a url"), [&](const Response&) {
        for (const char* const name : {"1", "2"}) {
            client->Send(Get("not a url"), [&, name](const Response&) {
                told(name);
                client->AfterThese([&] { told("."); });
            });
        }
    });
    over.get_future().get();
    EXPECT_EQ(order, "12..");
}

TEST(Client, ServesOthersWhileAThousandRequestsHang) {
    constexpr int kHanging = 1000;
    CrowdServer good;
    ScriptedServer hanging([](ServerConnection& connection) {
        connection.Read();
        connection.Hold();
    });
    std::vector<std::future<Response>> hung;
    {
        const auto client = OpenClient();
        for (int i = 0; i < kHanging; ++i) hung.push_back(Start(*client, Post(hanging.Url(), "x")));
        hanging.WaitForRequests(kHanging);
        for (int i = 0; i < 100; ++i) EXPECT_EQ(Send(*client, Get(good.Url(i))).status, 200);
    }
    for (auto& response : hung) EXPECT_EQ(response.get().end, End::kStopped);
}

TEST(Client, EndsOpenRequestsAsStoppedExactlyOnce) {
    constexpr int kOpen = 200;
    ScriptedServer server([](ServerConnection& connection) {
        connection.Read();
        connection.Hold();
    });
    std::vector<std::atomic<int>> ended(kOpen + 1);
    {
        const auto client = OpenClient();
        for (int i = 0; i < kOpen; ++i) {
            client->Send(Post(server.Url(), "x"), [&ended, i](const Response& response) {
                EXPECT_EQ(response.end, End::kStopped);
                EXPECT_EQ(response.error, "the HTTP client is stopping");
                ++ended[static_cast<std::size_t>(i)];
            });
        }
        server.WaitForRequests(kOpen / 2);
        client->Send(Post(server.Url(), "x"), [&ended](const Response&) { ++ended[kOpen]; });
    }
    for (const std::atomic<int>& count : ended) EXPECT_EQ(count, 1);
}

// A client that believes that this process may open 256 files, so that 64 requests are open at one time.
std::unique_ptr<Client> OpenSmallClient() {
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    rlimit small = before;
    small.rlim_cur = 256;
    ::setrlimit(RLIMIT_NOFILE, &small);
    auto client = OpenClient();
    ::setrlimit(RLIMIT_NOFILE, &before);
    return client;
}

constexpr int kSmall = 64;

TEST(SmallClient, KeepsToItsShareOfTheFileDescriptorsAndServesTheRestInTurn) {
    constexpr int kAll = 300;
    ScriptedServer server([](ServerConnection& connection) {
        while (connection.Read() && connection.Hold()) connection.Send("HTTP/1.1 204 No Content\r\n\r\n");
    });
    const auto client = OpenSmallClient();
    std::vector<std::future<Response>> responses;
    for (int i = 0; i < kAll; ++i) responses.push_back(Start(*client, Post(server.Url(), "x")));
    server.WaitForRequests(kSmall);
    Request hurried = Post(server.Url(), "x");
    hurried.deadline = In(200ms);
    const Response late = Send(*client, std::move(hurried));
    EXPECT_EQ(late.end, End::kTimeout);
    EXPECT_THAT(late.error, HasSubstr("64 requests before it were open"));
    EXPECT_EQ(server.requests().size(), static_cast<std::size_t>(kSmall));
    server.Release();
    for (auto& response : responses) EXPECT_EQ(response.get().status, 204);
    EXPECT_EQ(server.connections(), kSmall);
}

TEST(SmallClient, EndsRequestsThatWaitForTheirTurnAsStopped) {
    ScriptedServer server([](ServerConnection& connection) {
        connection.Read();
        connection.Hold();
    });
    std::vector<std::future<Response>> responses;
    {
        const auto client = OpenSmallClient();
        for (int i = 0; i < 3 * kSmall; ++i) responses.push_back(Start(*client, Post(server.Url(), "x")));
        server.WaitForRequests(kSmall);
    }
    for (auto& response : responses) EXPECT_EQ(response.get().end, End::kStopped);
}

TEST(SmallClient, GivesUpKeptConnectionsWhenManyServersHaveOne) {
    constexpr int kServers = 220;
    std::vector<std::unique_ptr<ScriptedServer>> servers;
    const auto client = OpenSmallClient();
    for (int i = 0; i < kServers; ++i) {
        servers.push_back(std::make_unique<ScriptedServer>([](ServerConnection& connection) {
            while (connection.Read()) connection.Send("HTTP/1.1 204 No Content\r\n\r\n");
        }));
        const Response response = Send(*client, Post(servers.back()->Url(), "x"));
        EXPECT_EQ(response.status, 204) << response.error;
    }
    for (const auto& server : servers) EXPECT_EQ(Send(*client, Post(server->Url(), "x")).status, 204);
}

TEST(Client, RefusesAFileOfAuthoritiesThatIsMissingOrHoldsNone) {
    const auto missing = Client::Open({.user_agent = "t", .ca_file = "/nonexistent/ca.pem"});
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, base::Code::kConfig);
    EXPECT_THAT(missing.error().message, HasSubstr("/nonexistent/ca.pem"));

    const std::string path = ::testing::TempDir() + "fanfare_no_ca_" + std::to_string(::getpid()) + ".pem";
    std::ofstream(path) << "nothing here\n";
    const auto empty = Client::Open({.user_agent = "t", .ca_file = path});
    ASSERT_FALSE(empty);
    EXPECT_THAT(empty.error().message, HasSubstr("no certificate"));
    std::remove(path.c_str());
}

}  // namespace
}  // namespace fanfare::http_client
