// Random templates against damaged events: whatever is made is what its content type says, stays in its field, and
// comes back the same.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.hpp"
#include "fuzz/mutate.hpp"
#include "json/scan.hpp"
#include "json/value.hpp"
#include "shape/shape.hpp"
#include "shape/xml_check.hpp"

namespace fanfare::shape {
namespace {

using fuzz::Below;
using fuzz::Random;

std::string_view Name(Random& random) {
    static constexpr std::array<std::string_view, 14> kNames = {
        "data",        "data.a", "data.a.0", "data.a.1.b", "data.b.c",  "data.n",    "data.s", "data.new_object.tags",
        "data.action", "type",   "level",    "a",          "object_id", "event_type"};
    return kNames[Below(random, kNames.size())];
}

std::string_view FilterText(Random& random) {
    static constexpr std::array<std::string_view, 14> kFilters = {"",
                                                                  "",
                                                                  "",
                                                                  " | json",
                                                                  " | string",
                                                                  " | default \"d\\\"<\"",
                                                                  " | default 5",
                                                                  " | upper",
                                                                  " | lower",
                                                                  " | truncate 3",
                                                                  " | urlencode",
                                                                  " | base64",
                                                                  " | join \", \"",
                                                                  " | uper"};
    return kFilters[Below(random, kFilters.size())];
}

std::string Tag(Random& random) {
    const std::string name(Name(random));
    switch (Below(random, 40)) {
        case 0:
            return "{{#" + name + "}}";
        case 1:
            return "{{/" + name + "}}";
        case 2:
        case 3:
            return "{{{" + name + "}}}";
        case 4:
        case 5:
            return "{{& " + name + std::string(FilterText(random)) + "}}";
        case 6:
            return "{{! note }}";
        case 7:
            return "{{=<% %>=}}<%" + name + "%><%={{ }}=%>";
    }
    return "{{" + name + std::string(FilterText(random)) + "}}";
}

std::string Section(Random& random) {
    const std::string name(Name(random));
    return "{{" + std::string(Below(random, 3) == 0 ? "^" : "#") + name + "}}" + Tag(random) + "{{/" + name + "}}";
}

// One of the documents with a tag for each '@', at times damaged.
std::string Template(Random& random, const std::vector<std::string_view>& documents) {
    std::string text;
    for (const char c : documents[Below(random, documents.size())]) {
        if (c != '@') {
            text += c;
        } else {
            text += Below(random, 4) == 0 ? Section(random) : Tag(random);
        }
    }
    return Below(random, 4) == 0 ? fuzz::Mutate(text, random) : text;
}

std::vector<std::string> Events() {
    std::vector<std::string> events = {
        R"({"a":[{"b":1},{"b":"x\"\n<&>'"},null,[1,[2]]],"b":{"c":"../\r\nX: y"},"n":-0.5e3,"s":"\u00e9\uD83D\uDE00"})",
        R"({"a":"\u0000","b":{"c":{}},"action":"create"})",
        "[1,2,3]",
        "\"text\"",
        "plain text",
        ""};
    for (const char* name : {"change-create.json", "change-update.json", "change-delete.json", "gadz-request.json"}) {
        events.push_back(fuzz::ReadSample(name));
    }
    return events;
}

// As ingest lets one in: what says that it is JSON is.
model::Envelope Event(Random& random, const std::vector<std::string>& seeds) {
    model::Envelope envelope;
    envelope.event.id = "1";
    envelope.event.source = "/s";
    envelope.event.type = "t\"<&";
    envelope.event.extensions = {{"level", "3", model::AttributeKind::kInteger}};
    envelope.event.data = seeds[Below(random, seeds.size())];
    if (Below(random, 2) == 0) envelope.event.data = fuzz::Mutate(envelope.event.data, random);
    envelope.event.content_type = json::Scan(envelope.event.data) ? "application/json" : "text/plain";
    return envelope;
}

Spec Draw(Random& random, const std::string& content_type, const std::vector<std::string_view>& documents) {
    Spec spec;
    spec.payload = PayloadKind::kTemplate;
    spec.content_type = content_type;
    spec.text = Template(random, documents);
    spec.missing = Below(random, 2) == 0 ? Missing::kEmpty : Missing::kError;
    return spec;
}

