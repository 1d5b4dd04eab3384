// The smtp plugin, seen by a mail server that does what the test says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <fanfare/base64.hpp>
#include <fanfare/testing.hpp>

#include "unit/plugins/load_plugin.hpp"
#include "unit/plugins/smtp_server.hpp"

namespace fanfare {
namespace {

using nlohmann::json;
using test::SmtpServer;
using testing::Answer;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakeHost;
using ::testing::HasSubstr;
using testing::Instance;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using testing::TestEvent;

const fanfare_plugin& Plugin() {
    static const fanfare_plugin& plugin = test::LoadPlugin(PLUGIN_FILE);
    return plugin;
}

class Smtp : public ::testing::Test {
protected:
    Smtp() {
        ::unsetenv("EVENT_MAIL_HOST");
        ::unsetenv("EVENT_MAIL_PORT");
        host_.set_str("/host", "127.0.0.1");
        host_.set_i64("/port", server_.port());
        host_.set_str("/tls", "none");
        host_.set_str("/from", "Fanfare <fanfare@example.com>");
        host_.set_str("/to", "a@example.com");
        host_.set_i64("/connections", 1);
    }
    void Start() {
        instance_ = std::make_unique<Instance>(Plugin(), host_);
        ASSERT_EQ(instance_->create(), FANFARE_OK) << host_.error();
        ASSERT_EQ(instance_->validate(), FANFARE_OK) << host_.error();
        ASSERT_EQ(instance_->start(), FANFARE_OK) << host_.error();
    }
    std::string Refusal() {
        Instance instance(Plugin(), host_);
        if (instance.create() != FANFARE_OK || instance.validate() != FANFARE_OK) return host_.error();
        return {};
    }
    Answer Send(TestEvent event, std::chrono::milliseconds time = std::chrono::seconds(30)) {
        const std::size_t before = host_.answers().size();
        EXPECT_EQ(instance_->deliver({std::move(event)}, 0, std::chrono::steady_clock::now() + time), FANFARE_OK);
        EXPECT_TRUE(host_.wait_for_answers(before + 1));
        return host_.answers().back();
    }
    Answer StartAndSend(TestEvent event = {}) {
        Start();
        return Send(std::move(event));
    }
    void To(std::vector<std::string> addresses) {
        for (std::size_t i = 0; i < addresses.size(); ++i) host_.set_str("/to/" + std::to_string(i), addresses[i]);
        host_.set_i64("/to", 0);  // no longer a string
    }
    void LogInAs(const std::string& user, const std::string& password, const std::string& mechanism = "auto") {
        host_.set_str("/username", user);
        host_.set_secret("/password", password);
        host_.set_str("/auth", mechanism);
        server_.Answer("AUTH", {"235 welcome"});
    }

