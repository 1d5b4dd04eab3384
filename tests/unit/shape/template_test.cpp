// The language beyond the specification of Mustache: names, indexes, filters, and what is refused.
#include "unit/shape/support.hpp"

namespace fanfare::shape {
namespace {

using testing::Test;

std::string Faults(const std::string& text, const std::string& content_type = "text/plain") {
    return Show(FaultsOf(TemplateOf(text, content_type)));
}

// A38
TEST(Template, PrintsTheAttributesOfAnEvent) {
    model::Envelope envelope = EventWith("{}");
    envelope.event.subject = "42";
    envelope.event.time = "2026-01-02T03:04:05Z";
    envelope.event.data_schema = "https://example.com/s";
    envelope.event.extensions = {{"traceid", "t-9", model::AttributeKind::kString},
                                 {"level", "3", model::AttributeKind::kInteger}};
    EXPECT_EQ(Text("{{id}} {{source}} {{type}} {{subject}} {{time}} {{datacontenttype}} {{dataschema}} {{specversion}}",
                   envelope),
              "e-1 /shop order.placed 42 2026-01-02T03:04:05Z application/json https://example.com/s 1.0");
    EXPECT_EQ(Text("{{realm}} {{received_at}} {{traceid}} {{level}}", envelope), "prod 2023-11-14T22:13:20Z t-9 3");
}

// A38
TEST(Template, FindsNestedKeysAndPlacesInLists) {
    const std::string data = R"({"a":{"b":[{"n":"zero"},{"n":"one"}]},"m":[[1,2],[3]],"0":"key"})";
    EXPECT_EQ(Text("{{data.a.b.0.n}} {{data.a.b.1.n}} {{data.m.0.1}} {{data.m.1.0}} {{data.0}}", data),
              "zero one 2 3 key");
    EXPECT_EQ(Text("{{#data.m}}<{{0}}>{{/data.m}}", R"({"m":[[1,2],[3]]})"), "<1><3>");
    EXPECT_EQ(Text("{{data.a.b.2.n}}", data), "error: the template: the event has no data.a.b.2.n");
    EXPECT_EQ(Text("{{data.a.b.01}}", data), "error: the template: the event has no data.a.b.01");
}

TEST(Template, FindsNamesThatTheEventWritesWithEscapes) {
    EXPECT_EQ(Text("{{data.name.\xC3\xA9}}", R"({"n\u0061me":{"\u00e9":"x"}})"), "x");
}

TEST(Template, TakesTheLastOfMembersThatStandThereTwice) {
    EXPECT_EQ(Text("{{data.a}}", R"({"a":1,"a":2})"), "2");
    EXPECT_EQ(Text("{{data.a.b}}", R"({"a":{"b":1},"a":{}})"), "error: the template: the event has no data.a.b");
}

// A38
TEST(Template, SaysTheWordsOfTheHooksForAChange) {
    const std::string update = R"({"action":"update","old_object":{"n":"old"},"new_object":{"n":"new"},)"
                               R"("content_type":{"app_label":"shop","model":"order","name":"order","id":7}})";
    EXPECT_EQ(Text("{{event_type}} {{object_type}} {{object_id}} {{object_serialization.n}}", update),
              "updated shop.order 7 new");
    const std::string removal = R"({"action":"delete","old_object":{"n":"old"},"new_object":{},)"
                                R"("content_type":{"app_label":"shop","model":"order","name":"order","id":7}})";
    EXPECT_EQ(Text("{{event_type}} {{object_serialization}}", removal), R"(deleted {"n":"old"})");
    EXPECT_EQ(Text("{{event_type}}", R"({"action":"create"})"), "created");
    EXPECT_EQ(Text("{{event_type}}", R"({"action":"explode"})"), "error: the template: the event has no event_type");
}

TEST(Template, PrintsObjectsAndListsAsTheyStand) {
    EXPECT_EQ(Text("{{data.o}} {{data.l}} {{data}}", R"({"o":{ "a" : 1.50 },"l":[1, 2]})"),
              R"({ "a" : 1.50 } [1, 2] {"o":{ "a" : 1.50 },"l":[1, 2]})");
}

TEST(Template, TakesDataThatIsNotJsonAsText) {
    EXPECT_EQ(Text("<{{data}}>", EventWith("a \"b\"\n", "text/plain")), "<a \"b\"\n>");
    EXPECT_EQ(Text("{{data.x}}", EventWith("{\"x\":1}", "text/plain")), "error: the template: the event has no data.x");
    EXPECT_EQ(Text("{{data.x}}", EventWith("{\"x\":1}", "")), "1");
    EXPECT_EQ(Text("<{{data}}>", EventWith("{not", "")), "<{not>");
}

// A40
TEST(Template, NamesWhatIsMissing) {
    EXPECT_EQ(Text("{{data.new_object.name}}", R"({"new_object":{}})"),
              "error: the template: the event has no data.new_object.name");
    EXPECT_EQ(Text("{{subject}}", "{}"), "error: the template: the event has no subject");
    EXPECT_EQ(Text("{{traceid}}", "{}"), "error: the template: the event has no traceid");
    EXPECT_EQ(Text("{{data.x}}", EventWith("")), "error: the template: the event has no data.x");
    EXPECT_EQ(Text("one\ntwo {{data.x}}\n", "{}"), "error: the template, line 2: the event has no data.x");
    EXPECT_EQ(Text("{{#data.l}}{{nam}}{{/data.l}}", R"({"l":[{"name":1}]})"),
              "error: the template: neither the section data.l nor the event has nam");
}

// A40
TEST(Template, PrintsNothingForWhatIsMissingWhereToldSo) {
    Spec spec = TemplateOf("<{{data.x}}{{subject}}>");
    spec.missing = Missing::kEmpty;
    EXPECT_EQ(Render(spec, EventWith("{}")).text(), "<>");
    spec = TemplateOf("{\"a\":{{data.x}},\"b\":\"{{data.x}}\"}", "application/json");
    spec.missing = Missing::kEmpty;
    EXPECT_EQ(Render(spec, EventWith("{}")).text(), "{\"a\":null,\"b\":\"\"}");
}

// A40
TEST(Template, PrintsTheDefaultForWhatIsMissingOrNull) {
    EXPECT_EQ(Text("{{data.x | default \"none\"}}", "{}"), "none");
    EXPECT_EQ(Text("{{data.x | default \"none\"}}", R"({"x":null})"), "none");
    EXPECT_EQ(Text("{{data.x | default \"none\"}}", R"({"x":""})"), "");
    EXPECT_EQ(Text("{{data.x | upper | default \"none\" | lower}}", "{}"), "none");
    EXPECT_EQ(Text("{\"n\":{{data.x | default 5}},\"s\":{{data.x | default \"a\\\"b\"}}}", "{}", "application/json"),
              R"({"n":5,"s":"a\"b"})");
}

// A40
TEST(Template, AsksWithASectionWhetherSomethingIsThere) {
    EXPECT_EQ(Text("{{#data.x}}yes{{/data.x}}{{^data.x}}no{{/data.x}}", "{}"), "no");
    EXPECT_EQ(Text("{{#subject}}yes{{/subject}}{{^subject}}no{{/subject}}", "{}"), "no");
    EXPECT_EQ(Text("{{#data.x}}yes {{data.x}}{{/data.x}}", R"({"x":"y"})"), "yes y");
}

// A38
TEST(Template, Filters) {
    const std::string data = R"({"s":"a\u00e9\"B","n":7,"o":{"k":[1]},"l":["a","b",3],"z":null,"e":[]})";
    EXPECT_EQ(Text("{{data.s | json}} {{data.n|json}} {{data.o | json}} {{data.z | json}}", data),
              "\"a\\u00e9\\\"B\" 7 {\"k\":[1]} null");
    EXPECT_EQ(Text("{{type | json}}", data), "\"order.placed\"");
    EXPECT_EQ(Text("{{data.s | upper}} {{data.s | lower}}", data), "A\xC3\xA9\"B a\xC3\xA9\"b");
    EXPECT_EQ(Text("{{data.s | truncate 2}}|{{data.s | truncate 0}}|{{data.s | truncate 99}}", data),
              "a\xC3\xA9||a\xC3\xA9\"B");
    EXPECT_EQ(Text("{{data.s | urlencode}}", data), "a%C3%A9%22B");
    EXPECT_EQ(Text("{{data.s | base64}}", data), "YcOpIkI=");
    EXPECT_EQ(Text("{{data.l | join \", \"}};{{data.n | join \"-\"}};{{data.e | join \"-\"}}", data), "a, b, 3;7;");
    EXPECT_EQ(Text("{{data.l | join \"\\u000A\" | upper}}", data), "A\nB\n3");
    EXPECT_EQ(Text("{{data.s|truncate 1|upper|base64}}", data), "QQ==");
}

