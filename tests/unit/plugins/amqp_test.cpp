// The amqp plugin by its options, and by what it says to a broker that is well.
#include <map>
#include <sstream>

#include "unit/plugins/amqp_fixture.hpp"

namespace fanfare::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

namespace wire = tests::amqp;

TEST_F(Amqp, MessageHasDataAsBodyAndAttributesAsPropertiesAndHeaders) {
    host_.set_str("/exchange", "bus");
    Start();
    TestEvent event = Named("e-1");
    event.data = std::string("\0any\xFF", 5);
    event.content_type = "application/octet-stream";
    event.subject = "Z\xC3\xBCrich";
    event.time = "2026-11-20T09:00:00.25+01:00";
    event.data_schema = "https://example.com/schema";
    event.extensions = {{"tenant", "blue"}, {"number", "-7"}, {"flag", "true"}, {"huge", "4294967296"}};
    event.extension_kinds = {FANFARE_KIND_STRING, FANFARE_KIND_INTEGER, FANFARE_KIND_BOOLEAN, FANFARE_KIND_INTEGER};
    const Heard message = Published(event);
    EXPECT_EQ(message.exchange, "bus");
    EXPECT_EQ(message.routing_key, "test.happened");
    EXPECT_TRUE(message.mandatory);
    EXPECT_EQ(message.body, event.data);
    EXPECT_THAT(message.properties,
                UnorderedElementsAre(Pair("content-type", "application/octet-stream"), Pair("delivery-mode", "2"),
                                     Pair("message-id", "msg_test"), Pair("timestamp", "1795161600"),
                                     Pair("type", "test.happened"), Pair("app-id", "fanfare")));
    EXPECT_THAT(
        message.headers,
        UnorderedElementsAre(Pair("fanfare-delivery", "dlv_e-1"), Pair("cloudEvents_specversion", "1.0"),
                             Pair("cloudEvents_id", "e-1"), Pair("cloudEvents_source", "/test"),
                             Pair("cloudEvents_type", "test.happened"), Pair("cloudEvents_subject", "Z\xC3\xBCrich"),
                             Pair("cloudEvents_time", "2026-11-20T09:00:00.25+01:00"),
                             Pair("cloudEvents_dataschema", "https://example.com/schema"),
                             Pair("cloudEvents_tenant", "blue"), Pair("cloudEvents_number", "-7"),
                             Pair("cloudEvents_flag", "true"), Pair("cloudEvents_huge", "4294967296")));
}

TEST_F(Amqp, ConfiguredPropertiesAreSentAndAbsentOnesAreNot) {
    host_.set_str("/routing_key", "orders");
    host_.set_bool("/mandatory", false);
    host_.set_bool("/persistent", false);
    host_.set_str("/app_id", "crm");
    host_.set_i64("/priority", 9);
    host_.set_i64("/expiration_ms", 60000);
    Start();
    TestEvent event;
    event.data = "no json";
    event.content_type = "";
    event.extensions = {{"correlationid", "case-7"}};
    const Heard message = Published(event);
    EXPECT_EQ(message.exchange, "");
    EXPECT_EQ(message.routing_key, "orders");
    EXPECT_FALSE(message.mandatory);
    EXPECT_THAT(message.properties,
                UnorderedElementsAre(Pair("delivery-mode", "1"), Pair("priority", "9"), Pair("expiration", "60000"),
                                     Pair("message-id", "msg_test"), Pair("correlation-id", "case-7"),
                                     Pair("timestamp", "0"), Pair("type", "test.happened"), Pair("app-id", "crm")));
}

