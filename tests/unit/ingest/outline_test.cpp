#include "unit/ingest/decoding.hpp"
#include "unit/json/walking.hpp"

namespace fanfare::ingest {
namespace {

// By event "outlined" if the outline of its data shows what stands in it, and "none" without one.
std::string Outlines(const Decoded& decoded) {
    std::string all;
    for (std::size_t i = 0; i < decoded.events.size(); ++i) {
        const auto data = decoded.DataOf(i);
        if (i > 0) all += ", ";
        if (!data) {
            all += "none";
            continue;
        }
        const std::string& text = decoded.events[i].event.data;
        all += json::WalkByOutline(*data) == json::WalkByReader(text) ? "outlined" : "wrong in " + text;
    }
    return all;
}

std::string OutlinesOf(const std::string& content_type, const std::string& body, std::vector<NamedValue> headers = {}) {
    headers.push_back({"Content-Type", content_type});
    return Outlines(Send({headers, body}));
}

const std::vector<NamedValue> kBinary = {
    {"ce-specversion", "1.0"}, {"ce-id", "1"}, {"ce-source", "/s"}, {"ce-type", "t"}};

TEST(DataOutline, IsThatOfTheBodyWhereTheBodyIsTheData) {
    const std::string body = " \n{\"a\":[1,{\"b\":\"\\\"\"}],\"c\\n\":{}} ";
    EXPECT_EQ(OutlinesOf("application/json", body), "outlined");
    EXPECT_EQ(OutlinesOf("application/json", body, kBinary), "outlined");
    for (const std::string& sample : kSamples) EXPECT_EQ(OutlinesOf("application/json", Sample(sample)), "outlined");
}

TEST(DataOutline, IsThereForEachLine) {
    EXPECT_EQ(OutlinesOf("application/x-ndjson", "{\"a\":1}\n\n  [2,{\"b\":3}] \r\n\"c\"\n"),
              "outlined, outlined, outlined");
}

TEST(DataOutline, IsPartOfThatOfTheBodyInStructuredEvents) {
    const std::string start = R"({"specversion":"1.0","id":"1","source":"/s","type":"t")";
    const std::string object = start + R"( , "data" : {"a":{"b":[1,2]},"data":{}} })";
    const std::string encoded = start + R"(,"datacontenttype":"application/json","data_base64":"eyJhIjpbMSwyXX0="})";
    const std::string text = start + R"(,"datacontenttype":"text/plain","data":"{}"})";
    EXPECT_EQ(OutlinesOf("application/cloudevents+json", object), "outlined");
    EXPECT_EQ(OutlinesOf("application/cloudevents-batch+json",
                         "[" + object + "," + encoded + "," + start + "}," + text + "," + encoded + "," + object + "]"),
              "outlined, outlined, none, none, outlined, outlined");
}

TEST(DataOutline, IsNotThereForDataThatIsNoJson) {
    EXPECT_EQ(OutlinesOf("text/plain", "{}"), "none");
    EXPECT_EQ(OutlinesOf("text/plain", "{}", kBinary), "none");
    EXPECT_EQ(OutlinesOf("application/json", "", kBinary), "none");
}

}  // namespace
}  // namespace fanfare::ingest
