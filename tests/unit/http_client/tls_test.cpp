// TLS against a server of OpenSSL's, HTTP/2 against nginx.
#include <gmock/gmock.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include "support/certificates.hpp"
#include "support/child.hpp"
#include "support/scripted_server.hpp"
#include "unit/http_client/send.hpp"

namespace fanfare::http_client {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using tests::Certificate;
using tests::Child;
using tests::ScriptedServer;
using tests::ServerConnection;

class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name = ::testing::TempDir() + "fanfare_tls_XXXXXX";
        path_ = ::mkdtemp(name.data());
    }
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

// Answers one request per connection, one connection after the other. Counts what it could read.
class TlsServer {
public:
    explicit TlsServer(const Certificate& certificate, int max_version = TLS1_3_VERSION)
        : context_(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free) {
        SSL_CTX_set_security_level(context_.get(), 0);
        SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context_.get(), max_version);
        EXPECT_EQ(SSL_CTX_use_certificate(context_.get(), certificate.x509.get()), 1);
        EXPECT_EQ(SSL_CTX_use_PrivateKey(context_.get(), certificate.key.get()), 1);
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
        EXPECT_EQ(::listen(listener_, 16), 0);
        EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { Run(); });
    }
    ~TlsServer() { End(); }
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;

    std::string Name() const { return "127.0.0.1:" + std::to_string(port_); }
    std::string Url() const { return "https://" + Name() + "/path?query=topsecret"; }

    // Bytes of HTTP that it has decrypted. Ends the server.
    std::size_t BytesRead() {
        End();
        return bytes_read_;
    }

private:
    void Run() {
        // OpenSSL writes with write(2), and a client that does not trust us is gone by then. Only this thread may
        // ignore it.
        sigset_t pipe;
        ::sigemptyset(&pipe);
        ::sigaddset(&pipe, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
        for (int fd = 0; (fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
            std::unique_ptr<SSL, void (*)(SSL*)> ssl(SSL_new(context_.get()), &SSL_free);
            SSL_set_fd(ssl.get(), fd);
            if (SSL_accept(ssl.get()) == 1) Serve(ssl.get());
            ERR_clear_error();
            ::close(fd);
        }
    }

    void Serve(SSL* ssl) {
        std::string request;
        char bytes[4096];
        while (request.find("\r\n\r\nbody") == std::string::npos) {
            const int got = SSL_read(ssl, bytes, sizeof bytes);
            if (got <= 0) break;
            request.append(bytes, static_cast<std::size_t>(got));
        }
        bytes_read_ += request.size();
        if (request.empty()) return;
        const std::string answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
        SSL_write(ssl, answer.data(), static_cast<int>(answer.size()));
        SSL_shutdown(ssl);
    }

    void End() {
        if (!thread_.joinable()) return;
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }

    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
    int listener_ = -1;
    int port_ = 0;
    std::size_t bytes_read_ = 0;
    std::thread thread_;
};

class Tls : public ::testing::Test {
protected:
    Tls() { authority_.WriteTo(folder_ / "ca.pem"); }

    // The response with our authority trusted, and that the server saw nothing of the request unless it was answered.
    Response SendTo(TlsServer& server, bool trusted = true) {
        Response response;
        {
            const auto client = OpenClient(trusted ? folder_ / "ca.pem" : "");
            response = Send(*client, Post(server.Url(), "body"));
        }
        EXPECT_EQ(server.BytesRead() > 0, response.end == End::kDone);
        EXPECT_THAT(response.error, Not(HasSubstr("topsecret")));
        return response;
    }

    TemporaryFolder folder_;
    Certificate authority_ = tests::MakeAuthority("Fanfare test CA");
};

TEST_F(Tls, ServerOfATrustedAuthorityIsServed) {
    TlsServer server(tests::MakeServerCertificate(authority_, "IP:127.0.0.1"));
    const Response response = SendTo(server);
    EXPECT_EQ(response.end, End::kDone) << response.error;
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "ok");
}

TEST_F(Tls, OneDotTwoIsEnough) {
    TlsServer server(tests::MakeServerCertificate(authority_, "IP:127.0.0.1"), TLS1_2_VERSION);
    EXPECT_EQ(SendTo(server).status, 200);
}

