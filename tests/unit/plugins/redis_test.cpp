// The redis plugin, seen by the commands that come over the wire.
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <nlohmann/json.hpp>

#include "plugins/redis/hash_slot.hpp"
#include "unit/plugins/redis_fixture.hpp"

namespace fanfare::test {
namespace {

using nlohmann::json;
using plugins::redis::HashSlot;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Words = std::vector<std::string>;

TEST(RedisSlot, IsThatOfTheClusterSpecification) {
    EXPECT_EQ(HashSlot("123456789"), 12739u);
    EXPECT_EQ(HashSlot("{user1000}.following"), HashSlot("user1000"));
    EXPECT_EQ(HashSlot("foo{{bar}}zap"), HashSlot("{bar"));
    EXPECT_NE(HashSlot("foo{}{bar}"), HashSlot("bar"));
}

TEST_F(Redis, SchemaIsJsonAndDescribesEveryOption) {
    const json schema = json::parse(view(RedisPlugin().config_schema));
    EXPECT_EQ(schema["additionalProperties"], false);
    for (const auto& [name, option] : schema["properties"].items()) EXPECT_TRUE(option.contains("description")) << name;
    EXPECT_EQ(view(RedisPlugin().name), "redis");
    EXPECT_EQ(RedisPlugin().capabilities & FANFARE_CAP_BLOCKING, 0u);
}

TEST_F(Redis, EntryHasAFieldForEachAttributeAndTheBytesOfTheData) {
    Start();
    TestEvent event;
    event.subject = "Euro \xE2\x82\xAC";
    event.time = "2024-05-04T10:00:00Z";
    event.data_schema = "/schema";
    event.extensions = {{"traceparent", "00-1"}};
    event.data = std::string("\0 any\r\nbytes \xFF", 14);
    event.content_type = "application/octet-stream";
    const Answer answer = DeliverOne(event);
    EXPECT_EQ(answer.outcome, FANFARE_DELIVERED);
    EXPECT_EQ(answer.remote, server_.address());
    EXPECT_THAT(server_.commands().at(0).words,
                ElementsAre("XADD", "events", "*", "message_id", "msg_test", "specversion", "1.0", "id", "1", "source",
                            "/test", "type", "test.happened", "subject", "Euro \xE2\x82\xAC", "time",
                            "2024-05-04T10:00:00Z", "dataschema", "/schema", "traceparent", "00-1", "datacontenttype",
                            "application/octet-stream", "data", event.data));
}

TEST_F(Redis, EmptyDataIsAnEmptyField) {
    Start();
    TestEvent event;
    event.data = "";
    event.content_type = "";
    EXPECT_EQ(DeliverOne(event).outcome, FANFARE_DELIVERED);
    const Words words = server_.commands().at(0).words;
    EXPECT_EQ(words[words.size() - 2], "data");
    EXPECT_EQ(words.back(), "");
}

TEST_F(Redis, ShapedEntryIsItsDataAndHeadersWithoutTheAttributes) {
    Start();
    TestEvent event;
    event.shaped = true;
    event.data = "<order/>";
    event.content_type = "application/xml";
    event.headers = {{"X-Order", "42"}};
    DeliverOne(event);
    EXPECT_THAT(server_.commands().at(0).words,
                ElementsAre("XADD", "events", "*", "X-Order", "42", "message_id", "msg_test", "datacontenttype",
                            "application/xml", "data", "<order/>"));
}

TEST_F(Redis, RenderedHeaderReplacesTheAttributeOfItsNameButNoFieldOfOurs) {
    Start();
    TestEvent event;
    event.headers = {{"Subject", "rendered"}};
    event.subject = "came";
    DeliverOne(event);
    const RedisCommand command = server_.commands().at(0);
    EXPECT_EQ(command.after("Subject"), "rendered");
    EXPECT_EQ(command.after("subject"), "");
    for (const std::string name : {"data", "Message_Id", "event"}) {
        event.headers = {{name, "x"}};
        const Answer answer = DeliverOne(event);
        EXPECT_EQ(answer.outcome, FANFARE_REJECTED);
        EXPECT_THAT(answer.reason, HasSubstr("headers: '" + name + "' is a field that is set by fanfare itself"));
    }
    EXPECT_EQ(server_.commands().size(), 1u);
}

TEST_F(Redis, EntryMayHoldTheWholeEventAsJson) {
    host_.set_str("/format", "json");
    Start();
    DeliverOne(Named("7"));
    const RedisCommand command = server_.commands().at(0);
    EXPECT_EQ(command.words.size(), 7u);
    EXPECT_EQ(command.after("message_id"), "msg_test");
    const json event = json::parse(command.after("event"));
    EXPECT_EQ(event["id"], "7");
    EXPECT_EQ(event["data"], json::object());
}

Words FirstWords(const RedisCommand& command, std::size_t count) {
    return {command.words.begin(), command.words.begin() + static_cast<std::ptrdiff_t>(count)};
}

TEST_F(Redis, StreamIsTrimmedByLength) {
    host_.set_i64("/max_length", 1000);
    Start();
    DeliverOne();
    EXPECT_THAT(FirstWords(server_.commands().at(0), 6), ElementsAre("XADD", "events", "MAXLEN", "~", "1000", "*"));
}

TEST_F(Redis, StreamIsTrimmedByAgeToTheEntryIfAsked) {
    host_.set_i64("/max_age_seconds", 3600);
    host_.set_bool("/exact_trim", true);
    Start();
    const auto hour_ago = [] {
        const auto now = std::chrono::system_clock::now().time_since_epoch() - std::chrono::hours(1);
        return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    };
    const auto before = hour_ago();
    DeliverOne();
    const Words words = server_.commands().at(0).words;
    EXPECT_EQ(words[2], "MINID");
    EXPECT_EQ(words[3], "=");
    EXPECT_GE(std::atoll(words[4].c_str()), before);
    EXPECT_LE(std::atoll(words[4].c_str()), hour_ago());
    EXPECT_EQ(words[5], "*");
}

TEST_F(Redis, ListGrowsAtItsRightEndByOneCloudEvent) {
    host_.set_str("/mode", "list");
    Start();
    EXPECT_EQ(DeliverOne(Named("7")).outcome, FANFARE_DELIVERED);
    const Words words = server_.commands().at(0).words;
    ASSERT_EQ(words.size(), 3u);
    EXPECT_EQ(words[0], "RPUSH");
    EXPECT_EQ(words[1], "events");
    EXPECT_EQ(json::parse(words[2])["id"], "7");
}

TEST_F(Redis, ListWithACapIsCutAfterEachEventAtTheOtherEnd) {
    host_.set_str("/mode", "list");
    host_.set_i64("/max_length", 10);
    Start();
    EXPECT_EQ(Deliver(Numbered(2)).at(1).outcome, FANFARE_DELIVERED);
    auto commands = server_.WaitForCommands(4);
    EXPECT_EQ(commands[0].name(), "RPUSH");
    EXPECT_THAT(commands[1].words, ElementsAre("LTRIM", "events", "-10", "-1"));
    EXPECT_EQ(commands[2].name(), "RPUSH");
    EXPECT_EQ(commands[3].name(), "LTRIM");
    instance_.reset();
    host_.set_str("/push", "left");
    Start();
    DeliverOne();
    commands = server_.WaitForCommands(6);
    EXPECT_EQ(commands[4].name(), "LPUSH");
    EXPECT_THAT(commands[5].words, ElementsAre("LTRIM", "events", "0", "9"));
}

TEST_F(Redis, ListThatCannotBeCutHasTheEventAllTheSame) {
    server_.Set([](const RedisCommand& command) -> std::optional<std::string> {
        if (command.name() == "LTRIM") return ScriptedRedis::Error("NOPERM no ltrim");
        return std::nullopt;
    });
    host_.set_str("/mode", "list");
    host_.set_i64("/max_length", 10);
    Start();
    EXPECT_EQ(DeliverOne().outcome, FANFARE_DELIVERED);
    EXPECT_EQ(DeliverOne().outcome, FANFARE_DELIVERED) << "the reply to LTRIM is taken for one to RPUSH";
    ASSERT_THAT(host_.logs(), Not(IsEmpty()));
    EXPECT_THAT(host_.logs().at(0).message, HasSubstr("NOPERM no ltrim"));
}

TEST_F(Redis, MessageThatNobodyHeardIsDeliveredUnlessAReceiverIsRequired) {
    const auto nobody = [](const RedisCommand& command) -> std::optional<std::string> {
        return command.name() == "PUBLISH" ? std::optional<std::string>(":0\r\n") : std::nullopt;
    };
    server_.Set(nobody);
    host_.set_str("/mode", "channel");
    Start();
    EXPECT_EQ(DeliverOne().outcome, FANFARE_DELIVERED);
    EXPECT_THAT(FirstWords(server_.commands().at(0), 2), ElementsAre("PUBLISH", "events"));
    instance_.reset();
    host_.set_bool("/require_receiver", true);
    Start();
    const Answer answer = DeliverOne();
    EXPECT_EQ(answer.outcome, FANFARE_RETRY);
    EXPECT_THAT(answer.reason, HasSubstr("nobody was listening"));
    server_.Set({});
    EXPECT_EQ(DeliverOne().outcome, FANFARE_DELIVERED);
}

TEST_F(Redis, ShapedPayloadOfAListIsTheDataByteForByte) {
    host_.set_str("/mode", "list");
    Start();
    TestEvent event;
    event.shaped = true;
    event.data = std::string("\0\xFF job", 6);
    event.headers = {{"data", "ignored: a list has no headers"}};
    EXPECT_EQ(DeliverOne(event).outcome, FANFARE_DELIVERED);
    EXPECT_THAT(server_.commands().at(0).words, ElementsAre("RPUSH", "events", event.data));
}

TEST_F(Redis, RenderedKeyIsWhereTheEventGoesAndStaysBehindItsPrefix) {
    host_.set_str("/key", "orders:{{ data.region }}");
    Start();
    TestEvent event;
    event.options = {{"/key", "orders:eu"}};
    EXPECT_EQ(DeliverOne(event).outcome, FANFARE_DELIVERED);
    EXPECT_EQ(server_.commands().at(0).words[1], "orders:eu");
    event.options = {{"/key", "order"}};
    EXPECT_EQ(DeliverOne(event).outcome, FANFARE_REJECTED);
    event.options = {{"/key", "passwords"}};
    const Answer answer = DeliverOne(event);
    EXPECT_EQ(answer.outcome, FANFARE_REJECTED);
    EXPECT_THAT(answer.reason, HasSubstr("does not begin with 'orders:'"));
    event.options = {};
    EXPECT_THAT(DeliverOne(event).reason, HasSubstr("fanfare deliveries retry --render"));
    EXPECT_EQ(server_.commands().size(), 1u);
}

TEST_F(Redis, LogsInBeforeTheFirstCommandAndChoosesTheDatabase) {
    host_.set_str("/user", "fanfare");
    host_.set_secret("/password", "hidden word");
    host_.set_i64("/database", 3);
    Start();
    DeliverOne();
    const auto login = server_.login();
    ASSERT_EQ(login.size(), 3u);
    EXPECT_THAT(login[0].words, ElementsAre("AUTH", "fanfare", "hidden word"));
    EXPECT_THAT(login[1].words, ElementsAre("SELECT", "3"));
    EXPECT_THAT(login[2].words, ElementsAre("CLIENT", "SETNAME", "fanfare"));
}

TEST_F(Redis, PasswordWithoutAUserIsThatOfTheDefaultUser) {
    host_.set_secret("/password", "hidden");
    Start();
    DeliverOne();
    EXPECT_THAT(server_.login().at(0).words, ElementsAre("AUTH", "hidden"));
}

TEST_F(Redis, WrongPasswordIsUnreachableWithoutShowingItUntilItIsRotated) {
    server_.Set([](const RedisCommand& command) -> std::optional<std::string> {
        if (command.name() == "AUTH" && command.words[2] != "new") {
            return ScriptedRedis::Error("WRONGPASS invalid username-password pair or user is disabled.");
        }
        return std::nullopt;
    });
    host_.set_str("/user", "fanfare");
    host_.set_secret("/password", "hidden");
    Start();
    const Answer answer = DeliverOne();
    EXPECT_EQ(answer.outcome, FANFARE_UNREACHABLE);
    EXPECT_THAT(answer.reason, HasSubstr(server_.address() + ": it says: WRONGPASS"));
    EXPECT_THAT(answer.reason, HasSubstr("correct user and password"));
    EXPECT_THAT(answer.reason, Not(HasSubstr("hidden")));
    EXPECT_THAT(server_.commands(), IsEmpty());
    host_.set_secret("/password", "new");
    EXPECT_EQ(DeliverOne().outcome, FANFARE_DELIVERED);
}

TEST_F(Redis, ServerThatForbidsNamingTheConnectionOrDoesNotKnowItWillDo) {
    for (const std::string error : {"NOPERM this user has no permissions", "ERR unknown command 'CLIENT'"}) {
        server_.Set([error](const RedisCommand& command) -> std::optional<std::string> {
            return command.name() == "CLIENT" ? std::optional(ScriptedRedis::Error(error)) : std::nullopt;
        });
        Start();
        EXPECT_EQ(DeliverOne().outcome, FANFARE_DELIVERED) << error;
        instance_.reset();
    }
}

TEST_F(Redis, UnixSocketWillDo) {
    char name[] = "/tmp/fanfare-redis-XXXXXX";
    const std::string directory = ::mkdtemp(name);
    {
        ScriptedRedis local({}, directory + "/sock");
        host_.set_str("/server", "unix:" + directory + "/sock");
        Start();
        const Answer answer = DeliverOne();
        EXPECT_EQ(answer.outcome, FANFARE_DELIVERED) << answer.reason;
        EXPECT_EQ(answer.remote, "unix:" + directory + "/sock");
        EXPECT_EQ(local.commands().size(), 1u);
        instance_.reset();
    }
    ::unlink((directory + "/sock").c_str());
    ::rmdir(directory.c_str());
}

using Change = std::function<void(FakeHost&)>;

TEST_F(Redis, OptionsThatCannotWorkAreRefusedWithTheirOwnSentence) {
    const std::vector<std::pair<Change, std::string>> cases = {
        {[](FakeHost& h) { h.set_str("/key", "{{ type }}"); }, "an event could choose any key"},
        {[](FakeHost& h) { h.set_str("/key", ""); }, "key is empty"},
        {[](FakeHost& h) { h.set_str("/mode", "queue"); }, "mode is 'queue'"},
        {[](FakeHost& h) { h.set_str("/server", "redis://:hidden@h/"); }, "is a URL"},
        {[](FakeHost& h) { h.set_str("/server", "h:0"); }, "has no port"},
        {[](FakeHost& h) { h.set_str("/server", "h:99999"); }, "has no port"},
        {[](FakeHost& h) { h.set_str("/server", "[::1"); }, "has no ']'"},
        {[](FakeHost& h) { h.set_str("/server", ":6379"); }, "names no host"},
        {[](FakeHost& h) { h.set_str("/server", "unix:run.sock"); }, "is no absolute path"},
        {[](FakeHost& h) { h.set_str("/server", "unix:/" + std::string(107, 'x')); }, "is too long"},
        {[](FakeHost& h) { h.set_str("/mode", "list"), h.set_str("/format", "fields"); }, "format is fields"},
        {[](FakeHost& h) { h.set_str("/mode", "channel"), h.set_i64("/max_length", 1); }, "max_length is for"},
        {[](FakeHost& h) { h.set_str("/mode", "list"), h.set_i64("/max_age_seconds", 1); }, "max_age_seconds is for"},
        {[](FakeHost& h) { h.set_i64("/max_length", 1), h.set_i64("/max_age_seconds", 1); }, "exclude each other"},
        {[](FakeHost& h) { h.set_bool("/exact_trim", true); }, "exact_trim needs"},
        {[](FakeHost& h) { h.set_bool("/require_receiver", true); }, "require_receiver is for a channel"},
        {[](FakeHost& h) { h.set_bool("/cluster", true), h.set_i64("/database", 1); }, "database must be 0"},
        {[](FakeHost& h) { h.set_bool("/cluster", true), h.set_str("/sentinel/master", "m"); }, "cluster and sentinel"},
        {[](FakeHost& h) { h.set_bool("/cluster", true), h.set_str("/server", "unix:/s"); }, "is a Unix socket"},
        {[](FakeHost& h) { h.set_empty_table("/tls"), h.set_str("/server", "unix:/s"); }, "needs no tls"},
        {[](FakeHost& h) { h.set_str("/tls/certificate", "/c"); }, "belong together"},
        {[](FakeHost& h) { h.set_str("/tls/ca", "/nowhere/ca.pem"); }, "tls.ca cannot be used: /nowhere/ca.pem"},
        {[](FakeHost& h) {
             h.set_bool("/cluster", true), h.set_str("/mode", "channel"), h.set_bool("/require_receiver", true);
         },
         "cannot work in a cluster"},
    };
    for (const auto& [change, expected] : cases) {
        FakeHost host;
        host.set_str("/server", "127.0.0.1");
        host.set_str("/key", "events");
        ASSERT_EQ(RefusalOf(host), "");
        change(host);
        EXPECT_THAT(RefusalOf(host), HasSubstr(expected));
        EXPECT_THAT(RefusalOf(host), Not(HasSubstr("hidden")));
    }
}

}  // namespace
}  // namespace fanfare::test