TEST(Template, WritesJsonOnceHoweverOftenItIsAskedFor) {
    EXPECT_EQ(Text("{{type | json | json | json}}", "{}"), "\"order.placed\"");
    EXPECT_EQ(Text("{{data.s | json | json}}", R"({"s":"x"})"), "\"x\"");
}

TEST(Template, KnowsATagByItsBracesEvenIfItIsOnlyAComment) {
    EXPECT_TRUE(IsTemplate("{{! secret }}"));
    EXPECT_TRUE(IsTemplate("a {{"));
    EXPECT_FALSE(IsTemplate("a {b} { {c} }"));
    EXPECT_EQ(Text("a{{! secret }}b", "{}"), "ab");
}

// A41
TEST(Template, FindsFaultsWhenItIsCompiled) {
    EXPECT_EQ(Faults("a\n\xC3\xA9 {{type"), "template:2:3: this tag is never closed (write }} at its end)");
    EXPECT_EQ(Faults("{{{type}}"), "template:1:1: this tag is never closed (write }}} at its end)");
    EXPECT_EQ(Faults("{{}}"), "template:1:1: an empty tag (write the name of a value, such as {{type}})");
    EXPECT_EQ(Faults("{{# }}{{/ }}"), "template:1:1: an empty tag (write the name of a value, such as {{type}})");
    EXPECT_EQ(Faults("{{#data.x}}"),
              "template:1:1: the section 'data.x' is never closed (write {{/data.x}} at its end)");
    EXPECT_EQ(Faults("{{#data.x}}{{/data.y}}"),
              "template:1:12: closes 'data.y', but 'data.x' is open (write {{/data.x}})");
    EXPECT_EQ(Faults("{{/data.x}}"), "template:1:1: nothing is open that 'data.x' could close");
    EXPECT_EQ(Faults("{{=<% %}}x"), "template:1:1: this tag is never closed (write =}} at its end)");
    EXPECT_EQ(Faults("{{=<%=}}"), "template:1:1: delimiters are two words without '=' (write {{=<% %>=}})");
    EXPECT_EQ(Faults("{{data..x}}"), "template:1:1: 'data..x' is not a name (write names as in data.tags.0.name)");
    EXPECT_EQ(Faults("{{data.x.}}"), "template:1:1: 'data.x.' is not a name (write names as in data.tags.0.name)");
    EXPECT_EQ(Faults("{{.}}"), "template:1:1: '.' is the value of a section, and none is open here (write {{data}})");
    EXPECT_EQ(Faults("{{#data.x | upper}}{{/data.x}}").substr(0, 44), "template:1:1: a section takes no filters (us");
}