TEST_F(Amqp, BodyIsCutIntoFramesOfTheAgreedSize) {
    broker_.Set([](const Heard& heard) -> std::optional<std::string> {
        if (heard.name == "10.11") return ScriptedBroker::Tune(4096, 0);
        return std::nullopt;
    });
    Start();
    for (const std::size_t size : {0u, 1u, 4087u, 4088u, 4089u, 100'000u}) {
        TestEvent event;
        event.data = std::string(size, 'x');
        const Heard message = Published(event);
        EXPECT_EQ(message.body, event.data);
        EXPECT_EQ(message.frames, (size + 4087) / 4088);
        EXPECT_LE(message.largest, 4096u);
    }
}

TEST_F(Amqp, HeadersThatDoNotFitIntoAFrameAreRejectedAndHurtNobodyElse) {
    Start();
    TestEvent large = Named("large");
    large.subject = std::string(140'000, 's');
    const auto answers = Deliver({Named("a"), large, Named("b")});
    EXPECT_EQ(answers[0].outcome, FANFARE_DELIVERED);
    EXPECT_EQ(answers[1].outcome, FANFARE_REJECTED);
    EXPECT_THAT(answers[1].reason, HasSubstr("do not fit into one frame"));
    EXPECT_EQ(answers[2].outcome, FANFARE_DELIVERED);
}

TEST_F(Amqp, ShapedEventIsSentWithoutItsAttributes) {
    Start();
    TestEvent event = Named("e-1");
    event.shaped = true;
    event.data = "<made/>";
    event.content_type = "text/xml";
    event.time = "2026-11-20T09:00:00Z";
    event.headers = {{"x-rank", "7"}};
    const Heard message = Published(event);
    EXPECT_EQ(message.body, "<made/>");
    EXPECT_THAT(message.properties, UnorderedElementsAre(Pair("content-type", "text/xml"), Pair("delivery-mode", "2"),
                                                         Pair("message-id", "msg_test"), Pair("app-id", "fanfare")));
    EXPECT_THAT(message.headers, UnorderedElementsAre(Pair("fanfare-delivery", "dlv_e-1"), Pair("x-rank", "7")));
}

TEST_F(Amqp, RenderedHeadersReplaceThoseOfTheEventButNotThatOfTheDelivery) {
    Start();
    TestEvent event = Named("e-1");
    event.headers = {{"cloudEvents_source", "elsewhere"}, {"x", ""}};
    const Heard message = Published(event);
    EXPECT_EQ(message.headers.at("cloudEvents_source"), "elsewhere");
    EXPECT_EQ(message.headers.at("x"), "");
    event.headers = {{"fanfare-delivery", "forged"}};
    EXPECT_THAT(DeliverOne(event).reason, HasSubstr("fanfare-delivery is set by fanfare itself"));
    event.headers = {{std::string(256, 'n'), "v"}};
    EXPECT_EQ(DeliverOne(event).outcome, FANFARE_REJECTED);
}

TEST_F(Amqp, RoutingKeyIsTheRenderedOneAndHasAtMost255Bytes) {
    host_.set_str("/routing_key", "orders.{{ data.region }}");
    Start();
    TestEvent event;
    event.options = {{"/routing_key", "orders." + std::string(248, 'x')}};
    EXPECT_EQ(Published(event).routing_key, "orders." + std::string(248, 'x'));
    event.options = {{"/routing_key", "orders." + std::string(249, 'x')}};
    const Answer answer = DeliverOne(event);
    EXPECT_EQ(answer.outcome, FANFARE_REJECTED);
    EXPECT_EQ(answer.reason, "its routing key has 256 bytes, and AMQP allows 255: set a shorter routing_key");
    EXPECT_THAT(DeliverOne().reason, HasSubstr("fanfare deliveries retry --render"));
}

TEST_F(Amqp, TypeOf256BytesStandsAmongTheHeadersOnly) {
    host_.set_str("/routing_key", "orders");
    Start();
    TestEvent event;
    event.type = std::string(256, 't');
    const Heard message = Published(event);
    EXPECT_THAT(message.properties, Not(::testing::Contains(Key("type"))));
    EXPECT_EQ(message.headers.at("cloudEvents_type"), event.type);
}

TEST_F(Amqp, TimestampIsThatOfTheEventInUtcSeconds) {
    Start();
    const std::map<std::string, std::string> times = {{"1970-01-01T00:00:00Z", "0"},
                                                      {"2016-05-29T15:03:50+00:00", "1464534230"},
                                                      {"2016-05-29t15:03:50.999-02:30", "1464543230"},
                                                      {"2024-02-29T23:59:60z", "1709251200"},
                                                      {"1969-12-31T23:59:59Z", "0"},
                                                      {"1970-01-01T00:00:00+00:01", "0"}};
    for (const auto& [time, seconds] : times) {
        TestEvent event;
        event.time = time;
        EXPECT_EQ(Published(event).properties.at("timestamp"), seconds) << time;
    }
}

constexpr char kEnvelope[] =
    "{ \"event_uuid\" : \"88d818a1-c77c-44e6-ad0c-8aa893468e94\", \"event_name\":\"request.a\",\n"
    "\"event_creation_time\":\"2016-05-29T15:03:50Z\",\"event_sender_id\":\"gram\",\n"
    "\"data\" : {\"id\":\"1}\\\"\", \"n\": 1.50, \"list\":[{\"data\":1},\"]\"]} , \"errors_count\":1}";

TestEvent Gadz(const std::string& data) {
    TestEvent event = Named("88d818a1-c77c-44e6-ad0c-8aa893468e94");
    event.source = "gram";
    event.type = "request.a";
    event.time = "2016-05-29T15:03:50Z";
    event.data = data;
    return event;
}

TEST_F(Amqp, GadzVersion1SendsTheEnvelopeThatCameInByteForByte) {
    host_.set_str("/form", "gadz-v1");
    Start();
    const Heard message = Published(Gadz(kEnvelope));
    EXPECT_EQ(message.body, kEnvelope);
    EXPECT_THAT(message.properties,
                UnorderedElementsAre(Pair("content-type", "application/json"), Pair("delivery-mode", "2"),
                                     Pair("message-id", "88d818a1-c77c-44e6-ad0c-8aa893468e94"),
                                     Pair("timestamp", "1464534230"), Pair("type", "request"), Pair("app-id", "gram")));
    EXPECT_THAT(message.headers, UnorderedElementsAre(Key("fanfare-delivery"), Pair("soa-version", "1.0")));
}

TEST_F(Amqp, GadzVersion1MakesAnEnvelopeForAnEventThatHasNone) {
    host_.set_str("/form", "gadz-v1");
    Start();
    TestEvent event = Gadz("{\"data\":[1]}");
    event.source = "a\"b";
    EXPECT_EQ(
        Published(event).body,
        "{\"event_name\":\"request.a\",\"event_uuid\":\"88d818a1-c77c-44e6-ad0c-8aa893468e94\","
        "\"event_creation_time\":\"2016-05-29T15:03:50Z\",\"event_sender_id\":\"a\\\"b\",\"data\":{\"data\":[1]}}");
    event.data = "";
    event.time = "";
    EXPECT_THAT(Published(event).body, HasSubstr("\"event_creation_time\":\"1970-01-01T00:00:00Z\""));
    EXPECT_THAT(broker_.messages().back().body, HasSubstr("\"data\":null}"));
}

TEST_F(Amqp, GadzVersion2SendsTheDataOfTheEnvelopeByteForByte) {
    host_.set_str("/form", "gadz-v2");
    Start();
    const Heard message = Published(Gadz(kEnvelope));
    EXPECT_EQ(message.body, "{\"id\":\"1}\\\"\", \"n\": 1.50, \"list\":[{\"data\":1},\"]\"]}");
    EXPECT_THAT(message.headers,
                UnorderedElementsAre(Key("fanfare-delivery"), Pair("soa-version", "2.0"),
                                     Pair("client-library", "Fanfare 0.0.0-test"), Pair("softfail-count", "0")));
    for (const std::string data : {"[1,{\"data\":2}]", "17", "\"data\"", "{}", "{\"data\":1,\"event_name\":\"x\"}"}) {
        EXPECT_EQ(Published(Gadz(data)).body, data);
    }
}

TEST_F(Amqp, GadzWithoutJsonIsRejected) {
    host_.set_str("/form", "gadz-v2");
    Start();
    const Answer answer = DeliverOne(Gadz("{\"data\":"));
    EXPECT_EQ(answer.outcome, FANFARE_REJECTED);
    EXPECT_THAT(answer.reason, HasSubstr("not JSON"));
}

TEST_F(Amqp, LoginNamesUserPasswordVirtualHostAndWhatWeUnderstand) {
    host_.set_str("/url", broker_.url() + "/orders%2Feu");
    host_.set_str("/user", "writer");
    host_.set_secret("/password", "top:secret");
    host_.set_i64("/heartbeat_seconds", 7);
    Start();
    DeliverOne();
    EXPECT_EQ(broker_.heard("header").at(0).arguments, std::string("AMQP\0\0\x09\x01", 8));
    const std::string login = broker_.heard("10.11").at(0).arguments;
    wire::Cursor cursor(login);
    const auto properties = wire::Table(cursor.Long());
    EXPECT_EQ(properties.at("product"), "Fanfare");
    for (const char* name :
         {"publisher_confirms", "basic.nack", "connection.blocked", "authentication_failure_close"}) {
        EXPECT_EQ(properties.at(std::string("capabilities.") + name), "true");
    }
    EXPECT_EQ(cursor.Short(), "PLAIN");
    EXPECT_EQ(cursor.Long(), std::string("\0writer\0top:secret", 18));
    EXPECT_EQ(broker_.heard("10.31").at(0).arguments, wire::U16(1) + wire::U32(131072) + wire::U16(7));
    EXPECT_EQ(broker_.heard("10.40").at(0).arguments.substr(0, 10), wire::Short("orders/eu"));
}

TEST_F(Amqp, PasswordIsAskedForAtEachConnect) {
    host_.set_str("/user", "writer");
    host_.set_secret("/password", "old");
    Start();
    DeliverOne();
    host_.set_secret("/password", "new");
    broker_.Set([](const Heard& heard) -> std::optional<std::string> {
        return heard.name == "60.40" && heard.connection == 1 ? std::optional(ScriptedBroker::kHangUp) : std::nullopt;
    });
    DeliverOne();
    DeliverOne();
    EXPECT_THAT(broker_.heard("10.11").at(1).arguments, HasSubstr(std::string("\0writer\0new", 11)));
}

TEST_F(Amqp, ChannelIsInConfirmModeAndDeclaresBeforeTheFirstMessage) {
    host_.set_str("/exchange", "bus");
    host_.set_str("/declare_exchange/type", "fanout");
    host_.set_str("/declare_exchange/arguments/alternate-exchange", "rest");
    host_.set_str("/declare_queue/name", "q");
    host_.set_str("/declare_queue/arguments/x-queue-type", "quorum");
    host_.set_i64("/declare_queue/arguments/x-max-length", 1000);
    host_.set_bool("/declare_queue/arguments/x-single-active-consumer", true);
    Start();
    DeliverOne();
    EXPECT_EQ(broker_.heard("20.10").size(), 1u);
    EXPECT_EQ(broker_.heard("85.10").size(), 1u);
    const std::string exchange = broker_.heard("40.10").at(0).arguments;
    EXPECT_EQ(exchange.substr(0, 14), wire::U16(0) + wire::Short("bus") + wire::Short("fanout") + wire::U8(2));
    EXPECT_THAT(wire::Table(exchange.substr(18)), ElementsAre(Pair("alternate-exchange", "rest")));
    const std::string queue = broker_.heard("50.10").at(0).arguments;
    EXPECT_EQ(queue.substr(0, 5), wire::U16(0) + wire::Short("q") + wire::U8(2));
    EXPECT_THAT(wire::Table(queue.substr(9)),
                UnorderedElementsAre(Pair("x-queue-type", "quorum"), Pair("x-max-length", "1000"),
                                     Pair("x-single-active-consumer", "true")));
    EXPECT_EQ(broker_.heard("50.20").at(0).arguments.substr(0, 10),
              wire::U16(0) + wire::Short("q") + wire::Short("bus") + wire::Short("#"));
}

TEST_F(Amqp, PassiveQueueIsNotBound) {
    host_.set_str("/exchange", "bus");
    host_.set_str("/declare_queue/name", "q");
    host_.set_bool("/declare_queue/passive", true);
    Start();
    DeliverOne();
    EXPECT_EQ(broker_.heard("50.10").at(0).arguments.substr(0, 5), wire::U16(0) + wire::Short("q") + wire::U8(3));
    EXPECT_TRUE(broker_.heard("50.20").empty());
}

TEST_F(Amqp, MistakesInTheOptionsAreRefusedAndNameWhatToDo) {
    struct Case {
        std::map<std::string, std::string> options;
        const char* refusal;
    };
    const Case cases[] = {
        {{{"/url", "rabbit.example.com"}}, "does not start with amqp:// or amqps://"},
        {{{"/url", "http://rabbit"}}, "does not start with amqp:// or amqps://"},
        {{{"/url", "amqp://"}}, "names no host"},
        {{{"/url", "amqp://a:0"}}, "has no port from 1 to 65535"},
        {{{"/url", "amqp://a:65536"}}, "has no port from 1 to 65535"},
        {{{"/url", "amqp://[::1"}}, "has no ']'"},
        {{{"/url", "amqp://a/b/c"}}, "no virtual host"},
        {{{"/url", "amqp://a/%2"}}, "no virtual host"},
        {{{"/url", "amqp://a/%zz"}}, "no virtual host"},
        {{{"/url", "amqp://a?heartbeat=5"}}, "has a query"},
        {{{"/url", "amqp://user:hidden@a"}}, "put it into user"},
        {{{"/url/0", "amqp://a/one"}, {"/url/1", "amqp://a/two"}}, "two virtual hosts"},
        {{{"/url", "amqp://a/one"}, {"/vhost", "two"}}, "two virtual hosts"},
        {{{"/url", "amqp://a"}, {"/user", "me"}}, "user is set without a password"},
        {{{"/url", "amqp://a"}, {"/auth", "external"}}, "needs amqps://"},
        {{{"/url", "amqp://a"}, {"/tls/ca", "/x"}}, "no url starts with amqps://"},
        {{{"/url", "amqps://a"}, {"/tls/key", "/x"}}, "belong together"},
        {{{"/url", "amqps://a"}, {"/tls/ca", "/nowhere"}}, "tls.ca cannot be used: /nowhere"},
        {{{"/url", "amqp://a"}, {"/exchange", std::string(256, 'x')}}, "exchange has more than 255 bytes"},
        {{{"/url", "amqp://a"}, {"/routing_key", std::string(256, 'x')}}, "routing_key has more than 255 bytes"},
        {{{"/url", "amqp://a"}, {"/declare_exchange/type", "topic"}}, "the default exchange is always there"},
        {{{"/url", "amqp://a"}, {"/form", "xml"}}, "use cloudevents, gadz-v1 or gadz-v2"},
    };
    for (const Case& each : cases) {
        FakeHost host;
        for (const auto& [at, value] : each.options) host.set_str(at, value);
        EXPECT_THAT(RefusalOf(host), HasSubstr(each.refusal)) << each.options.begin()->second;
        EXPECT_THAT(RefusalOf(host), Not(HasSubstr("hidden")));
    }
}

TEST_F(Amqp, OptionsThatAreRightAreTaken) {
    for (const std::string url : {"amqp://a", "AMQP://a:5672/", "amqps://[::1]:5671/v", "amqp://127.0.0.1/%2f"}) {
        FakeHost host;
        host.set_str("/url", url);
        EXPECT_EQ(RefusalOf(host), "") << url;
    }
}

TEST_F(Amqp, OpenedAndClosedAHundredTimesItLeavesNothingBehind) {
    for (int i = 0; i < 100; ++i) {
        Start();
        EXPECT_EQ(DeliverOne().outcome, FANFARE_DELIVERED);
        instance_.reset();
    }
    EXPECT_EQ(broker_.WaitFor("10.50", 100).size(), 100u);
}

}  // namespace
}  // namespace fanfare::test
