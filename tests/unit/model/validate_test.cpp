#include <gtest/gtest.h>

#include <string>

#include "model/event.hpp"
#include "model/media_type.hpp"
#include "model/timestamp.hpp"

namespace fanfare::model {
namespace {

using namespace std::string_literals;

Envelope Good() {
    Envelope envelope;
    envelope.event.id = "1";
    envelope.event.source = "/inventory";
    envelope.event.type = "resource.created";
    return envelope;
}

std::string FirstPointer(const Envelope& envelope) {
    const auto faults = Validate(envelope);
    return faults.empty() ? "none" : faults.front().pointer;
}

TEST(Validate, PassesAnEventWithEveryAttribute) {
    Envelope envelope = Good();
    Event& event = envelope.event;
    event.id = "id with spaces, \xC3\xA9 and \xF0\x9F\x98\x80";
    event.source = "https://user@example.com:80/a%20b;c?d=e&f=[1]#g";
    event.type = "Type with spaces \xE2\x82\xAC";
    event.subject = "a subject";
    event.time = "2026-01-31T23:59:59.123456789+02:00";
    event.content_type = "application/json; charset=utf-8";
    event.data_schema = "urn:example:schema#1";
    event.extensions = {{"traceparent", "00-aa-bb-01", AttributeKind::kString},
                        {"empty", "", AttributeKind::kString},
                        {"sequence", "-2147483648", AttributeKind::kInteger},
                        {"flag", "true", AttributeKind::kBoolean}};
    envelope.realm = "GITHUB_MASTER";
    EXPECT_EQ(FirstPointer(envelope), "none");
}

TEST(Validate, ReportsAllFaultsAtOnce) {
    Envelope envelope;
    envelope.event.time = "yesterday";
    envelope.realm = "a/b";
    const auto faults = Validate(envelope);
    ASSERT_EQ(faults.size(), 5u);
    EXPECT_EQ(faults[0].pointer, "/id");
    EXPECT_EQ(faults[1].pointer, "/source");
    EXPECT_EQ(faults[2].pointer, "/type");
    EXPECT_EQ(faults[3].pointer, "/time");
    EXPECT_EQ(faults[4].pointer, "/realm");
    EXPECT_EQ(faults[0].message, "is required and must not be empty");
}

TEST(Validate, BoundsTheLengthOfEachAttribute) {
    Envelope envelope = Good();
    envelope.event.type = std::string(256, 't');
    envelope.event.id = std::string(1024, 'i');
    EXPECT_EQ(FirstPointer(envelope), "none");
    envelope.event.type += 't';
    EXPECT_EQ(FirstPointer(envelope), "/type");
    EXPECT_EQ(Validate(envelope)[0].message, "has 257 bytes; at most 256 are allowed");
    envelope = Good();
    envelope.event.extensions = {{"x", std::string(8193, 'v'), AttributeKind::kString}};
    EXPECT_EQ(FirstPointer(envelope), "/x");
    envelope.event.extensions.assign(65, {"x", "v", AttributeKind::kString});
    EXPECT_EQ(Validate(envelope).size(), 1u);
}

TEST(Validate, RefusesCharactersThatCloudEventsForbids) {
    const std::string forbidden[] = {
        "a\nb", "a\0b"s, "\x7F", "\xC2\x80", "\xC2\x9F", "\xEF\xB7\x90", "\xEF\xBF\xBF", "\xF0\x9F\xBF\xBE", "\xFF"};
    for (const std::string& text : forbidden) {
        Envelope envelope = Good();
        envelope.event.subject = text;
        EXPECT_EQ(FirstPointer(envelope), "/subject");
        envelope = Good();
        envelope.event.extensions = {{"ext", text, AttributeKind::kString}};
        EXPECT_EQ(FirstPointer(envelope), "/ext");
    }
    Envelope envelope = Good();
    envelope.event.subject = "\xF0\x9F\xBF\xBE";
    EXPECT_EQ(Validate(envelope)[0].message, "has a character that CloudEvents forbids: U+1FFFE");
}

TEST(Validate, WantsAUriReferenceAsSource) {
    for (const std::string good : {"/a", "a", "urn:uuid:1", "mailto:x@y.z", "//h/p?q#f", "%C3%A9", "#"}) {
        Envelope envelope = Good();
        envelope.event.source = good;
        EXPECT_EQ(FirstPointer(envelope), "none") << good;
    }
    for (const std::string& bad :
         {"a b"s, "a\tb"s, "<a>"s, "a\\b"s, "\"a\""s, "a%2"s, "a%zz"s, "\xC3\xA9"s, "a\0b"s, "{x}"s}) {
        Envelope envelope = Good();
        envelope.event.source = bad;
        EXPECT_EQ(FirstPointer(envelope), "/source") << bad;
    }
}

TEST(Validate, WantsAnAbsoluteUriAsDataSchema) {
    for (const std::string bad : {"/schema", "schema", ":x", "1a:b", "http:", "ht_tp://x", "http://a b"}) {
        Envelope envelope = Good();
        envelope.event.data_schema = bad;
        EXPECT_EQ(FirstPointer(envelope), "/dataschema") << bad;
    }
}

TEST(Validate, ChecksNamesAndKindsOfExtensions) {
    const Attribute bad[] = {{"Upper", "", AttributeKind::kString},
                             {"with-dash", "", AttributeKind::kString},
                             {"", "", AttributeKind::kString},
                             {"data", "", AttributeKind::kString},
                             {"specversion", "", AttributeKind::kString},
                             {std::string(65, 'a'), "", AttributeKind::kString},
                             {"n", "2147483648", AttributeKind::kInteger},
                             {"n", "-2147483649", AttributeKind::kInteger},
                             {"n", "01", AttributeKind::kInteger},
                             {"n", "-", AttributeKind::kInteger},
                             {"n", "1.0", AttributeKind::kInteger},
                             {"b", "True", AttributeKind::kBoolean}};
    for (const Attribute& attribute : bad) {
        Envelope envelope = Good();
        envelope.event.extensions = {attribute};
        EXPECT_NE(FirstPointer(envelope), "none") << attribute.name << '=' << attribute.value;
    }
    Envelope envelope = Good();
    envelope.event.extensions = {{"x", "1", AttributeKind::kString}, {"x", "2", AttributeKind::kString}};
    EXPECT_EQ(FirstPointer(envelope), "/x");
}

TEST(Validate, ShowsNoControlCharacterOfABadRealm) {
    Envelope envelope = Good();
    envelope.realm = "a\0\nb"s;
    const auto faults = Validate(envelope);
    ASSERT_EQ(faults.size(), 1u);
    EXPECT_TRUE(faults[0].message.starts_with("'a\\x00\\x0ab' is not the name of a realm")) << faults[0].message;
}

TEST(Timestamp, AcceptsWhatRfc3339Allows) {
    for (const std::string_view good :
         {"1985-04-12T23:20:50.52Z", "1996-12-19T16:39:57-08:00", "1990-12-31T23:59:60Z", "1990-12-31T15:59:60-08:00",
          "1937-01-01T12:00:27.87+00:20", "2024-02-29T00:00:00Z", "2000-02-29t00:00:00z", "0000-01-01T00:00:00Z",
          "9999-12-31T23:59:59.999999999999-23:59", "2016-05-29T15:03:50+00:00"}) {
        EXPECT_TRUE(IsTimestamp(good)) << good;
    }
}

TEST(Timestamp, RefusesWhatRfc3339DoesNotAllow) {
    for (const std::string_view bad : {"",
                                       "2026",
                                       "2026-01-31",
                                       "2026-01-31T23:59Z",
                                       "2026-01-31T23:59:59",
                                       "2026-01-31 23:59:59Z",
                                       "2026-13-01T00:00:00Z",
                                       "2026-00-01T00:00:00Z",
                                       "2026-01-00T00:00:00Z",
                                       "2026-04-31T00:00:00Z",
                                       "2023-02-29T00:00:00Z",
                                       "1900-02-29T00:00:00Z",
                                       "2026-01-01T24:00:00Z",
                                       "2026-01-01T00:60:00Z",
                                       "2026-01-01T00:00:61Z",
                                       "2026-01-01T12:00:60Z",
                                       "2026-01-01T00:00:00.Z",
                                       "2026-01-01T00:00:00+24:00",
                                       "2026-01-01T00:00:00+00:60",
                                       "2026-01-01T00:00:00+0000",
                                       "2026-01-01T00:00:00ZZ",
                                       "2026-01-01T00:00:00,5Z",
                                       "26-01-01T00:00:00Z",
                                       "+2026-01-01T00:00:00Z",
                                       "2026-1-01T00:00:00Z",
                                       "2026-01-01T00:00:0xZ"}) {
        EXPECT_FALSE(IsTimestamp(bad)) << bad;
    }
}

TEST(MediaType, IsParsedWithItsCharset) {
    const auto type = ParseMediaType("Application/Json ; x=\"a;\\\"b\"; Charset=\"UTF-8\"");
    ASSERT_TRUE(type);
    EXPECT_EQ(type->essence, "Application/Json");
    EXPECT_EQ(type->charset, "UTF-8");
    EXPECT_TRUE(ParseMediaType("text/plain;"));
    for (const std::string_view bad : {"", "json", "/json", "text/", "text/plain x", "text/plain; x", "text/plain; x=",
                                       "te xt/plain", "text/plain; x=\"a", "text/plain, text/html", "text/plain\n"}) {
        EXPECT_FALSE(ParseMediaType(bad)) << bad;
    }
}

TEST(MediaType, IsJsonBySubtypeOrSuffixOnly) {
    for (const std::string_view json :
         {"application/json", "text/json", "APPLICATION/JSON; charset=utf-8", "application/vnd.x+json"}) {
        EXPECT_TRUE(IsJson(json)) << json;
    }
    for (const std::string_view other :
         {"", "application/jsonl", "application/x-ndjson", "application/json+xml", "text/plain; a=b/json", "json"}) {
        EXPECT_FALSE(IsJson(other)) << other;
    }
}

}  // namespace
}  // namespace fanfare::model