TEST_F(Tls, OneDotOneIsRefusedBeforeAnythingIsSent) {
    TlsServer server(tests::MakeServerCertificate(authority_, "IP:127.0.0.1"), TLS1_1_VERSION);
    const Response response = SendTo(server);
    EXPECT_EQ(response.end, End::kUnreachable);
    EXPECT_THAT(response.error, StartsWith("TLS handshake with " + server.Name() + " failed: "));
    EXPECT_THAT(response.error, HasSubstr("protocol"));
}

TEST_F(Tls, OneDotTwoIsRefusedWhereOneDotThreeIsAskedFor) {
    const auto strict = SettingsWith([](Settings& s) { s.minimum_tls = MinimumTls::kOneThree; }, folder_ / "ca.pem");
    TlsServer old(tests::MakeServerCertificate(authority_, "IP:127.0.0.1"), TLS1_2_VERSION);
    TlsServer current(tests::MakeServerCertificate(authority_, "IP:127.0.0.1"), TLS1_3_VERSION);
    const auto client = OpenClient();
    const Response refused = Send(*client, With(Post(old.Url(), "body"), strict));
    EXPECT_EQ(refused.end, End::kUnreachable);
    EXPECT_THAT(refused.error, StartsWith("TLS handshake with " + old.Name() + " failed: "));
    EXPECT_EQ(old.BytesRead(), 0u);
    EXPECT_EQ(Send(*client, With(Post(current.Url(), "body"), strict)).status, 200);
}

TEST_F(Tls, AuthorityOfOneDestinationIsNoneOfAnother) {
    TlsServer server(tests::MakeServerCertificate(authority_, "IP:127.0.0.1"));
    const auto trusting = SettingsWith([](Settings&) {}, folder_ / "ca.pem");
    const auto client = OpenClient();
    EXPECT_EQ(Send(*client, With(Post(server.Url(), "body"), trusting)).status, 200);
    EXPECT_THAT(Send(*client, Post(server.Url(), "body")).error, HasSubstr("is not trusted"));
}

TEST_F(Tls, UnknownAuthorityIsRefusedByNameBeforeAnythingIsSent) {
    TlsServer server(tests::MakeServerCertificate(authority_, "IP:127.0.0.1"));
    const Response response = SendTo(server, false);
    EXPECT_EQ(response.end, End::kUnreachable);
    EXPECT_EQ(response.error,
              "certificate of " + server.Name() + " is not trusted: unable to get local issuer certificate");
}

TEST_F(Tls, SelfSignedCertificateIsRefusedByName) {
    TlsServer server(tests::MakeAuthority("127.0.0.1"));
    const Response response = SendTo(server);
    EXPECT_EQ(response.end, End::kUnreachable);
    EXPECT_EQ(response.error, "certificate of " + server.Name() + " is not trusted: self-signed certificate");
}

TEST_F(Tls, CertificateForAnotherNameIsRefusedByName) {
    TlsServer server(tests::MakeServerCertificate(authority_, "DNS:other.example,IP:127.0.0.2"));
    const Response response = SendTo(server);
    EXPECT_EQ(response.end, End::kUnreachable);
    EXPECT_THAT(response.error, StartsWith("certificate of " + server.Name() + " is not for this name: "));
}

TEST_F(Tls, ExpiredCertificateIsRefusedByName) {
    TlsServer server(tests::MakeServerCertificate(authority_, "IP:127.0.0.1", -7200, -3600));
    const Response response = SendTo(server);
    EXPECT_EQ(response.end, End::kUnreachable);
    EXPECT_EQ(response.error, "certificate of " + server.Name() + " is not trusted: certificate has expired");
}

TEST_F(Tls, CertificateOfTomorrowIsRefusedByName) {
    TlsServer server(tests::MakeServerCertificate(authority_, "IP:127.0.0.1", 3600, 7200));
    const Response response = SendTo(server);
    EXPECT_EQ(response.end, End::kUnreachable);
    EXPECT_EQ(response.error, "certificate of " + server.Name() + " is not trusted: certificate is not yet valid");
}

