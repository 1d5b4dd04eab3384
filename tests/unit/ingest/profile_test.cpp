#include <gmock/gmock.h>

#include "unit/ingest/decoding.hpp"

namespace fanfare::ingest {
namespace {

using profile::Place;

std::shared_ptr<const profile::DataSchema> SchemaOf(std::string_view text) {
    return *profile::DataSchema::Compile(text);
}

std::shared_ptr<const profile::Profile> Bus() {
    profile::Spec spec;
    spec.id = {{Place::kBody, "/id"}};
    spec.type = {{Place::kBody, "/name"}, {Place::kHeader, "X-Name"}};
    spec.source = {{Place::kBody, "/from"}};
    spec.time = {{Place::kBody, "/at"}};
    return profile::Profile::Compile(spec).profile;
}

std::shared_ptr<const profile::Profile> Changes() {
    profile::Spec spec;
    spec.kind = profile::Kind::kChange;
    spec.compute_changes = true;
    spec.unchanged = profile::Unchanged::kDrop;
    return profile::Profile::Compile(spec).profile;
}

Decoded SendTo(const Guide& guide, std::vector<NamedValue> headers, std::string_view body, DecodeLimits limits = {}) {
    Input input{"r", std::move(headers), body, base::Time(base::Duration(1))};
    return Decode(input, limits, [&](std::string_view realm) { return realm == "r" ? guide : Guide{}; });
}

const NamedValue kJson{"Content-Type", "application/json"};
const NamedValue kLines{"Content-Type", "application/x-ndjson"};

// "422 /a /b", or "accepted" and what became of it.
std::string Summary(const Decoded& decoded) {
    if (!decoded.refusal) {
        return std::to_string(decoded.events.size()) + " accepted, " + std::to_string(decoded.dropped.size()) +
               " dropped";
    }
    std::string out = std::to_string(base::HttpStatus(decoded.refusal->error.code));
    for (const model::Fault& fault : decoded.refusal->faults)
        out += " " + (fault.pointer.empty() ? "body" : fault.pointer);
    return out;
}

TEST(ProfiledEvent, TakesItsAttributesFromTheBody) {
    const auto bus = Bus();
    const std::string body = R"( {"id":7,"name":"a.b","from":"gram","at":"2016-05-29T15:03:50+00:00"} )";
    const Decoded decoded = SendTo({bus.get(), nullptr}, {kJson}, body);
    ASSERT_EQ(Summary(decoded), "1 accepted, 0 dropped");
    const model::Event& event = decoded.events[0].event;
    EXPECT_EQ(event.id + " " + event.type + " " + event.source + " " + event.time,
              "7 a.b gram 2016-05-29T15:03:50+00:00");
    EXPECT_EQ(event.data, body);
}

TEST(ProfiledEvent, LetsTheHeadersOfTheRequestWin) {
    const auto bus = Bus();
    const Decoded decoded =
        SendTo({bus.get(), nullptr}, {kJson, {"Fanfare-Type", "t"}, {"Fanfare-Id", "i"}}, R"({"id":7,"name":"a.b"})");
    ASSERT_EQ(decoded.events.size(), 1u);
    EXPECT_EQ(decoded.events[0].event.type, "t");
    EXPECT_EQ(decoded.events[0].event.id, "i");
    EXPECT_EQ(decoded.events[0].event.source, "/v1/realms/r/events");
    EXPECT_EQ(Summary(SendTo({bus.get(), nullptr}, {kJson, {"Fanfare-Type", "t"}}, "{}")), "1 accepted, 0 dropped");
}

TEST(ProfiledEvent, IsRefusedWithoutAType) {
    const auto bus = Bus();
    EXPECT_EQ(Summary(SendTo({bus.get(), nullptr}, {kJson}, "{}")), "422 /name");
    EXPECT_EQ(Summary(SendTo({bus.get(), nullptr}, {kLines}, "{\"name\":\"a\"}\n\n{}\n[]\n")), "422 /2/name /3/name");
}

TEST(ProfiledEvent, IsRefusedWhereAnAttributeIsNotFitForOne) {
    const auto bus = Bus();
    EXPECT_EQ(Summary(SendTo({bus.get(), nullptr}, {kJson}, R"({"name":"a\u0000b","from":"no uri"})")),
              "422 /from /name");
}

// A28
TEST(ProfiledEvent, IsMalformedBeforeItViolatesAnything) {
    const auto bus = Bus();
    EXPECT_EQ(Summary(SendTo({bus.get(), nullptr}, {kLines}, "{}\n{\n")), "400 /0/name /1");
    EXPECT_EQ(Summary(SendTo({bus.get(), nullptr}, {kJson}, "{")), "400 body");
}

TEST(ProfiledEvent, IsOnlyOneThatIsPlainJson) {
    const auto bus = Bus();
    const Decoded text = SendTo({bus.get(), nullptr}, {{"Content-Type", "text/plain"}}, R"({"name":"a"})");
    ASSERT_EQ(text.events.size(), 1u);
    EXPECT_EQ(text.events[0].event.type, "event");
    const Decoded binary = SendTo(
        {bus.get(), nullptr}, {kJson, {"ce-specversion", "1.0"}, {"ce-id", "1"}, {"ce-source", "/s"}, {"ce-type", "t"}},
        R"({"name":"a"})");
    ASSERT_EQ(binary.events.size(), 1u);
    EXPECT_EQ(binary.events[0].event.type, "t");
}

TEST(ProfiledEvent, HasNoProfileOutsideOfItsRealm) {
    const auto bus = Bus();
    Input input{"other", {kJson}, "{}", base::Time(base::Duration(1))};
    const Guide guide{bus.get(), nullptr};
    const auto guide_of = [&](std::string_view realm) { return realm == "r" ? guide : Guide{}; };
    EXPECT_EQ(Decode(input, {}, guide_of).events.at(0).event.type, "event");
}

std::string Update(const std::string& id, const std::string& from, const std::string& to) {
    return R"({"id":)" + id + R"(,"created":"","action":"update","changes":[],"old_object":)" + from +
           R"(,"new_object":)" + to + R"(,"diff":null,"content_type":{}})";
}

// A3
TEST(ProfiledChange, IsDroppedInItsPlaceOrFilledIn) {
    const auto changes = Changes();
    const std::string body =
        Update("1", "{}", "{}") + "\n" + Update("2", "{}", R"({"a":1})") + "\n" + Update("3", "{}", "{}") + "\n";
    const Decoded decoded = SendTo({changes.get(), nullptr}, {kLines}, body);
    ASSERT_EQ(Summary(decoded), "1 accepted, 2 dropped");
    EXPECT_THAT(decoded.events[0].event.data, testing::HasSubstr(R"("changes":[{"op":"add","path":"/a","value":1}])"));
    EXPECT_FALSE(decoded.DataOf(0)) << "it is no longer what was scanned";
    EXPECT_EQ(decoded.dropped[0].id + std::to_string(decoded.dropped[0].before), "10");
    EXPECT_EQ(decoded.dropped[1].id + std::to_string(decoded.dropped[1].before), "31");
}

TEST(ProfiledChange, IsHeldToTheLimitOfAnEventAfterItIsFilledIn) {
    const auto changes = Changes();
    DecodeLimits limits;
    limits.event_bytes = Update("1", "{}", R"({"a":1})").size();
    EXPECT_EQ(Summary(SendTo({changes.get(), nullptr}, {kJson}, Update("1", "{}", R"({"a":1})"), limits)), "413 body");
}

// A28
TEST(RealmSchema, HoldsForDataHoweverItCameIn) {
    const auto schema = SchemaOf(R"({"type":"object","required":["a"],"properties":{"b":{"type":"integer"}}})");
    const Guide guide{nullptr, schema.get()};
    EXPECT_EQ(Summary(SendTo(guide, {kJson}, R"({"a":1})")), "1 accepted, 0 dropped");
    EXPECT_EQ(Summary(SendTo(guide, {kJson}, R"({"b":"x","a":1})")), "422 /b");
    EXPECT_EQ(Summary(SendTo(guide, {kLines}, "{\"a\":1}\n{}\n")), "422 /1/a");
    EXPECT_EQ(Summary(SendTo(guide, {{"Content-Type", "text/plain"}}, "a")), "422 body");
    const std::vector<NamedValue> binary{
        kJson, {"ce-specversion", "1.0"}, {"ce-id", "1"}, {"ce-source", "/s"}, {"ce-type", "t"}};
    EXPECT_EQ(Summary(SendTo(guide, binary, "{}")), "422 /a");
    const std::string head = R"({"specversion":"1.0","id":"1","source":"/s","type":"t")";
    const NamedValue one{"Content-Type", "application/cloudevents+json"};
    EXPECT_EQ(Summary(SendTo(guide, {one}, head + R"(,"data":{"b":"x"}})")), "422 /data/b /data/a");
    EXPECT_EQ(Summary(SendTo(guide, {one}, head + "}")), "422 /data");
    const NamedValue batch{"Content-Type", "application/cloudevents-batch+json"};
    EXPECT_EQ(Summary(SendTo(guide, {batch}, "[" + head + R"(,"data":{"a":1}},)" + head + R"(,"data":{}}])")),
              "422 /1/data/a");
}

}  // namespace
}  // namespace fanfare::ingest
