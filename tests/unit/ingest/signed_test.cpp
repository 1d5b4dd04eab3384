// What a signature over the body means for the events in it.
#include <gtest/gtest.h>

#include "ingest/decode.hpp"
#include "unit/ingest/decoding.hpp"

namespace fanfare::ingest {
namespace {

Decoded SendSigned(std::vector<NamedValue> headers, std::string_view body, std::string_view realm = "r") {
    Input input;
    input.realm_in_path = realm;
    input.headers = std::move(headers);
    input.body = body;
    input.signed_id = "signed-1";
    return Decode(input, {});
}

std::string Ids(const Decoded& decoded) {
    if (decoded.refusal) return decoded.refusal->error.message;
    std::string ids;
    for (const model::Envelope& envelope : decoded.events) ids += (ids.empty() ? "" : " ") + envelope.event.id;
    return ids;
}

TEST(Signed, ThePlainEventHasTheIdThatWasSigned) {
    EXPECT_EQ(Ids(SendSigned({{"Content-Type", "application/json"}}, "{}")), "signed-1");
    EXPECT_EQ(Ids(SendSigned({}, "opaque")), "signed-1");
}

TEST(Signed, LinesAfterTheFirstHaveTheirNumberBehindIt) {
    EXPECT_EQ(Ids(SendSigned({{"Content-Type", "application/x-ndjson"}}, "1\n2\n\n4\n")),
              "signed-1 signed-1/2 signed-1/4");
}

TEST(Signed, TheSameBodyUnderAnotherContentTypeIsTheSameEvent) {
    EXPECT_EQ(Ids(SendSigned({{"Content-Type", "application/x-ndjson"}}, "{}")), "signed-1");
    EXPECT_EQ(Ids(SendSigned({{"Content-Type", "text/plain"}}, "{}")), "signed-1");
}

TEST(Signed, ACloudEventKeepsTheIdInItsBody) {
    EXPECT_EQ(Ids(SendSigned({{"Content-Type", "application/cloudevents+json"}},
                             R"({"specversion":"1.0","id":"own","source":"/s","type":"t"})")),
              "own");
}

TEST(Signed, AnIdentityThatTheSignatureDoesNotCoverIsRefused) {
    EXPECT_NE(Ids(SendSigned({{"Fanfare-Id", "x"}}, "{}")).find("Fanfare-Id: is not covered"), std::string::npos);
    EXPECT_NE(Ids(SendSigned({{"Fanfare-Source", "x"}}, "{}")).find("Fanfare-Source: is not covered"),
              std::string::npos);
    EXPECT_NE(Ids(SendSigned({{"ce-specversion", "1.0"}, {"ce-id", "x"}, {"ce-source", "x"}, {"ce-type", "x"}}, "{}"))
                  .find("ce-id: is not covered"),
              std::string::npos);
    EXPECT_EQ(Ids(SendSigned({{"Fanfare-Type", "x"}, {"Fanfare-Subject", "y"}}, "{}")), "signed-1");
}

TEST(DefaultRealm, IsThatOfEventsThatNothingElsePutsIntoOne) {
    Input input;
    input.default_realm = "mine";
    input.body = "{}";
    const Decoded plain = Decode(input, {});
    ASSERT_EQ(plain.events.size(), 1u);
    EXPECT_EQ(plain.events[0].realm, "mine");
    EXPECT_EQ(plain.events[0].event.source, "/v1/realms/mine/events");
    input.headers = {{"Content-Type", "application/cloudevents-batch+json"}};
    input.body = R"([{"specversion":"1.0","id":"1","source":"/s","type":"t"},
                     {"specversion":"1.0","id":"2","source":"/s","type":"t","realm":"other"}])";
    const Decoded batch = Decode(input, {});
    ASSERT_EQ(batch.events.size(), 2u);
    EXPECT_EQ(batch.events[0].realm, "mine");
    EXPECT_EQ(batch.events[1].realm, "other");
}

}  // namespace
}  // namespace fanfare::ingest
