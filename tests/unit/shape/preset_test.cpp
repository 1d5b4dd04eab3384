// Payloads without a template.
#include <fstream>
#include <iterator>

#include "json/value.hpp"
#include "unit/shape/support.hpp"

namespace fanfare::shape {
namespace {

std::string Sample(const std::string& name) {
    std::ifstream file(FANFARE_SAMPLES "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

Rendered As(PayloadKind kind, const model::Envelope& envelope) {
    Spec spec;
    spec.payload = kind;
    return Render(spec, envelope);
}

// A2 A43
TEST(Data, GoesAsItCame) {
    EXPECT_FALSE(As(PayloadKind::kData, EventWith(Sample("change-create.json"))).request.payload);
    EXPECT_FALSE(As(PayloadKind::kData, EventWith("", "")).request.payload);
}

std::string CloudEvent(const model::Envelope& envelope) {
    const Rendered rendered = As(PayloadKind::kCloudEvents, envelope);
    EXPECT_EQ(rendered.error, "");
    EXPECT_TRUE(rendered.request.payload);
    EXPECT_EQ(rendered.request.payload->content_type, "application/cloudevents+json");
    EXPECT_TRUE(json::Parse(rendered.body())) << rendered.body();
    return rendered.body();
}

// A44
TEST(CloudEvents, HasEveryAttributeInItsOwnKind) {
    model::Envelope envelope = EventWith("{ \"a\" : 1.0 }");
    envelope.event.subject = "a\"b";
    envelope.event.time = "2026-01-02T03:04:05Z";
    envelope.event.data_schema = "https://example.com/s";
    envelope.event.extensions = {{"traceid", "t\\9", model::AttributeKind::kString},
                                 {"level", "-3", model::AttributeKind::kInteger},
                                 {"test", "true", model::AttributeKind::kBoolean}};
    EXPECT_EQ(
        CloudEvent(envelope),
        R"({"specversion":"1.0","id":"e-1","source":"/shop","type":"order.placed","subject":"a\"b",)"
        R"("time":"2026-01-02T03:04:05Z","datacontenttype":"application/json","dataschema":"https://example.com/s",)"
        R"("traceid":"t\\9","level":-3,"test":true,"data":{ "a" : 1.0 }})");
}

// A44
TEST(CloudEvents, HasDataInTheFormThatKeepsItsBytes) {
    const std::string head = R"({"specversion":"1.0","id":"e-1","source":"/shop","type":"order.placed",)";
    EXPECT_EQ(CloudEvent(EventWith("a\"\n", "text/plain")), head + R"("datacontenttype":"text/plain","data":"a\"\n"})");
    EXPECT_EQ(CloudEvent(EventWith("\xFF", "text/plain")),
              head + R"("datacontenttype":"text/plain","data_base64":"/w=="})");
    EXPECT_EQ(CloudEvent(EventWith("", "text/plain")), head + R"("datacontenttype":"text/plain"})");
    EXPECT_EQ(CloudEvent(EventWith("[1]", "")), head + R"("data":[1]})");
    // Without a type the data of an event in JSON is JSON, so a text has to go as bytes.
    EXPECT_EQ(CloudEvent(EventWith("hello", "")), head + R"("data_base64":"aGVsbG8="})");
    EXPECT_EQ(CloudEvent(EventWith("null", "application/json")),
              head + R"("datacontenttype":"application/json","data":null})");
}

// A43 A44
TEST(Object, HasTheFourMembersOfTheHooks) {
    const Rendered update = As(PayloadKind::kObject, EventWith(Sample("change-update.json")));
    ASSERT_EQ(update.error, "");
    EXPECT_EQ(update.request.payload->content_type, "application/json");
    const json::Value change = json::Value::parse(Sample("change-update.json"));
    EXPECT_EQ(json::Value::parse(update.body()), (json::Value{{"object_type", "mce_django_app.resource"},
                                                              {"object_id", 1},
                                                              {"event_type", "updated"},
                                                              {"object_serialization", change.at("new_object")}}));
    const Rendered removal = As(PayloadKind::kObject, EventWith(Sample("change-delete.json")));
    ASSERT_EQ(removal.error, "");
    const json::Value body = json::Value::parse(removal.body());
    EXPECT_EQ(body.at("event_type"), "deleted");
    EXPECT_EQ(body.at("object_serialization"), json::Value::parse(Sample("change-delete.json")).at("old_object"));
}

// A43
TEST(Object, NamesWhatAnEventLacksThatIsNoChange) {
    const auto lacks = [](const std::string& name) {
        return "the event is no change: it has no " + name + "; send changes, or give the destination another payload";
    };
    EXPECT_EQ(As(PayloadKind::kObject, EventWith("{}")).error, lacks("data.action"));
    EXPECT_EQ(As(PayloadKind::kObject, EventWith("text", "text/plain")).error, lacks("data.action"));
    EXPECT_EQ(As(PayloadKind::kObject, EventWith("")).error, lacks("data.action"));
    EXPECT_EQ(As(PayloadKind::kObject, EventWith(R"({"action":"explode"})")).error,
              lacks("data.action of create, update or delete"));
    EXPECT_EQ(As(PayloadKind::kObject, EventWith(R"({"action":"create","content_type":{"app_label":"a"}})")).error,
              lacks("data.content_type.model"));
    EXPECT_EQ(As(PayloadKind::kObject,
                 EventWith(R"({"action":"create","content_type":{"app_label":"a","model":"m","id":1}})"))
                  .error,
              lacks("data.new_object"));
}

std::string Envelope(const model::Envelope& envelope) {
    const Rendered rendered = As(PayloadKind::kEnvelope, envelope);
    if (!rendered.error.empty()) return "error: " + rendered.error;
    EXPECT_EQ(rendered.request.payload->content_type, "application/json");
    return rendered.body();
}

std::string Gadz(const std::string& rest) {
    return R"({"event_name":"a.b","event_uuid":"88d818a1-c77c-44e6-ad0c-8aa893468e94",)"
           R"("event_creation_time":"2016-05-29T15:03:50Z","event_sender_id":"gram","data": { } )" +
           rest + "}";
}

// A23 A44
TEST(Envelope, ForwardsOneThatIsThereByteForByte) {
    EXPECT_EQ(Envelope(EventWith(Sample("gadz-request.json"))),
              Sample("gadz-request.json").substr(0, Sample("gadz-request.json").find_last_of('}') + 1));
    EXPECT_EQ(Envelope(EventWith(Gadz(""))), Gadz(""));
    EXPECT_EQ(Envelope(EventWith(Gadz(R"(,"errors_count":3)"))), Gadz(R"(,"errors_count":3)"));
}

// A24
TEST(Envelope, CountsItsErrors) {
    const std::string two = R"(,"errors":[{"a":[1,2]}, {}])";
    EXPECT_EQ(Envelope(EventWith(Gadz(R"(,"errors_count":7)" + two))), Gadz(R"(,"errors_count":2)" + two));
    EXPECT_EQ(Envelope(EventWith(Gadz(two + R"(,"errors_count":"x")"))), Gadz(two + R"(,"errors_count":2)"));
    EXPECT_EQ(Envelope(EventWith(Gadz(two))), Gadz(two + R"(,"errors_count":2)"));
    EXPECT_EQ(Envelope(EventWith(Gadz(R"(,"errors":[ ])"))), Gadz(R"(,"errors":[ ],"errors_count":0)"));
    EXPECT_EQ(Envelope(EventWith(Gadz(R"(,"errors":{})"))), "error: the envelope: data.errors is not a list");
}

// A23 A44
TEST(Envelope, IsMadeForAnyOtherEvent) {
    model::Envelope envelope = EventWith(R"({"event_name":"half"})");
    envelope.event.id = "88D818a1-c77c-44e6-ad0c-8aa893468e94";
    EXPECT_EQ(
        Envelope(envelope),
        R"({"event_name":"order.placed","event_uuid":"88D818a1-c77c-44e6-ad0c-8aa893468e94",)"
        R"("event_creation_time":"2023-11-14T22:13:20Z","event_sender_id":"/shop","data":{"event_name":"half"}})");
    envelope.event.time = "2026-01-02T03:04:05Z";
    envelope.event.data = "[1]";
    EXPECT_EQ(Envelope(envelope),
              R"({"event_name":"order.placed","event_uuid":"88D818a1-c77c-44e6-ad0c-8aa893468e94",)"
              R"("event_creation_time":"2026-01-02T03:04:05Z","event_sender_id":"/shop","data":{"value":[1]}})");
}

std::string DataOfEnvelope(const model::Envelope& envelope) {
    const std::string text = Envelope(envelope);
    const std::size_t at = text.find("\"data\":");
    return at == std::string::npos ? text : text.substr(at);
}

// A23
TEST(Envelope, MakesAnObjectOfEveryData) {
    EXPECT_EQ(DataOfEnvelope(EventWith("", "")), R"("data":{}})");
    EXPECT_EQ(DataOfEnvelope(EventWith("a\"", "text/plain")), R"("data":{"value":"a\""}})");
    EXPECT_EQ(DataOfEnvelope(EventWith("\xFF", "text/plain")),
              "error: the envelope: the event's data is neither JSON nor text");
    EXPECT_EQ(DataOfEnvelope(EventWith(R"({"a":1,"a":2})")),
              "error: the envelope: in the event's data the member 'a' stands there twice");
}

