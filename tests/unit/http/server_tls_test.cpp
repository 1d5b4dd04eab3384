#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/http/hostile_requests.hpp"
#include "unit/http/tls_client.hpp"

namespace fanfare::http {
namespace {

using testing::HasSubstr;

constexpr const char* kGet = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

class ServerTls : public testing::Test {
protected:
    std::shared_ptr<const Tls> MakeTls(const tests::Certificate& certificate,
                                       bool asks_for_certificates = false) const {
        return *Tls::Make({Pem(certificate.x509.get()), Pem(certificate.key.get()),
                           asks_for_certificates ? Pem(authority_.x509.get()) : std::string()});
    }
    TestServer Serve(Limits limits = {}, bool asks_for_certificates = false) const {
        return TestServer(limits, 2, "127.0.0.1:0", {}, MakeTls(certificate_, asks_for_certificates));
    }

    const tests::Certificate authority_ = tests::MakeAuthority("authority");
    const tests::Certificate certificate_ = tests::MakeServerCertificate(authority_, "IP:127.0.0.1");
};

TEST_F(ServerTls, AnswersRequestAfterRequestOnOneConnectionAndEndsItWithCloseNotify) {
    TestServer test = Serve();
    TlsClient client(test.server->address(), {.trusted = &authority_});
    ASSERT_TRUE(client.ready());
    for (int i = 0; i < 3; ++i) EXPECT_EQ(client.Ask(kGet).body, "GET /a ");
    EXPECT_EQ(client.Ask("GET /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").status, 200);
    EXPECT_TRUE(client.HeardCloseNotify());
    EXPECT_EQ(test.server->stats().connections, 1u);
}

TEST_F(ServerTls, CarriesBodiesOfMegabytesBothWays) {
    TestServer test = Serve();
    TlsClient client(test.server->address());
    const std::string body(6'000'001, 'x');
    const std::string length = "Content-Length: " + std::to_string(body.size()) + "\r\n";
    // More than the socket takes at once: the server is left with records half sent until the client reads.
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(client.Ask(Post(length, body)).body == "POST /v1/events " + body);
}

TEST_F(ServerTls, AnswersPipelinedRequestsInTheirOrder) {
    TestServer test = Serve();
    TlsClient client(test.server->address());
    std::string bytes;
    for (int i = 0; i < 500; ++i) bytes += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
    client.Send(bytes);
    for (int i = 0; i < 500; ++i) ASSERT_EQ(client.Read().body, "GET /" + std::to_string(i) + " ");
}

TEST_F(ServerTls, TakesAHandshakeAndARequestThatComeByteByByte) {
    TestServer test = Serve();
    RawClient raw(test.server->address());
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
    const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), &SSL_free);
    BIO* const in = BIO_new(BIO_s_mem());
    BIO* const out = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(in, -1);
    SSL_set_bio(ssl.get(), in, out);
    const auto carry = [&] {
        for (char byte; BIO_read(out, &byte, 1) == 1;) raw.Send({&byte, 1});
    };
    while (SSL_connect(ssl.get()) != 1) {
        carry();
        const std::string heard = raw.ReadSome();
        ASSERT_FALSE(heard.empty());
        BIO_write(in, heard.data(), static_cast<int>(heard.size()));
    }
    ASSERT_GT(SSL_write(ssl.get(), kGet, static_cast<int>(std::strlen(kGet))), 0);
    carry();
    char answer[1024];
    int count = 0;
    while ((count = SSL_read(ssl.get(), answer, sizeof answer)) <= 0) {
        const std::string heard = raw.ReadSome();
        ASSERT_FALSE(heard.empty());
        BIO_write(in, heard.data(), static_cast<int>(heard.size()));
    }
    EXPECT_THAT(std::string(answer, static_cast<std::size_t>(count)), HasSubstr("HTTP/1.1 200"));
}

TEST_F(ServerTls, AnswersARequestWhoseClientEndsItsSideWithoutWaiting) {
    TestServer test = Serve();
    TlsClient polite(test.server->address());
    polite.Send(kGet);
    polite.SayCloseNotify();
    EXPECT_EQ(polite.Read().status, 200);
    EXPECT_TRUE(polite.IsClosed());

    TlsClient rude(test.server->address());
    rude.Send(kGet);
    rude.EndSending();
    EXPECT_EQ(rude.Read().status, 200);
    EXPECT_TRUE(rude.IsClosed());
}

TEST_F(ServerTls, DropsARequestWhoseBodyIsCutShort) {
    TestServer test = Serve();
    TlsClient client(test.server->address());
    client.Send(Post("Content-Length: 10\r\n", "hello"));
    client.EndSending();
    EXPECT_EQ(client.Read().status, 400);
    EXPECT_TRUE(test.handler.seen().empty());
}

TEST_F(ServerTls, SurvivesHandshakesThatAreCutAndClientsThatVanish) {
    TestServer test = Serve();
    { RawClient silent(test.server->address()); }
    {
        RawClient cut(test.server->address());
        cut.Send(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9));
    }
    {
        RawClient reset(test.server->address());
        reset.Send("\x16\x03\x01");
        reset.Reset();
    }
    {
        TlsClient gone(test.server->address());
        gone.Send("GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
        ASSERT_TRUE(test.handler.AwaitHeld(1));
        gone.Reset();
    }
    // Written to nobody: without MSG_NOSIGNAL this would end the process.
    for (auto& held : test.handler.TakeHeld()) held.exchange.Respond(TextResponse(std::string(1 << 20, 'x')));
    EXPECT_EQ(TlsClient(test.server->address()).Ask(kGet).status, 200);
}

