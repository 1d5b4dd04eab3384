// Damaged schemas and damaged values: a check ends, with a verdict or without one.
#include <gtest/gtest.h>

#include "fuzz/mutate.hpp"
#include "json/value.hpp"
#include "schema/schema.hpp"

namespace fanfare::schema {
namespace {

constexpr std::array kSchemas{
    R"({"$schema":"http://json-schema.org/draft-04/schema#","type":"object","required":["a"],"additionalProperties":false,
        "properties":{"a":{"type":["integer","string"],"minimum":1,"exclusiveMinimum":true,"pattern":"^[a-z\\d]+$"},
        "b":{"items":[{"enum":[1,"x"]},{"multipleOf":2}],"additionalItems":{"$ref":"#/definitions/tree"},"uniqueItems":true}},
        "definitions":{"tree":{"items":{"$ref":"#/definitions/tree"},"maxItems":3}}})",
    R"({"if":{"properties":{"a":{"const":1}}},"then":{"required":["b"]},"else":{"not":{"required":["c"]}},
        "anyOf":[{"$ref":"#/definitions/x"},{"propertyNames":{"maxLength":1}},{"type":"null"}],
        "patternProperties":{"^b":{"contains":{"type":"integer"}}},"dependencies":{"a":["b"],"c":{"minProperties":2}},
        "definitions":{"x":{"oneOf":[{"format":"date-time"},{"format":"ipv6"},{"minLength":3}]}}})",
    R"json({"properties":{"a":{"pattern":"^(\\s|[^\\S\\u00e9])*(?<n>a{2,4})\\/\\cA.$","maxLength":9}},"additionalProperties":{"$ref":"#"}})json"};

constexpr std::array kValues{R"({"a":1,"b":[1,2,[[],[3]]]})", R"({"a":"x1","b":["x",4.0,-1e3,null],"c":true})",
                             R"({"c":{"a":"aa/","c":{"a":"2016-05-29T15:03:50Z"}}})", R"(["::1",[1],{"a":null}])"};

template <std::size_t N>
std::string Damaged(const std::array<const char*, N>& seeds, fuzz::Random& random) {
    const std::string seed = seeds[fuzz::Below(random, N)];
    return fuzz::Below(random, 3) == 0 ? seed : fuzz::Mutate(seed, random);
}

TEST(SchemaFuzz, EndsOnEverySchemaAndEveryValue) {
    fuzz::Random random(20160529);
    std::size_t checked = 0;
    std::size_t refused = 0;
    for (int i = 0; i < 20'000; ++i) {
        const Subject subject = i % 4 == 0 ? Subject::kOptions : Subject::kData;
        const auto schema = Schema::Compile(Damaged(kSchemas, random), subject);
        if (!schema) {
            EXPECT_EQ(schema.error().code, base::Code::kConfig);
            continue;
        }
        for (int each = 0; each < 4; ++each) {
            const auto value = json::Parse(Damaged(kValues, random));
            if (!value) continue;
            const auto violations = (*schema)->Check(*value);
            ASSERT_LE(violations.size(), 100u);
            refused += violations.empty() ? 0 : 1;
            ++checked;
        }
    }
    EXPECT_GT(checked, 10'000u) << "too few schemas and values could be read to say anything";
    EXPECT_GT(refused, 1'000u);
    EXPECT_GT(checked - refused, 1'000u);
}

}  // namespace
}  // namespace fanfare::schema
