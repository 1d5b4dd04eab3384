// `shape` of destinations and of entries of routes. What templates can do is tested in the room shape.
#include <gmock/gmock.h>

#include "model/event.hpp"
#include "unit/config/tree.hpp"

namespace fanfare::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kDestination = "[destination.a]\nplugin = \"file\"\n";
const std::string kRoute = kDestination + "[[route]]\nname = \"r\"\n";

// What the shape makes of an event with this data.
model::Request RequestOf(const shape::Shape& shape, const std::string& data) {
    model::Envelope envelope;
    envelope.event.id = "7";
    envelope.event.type = "t";
    envelope.event.content_type = "application/json";
    envelope.event.data = data;
    model::Request request;
    const base::Status rendered = shape.Render(envelope, request);
    EXPECT_TRUE(rendered) << rendered.error().message;
    return request;
}

std::string BodyOf(const std::shared_ptr<const shape::Shape>& shape, const std::string& data) {
    if (!shape) return "(no shape)";
    const model::Request request = RequestOf(*shape, data);
    return request.payload ? request.payload->body : "(as it came)";
}

TEST(ShapeKeys, AreCompiledIntoWhatIsSent) {
    Tree tree;
    tree.Write("fanfare.toml", kDestination +
                                   "[destination.a.shape]\ntemplate = \"{{type}}: {{data.x}}\"\n"
                                   "headers = { X-Kind = \"{{type}}\" }\n");
    const Loaded loaded = tree.Load();
    ASSERT_THAT(tree.Heads(loaded), IsEmpty());
    const model::Request request = RequestOf(*loaded.config.destinations[0].shaping.shape, R"({"x": 1})");
    EXPECT_EQ(request.payload->body, "t: 1");
    EXPECT_EQ(request.payload->content_type, "text/plain; charset=utf-8");
    EXPECT_THAT(request.headers, ElementsAre(testing::Pair("X-Kind", "t")));
}

TEST(ShapeKeys, WithoutAnyTheEventIsSentAsItCame) {
    Tree tree;
    tree.Write("fanfare.toml", kDestination + "shape = {}\n");
    EXPECT_EQ(tree.Load().config.destinations[0].shaping.shape, nullptr);
}

TEST(ShapeKeys, OfAnEntryTakeThePlaceOfThoseOfTheDestination) {
    Tree tree;
    tree.Write("fanfare.toml", kDestination +
                                   "shape.template = \"of the destination\"\n[destination.b]\nplugin = \"file\"\n"
                                   "[[route]]\nname = \"r\"\n"
                                   "to = [{ destination = \"a\", payload = \"data\" }, \"b\", \"c\"]\n"
                                   "[destination.c]\nplugin = \"file\"\n");
    const Loaded loaded = tree.Load();
    ASSERT_THAT(tree.Heads(loaded), IsEmpty());
    const auto& shapes = loaded.config.routes[0].shapes;
    ASSERT_EQ(shapes.size(), 3u);
    EXPECT_EQ(BodyOf(shapes[0], "{}"), "(as it came)");
    EXPECT_EQ(shapes[1], nullptr);
    EXPECT_EQ(shapes[2], nullptr);
}

TEST(ShapeKeys, TakeATemplateFromAFileBesideTheConfiguration) {
    Tree tree;
    tree.Write("conf.d/a.toml", kDestination + "shape.template_file = \"a.mustache\"\n");
    tree.Write("conf.d/a.mustache", "x is {{data.x}}\n").Write("fanfare.toml", "");
    const Loaded loaded = tree.Load();
    ASSERT_THAT(tree.Heads(loaded), IsEmpty());
    EXPECT_EQ(BodyOf(loaded.config.destinations[0].shaping.shape, R"({"x": 1})"), "x is 1\n");
}

// A41
TEST(ShapeKeys, AFaultOfATemplateIsFoundWithItsLineAndColumn) {
    Tree tree;
    tree.Write("a.mustache", "fine\nnot {{data.x so\n");
    tree.Write("fanfare.toml", kDestination +
                                   "shape.template_file = \"a.mustache\"\n"
                                   "[destination.b]\nplugin = \"file\"\nshape.template = \"{{#data.x}}\"\n");
    EXPECT_THAT(tree.Heads(tree.Load()), ElementsAre(HasSubstr("fanfare.toml:3:23: error: line 2, column 5: "),
                                                     HasSubstr("fanfare.toml:6:18: error: line 1, column 1: ")));
}

// A37
TEST(ShapeKeys, HeadersAreATableOrTextWithOneALine) {
    Tree tree;
    tree.Write("fanfare.toml", kDestination + "shape.headers = \"\"\"\nX-A: 1: {{type}}\r\nX-B:two \n\"\"\"\n");
    const Loaded loaded = tree.Load();
    ASSERT_THAT(tree.Heads(loaded), IsEmpty());
    EXPECT_THAT(RequestOf(*loaded.config.destinations[0].shaping.shape, "{}").headers,
                ElementsAre(testing::Pair("X-A", "1: t"), testing::Pair("X-B", "two")));
}

// A37
TEST(ShapeKeys, AHeaderThatCannotBeSentIsRefusedAtItsPlace) {
    EXPECT_THAT(FaultsOf(kDestination + "[destination.a.shape.headers]\nX-A = \"1\"\nHost = \"a\"\n\"X B\" = \"2\"\n"),
                ElementsAre(HasSubstr("5:1: error: "), HasSubstr("6:1: error: ")));
    EXPECT_THAT(FaultsOf(kDestination + "shape.headers = \"X-A 1\"\n"), ElementsAre("3:7: error: line 1, column 1: 'X-A 1' has no colon"));
    EXPECT_THAT(FaultsOf(kDestination + "shape.headers = 7\n"),
                ElementsAre("3:17: error: 'headers' must be a table or text with one \"Name: value\" a line"));
}

TEST(ShapeKeys, ThoseThatContradictEachOtherAreRefused) {
    EXPECT_THAT(
        FaultsOf(kDestination + "[destination.a.shape]\npayload = \"envelope\"\ntemplate = \"x\"\ntempalte = \"y\"\n"),
        ElementsAre("4:11: error: 'payload' has no effect beside a template",
                    "6:1: error: unknown key 'tempalte' in [destination.a.shape]"));
    EXPECT_THAT(FaultsOf(kDestination + "shape = { template = \"x\", template_file = \"y\" }\n"),
                ElementsAre("3:43: error: both 'template' and 'template_file' are set"));
    EXPECT_THAT(FaultsOf(kDestination + "shape = \"data\"\n"),
                ElementsAre("3:9: error: 'shape' must be a table, not a string"));
    EXPECT_THAT(FaultsOf(kDestination + "shape.content_type = \"text/html\"\n"),
                ElementsAre("3:7: warning: 'content_type' has no effect without a template"));
}

TEST(ShapeKeys, OfAnEntryAreCheckedLikeThoseOfADestination) {
    EXPECT_THAT(FaultsOf(kRoute + "to = [{ destination = \"a\", template = \"{{\" }]\n"),
                ElementsAre(HasSubstr("5:39: error: line 1, column 1: ")));
    EXPECT_THAT(FaultsOf(kRoute + "to = [{ destination = \"a\", template_file = \"none\" }]\n"),
                ElementsAre(HasSubstr("5:44: error: 'template_file': cannot read ")));
}

}  // namespace
}  // namespace fanfare::config