// The result, if the template compiles and fits the event.
std::optional<std::string> Made(const Spec& spec, const model::Envelope& envelope) {
    auto compiled = Shape::Compile(spec);
    const auto* const shape = std::get_if<std::shared_ptr<const Shape>>(&compiled);
    if (shape == nullptr) return std::nullopt;
    model::Request first;
    model::Request second;
    const bool made = (*shape)->Render(envelope, first).ok();
    EXPECT_EQ((*shape)->Render(envelope, second).ok(), made) << spec.text;
    if (!made) return std::nullopt;
    EXPECT_EQ(first, second) << spec.text;
    return first.payload->body;
}

TEST(ShapeFuzz, MakesOnlyValidJsonAndXml) {
    const std::vector<std::string> seeds = Events();
    const std::vector<std::string_view> json_texts = {R"({"k":"@","l":[@,"a@b@"]})", R"([@,{"a":@}])", "@",
                                                      R"("\\@\"")"};
    const std::vector<std::string_view> xml_texts = {"<a>@</a>", "<a b=\"@\" c='x@'><b/>@</a>", "<a><!-- @ --></a>",
                                                     "<a @/>"};
    Random random(20250302);
    std::size_t json_made = 0;
    std::size_t xml_made = 0;
    for (int i = 0; i < 40'000; ++i) {
        const model::Envelope envelope = Event(random, seeds);
        if (const auto text = Made(Draw(random, "application/json", json_texts), envelope)) {
            ++json_made;
            ASSERT_TRUE(json::Value::accept(*text)) << *text;
        }
        if (const auto text = Made(Draw(random, "application/xml", xml_texts), envelope)) {
            ++xml_made;
            ASSERT_TRUE(CheckXml(*text)) << *text;
        }
    }
    EXPECT_GT(json_made, 5'000u) << "too few results to say anything";
    EXPECT_GT(xml_made, 5'000u) << "too few results to say anything";
}

// A value in its own string must fit in, whatever it is, and come out of it as it went in.
TEST(ShapeFuzz, NoValueLeavesItsJsonString) {
    const std::vector<std::string> seeds = Events();
    Random random(20250303);
    std::size_t made = 0;
    for (int i = 0; i < 20'000; ++i) {
        const model::Envelope envelope = Event(random, seeds);
        Spec spec;
        spec.payload = PayloadKind::kTemplate;
        spec.content_type = "application/json";
        spec.text = R"({"a":"{{data | default ""}}","b":{{data | default null}},"c":[{{data | string | default 0}}]})";
        const auto text = Made(spec, envelope);
        ASSERT_EQ(text.has_value(), base::IsUtf8(envelope.event.data)) << envelope.event.data;
        if (!text) continue;
        ++made;
        ASSERT_EQ(json::Value::parse(*text).size(), 3u) << *text;
    }
    EXPECT_GT(made, 10'000u);
}

bool HasControl(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

TEST(ShapeFuzz, NoValueLeavesItsField) {
    const std::vector<std::string> seeds = Events();
    const std::vector<std::string_view> lines = {"a/@", "@", "x@/b/@?q=@", "@@/..", ".@", "%2e@/@"};
    Random random(20250304);
    std::size_t made = 0;
    for (int i = 0; i < 40'000; ++i) {
        const model::Envelope envelope = Event(random, seeds);
        const Missing missing = Below(random, 2) == 0 ? Missing::kEmpty : Missing::kError;
        const std::string url = "https://h/p/" + Template(random, lines);
        auto compiled =
            Options::Compile({{"/u", url, Place::kUrl}, {"/l", Template(random, lines), Place::kLine}}, missing);
        const auto* const options = std::get_if<std::shared_ptr<const Options>>(&compiled);
        model::Request request;
        if (options == nullptr || !(*options)->Render(envelope, request)) continue;
        ++made;
        ASSERT_TRUE(request.options[0].second.starts_with("https://h/p/")) << request.options[0].second;
        ASSERT_FALSE(HasControl(request.options[0].second)) << url;
        ASSERT_FALSE(HasControl(request.options[1].second)) << request.options[1].second;
    }
    EXPECT_GT(made, 1'000u) << "too few results to say anything";
}

}  // namespace
}  // namespace fanfare::shape