Request OverTls(const ScriptedServer& server) {
    return Post("https://127.0.0.1:" + std::to_string(server.port()), "body");
}

TEST_F(Tls, ResetInTheHandshakeIsUnreachable) {
    ScriptedServer server([](ServerConnection& connection) {
        connection.Skip(1);
        connection.Reset();
    });
    const auto client = OpenClient();
    const Response response = Send(*client, OverTls(server));
    EXPECT_EQ(response.end, End::kUnreachable);
    EXPECT_THAT(response.error, StartsWith("TLS handshake with 127.0.0.1:"));
}

TEST_F(Tls, HandshakeThatHangsIsUnreachableAtTheDeadline) {
    ScriptedServer server([](ServerConnection& connection) { connection.Hold(); });
    const auto client = OpenClient();
    Request request = OverTls(server);
    request.deadline = In(300ms);
    const Response response = Send(*client, std::move(request));
    EXPECT_EQ(response.end, End::kUnreachable);
    EXPECT_THAT(response.error, StartsWith("no connection to 127.0.0.1:"));
}

TEST_F(Tls, ServerWithoutTlsIsUnreachable) {
    ScriptedServer server([](ServerConnection& connection) {
        connection.Skip(1);
        connection.Send("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    const auto client = OpenClient();
    EXPECT_EQ(Send(*client, OverTls(server)).end, End::kUnreachable);
}

// nginx with HTTP/2 in front of a scripted server, which sees what came through.
class Http2 : public Tls {
protected:
    Http2() {
        tests::MakeServerCertificate(authority_, "IP:127.0.0.1")
            .WriteTo(folder_ / "server.pem", folder_ / "server.key");
        std::ofstream config(folder_ / "nginx.conf");
        config << "daemon off; master_process off; pid nginx.pid; error_log error.log;\nevents {}\nhttp {\n"
               << "log_format line '$server_protocol $connection'; access_log access.log line;\n"
               << "client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; "
                  "scgi_temp_path t5;\n"
               << "client_max_body_size 0;\nserver { listen 127.0.0.1:" << port_ << " ssl http2;\n"
               << "ssl_certificate server.pem; ssl_certificate_key server.key;\n"
               << "location / { proxy_pass http://127.0.0.1:" << backend_.port() << "; } } }\n";
        config.close();
        const char* path = std::getenv("PATH");
        ::setenv("PATH", (std::string(path == nullptr ? "" : path) + ":/usr/sbin").c_str(), 1);
        nginx_.emplace(std::vector<std::string>{"nginx", "-p", folder_ / "", "-c", folder_ / "nginx.conf"},
                       folder_ / "output");
    }

    void SetUp() override { ASSERT_TRUE(nginx_->WaitForPort(port_)) << "nginx (package nginx-light) did not start"; }

    std::string Url() const { return "https://127.0.0.1:" + std::to_string(port_) + "/"; }

    // nginx's own account of so many requests, one line each, written after the answer. Stops nginx.
    std::vector<std::string> AccessLog(std::size_t requests) {
        while (Lines().size() < requests) std::this_thread::sleep_for(std::chrono::milliseconds(5));
        nginx_->Stop();
        return Lines();
    }

    std::vector<std::string> Lines() const {
        std::ifstream file(folder_ / "access.log");
        std::vector<std::string> lines;
        // One that has no end yet is being written.
        for (std::string line; std::getline(file, line) && !file.eof();) lines.push_back(line);
        return lines;
    }

    int port_ = tests::FreePort();
    ScriptedServer backend_{[](ServerConnection& connection) {
        while (connection.Read()) connection.Send("HTTP/1.1 200 OK\r\nX-Mixed: Case\r\nContent-Length: 2\r\n\r\nok");
    }};
    std::optional<Child> nginx_;
};

TEST_F(Http2, IsUsedWhereTheServerOffersIt) {
    const auto client = OpenClient(folder_ / "ca.pem");
    const Response response = Send(*client, Post(Url(), "body"));
    EXPECT_EQ(response.end, End::kDone) << response.error;
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "ok");
    EXPECT_THAT(response.headers, ::testing::Contains(::testing::Pair("x-mixed", "Case")));
    EXPECT_THAT(AccessLog(1), ::testing::ElementsAre(StartsWith("HTTP/2.0 ")));
}

TEST_F(Http2, IsNotUsedIfTheDestinationSaysSo) {
    const auto client = OpenClient();
    const auto settings = SettingsWith([](Settings& s) { s.http_version = HttpVersion::kOne; }, folder_ / "ca.pem");
    EXPECT_EQ(Send(*client, With(Post(Url(), "body"), settings)).status, 200);
    EXPECT_THAT(AccessLog(1), ::testing::ElementsAre(StartsWith("HTTP/1.1 ")));
}

// A connection of other settings to the same host is at hand, and is not taken: a client certificate may hang on it.
TEST_F(Http2, ConnectionsAreSharedUnderTheSameSettingsOnly) {
    const auto client = OpenClient();
    const auto one = SettingsWith([](Settings&) {}, folder_ / "ca.pem");
    const auto other = SettingsWith([](Settings&) {}, folder_ / "ca.pem");
    for (const auto& settings : {one, other, one, other})
        EXPECT_EQ(Send(*client, With(Post(Url(), "body"), settings)).status, 200);
    std::vector<std::string> log = AccessLog(4);
    EXPECT_EQ(log.size(), 4u);
    EXPECT_EQ(log[0], log[2]);
    EXPECT_EQ(log[1], log[3]);
    EXPECT_NE(log[0], log[1]);
}

TEST(Http2WithoutTls, IsSpokenFromTheFirstByteIfTheDestinationSaysSo) {
    TemporaryFolder folder;
    const int port = tests::FreePort();
    Child server({"nghttpd", "--no-tls", "--address=127.0.0.1", "--htdocs=" + (folder / ""), std::to_string(port)},
                 folder / "output");
    ASSERT_TRUE(server.WaitForPort(port)) << "nghttpd (package nghttp2-server) did not start";
    const auto client = OpenClient();
    const auto settings = SettingsWith([](Settings& s) { s.http_version = HttpVersion::kTwo; });
    const std::string url = "http://127.0.0.1:" + std::to_string(port) + "/";
    EXPECT_EQ(Send(*client, With(Get(url), settings)).status, 404);
    EXPECT_EQ(Send(*client, Get(url)).end, End::kInDoubt);  // it does not speak HTTP/1.1
}

TEST_F(Http2, BurstSharesOneConnection) {
    constexpr int kBurst = 50;
    const auto client = OpenClient(folder_ / "ca.pem");
    std::vector<std::future<Response>> responses;
    for (int i = 0; i < kBurst; ++i) responses.push_back(Start(*client, Post(Url(), "body " + std::to_string(i))));
    for (auto& response : responses) EXPECT_EQ(response.get().status, 200);
    std::vector<std::string> log = AccessLog(kBurst);
    EXPECT_EQ(log.size(), static_cast<std::size_t>(kBurst));
    std::sort(log.begin(), log.end());
    log.erase(std::unique(log.begin(), log.end()), log.end());
    EXPECT_THAT(log, ::testing::ElementsAre(StartsWith("HTTP/2.0 ")));
}

TEST_F(Http2, BodyOfAMebibyteArrivesWhole) {
    std::string body(1u << 20, '\0');
    for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 2654435761u >> 13);
    const auto client = OpenClient(folder_ / "ca.pem");
    const Response response = Send(*client, Post(Url(), body));
    EXPECT_EQ(response.status, 200) << response.error;
    EXPECT_TRUE(backend_.requests().at(0).body == body);
    EXPECT_THAT(AccessLog(1), ::testing::ElementsAre(StartsWith("HTTP/2.0 ")));
}

TEST_F(Http2, EmptyPostsAndOtherMethodsPass) {
    const auto client = OpenClient(folder_ / "ca.pem");
    for (const char* method : {"POST", "PUT", "DELETE", "GET", "HEAD"}) {
        Request request = Get(Url());
        request.method = method;
        EXPECT_EQ(Send(*client, std::move(request)).status, 200) << method;
        EXPECT_THAT(backend_.requests().back().Line(), StartsWith(method));
    }
    EXPECT_EQ(backend_.requests().size(), 5u);
}

}  // namespace
}  // namespace fanfare::http_client