TEST_F(ServerTls, ClosesAHandshakeThatTakesTooLong) {
    Limits limits;
    limits.head_time = std::chrono::milliseconds(50);
    TestServer test = Serve(limits);
    RawClient silent(test.server->address());
    EXPECT_TRUE(silent.IsClosed());
    RawClient slow(test.server->address());
    slow.Send("\x16\x03\x01\x02");
    EXPECT_TRUE(slow.IsClosed());
}

TEST_F(ServerTls, AHandshakeMakesRoomWhenTheServerIsFull) {
    Limits limits;
    limits.connections = 1;
    TestServer test(limits, 1, "127.0.0.1:0", {}, MakeTls(certificate_));
    RawClient silent(test.server->address());
    EXPECT_EQ(TlsClient(test.server->address()).Ask(kGet).status, 200);
    EXPECT_TRUE(silent.IsClosed());
}

TEST_F(ServerTls, TellsAClientThatSpeaksInTheClearToAskForHttps) {
    TestServer test = Serve();
    RawClient client(test.server->address());
    const Answer answer = client.Ask(kGet);
    EXPECT_EQ(answer.status, 400);
    EXPECT_THAT(answer.body, HasSubstr("https://"));
    EXPECT_TRUE(client.IsClosed());
    EXPECT_TRUE(test.handler.seen().empty());
}

TEST_F(ServerTls, EndsWhatIsNeitherTlsNorHttp) {
    TestServer test = Serve();
    RawClient client(test.server->address());
    client.Send(std::string(100, '\xff'));
    client.ReadAll();
    EXPECT_TRUE(client.IsClosed());
    EXPECT_EQ(test.server->stats().refused, 1u);
}

TEST_F(ServerTls, RefusesWhatIsOlderThanTls12) {
    TestServer test = Serve();
    EXPECT_FALSE(TlsClient(test.server->address(), {.newest = TLS1_1_VERSION}).ready());
    EXPECT_EQ(TlsClient(test.server->address(), {.newest = TLS1_2_VERSION}).Ask(kGet).status, 200);
}

TEST_F(ServerTls, RefusesToRenegotiate) {
    TestServer test = Serve();
    TlsClient client(test.server->address(), {.newest = TLS1_2_VERSION});
    ASSERT_TRUE(client.ready());
    SSL_renegotiate(client.ssl());
    EXPECT_NE(SSL_do_handshake(client.ssl()), 1);
    EXPECT_EQ(TlsClient(test.server->address()).Ask(kGet).status, 200);
}

TEST_F(ServerTls, LetsInOnlyWhoHasACertificateOfTheClientAuthority) {
    TestServer test = Serve({}, true);
    const tests::Certificate ours = tests::MakeServerCertificate(authority_, "DNS:client");
    const tests::Certificate stranger = tests::MakeServerCertificate(tests::MakeAuthority("other"), "DNS:client");
    EXPECT_EQ(TlsClient(test.server->address(), {.certificate = &ours}).Ask(kGet).status, 200);
    // With TLS 1.3 the client learns of it only when it reads.
    EXPECT_EQ(TlsClient(test.server->address()).Ask(kGet).status, 0);
    EXPECT_EQ(TlsClient(test.server->address(), {.certificate = &stranger}).Ask(kGet).status, 0);
    EXPECT_EQ(TlsClient(test.server->address(), {.newest = TLS1_2_VERSION}).ready(), false);
    EXPECT_EQ(test.handler.seen().size(), 1u);
}

TEST_F(ServerTls, ShowsANewCertificateToNewConnectionsAndServesTheOldOnesOn) {
    TestServer test = Serve();
    TlsClient before(test.server->address(), {.trusted = &authority_});
    const tests::Certificate other = tests::MakeAuthority("other");
    test.server->SetTls(MakeTls(tests::MakeServerCertificate(other, "IP:127.0.0.1")));
    EXPECT_TRUE(TlsClient(test.server->address(), {.trusted = &other}).ready());
    EXPECT_FALSE(TlsClient(test.server->address(), {.trusted = &authority_}).ready());
    EXPECT_EQ(before.Ask(kGet).status, 200);
}

TEST_F(ServerTls, StoppingClosesConnectionsThatShakeHands) {
    TestServer test = Serve();
    RawClient silent(test.server->address());
    TlsClient idle(test.server->address());
    ASSERT_TRUE(idle.ready());
    test.server->Stop(std::chrono::minutes(10));
    EXPECT_TRUE(silent.IsClosed());
    EXPECT_TRUE(idle.HeardCloseNotify());
}

TEST(TlsMake, NamesThePartThatDoesNotFit) {
    const tests::Certificate authority = tests::MakeAuthority("authority");
    const std::string good = Pem(authority.x509.get());
    const base::Secret key = Pem(authority.key.get());
    const base::Secret others = Pem(tests::MakeAuthority("other").key.get());
    const auto fault = [](TlsParts parts) { return Tls::Make(parts).error().message; };
    EXPECT_TRUE(Tls::Make({good, key, good}));
    EXPECT_THAT(fault({"nonsense", key, ""}), HasSubstr("the certificate is not one in PEM"));
    EXPECT_THAT(fault({good, base::Secret("nonsense"), ""}), HasSubstr("the key is not one in PEM"));
    EXPECT_THAT(fault({good, others, ""}), HasSubstr("belongs to another key"));
    EXPECT_THAT(fault({good, Pem(authority.key.get(), "word"), ""}), HasSubstr("without a password"));
    EXPECT_THAT(fault({good, key, "nonsense"}), HasSubstr("authorities of client certificates hold none"));
}

}  // namespace
}  // namespace fanfare::http
