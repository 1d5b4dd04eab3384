#include "unit/ingest/decoding.hpp"

namespace fanfare::ingest {
namespace {

using namespace std::string_literals;

Post Plain(std::string body, std::vector<NamedValue> more = {}) {
    std::vector<NamedValue> headers = {{"Content-Type", "application/json"}};
    headers.insert(headers.end(), more.begin(), more.end());
    return {std::move(headers), std::move(body)};
}
Post Lines(std::string body, std::vector<NamedValue> more = {}) {
    Post post = Plain(std::move(body), std::move(more));
    post.headers[0].value = "application/x-ndjson";
    return post;
}

TEST(Plain, TakesEachSampleByteForByteWithoutAnyAttribute) {
    for (const std::string& name : kSamples) {
        const auto envelope = Only(Plain(Sample(name)));
        EXPECT_EQ(envelope.event.data, Sample(name)) << name;
        EXPECT_EQ(envelope.event.content_type, "application/json");
        EXPECT_EQ(envelope.event.type, "event");
        EXPECT_EQ(envelope.event.source, "/v1/events");
        EXPECT_EQ(envelope.event.id.size(), 36u);
        EXPECT_EQ(envelope.realm, "");
    }
    EXPECT_NE(Only(Plain("{}")).event.id, Only(Plain("{}")).event.id);
}

TEST(Plain, TakesAttributesFromHeaders) {
    const auto envelope = Only(Plain("{}", {{"fanfare-id", "i"},
                                            {"Fanfare-Type", "a.b"},
                                            {"Fanfare-Source", "/x"},
                                            {"Fanfare-Subject", "caf%C3%A9"},
                                            {"Fanfare-Realm", "prod"}}));
    EXPECT_EQ(envelope.event.id, "i");
    EXPECT_EQ(envelope.event.type, "a.b");
    EXPECT_EQ(envelope.event.source, "/x");
    EXPECT_EQ(envelope.event.subject, "caf\xC3\xA9");
    EXPECT_EQ(envelope.realm, "prod");
}

TEST(Plain, NamesTheRealmInItsSource) {
    Post post = Plain("{}");
    post.realm_in_path = "prod";
    EXPECT_EQ(Only(post).event.source, "/v1/realms/prod/events");
    EXPECT_EQ(Only(Plain("{}", {{"Fanfare-Realm", "test"}})).event.source, "/v1/realms/test/events");
}

TEST(Plain, ReportsHeadersAndBodyAtOnce) {
    EXPECT_EQ(Pointers(Plain("{", {{"Fanfare-Id", ""},
                                   {"Fanfare-Type", std::string_view("a%00b")},
                                   {"Fanfare-Source", "a b"},
                                   {"Fanfare-Subject", "\xFF"}})),
              "400 Fanfare-Id Fanfare-Subject Fanfare-Source Fanfare-Type body");
    EXPECT_EQ(Pointers(Plain("{}", {{"Fanfare-Id", "1"}, {"fanfare-id", "2"}})), "400 Fanfare-Id");
}

TEST(Plain, RefusesTwoRealmsThatDifferAndWhatIsNoRealm) {
    Post post = Plain("{}", {{"Fanfare-Realm", "a"}});
    post.realm_in_path = "b";
    EXPECT_EQ(Faults(post), "400\nFanfare-Realm: names the realm 'a', but the path names 'b'");
    post.realm_in_path = "a";
    EXPECT_EQ(Only(post).realm, "a");
    post = Plain("{}");
    post.realm_in_path = "a\0b"s;
    EXPECT_EQ(Pointers(post), "400 path");
    EXPECT_EQ(Faults(post).find('\0'), std::string::npos);
    EXPECT_EQ(Pointers(Plain("{}", {{"Fanfare-Realm", "a b"}})), "400 Fanfare-Realm");
    EXPECT_EQ(Pointers(Plain("{}", {{"Fanfare-Realm", "a"}, {"Fanfare-Realm", "a"}})), "400 Fanfare-Realm");
    EXPECT_EQ(Only(Plain("{}", {{"Fanfare-Realm", ""}})).realm, "");
}

TEST(Plain, WantsJsonWhereTheTypeSaysJson) {
    EXPECT_EQ(Faults(Plain(R"({"a":1)")), "400\n: the body is not JSON: byte 6: ends where ',' or '}' was expected");
    EXPECT_EQ(Faults(Plain(std::string(10'000, '['))),
              "400\n: the body is not JSON: byte 64: nested deeper than 64 levels");
    EXPECT_EQ(Faults(Plain("\"\xFF\"")), "400\n: the body is not JSON: byte 1 is not UTF-8");
    EXPECT_EQ(Pointers(Plain("{} {}")), "400 body");
    EXPECT_EQ(Pointers(Plain(R"({"a":1,"a":{"b":1,"b":2}})")), "accepted")
        << "twins in data are the consumer's business";
    Post other = Plain("{");
    other.headers[0].value = "text/json";
    EXPECT_EQ(Pointers(other), "400 body");
    other.headers[0].value = "application/json; charset=iso-8859-1";
    EXPECT_EQ(Pointers(other), "415 Content-Type");
    other.body = "{}";
    other.headers[0].value = "application/json; charset=\"UTF-8\"";
    EXPECT_EQ(Only(other).event.content_type, "application/json; charset=\"UTF-8\"");
}

TEST(Plain, RefusesARequestWithoutABody) {
    EXPECT_EQ(Pointers(Plain("")), "400 body");
    EXPECT_EQ(Pointers({}), "400 body");
    EXPECT_EQ(Pointers(Lines("\n \r\n")), "400 body");
}

TEST(Plain, TakesAnyOtherTypeAsOpaqueBytes) {
    const std::string bytes = "\x00\xFF{"s;
    const auto envelope = Only({{{"Content-Type", "image/png"}}, bytes});
    EXPECT_EQ(envelope.event.data, bytes);
    EXPECT_EQ(envelope.event.content_type, "image/png");
    EXPECT_EQ(Only({{}, bytes}).event.content_type, "");
    EXPECT_EQ(Only({{{"Content-Type", "text/plain; charset=latin1"}}, bytes}).event.data, bytes);
}

TEST(Plain, RefusesUnknownFormatsOfCloudEvents) {
    for (const std::string_view type : {"application/cloudevents+avro", "application/cloudevents",
                                        "Application/CloudEvents-Batch+xml", "application/cloudevents-batch"}) {
        EXPECT_EQ(Pointers({{{"Content-Type", type}, {"ce-id", "1"}}, "{}"}), "415 Content-Type") << type;
    }
    EXPECT_EQ(Pointers({{{"Content-Type", "application/cloudevents+json; charset=utf-16"}}, "{}"}), "415 Content-Type");
}

TEST(Plain, RefusesDataAboveTheLimit) {
    Post post = Plain("123456");
    post.limits.event_bytes = 5;
    EXPECT_EQ(Pointers(post), "413 body");
    post.limits.event_bytes = 6;
    EXPECT_EQ(Pointers(post), "accepted");
}

TEST(Lines, TakesOneEventPerLineThatIsNotEmpty) {
    const auto decoded =
        Send(Lines("{\"a\":1}\r\n\n  [2, 3] \n\"x\"", {{"Fanfare-Type", "t"}, {"Fanfare-Realm", "prod"}}));
    ASSERT_FALSE(decoded.refusal);
    ASSERT_EQ(decoded.events.size(), 3u);
    EXPECT_EQ(decoded.events[0].event.data, "{\"a\":1}");
    EXPECT_EQ(decoded.events[1].event.data, "[2, 3]");
    EXPECT_EQ(decoded.events[2].event.data, "\"x\"");
    EXPECT_EQ(decoded.events[2].event.type, "t");
    EXPECT_EQ(decoded.events[2].event.content_type, "application/json");
    EXPECT_EQ(decoded.events[2].realm, "prod");
    EXPECT_NE(decoded.events[0].event.id, decoded.events[1].event.id);
}

TEST(Lines, AreRefusedWholeAndNameEachBadLine) {
    EXPECT_EQ(Faults(Lines("1\n\n{\n2 2\n")),
              "400\n/2: line 3 is not JSON: byte 1: ends where a name in quotes or '}' was expected\n"
              "/3: line 4 is not JSON: byte 2: a second value follows");
}

TEST(Lines, TakeAnIdOnlyIfThereIsOneOfThem) {
    EXPECT_EQ(Only(Lines("1\n", {{"Fanfare-Id", "x"}})).event.id, "x");
    EXPECT_EQ(Pointers(Lines("1\n2\n", {{"Fanfare-Id", "x"}})), "400 Fanfare-Id");
}

TEST(Lines, HaveALimitOnEventsAndOnEach) {
    Post post = Lines("1\n2\n3");
    post.limits.batch_events = 2;
    EXPECT_EQ(Pointers(post), "413 body");
    post = Lines("1\n[2,3]\n");
    post.limits.event_bytes = 3;
    EXPECT_EQ(Pointers(post), "413 /1");
}

}  // namespace
}  // namespace fanfare::ingest
