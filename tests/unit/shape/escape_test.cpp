// That a value stays one value in what is around it, and that what is not well-formed is not sent.
#include "shape/xml_check.hpp"
#include "unit/shape/support.hpp"

namespace fanfare::shape {
namespace {

std::string Json(const std::string& text, const std::string& data) { return Text(text, data, "application/json"); }
std::string Xml(const std::string& text, const std::string& data) { return Text(text, data, "application/xml"); }

std::string DataOf(const std::string& value) {
    std::string out = "{\"v\":\"";
    for (const char c : value) out += c == '"' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
    return out + "\"}";
}

// A39
TEST(Escape, KeepsAValueInItsJsonString) {
    EXPECT_EQ(Json(R"({"a":"<{{data.v}}>"})", R"({"v":"\"},{\"x\":\"\\ \n\u0001 é"})"),
              R"({"a":"<\"},{\"x\":\"\\ \n\u0001 é>"})");
    EXPECT_EQ(Json(R"({"a":"{{data.v}}"})", R"({"v":{"k":["x\n"]}})"), R"({"a":"{\"k\":[\"x\\n\"]}"})");
    EXPECT_EQ(Json(R"({"a":"{{type}} {{data.n}} {{data.z}}"})", R"({"n":1.0,"z":null})"),
              R"({"a":"order.placed 1.0 "})");
    EXPECT_EQ(Json(R"({"a":"{{data.v | upper}}"})", R"({"v":"a\"b\n"})"), R"({"a":"A\"B\n"})");
    EXPECT_EQ(Json(R"({"a":"{{data.v | json}}"})", R"({"v":"x"})"), R"({"a":"\"x\""})");
}

// A39
TEST(Escape, PrintsJsonWhereAJsonValueStands) {
    EXPECT_EQ(Json(R"({"s":{{data.s}},"n":{{data.n}},"b":{{data.b}},"z":{{data.z}},"o":{{data.o}},"t":{{type}}})",
                   R"({"s":"a\"b","n":-1.50,"b":true,"z":null,"o":{"k":[ ]}})"),
              R"({"s":"a\"b","n":-1.50,"b":true,"z":null,"o":{"k":[ ]},"t":"order.placed"})");
    EXPECT_EQ(Json(R"([{{data.n | string}},{{data.n | json}},{{data.s | upper}},{{data.o | string}}])",
                   R"({"n":5,"s":"a","o":[1]})"),
              R"(["5",5,"A","[1]"])");
    EXPECT_EQ(Json(R"({ {{data.k}}: 1 })", R"({"k":"a\"b"})"), R"({ "a\"b": 1 })");
}

// A39
TEST(Escape, KnowsWhereAJsonStringEndsThoughItHasEscapes) {
    EXPECT_EQ(Json(R"(["\"\\",{{data.v}},"\\{{data.v}}\""])", R"({"v":"x"})"), R"(["\"\\","x","\\x\""])");
    EXPECT_EQ(
        Show(FaultsOf(TemplateOf(R"(["\{{data.v}}"])", "application/json"))),
        "template:1:4: a tag stands behind a backslash in a JSON string (write \\\\ for a backslash that is to be "
        "sent)");
}

