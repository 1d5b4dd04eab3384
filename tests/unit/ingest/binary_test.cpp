#include "ingest/header_value.hpp"
#include "unit/ingest/decoding.hpp"

namespace fanfare::ingest {
namespace {

Post Binary(std::vector<NamedValue> more, std::string body = "") {
    std::vector<NamedValue> headers = {
        {"ce-specversion", "1.0"}, {"ce-id", "1"}, {"ce-source", "/s"}, {"ce-type", "t"}};
    headers.insert(headers.end(), more.begin(), more.end());
    return {std::move(headers), std::move(body)};
}

std::string Value(std::string_view text) {
    auto value = DecodeHeaderValue(text);
    return value ? *value : "refused: " + value.error().message;
}

// The example of the HTTP protocol binding 1.0.2, 3.1.4.
TEST(CloudEventsSpec, ItsBinaryExampleIsRead) {
    const auto envelope = Only({{{"Host", "webhook.example.com"},
                                 {"ce-specversion", "1.0"},
                                 {"ce-type", "com.example.someevent"},
                                 {"ce-time", "2018-04-05T03:56:24Z"},
                                 {"ce-id", "1234-1234-1234"},
                                 {"ce-source", "/mycontext/subcontext"},
                                 {"Content-Type", "application/json; charset=utf-8"}},
                                "{ \"a\": 1 }\n"});
    EXPECT_EQ(envelope.event.type, "com.example.someevent");
    EXPECT_EQ(envelope.event.time, "2018-04-05T03:56:24Z");
    EXPECT_EQ(envelope.event.id, "1234-1234-1234");
    EXPECT_EQ(envelope.event.source, "/mycontext/subcontext");
    EXPECT_EQ(envelope.event.content_type, "application/json; charset=utf-8");
    EXPECT_EQ(envelope.event.data, "{ \"a\": 1 }\n");
}

TEST(Binary, KeepsTheBodyByteForByte) {
    for (const std::string& name : kSamples) {
        EXPECT_EQ(Only(Binary({{"Content-Type", "application/json"}}, Sample(name))).event.data, Sample(name)) << name;
    }
    const std::string bytes("\x00\xFF\n\r\x80", 5);
    EXPECT_EQ(Only(Binary({{"Content-Type", "application/octet-stream"}}, bytes)).event.data, bytes);
}

TEST(Binary, TakesHeadersWithoutCaseAndOthersAsExtensions) {
    const auto envelope = Only({{{"CE-SpecVersion", "1.0"},
                                 {"Ce-Id", "1"},
                                 {"cE-source", "/s"},
                                 {"CE-TYPE", " t "},
                                 {"Ce-TraceParent", "00-a"},
                                 {"X-Other", "no"},
                                 {"CE-Subject", "s"},
                                 {"ce-dataschema", "urn:x"}},
                                ""});
    EXPECT_EQ(envelope.event.type, "t");
    EXPECT_EQ(envelope.event.subject, "s");
    EXPECT_EQ(envelope.event.data_schema, "urn:x");
    const std::vector<model::Attribute> extensions = {{"traceparent", "00-a", model::AttributeKind::kString}};
    EXPECT_EQ(envelope.event.extensions, extensions);
    EXPECT_EQ(envelope.event.content_type, "");
}

TEST(Binary, NamesEachRequiredHeaderThatIsMissing) {
    EXPECT_EQ(Pointers({{{"ce-type", "t"}}, "{}"}), "400 ce-specversion ce-id ce-source");
    EXPECT_EQ(Pointers({{{"ce-x", ""}}, "{}"}), "400 ce-specversion ce-id ce-source ce-type");
}

TEST(Binary, NamesEachHeaderThatIsWrong) {
    EXPECT_EQ(Pointers(Binary({{"ce-time", "noon"}, {"ce-subject", ""}, {"ce-dataschema", "x"}, {"ce-realm", "a/b"}})),
              "400 ce-subject ce-time ce-dataschema ce-realm");
    EXPECT_EQ(Pointers({{{"ce-specversion", "0.3"}, {"ce-id", "1"}, {"ce-source", "/s"}, {"ce-type", "t"}}, ""}),
              "400 ce-specversion");
    EXPECT_EQ(Faults(Binary({{"ce-datacontenttype", "text/plain"}})),
              "400\nce-datacontenttype: must not be sent: Content-Type says it");
    EXPECT_EQ(Pointers(Binary({{"ce-data", "x"}})), "400 ce-data");
    EXPECT_EQ(Faults(Binary({{"ce-foo-bar", "x"}})),
              "400\n: 'foo-bar' is not the name of an attribute: only a-z and 0-9 are allowed");
}

TEST(Binary, RefusesAHeaderThatStandsTwice) {
    EXPECT_EQ(Faults(Binary({{"CE-ID", "1"}})), "400\nce-id: stands there twice");
    EXPECT_EQ(Pointers(Binary({{"ce-ext", "1"}, {"Ce-Ext", "2"}})), "400 ce-ext");
    EXPECT_EQ(Pointers(Binary({{"Content-Type", "text/plain"}, {"content-type", "text/html"}})), "400 Content-Type");
}

TEST(Binary, RefusesDataThatIsNotTheJsonItsTypeClaims) {
    EXPECT_EQ(Faults(Binary({{"Content-Type", "application/vnd.x+json"}}, "{\"a\":}")),
              "400\n: the data is not JSON as Content-Type says: byte 5: expected a value, found '}'");
    EXPECT_EQ(Pointers(Binary({{"Content-Type", "application/json"}}, "")), "accepted") << "an event without data";
    EXPECT_EQ(Pointers(Binary({{"Content-Type", "text/plain"}}, "{\"a\":}")), "accepted");
    EXPECT_EQ(Pointers(Binary({{"Content-Type", "application/json; charset=latin1"}}, "{}")), "415 Content-Type");
    EXPECT_EQ(Pointers(Binary({{"Content-Type", "json"}}, "{}")), "415 Content-Type");
}

TEST(Binary, TakesTheRealmOfTheHeaderUnlessTheRequestNamesAnother) {
    EXPECT_EQ(Only(Binary({{"ce-realm", "prod"}})).realm, "prod");
    EXPECT_EQ(Only(Binary({{"Fanfare-Realm", "prod"}})).realm, "prod");
    EXPECT_EQ(Pointers(Binary({{"Fanfare-Realm", "prod"}, {"ce-realm", "test"}})), "400 ce-realm");
    EXPECT_EQ(Pointers(Binary({{"Fanfare-Type", "t"}})), "400 Fanfare-Type");
}

TEST(Binary, RefusesDataAboveTheLimit) {
    Post post = Binary({}, "123456");
    post.limits.event_bytes = 5;
    EXPECT_EQ(Pointers(post), "413 body");
}

TEST(HeaderValue, UndoesOneRoundOfPercentEncoding) {
    EXPECT_EQ(Value("Euro%20%E2%82%AC%20%F0%9F%98%80"), "Euro \xE2\x82\xAC \xF0\x9F\x98\x80");
    EXPECT_EQ(Value("%e2%82%ac"), "\xE2\x82\xAC") << "lower case";
    EXPECT_EQ(Value("%41%2541"), "A%41") << "needless, and one round only";
    EXPECT_EQ(Value("plain text"), "plain text");
    EXPECT_EQ(Value(""), "");
}

TEST(HeaderValue, UndoesAQuotedStringFirst) {
    EXPECT_EQ(Value("\"a b\""), "a b");
    EXPECT_EQ(Value("\"a\\\"b\\\\c\""), "a\"b\\c");
    EXPECT_EQ(Value("\"%E2%82%AC\""), "\xE2\x82\xAC");
    EXPECT_EQ(Value("\"\\%41\""), "A");
    EXPECT_EQ(Value("a\"b"), "a\"b") << "a quote inside starts nothing";
    EXPECT_EQ(Value("%22a%22"), "\"a\"") << "quotes that percent-encoding brought stay";
}

TEST(HeaderValue, RefusesWhatItCannotRead) {
    for (const std::string_view bad : {"%C0%A0", "%ED%A0%80", "%FF", "%E2%82", "%", "%4", "a%zz", "100%", "\xC3\xA9",
                                       "a\tb", "\x7F", "\"a", "\"", "\"a\\", "\"a\" b", "\"a\"\""}) {
        EXPECT_TRUE(Value(bad).starts_with("refused: ")) << bad;
    }
    EXPECT_EQ(Value("caf\xC3\xA9"),
              "refused: has a byte that is not printable ASCII, 0xc3; CloudEvents wants it percent-encoded as %c3");
}

TEST(Binary, NamesTheHeaderThatIsNotUtf8) {
    EXPECT_EQ(Faults(Binary({{"ce-subject", "%C0%A0"}})),
              "400\nce-subject: is not UTF-8 once its percent-encoding is undone");
    EXPECT_EQ(Pointers(Binary({{"ce-subject", "\xFF"}, {"ce-ext", "\xC3\xA9"}})), "400 ce-subject ce-ext");
    EXPECT_EQ(Pointers(Binary({{"ce-subject", "a%00b"}})), "400 ce-subject");
}

}  // namespace
}  // namespace fanfare::ingest
