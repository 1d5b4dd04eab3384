#include "json/value.hpp"
#include "unit/profile/applying.hpp"

namespace fanfare::profile {
namespace {

Spec ChangeSpec() {
    Spec spec;
    spec.kind = Kind::kChange;
    return spec;
}

std::string Update(const std::string& changes, const std::string& from, const std::string& to) {
    return R"({"id":1,"created":"2019-01-01T00:00:00Z","action":"update","changes":)" + changes + R"(,"old_object":)" +
           from + R"(,"new_object":)" + to + R"(,"diff":null,"content_type":{"app_label":"a","model":"m","id":2}})";
}

// A2
TEST(Change, TakesTheThreeActionsAndNamesThem) {
    const Applied create = Apply(ChangeSpec(), Sample("change-create.json"));
    EXPECT_EQ(Violations(create), "");
    EXPECT_EQ(create.type.value, "change.create");
    EXPECT_EQ(create.id.value, "1");
    EXPECT_EQ(create.time.value, "2019-01-01T00:00:00Z");
    EXPECT_EQ(create.subject.value, "mce_django_app.resource/1");
    EXPECT_FALSE(create.data);
    EXPECT_EQ(Apply(ChangeSpec(), Sample("change-update.json")).type.value, "change.update");
    EXPECT_EQ(Apply(ChangeSpec(), Sample("change-delete.json")).type.value, "change.delete");
}

// A2
TEST(Change, NeedsEachOfTheEightKeys) {
    for (const char* key : {"id", "created", "action", "changes", "old_object", "new_object", "diff", "content_type"}) {
        const std::string quoted = std::string("\"") + key + "\":";
        const std::string body = Replaced(Sample("change-create.json"), quoted, std::string("\"x") + key + "\":");
        EXPECT_EQ(Pointers(Apply(ChangeSpec(), body)), std::string("/") + key);
    }
}

// A2
TEST(Change, NeedsEachKeyToBeOfItsKind) {
    const std::string nothing = R"({"id":null,"created":1,"action":"Create","changes":{},"old_object":[],)"
                                R"("new_object":null,"diff":{},"content_type":"x"})";
    EXPECT_EQ(Pointers(Apply(ChangeSpec(), nothing)),
              "/id /created /changes /old_object /new_object /diff /content_type /action");
    EXPECT_EQ(Violations(Apply(ChangeSpec(), "[]")), ": is an array; a change is an object\n");
}

TEST(Change, LetsTheProfileSayOtherwise) {
    Spec spec = ChangeSpec();
    spec.type = {Body("/content_type/model")};
    spec.subject = {Value("s")};
    spec.id = {Body("/content_type/id")};
    const Applied applied = Apply(spec, Update("[]", "{}", "{}"));
    EXPECT_EQ(applied.type.value, "m");
    EXPECT_EQ(applied.subject.value, "s");
    EXPECT_EQ(applied.id.value, "2");
}

TEST(Change, HasNoSubjectIfTheBodyDoesNotSayWhatHasChanged) {
    const std::string body = Replaced(Update("[]", "{}", "{}"), R"("model":"m",)", "");
    const Applied applied = Apply(ChangeSpec(), body);
    EXPECT_EQ(Violations(applied), "");
    EXPECT_EQ(applied.subject.value, "");
}

// A3
TEST(Change, VerifiesThatTheChangesLeadToTheNewObject) {
    Spec spec = ChangeSpec();
    const std::string lie = Update(R"([{"op":"replace","path":"/a","value":2}])", R"({"a":1})", R"({"a":3})");
    EXPECT_EQ(Pointers(Apply(spec, lie)), "");
    spec.verify_changes = true;
    EXPECT_EQ(Pointers(Apply(spec, lie)), "/changes");
    EXPECT_EQ(Pointers(Apply(spec, Replaced(lie, "3", "2"))), "");
    EXPECT_EQ(Pointers(Apply(spec, Update("[]", R"({"a":1})", R"({"a":3})"))), "/changes");
    const std::string nowhere = R"([{"op":"test","path":"","value":{"a":1}},{"op":"remove","path":"/b"}])";
    EXPECT_EQ(Pointers(Apply(spec, Update(nowhere, R"({"a":1})", R"({"a":1})"))), "/changes/1");
    for (const char* sample : {"change-create.json", "change-update.json", "change-delete.json"}) {
        EXPECT_EQ(Violations(Apply(spec, Sample(sample))), "") << sample;
    }
}

// A3
TEST(Change, ComputesWhatIsMissingAndLeavesEveryOtherByte) {
    Spec spec = ChangeSpec();
    spec.compute_changes = true;
    spec.verify_changes = true;
    const std::string from = "{ \"b\":1.0,\"a\" : [1,2] }";
    const std::string to = "{\"a\":[1,3],\"b\":1}";
    const std::string patch = R"([{"op":"replace","path":"/a/1","value":3}])";
    EXPECT_EQ(Apply(spec, " \n" + Update("[ ]", from, to) + "\n").data, " \n" + Update(patch, from, to) + "\n");
    EXPECT_EQ(Apply(spec, Update("null", from, to)).data, Update(patch, from, to));
    EXPECT_FALSE(Apply(spec, Update(patch, from, to)).data);
    EXPECT_FALSE(Apply(spec, Update("[]", from, from)).data);
    EXPECT_FALSE(Apply(spec, Sample("change-create.json")).data);
}

// A3
TEST(Change, AddsChangesWhereTheKeyIsNotThere) {
    Spec spec = ChangeSpec();
    const std::string without = Replaced(Update("[]", R"({"a":1})", "{}"), R"("changes":[],)", "");
    EXPECT_EQ(Pointers(Apply(spec, without)), "/changes");
    spec.compute_changes = true;
    spec.schema = SchemaOf(R"({"required":["changes"],"properties":{"changes":{"minItems":1}}})");
    const std::string computed = R"(,"changes":[{"op":"remove","path":"/a"}]})";
    const Applied applied = Apply(spec, without);
    EXPECT_EQ(Violations(applied), "");
    EXPECT_EQ(applied.data, without.substr(0, without.size() - 1) + computed);
}

// A3
TEST(Change, DropsWhatChangesNothingOnlyIfAskedTo) {
    Spec spec = ChangeSpec();
    const std::string same = Update("[]", R"({"a":1,"b":2.0})", R"({"b":2,"a":1})");
    EXPECT_FALSE(Apply(spec, same).is_dropped);
    spec.unchanged = Unchanged::kDrop;
    EXPECT_TRUE(Apply(spec, same).is_dropped);
    EXPECT_FALSE(Apply(spec, Replaced(same, "2.0", "3.0")).is_dropped);
    EXPECT_FALSE(Apply(spec, Replaced(same, "update", "create")).is_dropped);
    spec.schema = SchemaOf(R"({"required":["more"]})");
    EXPECT_EQ(Pointers(Apply(spec, same)), "/more");
}

TEST(Change, SaysOfAPlaceOnlyOnceThatItIsWrong) {
    Spec spec = ChangeSpec();
    spec.schema = SchemaOf(R"({"properties":{"diff":{"type":"null"},"id":{"type":"integer"}}})");
    EXPECT_EQ(Pointers(Apply(spec, Replaced(Update("[]", "{}", "{}"), "\"diff\":null", "\"diff\":1"))), "/diff");
}

}  // namespace
}  // namespace fanfare::profile
