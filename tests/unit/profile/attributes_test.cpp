#include "unit/profile/applying.hpp"

namespace fanfare::profile {
namespace {

std::string TypeOf(Sources sources, const std::string& body, const Headers& headers = {}) {
    Spec spec;
    spec.type = std::move(sources);
    return Apply(std::move(spec), body, headers).type.value;
}

TEST(Attributes, AreTheFirstOfTheirSourcesThatIsThere) {
    const Sources sources{Body("/a"), Header("X-Type"), Value("else")};
    EXPECT_EQ(TypeOf(sources, R"({"a":"body"})", {{"X-Type", "header"}}), "body");
    EXPECT_EQ(TypeOf(sources, R"({"b":1})", {{"X-Type", "header"}}), "header");
    EXPECT_EQ(TypeOf(sources, R"({"b":1})"), "else");
}

TEST(Attributes, AreStringsAndNumbersAsTheyAreWritten) {
    EXPECT_EQ(TypeOf({Body("/a")}, R"({"a":"caf\u00e9 \"x\""})"), "caf\xC3\xA9 \"x\"");
    EXPECT_EQ(TypeOf({Body("/a")}, R"({"a":12345678901234567890123})"), "12345678901234567890123");
    EXPECT_EQ(TypeOf({Body("/a")}, R"({"a": -1.50 })"), "-1.50");
    for (const char* nothing : {"null", "true", "{}", "[]", "\"\""}) {
        EXPECT_EQ(TypeOf({Body("/a"), Value("else")}, std::string("{\"a\":") + nothing + "}"), "else") << nothing;
    }
}

TEST(Attributes, AreFoundBelowObjectsAndArrays) {
    const std::string body = R"({"a":[{"b":"first"},{"b/c":{"~":"deep"}}],"a0":"beside","0":"zero"})";
    EXPECT_EQ(TypeOf({Body("/a/0/b")}, body), "first");
    EXPECT_EQ(TypeOf({Body("/a/1/b~1c/~0")}, body), "deep");
    EXPECT_EQ(TypeOf({Body("/0")}, body), "zero");
    for (const char* nowhere : {"/a/2", "/a/00/b", "/a/-", "/a/0/b/c", "/a/1x", "/x", "/"}) {
        EXPECT_EQ(TypeOf({Body(nowhere), Value("else")}, body), "else") << nowhere;
    }
    EXPECT_EQ(TypeOf({Body("/a")}, R"(["no object"])"), "");
}

TEST(Attributes, TakeTheLastOfTheNamesThatOccurTwice) {
    EXPECT_EQ(TypeOf({Body("/a")}, R"({"a":"1","\u0061":"2"})"), "2");
}

TEST(Attributes, KnowWhereTheyWereFound) {
    Spec spec;
    spec.id = {Body("/i")};
    spec.source = {Header("X-Source")};
    const Applied applied = Apply(spec, R"({"i":7})", {{"X-Source", "/s"}});
    EXPECT_EQ(applied.id.value + " " + applied.id.place, "7 /i");
    EXPECT_EQ(applied.source.value + " " + applied.source.place, "/s X-Source");
    EXPECT_EQ(applied.subject.value, "");
}

TEST(Attributes, HaveATimeOnlyIfItIsOneOfRfc3339) {
    Spec spec;
    spec.time = {Body("/a"), Body("/b")};
    EXPECT_EQ(Apply(spec, R"({"a":"2026-01-31T23:59:59+01:00"})").time.value, "2026-01-31T23:59:59+01:00");
    EXPECT_EQ(Apply(spec, R"({"a":"2016-W21-7","b":"2026-01-31T23:59:59Z"})").time.value, "2026-01-31T23:59:59Z");
    const Applied applied = Apply(spec, R"({"a":"2016","b":1700000000})");
    EXPECT_EQ(applied.time.value, "");
    EXPECT_EQ(Violations(applied), "");
}

TEST(Attributes, SayWhatIsMissingWhereTheProfileWantsAType) {
    Spec spec;
    spec.type = {Body("/kind"), Header("X-Kind")};
    const Applied applied = Apply(spec, "{}");
    ASSERT_TRUE(applied.missing_type);
    EXPECT_EQ(applied.missing_type->pointer, "/kind");
    EXPECT_EQ(applied.missing_type->message,
              "is needed as the type of the event; looked for: /kind, the header X-Kind");
    EXPECT_FALSE(Apply(spec, R"({"kind":"k"})").missing_type);
    EXPECT_FALSE(Apply(Spec{}, "{}").missing_type);
}

TEST(Profile, NamesTheKeyAndTheSourceAtFault) {
    Spec spec;
    spec.id = {Value("always")};
    spec.type = {Body("/good"), Body("bad"), Header("X Y"), Value("")};
    spec.subject = {Body("")};
    spec.time = {Body("/a~2")};
    const Profile::Compiled compiled = Profile::Compile(spec);
    EXPECT_FALSE(compiled.profile);
    std::string faults;
    for (const SpecFault& fault : compiled.faults) faults += fault.key + "/" + std::to_string(fault.index) + " ";
    EXPECT_EQ(faults, "id/0 type/1 type/2 type/3 subject/0 time/0 ");
}

TEST(Profile, KnowsWhetherHeadersGiveTheIdentity) {
    Spec spec;
    spec.type = {Header("X-Type")};
    EXPECT_FALSE(Profile::Compile(spec).profile->TakesIdentityFromHeaders());
    spec.source = {Body("/s"), Header("X-Source")};
    EXPECT_TRUE(Profile::Compile(spec).profile->TakesIdentityFromHeaders());
}

TEST(Profile, ReportsEveryViolationOfItsSchema) {
    Spec spec;
    spec.type = {Body("/kind")};
    spec.schema = SchemaOf(R"({"type":"object","required":["a"],"properties":{"b":{"type":"array",
                               "items":{"type":"integer"}}}})");
    EXPECT_EQ(Pointers(Apply(spec, R"({"a":1,"b":[1,2],"kind":"k"})")), "");
    const Applied applied = Apply(spec, R"({"b":[1,"2",3,"4"],"kind":"k"})");
    EXPECT_EQ(applied.type.value, "");
    std::vector<std::string> pointers;
    for (const model::Fault& fault : applied.violations) pointers.push_back(fault.pointer);
    std::sort(pointers.begin(), pointers.end());
    EXPECT_EQ(pointers, (std::vector<std::string>{"/a", "/b/1", "/b/3"}));
}

TEST(Profile, RefusesWhatItsSchemaCannotBeHeldAgainst) {
    Spec spec;
    spec.schema = SchemaOf("{}");
    const std::string deep = std::string(300, '[') + std::string(300, ']');
    EXPECT_THAT(Violations(Apply(spec, deep)), testing::HasSubstr("nested deeper than 256"));
    EXPECT_THAT(Violations(Apply(spec, "[1e999]")), testing::HasSubstr("outside the range of a double"));
}

TEST(DataSchema, RefusesWhatIsNoSchema) {
    EXPECT_FALSE(DataSchema::Compile("{"));
    EXPECT_FALSE(DataSchema::Compile("[]"));
}

}  // namespace
}  // namespace fanfare::profile