// A39
TEST(Escape, RefusesASectionWithHalfAJsonString) {
    EXPECT_EQ(Show(FaultsOf(TemplateOf(R"([{{#data.x}}"{{/data.x}}a"])", "application/json"))).substr(0, 75),
              "template:1:14: a JSON string starts or ends inside of the section, so it is");
    EXPECT_EQ(Json(R"([{{#data.x}}"a",{{/data.x}}"b{{#data.x}}c{{/data.x}}"])", R"({"x":true})"), R"(["a","bc"])");
}

// A39
TEST(Escape, TakesEveryJsonTypeForJson) {
    EXPECT_EQ(Text("[{{data.v}}]", R"({"v":"x"})", "application/vnd.api+json; charset=utf-8"), R"(["x"])");
    EXPECT_EQ(Text("[{{data.v}}]", R"({"v":"x"})", "text/plain"), "[x]");
}

TEST(Escape, RefusesBytesThatJsonCannotCarry) {
    EXPECT_EQ(Text("{\"a\":\"{{data}}\"}", EventWith("\xFF", "application/octet-stream"), "application/json"),
              "error: the template: data is not UTF-8, which JSON must be");
    EXPECT_EQ(Text("{\"a\":{{data}}}", EventWith("\xFF", "application/octet-stream"), "application/json"),
              "error: the template: data is not UTF-8, which JSON must be");
    EXPECT_EQ(Text("{\"a\":\"{{data | base64}}\"}", EventWith("\xFF", "application/octet-stream"), "application/json"),
              "{\"a\":\"/w==\"}");
}

// A42
TEST(Escape, NeverSendsAnInvalidJson) {
    EXPECT_EQ(Json("{\"a\":{{{data.v}}}}", R"({"v":"x"})"),
              "error: Payload is an invalid JSON: byte 5: expected a value, found 'x'");
    EXPECT_EQ(Json("{\"a\":\"{{{data.v}}}\"}", R"({"v":"\","})"),
              "error: Payload is an invalid JSON: byte 10: ends in the middle of a string");
    EXPECT_EQ(Json("[{{#data.l}}{{.}},{{/data.l}}]", R"({"l":[1,2]})"),
              "error: Payload is an invalid JSON: byte 5: expected a value, found ']'");
    EXPECT_EQ(Json("{\"a\":{{{data.v}}}}", R"({"v":[1]})"), R"({"a":[1]})");
}

// A42
TEST(Escape, FindsAnInvalidPayloadWithoutTagsWhenItIsCompiled) {
    EXPECT_EQ(Show(FaultsOf(TemplateOf("{a}", "application/json"))),
              "template:0:0: Payload is an invalid JSON: byte 1: expected a name in quotes or '}', found 'a'");
    EXPECT_EQ(Show(FaultsOf(TemplateOf("<a>", "text/xml"))),
              "template:0:0: Payload is an invalid XML: byte 3: ends where the end tag of 'a' was expected");
}

// A39
TEST(Escape, KeepsAValueInItsXml) {
    EXPECT_EQ(Xml("<a b=\"{{data.v}}\" c='{{data.v}}'>{{data.v}}</a>", DataOf("<x y=\"1\" z='2'>&amp;]]></a>")),
              "<a b=\"&lt;x y=&quot;1&quot; z=&#39;2&#39;&gt;&amp;amp;]]&gt;&lt;/a&gt;\" "
              "c='&lt;x y=&quot;1&quot; z=&#39;2&#39;&gt;&amp;amp;]]&gt;&lt;/a&gt;'>"
              "&lt;x y=&quot;1&quot; z=&#39;2&#39;&gt;&amp;amp;]]&gt;&lt;/a&gt;</a>");
    EXPECT_EQ(Xml("<a>{{data.v}}</a>", R"({"v":"x\ry\tz\n"})"), "<a>x&#13;y\tz\n</a>");
    EXPECT_EQ(Xml("<a>{{data.v}}</a>", R"({"v":"\u0001"})"),
              "error: the template: data.v has a character at byte 0 that XML 1.0 forbids");
    EXPECT_EQ(Xml("<a>{{data.v}}</a>", R"({"v":"a\uFFFE"})"),
              "error: the template: data.v has a character at byte 1 that XML 1.0 forbids");
}

// A42
TEST(Escape, NeverSendsAnInvalidXml) {
    EXPECT_EQ(Text("<a>{{{data.v}}}</a>", R"({"v":"<b>"})", "text/xml"),
              "error: Payload is an invalid XML: byte 8: the end tag of 'a' stands where that of 'b' was expected");
    EXPECT_EQ(Text("<a>{{{data.v}}}</a>", R"({"v":"</a><a>"})", "image/svg+xml"),
              "error: Payload is an invalid XML: byte 8: a second element at the top");
    EXPECT_EQ(Text("<a {{data.v}}/>", R"({"v":"onload=\"x\""})", "text/xml"),
              "error: Payload is an invalid XML: byte 10: expected a value in quotes, found '&'");
    EXPECT_EQ(Text("<a>{{{data.v}}}</a>", R"({"v":"<b/>"})", "text/xml"), "<a><b/></a>");
}

// A39
TEST(Escape, KeepsAValueInItsHtml) {
    EXPECT_EQ(Text("<b>{{data.v}}</b>", DataOf("<script>'\"&"), "text/html"), "<b>&lt;script&gt;&#39;&quot;&amp;</b>");
}

// A39
TEST(Escape, LeavesOtherTextAsItIs) {
    EXPECT_EQ(Text("{{data.v}}", DataOf("<&'\"\\>")), "<&'\"\\>");
    EXPECT_EQ(Text("{{data.v}}", DataOf("<&'\"\\>"), "application/javascript"), "<&'\"\\>");
}

std::string XmlFault(const std::string& text) {
    const auto status = CheckXml(text);
    return status ? "" : status.error().message;
}

TEST(XmlCheck, AcceptsWhatIsWellFormed) {
    for (const char* text :
         {"<a/>", "<a></a>", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a/>\n",
          "<!-- c --><a><!-- - d --></a><!--e-->", "<a b=\"1\" c='2' d = \"&lt;&amp;&#65;&#x1F600;\"/>",
          "<a><![CDATA[<&]] >]]></a>", "<a>&quot;&apos;&gt;x]]y</a>", "<x:a xmlns:x=\"u\"><x:b-1._/></x:a >",
          "<\xC3\xA9t\xC3\xA9/>", "<a><?pi x ? > ?></a>", "<a>></a>"}) {
        EXPECT_EQ(XmlFault(text), "") << text;
    }
}

TEST(XmlCheck, NamesWhatIsNot) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"", "byte 0: there is no element"},
        {"x", "byte 0: text outside of an element"},
        {"<a/>x", "byte 4: text outside of an element"},
        {"<a>", "byte 3: ends where the end tag of 'a' was expected"},
        {"<a></b>", "byte 5: the end tag of 'b' stands where that of 'a' was expected"},
        {"</a>", "byte 2: the end tag of 'a' closes nothing"},
        {"<a/><b/>", "byte 5: a second element at the top"},
        {"<a b>", "byte 4: expected '=', found '>'"},
        {"<a b=c/>", "byte 5: expected a value in quotes, found 'c'"},
        {"<a b=\"1\"c=\"2\"/>", "byte 8: expected white space before an attribute, found 'c'"},
        {"<a b=\"1\" b=\"2\"/>", "byte 2: the attribute 'b' stands there twice"},
        {"<a b=\"<\"/>", "byte 6: '<' inside of an attribute"},
        {"<a b=\"", "byte 6: ends inside of an attribute"},
        {"<a>&</a>", "byte 3: '&' that starts no entity; write &amp;"},
        {"<a>&nbsp;</a>", "byte 3: unknown entity 'nbsp'"},
        {"<a>&#0;</a>", "byte 3: unknown entity '#0'"},
        {"<a>&#xD800;</a>", "byte 3: unknown entity '#xD800'"},
        {"<a>&#;</a>", "byte 3: unknown entity '#'"},
        {"<a>&#999999999;</a>", "byte 3: unknown entity '#999999999'"},
        {"<a>]]></a>", "byte 3: ']]>' outside of a CDATA section"},
        {"<a><![CDATA[</a>", "byte 12: a CDATA section does not end"},
        {"<a><!-- -- --></a>", "byte 8: '--' inside of a comment"},
        {"<a><!-- </a>", "byte 7: a comment does not end"},
        {"<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "byte 0: a document type is not allowed"},
        {"<a><?xml version=\"1.0\"?></a>", "byte 5: an XML declaration that is not at the start"},
        {" <?xml version=\"1.0\"?><a/>", "byte 3: an XML declaration that is not at the start"},
        {"<a><?pi", "byte 7: a processing instruction does not end"},
        {"<1/>", "byte 1: expected a name, found '1'"},
        {"<a\x01/>", "byte 2: a character that XML 1.0 forbids"},
        {"<a>\xFF</a>", "byte 0: the text is not UTF-8"},
        {"<a", "byte 2: ends where '>' or '/>' was expected"},
        {"<a / >", "byte 3: expected '>' or '/>', found '/'"},
    };
    for (const auto& [text, fault] : cases) EXPECT_EQ(XmlFault(text), fault) << text;
}

TEST(XmlCheck, BoundsTheDepth) {
    std::string deep;
    for (int i = 0; i < 512; ++i) deep += "<a>";
    EXPECT_EQ(XmlFault(deep + "<b/>"), "byte 1540: ends where the end tag of 'a' was expected");
    EXPECT_EQ(XmlFault(deep + "<a>"), "byte 1537: nested deeper than 512 levels");
}

}  // namespace
}  // namespace fanfare::shape