// A41
TEST(Template, TellsAllFaultsAtOnce) {
    EXPECT_EQ(Faults("{{}}\n{{/x}}\n{{type | uper}}"),
              "template:1:1: an empty tag (write the name of a value, such as {{type}})\n"
              "template:2:1: nothing is open that 'x' could close\n"
              "template:3:10: there is no filter 'uper' (did you mean 'upper'?)");
}

// A41
TEST(Template, FindsFaultsOfFilters) {
    EXPECT_EQ(Faults("{{type |}}"), "template:1:9: a filter is missing behind '|'");
    EXPECT_EQ(Faults("{{type | fold}}").substr(0, 48), "template:1:10: there is no filter 'fold' (filter");
    EXPECT_EQ(Faults("{{type upper}}"), "template:1:8: expected '|' and a filter behind the name");
    EXPECT_EQ(Faults("{{type | upper 3}}"), "template:1:16: upper takes no argument");
    EXPECT_EQ(Faults("{{type | truncate}}"),
              "template:1:18: truncate needs a number of characters, found nothing (write truncate 20)");
    EXPECT_EQ(Faults("{{type | truncate -1}}"),
              "template:1:19: truncate needs a number of characters, found '-1' (write truncate 20)");
    EXPECT_EQ(Faults("{{type | join 3}}"), "template:1:15: join needs a text, found '3' (write join \", \")");
    EXPECT_EQ(Faults("{{type | default x}}"),
              "template:1:18: default needs a value, found 'x' (write default "
              "\"text\", or a number, true, false or null)");
    EXPECT_EQ(Faults("{{type | default \"x}}"),
              "template:1:18: default needs a value, found '\"x' (write default "
              "\"text\", or a number, true, false or null)");
    std::string many = "{{type";
    for (int i = 0; i < 17; ++i) many += "|upper";
    EXPECT_EQ(Faults(many + "}}"), "template:1:104: more than 16 filters in one tag");
}

