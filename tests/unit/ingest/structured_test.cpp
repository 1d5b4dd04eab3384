#include "unit/ingest/decoding.hpp"

namespace fanfare::ingest {
namespace {

using namespace std::string_literals;

Post Structured(std::string body) { return {{{"Content-Type", "application/cloudevents+json"}}, std::move(body)}; }
Post Batch(std::string body) {
    return {{{"content-type", "application/cloudevents-batch+json; charset=UTF-8"}}, std::move(body)};
}

// An object of the required attributes and `more`.
std::string Object(const std::string& more = "") {
    return R"({"specversion":"1.0","id":"1","source":"/s","type":"t")" + (more.empty() ? "" : "," + more) + "}";
}
Post With(const std::string& more) { return Structured(Object(more)); }

TEST(Structured, TakesEveryAttributeAndTheKindOfEachExtension) {
    const auto envelope = Only(With(R"("subject":"s\u00e9","time":"2018-04-05T17:31:00Z","datacontenttype":"text/xml",
        "dataschema":"urn:x","comexampleextension1":"value","comexampleothervalue":5,"flag":false,"unsetextension":null,
        "zero":-0,"data":"<much wow=\"xml\"/>")"));
    EXPECT_EQ(envelope.event.id, "1");
    EXPECT_EQ(envelope.event.source, "/s");
    EXPECT_EQ(envelope.event.type, "t");
    EXPECT_EQ(envelope.event.subject, "s\xC3\xA9");
    EXPECT_EQ(envelope.event.time, "2018-04-05T17:31:00Z");
    EXPECT_EQ(envelope.event.content_type, "text/xml");
    EXPECT_EQ(envelope.event.data_schema, "urn:x");
    EXPECT_EQ(envelope.event.data, "<much wow=\"xml\"/>");
    const std::vector<model::Attribute> extensions = {{"comexampleextension1", "value", model::AttributeKind::kString},
                                                      {"comexampleothervalue", "5", model::AttributeKind::kInteger},
                                                      {"flag", "false", model::AttributeKind::kBoolean},
                                                      {"zero", "0", model::AttributeKind::kInteger}};
    EXPECT_EQ(envelope.event.extensions, extensions);
    EXPECT_EQ(envelope.received_at, base::Time(base::Duration(1'700'000'000'000'000)));
    EXPECT_EQ(envelope.realm, "");
}

TEST(Structured, KeepsJsonDataByteForByte) {
    for (const std::string& name : kSamples) {
        std::string data = Sample(name);
        ASSERT_FALSE(data.empty());
        data.erase(data.find_last_not_of(" \n") + 1);
        const auto envelope = Only(With("\"datacontenttype\":\"application/json\",\"data\" : " + data + "\n"));
        EXPECT_EQ(envelope.event.data, data) << name;
    }
    EXPECT_EQ(Only(With(R"("data": { "a" : 1.50, "b":1, "a":18446744073709551616 } )")).event.data,
              R"({ "a" : 1.50, "b":1, "a":18446744073709551616 })");
}

TEST(Structured, SaysThatDataWithoutATypeIsJson) {
    const auto envelope = Only(With(R"("data":"I'm just a string")"));
    EXPECT_EQ(envelope.event.content_type, "application/json");
    EXPECT_EQ(envelope.event.data, "\"I'm just a string\"");
    EXPECT_EQ(Only(Structured(Object())).event.content_type, "");
    EXPECT_EQ(Only(Structured(Object())).event.data, "");
}

TEST(Structured, TakesNullDataForAJsonValueAndOtherNullsForAbsent) {
    EXPECT_EQ(Only(With(R"("data":null)")).event.data, "null");
    EXPECT_EQ(Only(With(R"("data":null,"datacontenttype":"text/plain")")).event.data, "");
    EXPECT_EQ(Only(With(R"("data":null,"data_base64":"aGk=")")).event.data, "hi");
    EXPECT_EQ(Only(With(R"("data":1,"data_base64":null,"subject":null)")).event.data, "1");
    EXPECT_EQ(Pointers(Structured(R"({"specversion":"1.0","id":null,"source":"/s","type":"t"})")), "400 /id");
}

TEST(Structured, DecodesBase64AndAssumesNoTypeForIt) {
    const auto envelope = Only(With(R"("data_base64":"AAH\/")"));
    EXPECT_EQ(envelope.event.data, "\x00\x01\xFF"s);
    EXPECT_EQ(envelope.event.content_type, "");
    EXPECT_EQ(Pointers(With(R"("data_base64":"AAH")")), "400 /data_base64");
    EXPECT_EQ(Pointers(With(R"("data_base64":7)")), "400 /data_base64");
    EXPECT_EQ(Pointers(With(R"("data_base64":"e30=","datacontenttype":"application/json")")), "accepted");
    EXPECT_EQ(Faults(With(R"("data_base64":"ew==","datacontenttype":"application/json")")),
              "400\n/data_base64: is not JSON as datacontenttype says: byte 1: ends where a name in quotes or '}' was "
              "expected");
}

TEST(Structured, RefusesDataTwice) {
    EXPECT_EQ(Faults(With(R"("data":1,"data_base64":"aGk=")")),
              "400\n/data_base64: stands beside data; an event has one of them");
}

TEST(Structured, WantsTextForDataThatIsNotJson) {
    EXPECT_EQ(Pointers(With(R"("data":{"a":1},"datacontenttype":"text/plain")")), "400 /data");
    EXPECT_EQ(Only(With(R"("data":"a\u0000\n","datacontenttype":"text/plain")")).event.data, "a\0\n"s);
    EXPECT_EQ(Only(With(R"("data":"\"x\"","datacontenttype":"application/vnd.y+json")")).event.data, R"("\"x\"")");
}

TEST(Structured, ReportsAllFaultsAtOnce) {
    EXPECT_EQ(
        Pointers(Structured(
            R"({"id":7,"source":"a b","time":"noon","list":[1],"half":0.5,)"
                                  R"("big":2147483648,"data":1,"data_base64":"aGk="})")),
        "400 /id /list /half /big /specversion /data_base64 /source /type /time");
}

TEST(Structured, RefusesWrongVersionsEmptyValuesAndIllegalNames) {
    EXPECT_EQ(Pointers(Structured(R"({"specversion":"0.3","id":"1","source":"/s","type":"t"})")), "400 /specversion");
    EXPECT_EQ(Pointers(Structured(R"({"specversion":1.0,"id":"1","source":"/s","type":"t"})")), "400 /specversion");
    EXPECT_EQ(Pointers(With(R"("subject":"")")), "400 /subject");
    EXPECT_EQ(Pointers(With(R"("Subject":"x")")), "400 body");
    EXPECT_EQ(Pointers(With(R"("with-dash":"x")")), "400 body");
    EXPECT_EQ(Pointers(With(R"("nul\u0000":"x")")), "400 body");
    EXPECT_EQ(Pointers(With(R"("datacontenttype":"json")")), "400 /datacontenttype");
    EXPECT_EQ(Pointers(With(R"("datacontenttype":"application/json; charset=latin1","data":1)")),
              "400 /datacontenttype");
}

TEST(Structured, RefusesAnAttributeThatStandsTwiceHoweverItIsSpelt) {
    EXPECT_EQ(Faults(With(R"("id":"2")")), "400\n: the member 'id' stands there twice");
    EXPECT_EQ(Pointers(With(R"("\u0069d":"2")")), "400 body");
    EXPECT_EQ(Pointers(With(R"("data":{"a":1,"a":2})")), "accepted")
        << "inside of the data it is the consumer's business";
}

TEST(Structured, RefusesWhatIsNotJsonWithTheByte) {
    EXPECT_EQ(Faults(Structured("")), "400\n: the body is not JSON: byte 0: ends where a value was expected");
    EXPECT_EQ(Faults(Structured(R"({"specversion":"1.0",)")),
              "400\n: the body is not JSON: byte 21: ends where a name in quotes was expected");
    EXPECT_EQ(Faults(Structured("{\"id\":\"\xFF\"}")), "400\n: the body is not JSON: byte 7 is not UTF-8");
    EXPECT_EQ(Pointers(With(R"("data":"\uD800")")), "400 body");
    EXPECT_EQ(Pointers(Structured("[]")), "400 body");
    EXPECT_EQ(Faults(With("\"data\":" + std::string(10'000, '[') + std::string(10'000, ']'))),
              "400\n: the body is not JSON: byte 125: nested deeper than 64 levels");
}

TEST(Structured, AcceptsAMebibyteOfDataAndNotOneByteMore) {
    const std::string text(1u << 20, 'x');
    EXPECT_EQ(Only(With(R"("datacontenttype":"text/plain","data":")" + text + "\"")).event.data, text);
    EXPECT_EQ(Faults(With(R"("datacontenttype":"text/plain","data":")" + text + "x\"")),
              "413\n: the data of the event has 1048577 bytes; the limit for one event is 1048576");
}

TEST(Structured, TakesTheRealmOfTheExtensionUnlessTheRequestNamesAnother) {
    EXPECT_EQ(Only(With(R"("realm":"prod")")).realm, "prod");
    EXPECT_EQ(Only(With(R"("realm":"")")).realm, "");
    EXPECT_EQ(Only(With(R"("realm":null)")).realm, "");
    Post post = With(R"("realm":"prod")");
    post.realm_in_path = "prod";
    EXPECT_EQ(Only(post).realm, "prod");
    EXPECT_EQ(Only(post).event.extensions.size(), 1u) << "it stays an extension";
    post.realm_in_path = "Prod";
    EXPECT_EQ(Faults(post), "400\n/realm: names the realm 'prod', but the request names 'Prod'");
    EXPECT_EQ(Faults(With(R"("realm":5)")), "400\n/realm: must be a string");
    EXPECT_EQ(Pointers(With(R"("realm":["prod"])")), "400 /realm");
    EXPECT_EQ(Pointers(With(R"("realm":"a\u0000b")")), "400 /realm");
}

TEST(Structured, IgnoresCopiesOfAttributesInHeaders) {
    Post post = With(R"("subject":"body")");
    post.headers.push_back({"ce-subject", "header"});
    post.headers.push_back({"ce-id", "other"});
    EXPECT_EQ(Only(post).event.subject, "body");
    EXPECT_EQ(Only(post).event.id, "1");
}

TEST(Batch, TakesAllEventsInOrder) {
    const auto decoded =
        Send(Batch("[" + Object(R"("data":1)") + " , " + Object(R"("realm":"b","data_base64":"aGk=")") + "]"));
    ASSERT_FALSE(decoded.refusal);
    ASSERT_EQ(decoded.events.size(), 2u);
    EXPECT_EQ(decoded.events[0].event.data, "1");
    EXPECT_EQ(decoded.events[1].event.data, "hi");
    EXPECT_EQ(decoded.events[1].realm, "b");
}

TEST(Batch, MayBeEmpty) {
    const auto decoded = Send(Batch(" [ ] "));
    EXPECT_FALSE(decoded.refusal);
    EXPECT_TRUE(decoded.events.empty());
}

TEST(Batch, IsRefusedWholeAndNamesTheEvent) {
    EXPECT_EQ(Pointers(Batch("[" + Object() + ",7," + Object(R"("id":"2")") +
                             R"(,{"specversion":"1.0","id":"4","type":"t"}])")),
              "400 /1 /2 /3/source");
    EXPECT_EQ(Pointers(Batch(Object())), "400 body");
}

TEST(Batch, HasALimitOnEventsAndOnEach) {
    Post post = Batch("[" + Object() + "," + Object() + "," + Object() + "]");
    post.limits.batch_events = 3;
    EXPECT_EQ(Send(post).events.size(), 3u);
    post.limits.batch_events = 2;
    EXPECT_EQ(Faults(post), "413\n: the batch has more than 2 events, which is the limit of one request");
    post = Batch("[" + Object() + "," + Object(R"("data":"long")") + "]");
    post.limits.event_bytes = 5;
    EXPECT_EQ(Pointers(post), "413 /1");
}

TEST(Batch, ReportsAtMostAHundredFaults) {
    std::string body = "[0";
    for (int i = 1; i < 5'000; ++i) body += ",0";
    const auto decoded = Send(Batch(body + "]"));
    ASSERT_TRUE(decoded.refusal);
    EXPECT_EQ(decoded.refusal->faults.size(), 100u);
    EXPECT_EQ(decoded.refusal->error.message, "/0: is a number; an event is an object (and 4999 more faults)");
}

// Examples of the JSON event format 1.0.2, 3.2 and 4.3, as printed there.
TEST(CloudEventsSpec, ItsStructuredExamplesAreRead) {
    const std::string head = R"({
    "specversion" : "1.0",
    "type" : "com.example.someevent",
    "source" : "/mycontext",
    "id" : "C234-1234-1234",
    "time" : "2018-04-05T17:31:00Z",
    "comexampleextension1" : "value",
    "comexampleothervalue" : 5,
    )";
    EXPECT_EQ(Only(Structured(head + R"("subject": null, "unsetextension": null, "datacontenttype" : "application/xml",
    "data" : "<much wow=\"xml\"/>"
})")).event.data, R"(<much wow="xml"/>)");
    const auto json = Only(Structured(head + R"("datacontenttype" : "application/json",
    "data" : {
        "appinfoA" : "abc",
        "appinfoB" : 123,
        "appinfoC" : true
    }
})"));
    EXPECT_EQ(json.event.data,
              "{\n        \"appinfoA\" : \"abc\",\n        \"appinfoB\" : 123,\n        \"appinfoC\" : true\n    }");
    const auto binary = Only(
        Structured(head + R"("datacontenttype" : "application/vnd.apache.thrift.binary", "data_base64" : "AAEC"})"));
    EXPECT_EQ(binary.event.data, "\x00\x01\x02"s);
    EXPECT_EQ(binary.event.content_type, "application/vnd.apache.thrift.binary");
}

}  // namespace
}  // namespace fanfare::ingest