std::string UuidFor(const std::string& source, const std::string& id) {
    model::Envelope envelope = EventWith("{}");
    envelope.event.source = source;
    envelope.event.id = id;
    return json::Value::parse(Envelope(envelope)).at("event_uuid");
}

// A23
TEST(Envelope, GivesAnEventTheSameUuidWhereverItIsMade) {
    EXPECT_EQ(UuidFor("/shop", "e-1"), UuidFor("/shop", "e-1"));
    EXPECT_NE(UuidFor("/shop", "e-1"), UuidFor("/shop", "e-2"));
    EXPECT_NE(UuidFor("/shop", "e-1"), UuidFor("/shope", "-1"));
    const std::string uuid = UuidFor("/shop", "e-1");
    EXPECT_THAT(uuid, testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
    EXPECT_NE(UuidFor("/shop", "88d818a1-c77c-44e6-ad0c-8aa893468e9g"), "88d818a1-c77c-44e6-ad0c-8aa893468e9g");
    EXPECT_NE(UuidFor("/shop", "88d818a1-c77c-44e6-ad0c-8aa893468e9"), "88d818a1-c77c-44e6-ad0c-8aa893468e9");
}

TEST(Presets, TakeHeadersBesideThem) {
    Spec spec;
    spec.payload = PayloadKind::kCloudEvents;
    spec.headers = {{"X-Type", "{{type}}"}, {"X-A", "{{data.a}}"}};
    const Rendered rendered = Render(spec, EventWith(R"({"a":1})"));
    EXPECT_EQ(rendered.request.headers, (model::Request::Pairs{{"X-Type", "order.placed"}, {"X-A", "1"}}));
    EXPECT_TRUE(rendered.request.payload);
}

}  // namespace
}  // namespace fanfare::shape
