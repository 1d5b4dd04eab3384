// What a rendering costs is counted, not timed: by the bytes that it looks at.
#include "shape/render.hpp"
#include "unit/shape/support.hpp"

namespace fanfare::shape {
namespace {

// A template and the outcome of rendering it for an event.
struct Cost {
    std::size_t work = 0;
    std::string error;
};

Cost CostOf(const std::string& text, const std::string& data) {
    std::vector<Fault> faults;
    NameTree names;
    Program program = Parse(text, Format::kText, "template", names, faults);
    program.label = "the template";
    EXPECT_EQ(Show(faults), "");
    const model::Envelope envelope = EventWith(data);
    Work work(data.size());
    Facts facts(envelope, work);
    Scope scope(names, facts, work);
    const auto result = RenderProgram(program, {scope, work, Missing::kEmpty});
    return {work.used(), result ? "" : result.error().message};
}

std::string Repeat(const std::string& text, std::size_t count, const std::string& between = "") {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += (i == 0 ? "" : between) + text;
    return out;
}

std::string Items(const std::string& item, std::size_t count) {
    return "{\"items\":[" + Repeat(item, count, ",") + "],\"huge\":\"" + std::string(1000, 'h') + "\"}";
}

// Four times the event costs about four times the work.
void ExpectLinear(const std::string& text, const std::string& item) {
    const Cost small = CostOf(text, Items(item, 2'000));
    const Cost large = CostOf(text, Items(item, 8'000));
    EXPECT_EQ(small.error + large.error, "") << text;
    EXPECT_LT(large.work, 5 * small.work) << text;
    EXPECT_GT(large.work, Items(item, 8'000).size()) << text;
}

TEST(Limit, TheWorkIsLinearInTheEvent) {
    ExpectLinear("{{#data.items}}{{a}}{{b}}{{/data.items}}", R"({"a":1,"b":"x"})");
    ExpectLinear("{{#data.items}}{{event_type}}{{object_type}}{{object_id}}{{/data.items}}", "1");
    ExpectLinear("{{#data.items}}{{event_type}}{{object_serialization.x}}{{/data.items}}", R"({"a":1})");
    ExpectLinear("{{#data.items}}{{subject}}{{traceid}}{{no}}{{/data.items}}", "null");
    ExpectLinear("{{#data}}{{#items}}{{no}}{{huge | truncate 1}}{{/items}}{{/data}}", "0");
    ExpectLinear("{{data.items | join \", \"}}", "[0]");
    ExpectLinear("{{#data.items}}{{a.b.c}}{{a.b.d}}{{a.x.9}}{{/data.items}}", R"({"a":{"b":{"c":1,"c":2},"x":[0]}})");
    ExpectLinear("{{data.items.1999}}{{data.items.0}}", "{}");
}

TEST(Limit, TheWorkDoesNotRiseWithTheNumberOfTags) {
    std::string tags;
    for (int i = 0; i < 50; ++i) tags += "{{data.items." + std::to_string(i) + ".a}}";
    const std::string data = Items(R"({"a":1})", 20'000);
    EXPECT_LT(CostOf(tags, data).work, 2 * CostOf("{{data.items.49.a}}", data).work);
}

TEST(Limit, MembersThatStandThereOftenCostNoMoreThanTheirBytes) {
    const std::string text = "{{data.a.b.c}}{{data.a.b.d}}{{data.a.e}}";
    const auto work = [&](std::size_t count) {
        return CostOf(text, "{" + Repeat(R"("a":{"b":{"c":1}})", count, ",") + "}").work;
    };
    EXPECT_LT(work(40'000), 5 * work(10'000));
}

// The ways in which a small template looks at all of an event for each of its elements.
TEST(Limit, RefusesWorkOutOfProportion) {
    const std::string zeros = Repeat("0", 200'000, ",");
    const std::string data = "{\"items\":[" + zeros + "],\"huge\":\"" + std::string(400'000, 'h') + "\",\"list\":[\"" +
                             std::string(400'000, 'h') + "\"],\"space\":[" + std::string(400'000, ' ') + "]}";
    const std::string refusal = "the template: it costs too much work for this event";
    EXPECT_EQ(CostOf("{{#data.items}}{{data.huge | truncate 1}}{{/data.items}}", data).error, refusal);
    EXPECT_EQ(CostOf("{{#data.items}}{{#data.items}}{{/data.items}}{{/data.items}}", data).error, refusal);
    EXPECT_EQ(CostOf("{{#data.items}}{{#data.list}}{{/data.list}}{{/data.items}}", data).error, refusal);
    EXPECT_EQ(CostOf("{{#data.items}}{{^data.space}}{{/data.space}}{{/data.items}}", data).error, refusal);
    EXPECT_EQ(CostOf("{{#data.items}}{{^data.items}}{{/data.items}}{{/data.items}}", data).error, "");
    EXPECT_EQ(Text("{{#data.items}}{{data.huge | truncate 1}}{{/data.items}}", data), "error: " + refusal);
}

TEST(Limit, CountsWhatIsPrintedAndWhatIsJoined) {
    const std::string data = Items("0", 100);
    EXPECT_GE(CostOf("{{data.huge}}{{data.huge}}", data).work, CostOf("{{data.huge}}", data).work + 1000);
    const std::string join = "{{data.items | join \"" + std::string(1'000, '-') + "\"}}";
    const Cost stopped = CostOf(join, Items("0", 100'000));
    EXPECT_NE(stopped.error, "");
    EXPECT_LT(stopped.work, std::size_t{8} << 20);
}

TEST(Limit, StopsSoonAfterTheWorkIsSpent) {
    const std::string data = Items("0", 100'000);
    const Cost cost =
        CostOf("{{#data.items}}{{#data.items}}{{#data.items}}x{{/data.items}}{{/data.items}}{{/data.items}}", data);
    EXPECT_EQ(cost.error, "the template: it costs too much work for this event");
    EXPECT_LT(cost.work, (std::size_t{16} << 20) + 33 * data.size());
}

TEST(Limit, RefusesAResultOfMoreThanFourMebibytes) {
    const std::string data = "{\"l\":[" + Repeat("0", 100, ",") + "],\"v\":\"" + std::string(50'000, 'v') + "\"}";
    EXPECT_EQ(Text("{{#data.l}}{{data.v}}{{/data.l}}", data), "error: the template: the result is larger than 4 MiB");
    EXPECT_EQ(Text("{{#data.l}}x{{/data.l}}", data), std::string(100, 'x'));
}

// Each pair of filters doubles the backslashes.
TEST(Limit, RefusesAValueThatGrowsInItsFilters) {
    const std::string data = R"({"v":")" + Repeat(R"(\\)", 4'000) + R"("})";
    EXPECT_EQ(Text("{{data.v" + Repeat("|string|json", 8) + "}}", data).size(), 4'000u * 256 + 2 * 255 + 0);
    const std::string large = R"({"v":")" + Repeat(R"(\\)", 400'000) + R"("})";
    EXPECT_EQ(Text("{{data.v" + Repeat("|string|json", 8) + "}}", large),
              "error: the template: data.v grows beyond 4 MiB in its filters");
    EXPECT_EQ(
        Text("{{data.l | join \"" + std::string(1'000, '-') + "\"}}", "{\"l\":[" + Repeat("0", 100'000, ",") + "]}"),
        "error: the template: data.l grows beyond 4 MiB in its filters");
}

TEST(Limit, ADeeplyNestedEventIsNoTrouble) {
    const std::string deep = "{\"a\":" + Repeat("[", 500) + Repeat("]", 500) + "}";
    EXPECT_EQ(Text("{{data.a}}", deep), Repeat("[", 500) + Repeat("]", 500));
    EXPECT_EQ(Text("{\"x\":{{data}}}", deep, "application/json"), "{\"x\":" + deep + "}");
    EXPECT_EQ(Text("{{data.a.0.0.0}}", deep), Repeat("[", 497) + Repeat("]", 497));
}

}  // namespace
}  // namespace fanfare::shape