// A41
TEST(Template, RefusesNamesThatNoEventCanHave) {
    EXPECT_EQ(Faults("{{dta.name}}"),
              "template:1:1: 'dta.name' is not a name that an event can have (write data.dta.name)");
    EXPECT_EQ(Faults("{{datta_.name}}"),
              "template:1:1: 'datta_.name' is not a name that an event can have (did you mean data.name?)");
    EXPECT_EQ(Faults("{{foo.bar}}"),
              "template:1:1: 'foo.bar' is not a name that an event can have (write data.foo.bar)");
    EXPECT_EQ(Faults("{{Foo}}"), "template:1:1: 'Foo' is not a name that an event can have (write data.Foo)");
    EXPECT_EQ(Faults("{{event_typ}}"),
              "template:1:1: 'event_typ' is not a name that an event can have (did you mean event_type?)");
    EXPECT_EQ(Faults("{{type.x}}"), "template:1:1: 'type.x' is not a name that an event can have (write data.type.x)");
    EXPECT_EQ(Faults("{{^data.x}}{{foo.bar}}{{/data.x}}"),
              "template:1:12: 'foo.bar' is not a name that an event can have (write data.foo.bar)");
    EXPECT_EQ(Faults("{{#foo.bar}}{{/foo.bar}}"),
              "template:1:1: 'foo.bar' is not a name that an event can have (write data.foo.bar)");
    EXPECT_EQ(Faults("{{foo}}{{#data.x}}{{foo.bar}}{{Foo}}{{/data.x}}"), "");
}

TEST(Template, RefusesPartials) {
    EXPECT_EQ(Faults("{{> header}}"), "template:1:1: fanfare has no partials (write the text of the partial here)");
}

TEST(Template, RefusesSectionsAndNamesWithoutBottom) {
    std::string deep;
    for (int i = 0; i < 33; ++i) deep += "{{#data.x}}";
    for (int i = 0; i < 33; ++i) deep += "{{/data.x}}";
    EXPECT_NE(Faults(deep).find("more than 32 sections inside of each other"), std::string::npos);
    EXPECT_EQ(Faults(deep.substr(11, deep.size() - 22)), "");
    std::string name = "data";
    for (int i = 0; i < 32; ++i) name += ".x";
    EXPECT_EQ(Faults("{{" + name + "}}"), "template:1:1: a name of more than 32 parts");
    EXPECT_EQ(Faults("{{" + name.substr(2 + 2) + "}}").substr(0, 13), "template:1:1:");
}

// A41
TEST(Template, NeverFailsAtEventTimeForAFaultOfSyntax) {
    auto compiled = Shape::Compile(TemplateOf("{{#data.x}}"));
    EXPECT_TRUE(std::holds_alternative<std::vector<Fault>>(compiled));
}

// A36
TEST(Template, RefusesAContentTypeThatIsNone) {
    EXPECT_EQ(Faults("x", "json"), "content_type:0:0: 'json' is not a media type (write one such as application/json)");
    EXPECT_EQ(Faults("x", "text/plain\r\nX: y"),
              "content_type:0:0: 'text/plain\\x0d\\x0aX: y' is not a media type "
              "(write one such as application/json)");
    EXPECT_EQ(Faults("x", "text/plain; charset=latin1"),
              "content_type:0:0: templates make UTF-8, not 'latin1' (write charset=utf-8)");
    EXPECT_EQ(Faults("x", "text/plain; charset=UTF-8"), "");
}

// A36
TEST(Template, SendsTheContentTypeThatIsConfigured) {
    const Rendered rendered = Render(TemplateOf("x", "application/javascript"), EventWith("{}"));
    ASSERT_TRUE(rendered.request.payload);
    EXPECT_EQ(*rendered.request.payload, (model::Payload{"application/javascript", "x"}));
}

// A45
TEST(Template, MakesTheSameBytesEveryTime) {
    const Spec spec = TemplateOf("{{id}} {{received_at}} {{data.a}}");
    const model::Envelope envelope = EventWith(R"({"a":[1,2]})");
    EXPECT_EQ(Render(spec, envelope).request, Render(spec, envelope).request);
}

}  // namespace
}  // namespace fanfare::shape