    SmtpServer server_;
    FakeHost host_;
    std::unique_ptr<Instance> instance_;
};

TEST_F(Smtp, SchemaIsJsonAndDescribesEveryOption) {
    const json schema = json::parse(view(Plugin().config_schema));
    EXPECT_EQ(schema["additionalProperties"], false);
    for (const auto& [name, option] : schema["properties"].items()) EXPECT_TRUE(option.contains("description")) << name;
    EXPECT_EQ(view(Plugin().name), "smtp");
}

TEST_F(Smtp, EventIsOneMailWithItsDataAsText) {
    TestEvent event;
    event.type = "order.paid";
    event.subject = "Euro \xE2\x82\xAC";
    event.data = R"({"n":1.10})";
    EXPECT_EQ(StartAndSend(event).outcome, FANFARE_DELIVERED);
    const auto mails = server_.mails();
    ASSERT_EQ(mails.size(), 1u);
    EXPECT_THAT(mails[0].from, StartsWith("MAIL FROM:<fanfare@example.com> SIZE="));
    EXPECT_THAT(mails[0].to, ElementsAre("a@example.com"));
    EXPECT_THAT(mails[0].content, HasSubstr("\nSubject: =?UTF-8?B?"));
    EXPECT_THAT(mails[0].content, HasSubstr("\nMessage-ID: <dlv_test@example.com>\n"));
    EXPECT_THAT(mails[0].content, HasSubstr("\n\n{\n  \"n\": 1.10\n}\n"));
    EXPECT_EQ(host_.answers().back().code, 250);
    EXPECT_THAT(host_.misbehaviour(), IsEmpty());
}

TEST_F(Smtp, LineBreaksInASubjectCannotAddAHeader) {
    host_.set_str("/subject", "{{ data.title }}");
    TestEvent event;
    event.options = {{"/subject", "hello\r\nBcc: evil@example.com\r\n\r\nbody"}};
    EXPECT_EQ(StartAndSend(event).outcome, FANFARE_DELIVERED);
    EXPECT_THAT(server_.mails().at(0).content, HasSubstr("\nSubject: hello  Bcc: evil@example.com    body\n"));
    EXPECT_THAT(server_.mails().at(0).content, Not(HasSubstr("\nBcc:")));
    EXPECT_THAT(server_.mails().at(0).to, ElementsAre("a@example.com"));
}

TEST_F(Smtp, AddressOfAnEventThatWouldBeACommandIsRejectedUnsent) {
    To({"{{ data.to }}"});
    Start();
    for (const std::string address : {"x@y> \r\nDATA", "a@b.example,c@d.example", "", "nobody"}) {
        TestEvent event;
        event.options = {{"/to/0", address}};
        const Answer answer = Send(event);
        EXPECT_EQ(answer.outcome, FANFARE_REJECTED) << address;
        EXPECT_THAT(answer.reason, HasSubstr("to/0: ")) << address;
    }
    EXPECT_EQ(server_.connections(), 0);
}

TEST_F(Smtp, DotsAtTheBeginningOfLinesArriveAndDoNotEndTheMail) {
    TestEvent event;
    event.content_type = "text/plain";
    event.data = "one\n.\nMAIL FROM:<evil@example.com>\n..two\r.\r\n.";
    EXPECT_EQ(StartAndSend(event).outcome, FANFARE_DELIVERED);
    EXPECT_THAT(server_.mails().at(0).content, HasSubstr("\n\none\n.\nMAIL FROM:<evil@example.com>\n..two\n.\n.\n"));
    EXPECT_EQ(server_.mails().size(), 1u);
}

TEST_F(Smtp, SecondMailOfAConnectionCarriesNothingOfTheFirst) {
    TestEvent first;
    first.data = R"({"secret":"of the first"})";
    StartAndSend(first);
    TestEvent second;
    second.data = R"({"other":1})";
    EXPECT_EQ(Send(second).outcome, FANFARE_DELIVERED);
    EXPECT_EQ(server_.connections(), 1);
    EXPECT_THAT(server_.mails().at(1).content, Not(HasSubstr("of the first")));
    EXPECT_THAT(server_.mails().at(1).to, ElementsAre("a@example.com"));
    EXPECT_EQ(server_.Count("RSET"), 0u);
}

TEST_F(Smtp, RecipientsOfToCcAndBccGetItOnceEach) {
    host_.set_str("/to", "A <a@example.com>, b@example.com");
    host_.set_str("/cc", "a@EXAMPLE.com,c@example.com");
    host_.set_str("/bcc", "d@example.com");
    host_.set_str("/reply_to", "Answers <r@example.com>");
    StartAndSend();
    EXPECT_THAT(server_.mails().at(0).to,
                ElementsAre("a@example.com", "b@example.com", "c@example.com", "d@example.com"));
    EXPECT_THAT(server_.mails().at(0).content, Not(HasSubstr("d@example.com")));
    EXPECT_THAT(server_.mails().at(0).content, HasSubstr("\nReply-To: Answers <r@example.com>\n"));
}

TEST_F(Smtp, RefusedAndDeferredRecipientsAreReportedAndNobodyGetsItTwice) {
    To({"good@example.com", "refused@example.com", "later@example.com"});
    server_.Answer("RCPT TO:<refused@", {"550 5.1.1 no such user"});
    server_.Answer("RCPT TO:<later@", {"451 4.7.1 greylisted", "451 4.7.1 greylisted", "250 ok"});
    const Answer first = StartAndSend();
    EXPECT_EQ(first.outcome, FANFARE_RETRY);
    EXPECT_EQ(first.code, 451);
    EXPECT_THAT(first.reason, HasSubstr("later@example.com deferred: 451 4.7.1 greylisted"));
    EXPECT_THAT(first.reason, HasSubstr("refused@example.com refused: 550 5.1.1 no such user"));
    const Answer second = Send({});
    EXPECT_EQ(second.outcome, FANFARE_RETRY);
    EXPECT_THAT(second.response, HasSubstr("good@example.com accepted: at an earlier attempt"));
    const Answer last = Send({});
    EXPECT_EQ(last.outcome, FANFARE_REJECTED);
    EXPECT_EQ(last.code, 550);
    EXPECT_THAT(last.reason,
                HasSubstr("127.0.0.1: 1 refused, 2 accepted of 3: refused@example.com refused: 550 5.1.1"));
    EXPECT_THAT(last.response, HasSubstr("good@example.com accepted: at an earlier attempt"));
    EXPECT_THAT(last.response, HasSubstr("later@example.com accepted: 250"));
    const auto mails = server_.mails();
    ASSERT_EQ(mails.size(), 2u);
    EXPECT_THAT(mails[0].to, ElementsAre("good@example.com"));
    EXPECT_THAT(mails[1].to, ElementsAre("later@example.com"));
}

TEST_F(Smtp, DeadDeliveryThatIsSentAgainReachesOnlyThoseWhoHaveNotGotIt) {
    To({"good@example.com", "refused@example.com"});
    server_.Answer("RCPT TO:<refused@", {"550 5.1.1 no such user", "250 ok"});
    EXPECT_EQ(StartAndSend().outcome, FANFARE_REJECTED);
    EXPECT_EQ(Send({}).outcome, FANFARE_DELIVERED);
    ASSERT_EQ(server_.mails().size(), 2u);
    EXPECT_THAT(server_.mails()[0].to, ElementsAre("good@example.com"));
    EXPECT_THAT(server_.mails()[1].to, ElementsAre("refused@example.com"));
}

TEST_F(Smtp, WhoHasTheMailIsRememberedInTheReceiptsOverARestart) {
    char directory[] = "/tmp/fanfare-smtp.XXXXXX";
    ASSERT_NE(::mkdtemp(directory), nullptr);
    host_.set_str("/receipts", std::string(directory) + "/receipts");
    To({"good@example.com", "later@example.com"});
    server_.Answer("RCPT TO:<later@", {"451 later", "250 ok"});
    EXPECT_EQ(StartAndSend().outcome, FANFARE_RETRY);
    instance_->end();
    EXPECT_EQ(StartAndSend().outcome, FANFARE_DELIVERED);
    EXPECT_THAT(server_.mails().at(1).to, ElementsAre("later@example.com"));
    std::filesystem::remove_all(directory);
}

TEST_F(Smtp, ServerThatTakesOnlySoManyRecipientsIsAskedAnewForTheRest) {
    To({"a@example.com", "b@example.com", "c@example.com"});
    server_.Answer("RCPT TO:<b@", {"452 4.5.3 too many recipients", "250 ok"});
    server_.Answer("RCPT TO:<c@", {"552 too many recipients", "452 too many recipients", "250 ok"});
    EXPECT_EQ(StartAndSend().outcome, FANFARE_DELIVERED);
    ASSERT_EQ(server_.mails().size(), 3u);
    EXPECT_THAT(server_.mails()[2].to, ElementsAre("c@example.com"));
}

TEST_F(Smtp, WhoeverGotItInALaterRoundDoesNotGetItAgainEither) {
    To({"a@example.com", "b@example.com", "refused@example.com"});
    server_.Answer("RCPT TO:<b@", {"452 too many", "250 ok"});
    server_.Answer("RCPT TO:<refused@", {"550 no", "250 ok"});
    EXPECT_EQ(StartAndSend().outcome, FANFARE_REJECTED);
    EXPECT_EQ(Send({}).outcome, FANFARE_DELIVERED);
    ASSERT_EQ(server_.mails().size(), 3u);
    EXPECT_THAT(server_.mails()[1].to, ElementsAre("b@example.com"));
    EXPECT_THAT(server_.mails()[2].to, ElementsAre("refused@example.com"));
}

struct Case {
    const char* command;
    const char* reply;
    fanfare_outcome outcome;
};

class SmtpReply : public Smtp, public ::testing::WithParamInterface<Case> {};

TEST_P(SmtpReply, BecomesThisOutcomeWithItsCode) {
    server_.Answer(GetParam().command, {GetParam().reply});
    const Answer answer = StartAndSend();
    EXPECT_EQ(answer.outcome, GetParam().outcome) << answer.reason;
    EXPECT_EQ(answer.code, std::atoi(GetParam().reply));
    EXPECT_THAT(answer.reason, HasSubstr(std::string(GetParam().reply).substr(0, 3)));
    EXPECT_THAT(server_.mails(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Table, SmtpReply,
    ::testing::Values(
        Case{"GREETING", "421 busy", FANFARE_UNREACHABLE}, Case{"GREETING", "554 no mail here", FANFARE_UNREACHABLE},
        Case{"EHLO", "550 go away", FANFARE_UNREACHABLE}, Case{"MAIL", "421 closing", FANFARE_RETRY},
        Case{"MAIL", "451 later", FANFARE_RETRY}, Case{"MAIL", "452 full", FANFARE_RETRY},
        Case{"MAIL", "530 5.7.0 log in first", FANFARE_UNREACHABLE}, Case{"MAIL", "550 5.7.1 no", FANFARE_REJECTED},
        Case{"MAIL", "552 too large", FANFARE_REJECTED}, Case{"MAIL", "553 bad sender", FANFARE_REJECTED},
        Case{"RCPT", "421 closing", FANFARE_RETRY}, Case{"RCPT", "450 busy mailbox", FANFARE_RETRY},
        Case{"RCPT", "451 greylisted", FANFARE_RETRY}, Case{"RCPT", "452 full", FANFARE_RETRY},
        Case{"RCPT", "550 no such user", FANFARE_REJECTED}, Case{"RCPT", "551 moved", FANFARE_REJECTED},
        Case{"RCPT", "552 mailbox full", FANFARE_REJECTED}, Case{"DATA", "451 later", FANFARE_RETRY},
        Case{"DATA", "554 no valid recipients", FANFARE_REJECTED}, Case{"CONTENT", "421 closing", FANFARE_RETRY},
        Case{"CONTENT", "451 local error", FANFARE_RETRY}, Case{"CONTENT", "452 disk full", FANFARE_RETRY},
        Case{"CONTENT", "550 spam", FANFARE_REJECTED}, Case{"CONTENT", "552 too large", FANFARE_REJECTED},
        Case{"CONTENT", "554 failed", FANFARE_REJECTED}));

TEST_F(Smtp, LoginIsPlainWithAnyCharactersInThePassword) {
    server_.offers.push_back("AUTH LOGIN PLAIN");
    host_.set_str("/tls", "none");
    LogInAs("us:er", "p\xC3\xA4:ss wo\"rd\\%\n");
    EXPECT_EQ(StartAndSend().outcome, FANFARE_DELIVERED);
    EXPECT_THAT(server_.commands(),
                Contains("AUTH PLAIN " + base64(std::string("\0us:er\0p\xC3\xA4:ss wo\"rd\\%\n", 22))));
}

TEST_F(Smtp, LoginTakesTheMechanismThatIsOffered) {
    server_.offers.push_back("AUTH LOGIN");
    LogInAs("user", "pa:ss");
    server_.Answer("AUTH LOGIN", {"334 VXNlcm5hbWU6"});
    server_.Answer("dXNlcg==", {"334 UGFzc3dvcmQ6"});
    server_.Answer(base64("pa:ss"), {"235 ok"});
    EXPECT_EQ(StartAndSend().outcome, FANFARE_DELIVERED);
}

TEST_F(Smtp, CramMd5GivesTheAnswerOfItsSpecification) {
    server_.offers.push_back("AUTH PLAIN CRAM-MD5");
    LogInAs("tim", "tanstaaftanstaaf");
    server_.Answer("AUTH CRAM-MD5", {"334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+"});
    server_.Answer("dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw", {"235 ok"});
    EXPECT_EQ(StartAndSend().outcome, FANFARE_DELIVERED) << "RFC 2195, 2: not the answer of the example";
}

TEST_F(Smtp, XOAuth2SendsTheTokenAndAnEmptyLineToARefusal) {
    server_.offers.push_back("AUTH XOAUTH2");
    LogInAs("user@example.com", "ya29.token", "xoauth2");
    server_.Answer("AUTH XOAUTH2", {"334 eyJzdGF0dXMiOiI0MDEifQ=="});
    server_.Answer("", {"535 5.7.8 no"});
    const Answer answer = StartAndSend();
    EXPECT_THAT(server_.commands(),
                Contains("AUTH XOAUTH2 " + base64("user=user@example.com\1auth=Bearer ya29.token\1\1")));
    EXPECT_THAT(server_.commands(), Contains(""));
    EXPECT_EQ(answer.outcome, FANFARE_UNREACHABLE);
    EXPECT_EQ(answer.code, 535);
}

TEST_F(Smtp, RefusedLoginPausesTheDestinationAndShowsNoSecret) {
    server_.offers.push_back("AUTH PLAIN");
    LogInAs("user", "hidden");
    server_.Answer("AUTH", {"535 5.7.8 wrong: " + base64(std::string("\0user\0hidden", 12))});
    const Answer answer = StartAndSend();
    EXPECT_EQ(answer.outcome, FANFARE_UNREACHABLE);
    EXPECT_THAT(answer.reason, HasSubstr("login of 'user' at 127.0.0.1 by PLAIN is refused with 535"));
    EXPECT_THAT(answer.reason + answer.response, Not(HasSubstr(base64(std::string("\0user\0hidden", 12)))));
}

TEST_F(Smtp, WithoutStartTlsNothingIsSentInTheClear) {
    server_.offers.push_back("AUTH PLAIN");
    LogInAs("user", "hidden");
    host_.set_str("/tls", "starttls");
    const Answer answer = StartAndSend();
    EXPECT_EQ(answer.outcome, FANFARE_UNREACHABLE);
    EXPECT_THAT(answer.reason, HasSubstr("does not offer STARTTLS"));
    for (const std::string& command : server_.commands()) EXPECT_THAT(command, StartsWith("EHLO"));
}

TEST_F(Smtp, ConnectionThatWasClosedMeanwhileIsMadeAnew) {
    server_.Answer("CONTENT", {"250 queued", "250 queued"});
    server_.Answer("MAIL", {"250 ok", "421 idle too long", "250 ok"});
    StartAndSend();
    EXPECT_EQ(Send({}).outcome, FANFARE_DELIVERED);
    EXPECT_EQ(server_.connections(), 2);
    EXPECT_EQ(server_.mails().size(), 2u);
}

TEST_F(Smtp, AfterARefusedMailTheNextOneBeginsWithReset) {
    server_.Answer("RCPT", {"550 no", "250 ok"});
    EXPECT_EQ(StartAndSend().outcome, FANFARE_REJECTED);
    EXPECT_EQ(Send({}).outcome, FANFARE_DELIVERED);
    EXPECT_EQ(server_.Count("RSET"), 1u);
    EXPECT_EQ(server_.connections(), 1);
}

TEST_F(Smtp, ConnectionLostAfterTheWholeMailIsInDoubtAndTriedAgainWithTheSameMessageId) {
    server_.Answer("CONTENT", {"CLOSE", "250 queued"});
    const Answer answer = StartAndSend();
    EXPECT_EQ(answer.outcome, FANFARE_RETRY);
    EXPECT_THAT(answer.reason, HasSubstr("after it had the whole mail"));
    EXPECT_EQ(Send({}).outcome, FANFARE_DELIVERED);
    EXPECT_THAT(server_.mails().at(0).content, HasSubstr("\nMessage-ID: <dlv_test@example.com>\n"));
}

TEST_F(Smtp, ServerThatDoesNotAnswerHoldsNothingPastTheDeadline) {
    for (const std::string stage : {"GREETING", "EHLO", "MAIL", "CONTENT"}) {
        server_.Answer(stage, {"HOLD"});
        Start();
        const Answer answer = Send({}, std::chrono::milliseconds(600));
        EXPECT_THAT(answer.reason, HasSubstr("did not answer in time")) << stage;
        EXPECT_EQ(answer.outcome, stage == "GREETING" || stage == "EHLO" ? FANFARE_UNREACHABLE : FANFARE_RETRY)
            << stage;
        server_.Answer(stage, {""});
    }
}

TEST_F(Smtp, StopEndsWhatAServerHoldsUpAndGivesBackWhatWaits) {
    server_.Answer("MAIL", {"HOLD"});
    Start();
    instance_->deliver({TestEvent{"a"}});
    instance_->deliver({TestEvent{"b"}});
    while (server_.Count("MAIL") == 0) std::this_thread::yield();
    instance_->end(std::chrono::steady_clock::now() + std::chrono::milliseconds(500));
    const auto answers = host_.answers();
    ASSERT_EQ(answers.size(), 2u);
    for (const Answer& answer : answers) EXPECT_EQ(answer.outcome, FANFARE_NOT_ATTEMPTED) << answer.reason;
}

TEST_F(Smtp, NobodyThereIsUnreachableAndNamesTheAddress) {
    host_.set_i64("/port", 1);
    const Answer answer = StartAndSend();
    EXPECT_EQ(answer.outcome, FANFARE_UNREACHABLE);
    EXPECT_THAT(answer.reason, HasSubstr("no connection to 127.0.0.1: 127.0.0.1:1 Connection refused"));
}

TEST_F(Smtp, NameThatNobodyKnowsIsUnreachableInTime) {
    host_.set_str("/host", "no-such-host.invalid");
    Start();
    const Answer answer = Send({}, std::chrono::seconds(5));
    EXPECT_EQ(answer.outcome, FANFARE_UNREACHABLE);
    EXPECT_THAT(answer.reason, HasSubstr("cannot look up no-such-host.invalid: "));
}

TEST_F(Smtp, WhatIsNoSmtpServerIsToldSo) {
    server_.Answer("GREETING", {"HTTP/1.1 400 Bad Request"});
    const Answer answer = StartAndSend();
    EXPECT_EQ(answer.outcome, FANFARE_UNREACHABLE);
    EXPECT_THAT(answer.reason, HasSubstr("does not speak SMTP: HTTP/1.1 400"));
}

TEST_F(Smtp, EndlessBannerIsCutOff) {
    server_.Answer("GREETING", {std::string(1 << 20, 'x')});
    EXPECT_EQ(StartAndSend().outcome, FANFARE_UNREACHABLE);
}

TEST_F(Smtp, MailLargerThanTheServerTakesIsRejectedWithoutSendingIt) {
    server_.offers = {"SIZE 1000"};
    TestEvent event;
    event.data = "\"" + std::string(2000, 'x') + "\"";
    const Answer answer = StartAndSend(event);
    EXPECT_EQ(answer.outcome, FANFARE_REJECTED);
    EXPECT_THAT(answer.reason, HasSubstr("the server takes 1000"));
    EXPECT_EQ(server_.Count("MAIL"), 0u);
}

TEST_F(Smtp, AddressesBeyondAsciiAreSentWhereTheServerTakesThem) {
    To({"j\xC3\xBCrgen@m\xC3\xBCnchen.example"});
    Start();
    EXPECT_EQ(Send({}).outcome, FANFARE_REJECTED);
    EXPECT_THAT(host_.answers().back().reason, HasSubstr("SMTPUTF8"));
    instance_->end();
    server_.offers.push_back("SMTPUTF8");
    EXPECT_EQ(StartAndSend().outcome, FANFARE_DELIVERED);
    EXPECT_THAT(server_.mails().at(0).from, HasSubstr(" SMTPUTF8"));
    EXPECT_THAT(server_.mails().at(0).to, ElementsAre("j\xC3\xBCrgen@m\xC3\xBCnchen.example"));
}

TEST_F(Smtp, HostAndPortComeFromTheEnvironmentIfTheyAreNotSet) {
    host_.set_str("/host", "");
    host_.set_i64("/port", 0);
    EXPECT_THAT(Refusal(), HasSubstr("EVENT_MAIL_HOST"));
    ::setenv("EVENT_MAIL_HOST", "127.0.0.1", 1);
    ::setenv("EVENT_MAIL_PORT", "70000", 1);
    EXPECT_THAT(Refusal(), HasSubstr("EVENT_MAIL_PORT '70000'"));
    ::setenv("EVENT_MAIL_PORT", std::to_string(server_.port()).c_str(), 1);
    EXPECT_EQ(StartAndSend().outcome, FANFARE_DELIVERED);
}

TEST_F(Smtp, OptionsThatCannotWorkAreRefusedAndNamed) {
    const auto refusal_with = [](const std::string& at, const std::string& value) {
        FakeHost host;
        host.set_str("/host", "mail.example.com");
        host.set_str("/from", "a@example.com");
        host.set_str("/to", "b@example.com");
        host.set_str(at, value);
        Instance instance(Plugin(), host);
        return instance.create() == FANFARE_OK && instance.validate() == FANFARE_OK ? std::string() : host.error();
    };
    EXPECT_THAT(refusal_with("/host", "smtp://mail"), HasSubstr("host 'smtp://mail'"));
    EXPECT_THAT(refusal_with("/from", "a"), HasSubstr("from: 'a'"));
    EXPECT_THAT(refusal_with("/to", "a@x, b"), HasSubstr("to: 'b'"));
    EXPECT_THAT(refusal_with("/to", ""), HasSubstr("no recipient"));
    EXPECT_THAT(refusal_with("/username", "a"), HasSubstr("no password"));
    EXPECT_THAT(refusal_with("/headers/Subject", "a"), HasSubstr("'Subject'"));
    EXPECT_THAT(refusal_with("/headers/X Y", "a"), HasSubstr("'X Y'"));
    EXPECT_THAT(refusal_with("/ca_file", "/nowhere/ca.pem"), HasSubstr("ca_file '/nowhere/ca.pem'"));
    EXPECT_THAT(refusal_with("/ca_file", "ca.pem"), HasSubstr("is not absolute"));
    EXPECT_EQ(refusal_with("/subject", "fine"), "");
}

}  // namespace
}  // namespace fanfare
