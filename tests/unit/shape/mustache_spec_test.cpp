// The rules of the Mustache specification 1.1 (github.com/mustache/spec: interpolation, sections, inverted, comments,
// delimiters), one case each in mustache_spec/*.json. Its data stands in the event's data, so names start with "data.".
//
// Where fanfare differs from the specification, and why:
// - Partials are a fault: a template is one text of the configuration (see Template.RefusesPartials).
// - A decimal prints as it stands in the event (1.210, not 1.21): nothing that was sent is rewritten.
// - A missing name is an error unless `missing` is "empty", as it is here.
#include <fstream>
#include <iterator>

#include "json/value.hpp"
#include "unit/shape/support.hpp"

namespace fanfare::shape {
namespace {

struct Case {
    std::string name;
    std::string data;
    std::string text;
    std::string expected;
};

void PrintTo(const Case& spec_case, std::ostream* out) { *out << spec_case.name; }

std::vector<Case> Read(const std::string& chapter) {
    std::ifstream file(FANFARE_MUSTACHE_SPEC "/" + chapter + ".json", std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    std::vector<Case> cases;
    for (const json::Value& entry : json::Value::parse(text)) {
        cases.push_back({entry.at("name"), entry.at("data").dump(), entry.at("template"), entry.at("expected")});
    }
    return cases;
}

class MustacheSpec : public testing::TestWithParam<Case> {};

// A38
TEST_P(MustacheSpec, Holds) {
    Spec spec = TemplateOf(GetParam().text, "text/html");
    spec.missing = Missing::kEmpty;
    EXPECT_EQ(Render(spec, EventWith(GetParam().data)).text(), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Interpolation, MustacheSpec, testing::ValuesIn(Read("interpolation")));
INSTANTIATE_TEST_SUITE_P(Sections, MustacheSpec, testing::ValuesIn(Read("sections")));
INSTANTIATE_TEST_SUITE_P(Inverted, MustacheSpec, testing::ValuesIn(Read("inverted")));
INSTANTIATE_TEST_SUITE_P(Comments, MustacheSpec, testing::ValuesIn(Read("comments")));
INSTANTIATE_TEST_SUITE_P(Delimiters, MustacheSpec, testing::ValuesIn(Read("delimiters")));

}  // namespace
}  // namespace fanfare::shape
