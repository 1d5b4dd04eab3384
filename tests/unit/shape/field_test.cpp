// Confinement: what an event holds cannot leave the header, line or URL that it is put into.
#include "unit/shape/support.hpp"

namespace fanfare::shape {
namespace {

// A member "v" of data with this text.
model::Envelope With(const std::string& escaped) { return EventWith("{\"v\":\"" + escaped + "\"}"); }

std::string Header(const std::string& text, const model::Envelope& envelope, Missing missing = Missing::kError) {
    Spec spec;
    spec.headers = {{"X-A", text}};
    spec.missing = missing;
    const Rendered rendered = Render(spec, envelope);
    if (!rendered.error.empty()) return "error: " + rendered.error;
    EXPECT_FALSE(rendered.request.payload);
    EXPECT_EQ(rendered.request.headers.size(), 1u);
    EXPECT_EQ(rendered.request.headers[0].first, "X-A");
    return rendered.request.headers[0].second;
}

std::string HeaderFault(const std::string& name, const std::string& text = "x") {
    Spec spec;
    spec.headers = {{name, text}};
    return Show(FaultsOf(spec));
}

// A36 A37
TEST(Header, HoldsAValueOfTheEvent) {
    EXPECT_EQ(Header("{{type}}: {{data.v}}", With("a, \\\"b\\\"")), "order.placed: a, \"b\"");
    EXPECT_EQ(Header("constant", With("")), "constant");
    EXPECT_EQ(Header("{{data.v}}", With("")), "");
    EXPECT_EQ(Header("{{data.v}}", With("\xC3\xA9")), "\xC3\xA9");
    EXPECT_EQ(Header("{{data.v}}", With("a\\\\b://../?#@")), "a\\b://../?#@");
}

// A37
TEST(Header, RefusesALineBreakOrControlCharacterFromAnEvent) {
    EXPECT_EQ(Header("{{data.v}}", With("a\\r\\nX-B: c")),
              "error: the header X-A: a line break must not stand in the result");
    EXPECT_EQ(Header("{{data.v}}", With("a\\nX-B: c")),
              "error: the header X-A: a line break must not stand in the result");
    EXPECT_EQ(Header("{{data.v}}", With("a\\u0000")), "error: the header X-A: a NUL must not stand in the result");
    EXPECT_EQ(Header("{{data.v}}", With("\\t")), "error: the header X-A: a tab must not stand in the result");
    EXPECT_EQ(Header("{{{data.v}}}", With("\\u001b[0m")),
              "error: the header X-A: the control character 0x1b must not stand in the result");
    EXPECT_EQ(Header("{{data.v}}", With("\\u007f")),
              "error: the header X-A: the control character 0x7f must not stand in the result");
    EXPECT_EQ(Header("{{data}}", EventWith("\xFF", "application/octet-stream")),
              "error: the header X-A: the result is not UTF-8");
}

TEST(Header, BoundsItsLength) {
    EXPECT_EQ(Header("{{data.v}}", With(std::string(8192, 'a'))).size(), 8192u);
    EXPECT_EQ(Header("{{data.v}}", With(std::string(1 << 20, 'a'))),
              "error: the header X-A: the result has 1048576 bytes; at most 8192 are sent");
    EXPECT_EQ(Header("{{data.v | truncate 3}}", With(std::string(1 << 20, 'a'))), "aaa");
}

// A40
TEST(Header, NamesItselfAndWhatIsMissing) {
    EXPECT_EQ(Header("{{data.x}}", With("")), "error: the header X-A: the event has no data.x");
    EXPECT_EQ(Header("<{{data.x}}>", With(""), Missing::kEmpty), "<>");
}

// A37
TEST(Header, RefusesNamesThatAreNoneOrBelongToTheConnection) {
    EXPECT_EQ(HeaderFault("X A"), "X A:0:0: 'X A' is not the name of a header (names are letters, digits and '-')");
    EXPECT_EQ(HeaderFault(""), ":0:0: '' is not the name of a header (names are letters, digits and '-')");
    EXPECT_EQ(HeaderFault("X:\r\n"),
              "X:\r\n:0:0: 'X:\\x0d\\x0a' is not the name of a header (names are letters, "
              "digits and '-')");
    EXPECT_EQ(HeaderFault("\xC3\xA9").substr(6),
              ": '\\xc3\\xa9' is not the name of a header (names are letters, digits "
              "and '-')");
    for (const char* name : {"Host", "content-length", "Transfer-Encoding", "CONNECTION", "Keep-Alive", "TE", "Trailer",
                             "Upgrade", "Proxy-Authenticate", "Proxy-Authorization", "Expect"}) {
        EXPECT_EQ(HeaderFault(name), std::string(name) + ":0:0: the header " + name +
                                         " belongs to the connection and cannot be set (remove it)");
    }
    EXPECT_EQ(HeaderFault("content-Type"),
              "content-Type:0:0: Content-Type is set by what the payload is (write content_type beside the template)");
    for (const char* name : {"ce-id", "Authorization", "X-A", "a!#$%&'*+.^_`|~1"}) EXPECT_EQ(HeaderFault(name), "");
}

// A37
TEST(Header, RefusesTheSameNameTwiceWhateverItsCase) {
    Spec spec;
    spec.headers = {{"X-A", "1"}, {"x-a", "2"}};
    EXPECT_EQ(Show(FaultsOf(spec)), "x-a:0:0: the header x-a is set twice (remove one of them)");
}

// A37 A41
TEST(Header, FindsFaultsInItsTextWhenItIsCompiled) {
    EXPECT_EQ(HeaderFault("X-A", "a {{#data.x}}"),
              "X-A:1:3: the section 'data.x' is never closed (write {{/data.x}} at its end)");
    EXPECT_EQ(HeaderFault("X-A", "ab\r\nX-B: c"), "X-A:1:3: a line break must not stand here");
    EXPECT_EQ(HeaderFault("X-A", "ab{{type}}\tc"), "X-A:1:11: a tab must not stand here");
}

// A37
TEST(Header, AreReadFromTextOfBothLineEnds) {
    const auto parsed = ParseHeaders("X-A: 1\r\n\r\nAuthorization:  Bearer a:b:c \nReferer: http://x\n  \nX-Empty:");
    using Pairs = std::vector<std::pair<std::string, std::string>>;
    ASSERT_TRUE(std::holds_alternative<Pairs>(parsed));
    EXPECT_EQ(std::get<Pairs>(parsed),
              (Pairs{{"X-A", "1"}, {"Authorization", "Bearer a:b:c"}, {"Referer", "http://x"}, {"X-Empty", ""}}));
}

// A37
TEST(Header, ThatCannotBeReadAreNamedByTheirLine) {
    const auto parsed = ParseHeaders("X-A: 1\ntoken 1234\n\n: v\nHost: evil\n");
    ASSERT_TRUE(std::holds_alternative<std::vector<Fault>>(parsed));
    EXPECT_EQ(Show(std::get<std::vector<Fault>>(parsed)),
              "headers:2:1: 'token 1234' has no colon (write Name: value)\n"
              "headers:4:1: '' is not the name of a header (names are letters, digits and '-')\n"
              "headers:5:1: the header Host belongs to the connection and cannot be set (remove it)");
}

// A52
TEST(Header, ThatFailsForOneEventFailsForNoOther) {
    Spec spec;
    spec.headers = {{"X-A", "{{data.v}}"}};
    EXPECT_FALSE(Render(spec, With("\\n")).error.empty());
    EXPECT_TRUE(Render(spec, With("a")).error.empty());
}

std::string Url(const std::string& text, const std::string& value) { return Field(Place::kUrl, text, With(value)); }

// A36
TEST(Url, EncodesEveryValue) {
    EXPECT_EQ(Url("https://h/a/{{data.v}}/b?q={{data.v}}#{{data.v}}", "x/../y?z=1&w#@:% é~_-."),
              "https://h/a/x%2F..%2Fy%3Fz%3D1%26w%23%40%3A%25%20%C3%A9~_-./"
              "b?q=x%2F..%2Fy%3Fz%3D1%26w%23%40%3A%25%20%C3%A9~_-."
              "#x%2F..%2Fy%3Fz%3D1%26w%23%40%3A%25%20%C3%A9~_-.");
    EXPECT_EQ(Url("https://h/{{data.v}}", "://evil.example"), "https://h/%3A%2F%2Fevil.example");
    EXPECT_EQ(Url("https://h/{{data.v}}", "\\r\\nHost: evil\\u0000"), "https://h/%0D%0AHost%3A%20evil%00");
    EXPECT_EQ(Url("https://h/{{data.v}}", "\\u0001"), "https://h/%01");
    EXPECT_EQ(Url("/hooks/{{data.v}}", "\\\\x"), "/hooks/%5Cx");
}

// A36
TEST(Url, RefusesASegmentThatLeadsOutOfThePath) {
    const std::string dots = "error: the option /option: a segment of the path is '..', which leads out of it";
    EXPECT_EQ(Url("https://h/a/{{data.v}}/b", ".."), dots);
    EXPECT_EQ(Url("https://h/a/{{data.v}}", ".."), dots);
    EXPECT_EQ(Url("https://h/a/.{{data.v}}", "."), dots);
    EXPECT_EQ(Url("https://h/a/{{data.v}}{{data.v}}?x", "."), dots);
    EXPECT_EQ(Url("https://h/a/%2E{{data.v}}", "."),
              "error: the option /option: a segment of the path is '%2E.', which leads out of it");
    EXPECT_EQ(Url("https://h/a/{{data.v}}", "."),
              "error: the option /option: a segment of the path is '.', which leads out of it");
    EXPECT_EQ(Url("https://h/a/{{#data.v}}../{{/data.v}}b", "x"), dots);
    EXPECT_EQ(Url("https://h/a/{{data.v}}", "..."), "https://h/a/...");
    EXPECT_EQ(Url("https://h/a/x{{data.v}}", ".."), "https://h/a/x..");
    EXPECT_EQ(Url("https://h/a?x=/{{data.v}}", ".."), "https://h/a?x=/..");
}

// A36
TEST(Url, RefusesASegmentThatIsEmpty) {
    const std::string empty = "error: the option /option: a segment of the path is empty";
    EXPECT_EQ(Url("https://h/a/{{data.v}}/b", ""), empty);
    EXPECT_EQ(Url("https://h/a/{{data.v}}", ""), empty);
    EXPECT_EQ(Url("/{{data.v}}/evil.example", ""), empty);
    EXPECT_EQ(Url("https://h/a/{{#data.x}}y{{/data.x}}", ""), empty);
    EXPECT_EQ(Url("https://h/a/x{{data.v}}?q={{data.v}}", ""), "https://h/a/x?q=");
    EXPECT_EQ(Url("https://h/a//{{data.v}}/", "x"), "https://h/a//x/");
}

// A36 A41
TEST(Url, RefusesAHostThatDependsOnTheEvent) {
    const std::string fault =
        "does not compile: /option:1:1: scheme, host and port of a URL must not depend on the event (write them out up "
        "to the first '/', as in https://example.com/{{type}})";
    for (const char* text :
         {"{{data.v}}", "{{data.v}}://h/", "https://{{data.v}}/", "https://h{{data.v}}/", "https:{{data.v}}",
          "https://h:{{data.v}}/", "https://u:{{data.v}}@h/", "//{{data.v}}/x", "//h/{{data.v}}", "/\\h/{{data.v}}",
          "https:///{{data.v}}", "https://h\\{{data.v}}", "h/{{data.v}}", "{{#data.v}}https://h/{{/data.v}}"}) {
        EXPECT_EQ(Url(text, "x"), fault) << text;
    }
    EXPECT_EQ(Url("https://h:8443/{{data.v}}", "x"), "https://h:8443/x");
    EXPECT_EQ(Url("https://h?{{data.v}}", "x"), "https://h?x");
}

TEST(Url, RefusesValuesThatAreNotEncodedOrEncodedTwice) {
    EXPECT_EQ(Url("https://h/{{{data.v}}}", "x"),
              "does not compile: /option:1:11: a value in a URL is always encoded "
              "(write {{data.v}})");
    EXPECT_EQ(
        Url("https://h/{{data.v | urlencode}}", "x"),
        "does not compile: /option:1:11: a value in a URL is encoded anyway, and would be twice (remove the filter "
        "urlencode)");
}

TEST(Line, RefusesALineBreakOrControlCharacter) {
    EXPECT_EQ(Field(Place::kLine, "order {{data.v}}", With("7 <é>")), "order 7 <é>");
    EXPECT_EQ(Field(Place::kLine, "{{data.v}}", With("a\\nb")),
              "error: the option /option: a line break must not stand in the result");
    EXPECT_EQ(Field(Place::kLine, "{{data.v}}", With(std::string(1 << 20, 'a'))),
              "error: the option /option: the result has 1048576 bytes; at most 8192 are sent");
}

TEST(Line, RefusesALineBreakOfItsOwnWhenItIsCompiled) {
    EXPECT_EQ(Field(Place::kLine, "{{type}}\n", With("")),
              "does not compile: /option:1:9: a line break must not stand here");
}

TEST(Text, KeepsLinesAndTabsButNoOtherControlCharacters) {
    EXPECT_EQ(Field(Place::kText, "{{data.v}}\n", With("a\\n\\tb<")), "a\n\tb<\n");
    EXPECT_EQ(Field(Place::kText, "{{data.v}}", With("a\\r")),
              "error: the option /option: a line break must not stand in the result");
    EXPECT_EQ(Field(Place::kText, "{{data.v}}", With("\\u0000")),
              "error: the option /option: a NUL must not stand in the result");
    EXPECT_EQ(Field(Place::kText, "{{data.v}}", With(std::string(1 << 20, 'a'))).size(), std::size_t{1} << 20);
}

TEST(Html, EscapesEveryValue) {
    EXPECT_EQ(Field(Place::kHtml, "<b title=\"{{data.v}}\">\n", With("<\\\"'&")),
              "<b title=\"&lt;&quot;&#39;&amp;\">\n");
}

TEST(Options, ReportTheFaultsOfAllByTheirPointers) {
    auto compiled =
        Options::Compile({{"/url", "{{x", Place::kUrl}, {"/subject", "{{}}", Place::kLine}}, Missing::kError);
    ASSERT_TRUE(std::holds_alternative<std::vector<Fault>>(compiled));
    const std::string shown = Show(std::get<std::vector<Fault>>(compiled));
    EXPECT_NE(shown.find("/url:1:1: this tag is never closed"), std::string::npos) << shown;
    EXPECT_NE(shown.find("/subject:1:1: an empty tag"), std::string::npos) << shown;
}

}  // namespace
}  // namespace fanfare::shape
