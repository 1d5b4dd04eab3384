// CloudEvents on the wire, read back by a JSON library that shares no code with the writer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <fanfare/cloudevents.hpp>
#include <fanfare/testing.hpp>

namespace fanfare {
namespace {

using nlohmann::json;
using testing::TestEvent;

// Structured form of one event.
std::string Text(TestEvent event, JsonData form = JsonData::as_received) {
    const testing::HeldBatch batch(1, {std::move(event)}, 0, {});
    std::string out;
    append_structured(out, Event(*batch.border()->events[0]), form);
    return out;
}
json Read(TestEvent event) { return json::parse(Text(std::move(event))); }

TestEvent WithData(std::string content_type, std::string data) {
    TestEvent event;
    event.content_type = std::move(content_type);
    event.data = std::move(data);
    return event;
}

std::map<std::string, std::string> Headers(TestEvent event) {
    const testing::HeldBatch batch(1, {std::move(event)}, 0, {});
    std::map<std::string, std::string> out;
    for_each_header(Event(*batch.border()->events[0]),
                    [&](std::string_view name, std::string_view value) { out.emplace(name, value); });
    return out;
}

TEST(Structured, CarriesEveryAttributeThatIsThereAndNoOther) {
    TestEvent event = WithData("application/json", R"({"a":1})");
    event.subject = "s";
    event.time = "2024-01-02T03:04:05Z";
    event.data_schema = "https://example.com/s";
    event.extensions = {{"traceparent", "00-\"x\""}};
    const json expected = {{"specversion", "1.0"},
                           {"id", "1"},
                           {"source", "/test"},
                           {"type", "test.happened"},
                           {"subject", "s"},
                           {"time", "2024-01-02T03:04:05Z"},
                           {"dataschema", "https://example.com/s"},
                           {"traceparent", "00-\"x\""},
                           {"datacontenttype", "application/json"},
                           {"data", {{"a", 1}}}};
    EXPECT_EQ(Read(event), expected);
    EXPECT_FALSE(Read(TestEvent{}).contains("subject"));
}

TEST(Structured, ExtensionKeepsItsJsonType) {
    TestEvent event;
    event.extensions = {{"n", "-5"}, {"b", "true"}, {"s", "5"}, {"odd", "five"}};
    event.extension_kinds = {FANFARE_KIND_INTEGER, FANFARE_KIND_BOOLEAN, FANFARE_KIND_STRING, FANFARE_KIND_INTEGER};
    const json read = Read(event);
    EXPECT_EQ(read["n"], -5);
    EXPECT_EQ(read["b"], true);
    EXPECT_EQ(read["s"], "5");
    EXPECT_EQ(read["odd"], "five");
    event.extension_kinds.clear();
    EXPECT_EQ(Read(event)["n"], "-5");
}

TEST(Structured, JsonDataStandsAsReceivedByteForByte) {
    const std::string data = "{ \"n\" : 1.0e+02,\n \"big\": 123456789012345678901234567890 }";
    EXPECT_NE(Text(WithData("Application/Problem+JSON; charset=utf-8", data)).find("\"data\":" + data),
              std::string::npos);
}

TEST(Structured, OnOneLineOnlyWhiteSpaceOutsideStringsGoes) {
    const std::string text =
        Text(WithData("application/json", "{ \"a b\" : [ 1.0e+02 , \"x \\n y\" ],\r\n\t\"u\":\"\xE2\x82\xAC\" }"),
             JsonData::on_one_line);
    EXPECT_NE(text.find("\"data\":{\"a b\":[1.0e+02,\"x \\n y\"],\"u\":\"\xE2\x82\xAC\"}"), std::string::npos) << text;
    EXPECT_EQ(text.find('\n'), std::string::npos);
}

TEST(Structured, JsonStringAsDataStaysAString) {
    EXPECT_EQ(Read(WithData("application/json", "\"{}\""))["data"], "{}");
}

TEST(Structured, DataThatOnlyClaimsToBeJsonIsBase64AndTheEventStaysWellFormed) {
    for (const char* bad :
         {"{", "{}}", "{\"a\":1,}", "nul", "01", "1.", "\"\xFF\"", "\"\\ud800\"", "'x'", "[1 2]", " "}) {
        const json read = Read(WithData("application/json", bad));
        EXPECT_EQ(read["data_base64"], base64(bad)) << bad;
        EXPECT_FALSE(read.contains("data")) << bad;
    }
}

TEST(Structured, WithoutContentTypeJsonIsJsonAndAllElseIsBase64) {
    EXPECT_EQ(Read(WithData("", "[1]"))["data"], json::array({1}));
    EXPECT_FALSE(Read(WithData("", "[1]")).contains("datacontenttype"));
    EXPECT_EQ(Read(WithData("", "hello"))["data_base64"], "aGVsbG8=");
}

TEST(Structured, TextInUtf8IsAStringAndInOtherCharsetsBase64) {
    EXPECT_EQ(Read(WithData("text/plain", "a\"b\n\x01\xE2\x82\xAC"))["data"], "a\"b\n\x01\xE2\x82\xAC");
    EXPECT_EQ(Read(WithData("Text/Plain; format=flowed; charset=\"UTF-8\"", "x"))["data"], "x");
    EXPECT_TRUE(Read(WithData("text/plain; charset=utf-16", std::string("h\0", 2))).contains("data_base64"));
    EXPECT_TRUE(Read(WithData("text/plain", "\xFF")).contains("data_base64"));
    EXPECT_TRUE(Read(WithData("image/png", "abc")).contains("data_base64"));
}

TEST(Structured, NoDataIsNoMember) {
    const json read = Read(WithData("application/json", ""));
    EXPECT_FALSE(read.contains("data"));
    EXPECT_FALSE(read.contains("data_base64"));
}

TEST(JsonText, NestingBeyondTheLimitIsNotTaken) {
    EXPECT_TRUE(is_json(std::string(200, '[') + std::string(200, ']')));
    EXPECT_FALSE(is_json(std::string(100000, '[') + std::string(100000, ']')));
}

TEST(JsonText, EscapedSurrogatePairIsTaken) { EXPECT_TRUE(is_json("\"\\ud83d\\ude00\"")); }

TEST(BinaryHeaders, EncodeAsTheBindingsExampleSays) {
    std::string out;
    append_header_value(out, "Euro \xE2\x82\xAC \xF0\x9F\x98\x80");
    EXPECT_EQ(out, "Euro%20%E2%82%AC%20%F0%9F%98%80");
}

TEST(BinaryHeaders, QuotesPercentSignsAndControlsAreEncodedAndNothingElseOfAscii) {
    std::string out;
    append_header_value(out, "a\"b%c\r\n\x7F!~");
    EXPECT_EQ(out, "a%22b%25c%0D%0A%7F!~");
}

TEST(BinaryHeaders, CarryEveryAttributeButTheContentType) {
    TestEvent event;
    event.subject = "a b";
    event.extensions = {{"traceparent", "00-1"}};
    const std::map<std::string, std::string> expected = {{"ce-specversion", "1.0"}, {"ce-id", "1"},
                                                         {"ce-source", "/test"},    {"ce-type", "test.happened"},
                                                         {"ce-subject", "a%20b"},   {"ce-traceparent", "00-1"}};
    EXPECT_EQ(Headers(event), expected);
}

TEST(Base64, RoundTripsAndReadsOnlyTheStrictForm) {
    for (const std::string bytes : {"", "f", "fo", "foo", "foob", "fooba", "foobar", "\xFF\xFE"}) {
        EXPECT_EQ(parse_base64(base64(bytes)), bytes);
    }
    EXPECT_EQ(base64("fooba"), "Zm9vYmE=");  // RFC 4648, section 10
    for (const char* bad : {"Zg", "Zg=", "Zh==", "Zm9=", "Zm9v\n", " Zm9v", "Z===", "Zm=v", "Zm9-", "====", "="}) {
        EXPECT_FALSE(parse_base64(bad)) << bad;
    }
}

}  // namespace
}  // namespace fanfare
