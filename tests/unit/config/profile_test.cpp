#include <gmock/gmock.h>

#include "unit/config/tree.hpp"

namespace fanfare::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kSigned = "signature = { scheme = \"github\", secret = \"s\" }\n";

// What the only profile finds in `body`.
profile::Applied Apply(const Tree& tree, const std::string& body) {
    const Loaded loaded = tree.Load();
    EXPECT_THAT(tree.Heads(loaded), IsEmpty());
    EXPECT_EQ(loaded.config.profiles.size(), 1u);
    const auto raw = json::Scan(body);
    if (loaded.config.profiles.empty() || !loaded.config.profiles[0].profile || !raw) return {};
    const auto header = [](std::string_view name) -> std::optional<std::string_view> {
        return name == "X-Type" ? std::optional<std::string_view>("by-header") : std::nullopt;
    };
    return loaded.config.profiles[0].profile->Apply(body, *raw, header);
}

TEST(Profile, IsReadWithEveryWayToFindAnAttribute) {
    Tree tree;
    tree.Write("fanfare.toml", R"([profile.p]
description = "Of a test"
id = "/a"
type = { header = "X-Type" }
source = ["/none", { header = "X-None" }, { value = "/always" }]
time = ["/t"]
)");
    const profile::Applied applied = Apply(tree, R"({"a":7,"t":"2026-01-01T00:00:00Z"})");
    EXPECT_EQ(applied.id.value, "7");
    EXPECT_EQ(applied.type.value, "by-header");
    EXPECT_EQ(applied.source.value, "/always");
    EXPECT_EQ(applied.time.value, "2026-01-01T00:00:00Z");
}

TEST(Profile, OfChangesHasItsOwnKeys) {
    Tree tree;
    tree.Write("fanfare.toml", "[profile.p]\nkind = \"change\"\nverify_changes = true\nunchanged = \"drop\"\n");
    const std::string body = R"({"id":1,"created":"","action":"update","changes":[],"old_object":{"a":1},)"
                             R"("new_object":{"a":1.0},"diff":null,"content_type":{}})";
    EXPECT_TRUE(Apply(tree, body).is_dropped);
    EXPECT_THAT(FaultsOf("[profile.p]\nverify_changes = true\nunchanged = \"drop\"\n"),
                ElementsAre("2:1: warning: 'verify_changes' of [profile.p] does nothing",
                            "3:1: warning: 'unchanged' of [profile.p] does nothing"));
}

TEST(Profile, NamesThePlaceOfEveryFault) {
    EXPECT_THAT(FaultsOf(R"([profile.p]
kind = "chnge"
id = { value = "x" }
type = ["/a", "b", 1, { heder = "x" }]
source = []
subject = { header = "a b" }
time = { header = "a", value = "b" }
wrong = 1
)"),
                ElementsAre("2:8: error: 'kind' must be one of: plain, change",
                            HasSubstr("3:6: error: 'id' of [profile.p]: every event would have the same id"),
                            HasSubstr("4:15: error: 'type' of [profile.p]: 'b' is no JSON pointer"),
                            HasSubstr("4:20: error: 'type' must say where it is found, not be an integer"),
                            HasSubstr("4:25: error: unknown key 'heder' in 'type' of [profile.p]"),
                            "5:10: error: 'source' is an empty list",
                            HasSubstr("6:11: error: 'subject' of [profile.p]: 'a b' is not the name of a header"),
                            HasSubstr("7:8: error: 'time' is found in one place, not in 2"),
                            "8:1: error: unknown key 'wrong' in [profile.p]"));
    EXPECT_THAT(HintsOf("[profile.p]\ntype = \"push\"\n"), ElementsAre(HasSubstr("{ value = \"push\" }")));
}

TEST(ProfileSchema, StandsInAFileBesideTheOneThatNamesItOrInPlace) {
    const std::string schema = R"({"required":["a"]})";
    Tree tree;
    tree.Write("fanfare.toml", "").Write("profiles.d/p.toml", "[profile.p]\nschema = \"p.json\"\n");
    tree.Write("profiles.d/p.json", schema);
    EXPECT_EQ(Apply(tree, "{}").violations.at(0).pointer, "/a");
    Tree inlined;
    inlined.Write("fanfare.toml", "[profile.p]\nschema = '''\n " + schema + "'''\n");
    EXPECT_EQ(Apply(inlined, "{}").violations.at(0).pointer, "/a");
    EXPECT_EQ(Apply(inlined, R"({"a":1})").violations.size(), 0u);
}

TEST(ProfileSchema, ThatCannotBeUsedIsReported) {
    EXPECT_THAT(FaultsOf("[profile.p]\nschema = \"none.json\"\n[realm.r]\nschema = \"none.json\"\n"),
                ElementsAre(AllOf(HasSubstr("2:10: error: 'schema': cannot read"), HasSubstr("none.json")),
                            HasSubstr("4:10: error: 'schema': cannot read")));
    EXPECT_THAT(FaultsOf("[realm.r]\nschema = '{\"type\": 1}'\n"), ElementsAre(HasSubstr("2:10: error: 'schema': ")));
}

TEST(ProfilesDirectory, HoldsProfilesAndNothingElse) {
    Tree tree;
    tree.Write("fanfare.toml", "[realm.r]\nprofile = \"b\"\n[realm.s]\nprofile = \"a\"\n[profile.a]\n");
    tree.Write("profiles.d/b.toml", "[profile.b]\n[realm.x]\n").Write("profiles.d/b.json", "not TOML");
    tree.Write("profiles.d/c.toml", "listen = 1\n");
    EXPECT_THAT(tree.Heads(tree.Load()),
                ElementsAre("profiles.d/b.toml:2:2: error: 'realm' stands in profiles.d, where only profiles belong",
                            "profiles.d/c.toml:1:1: error: 'listen' stands in profiles.d, where only profiles belong"));
}

TEST(ProfilesDirectory, MakesNoProfileTwice) {
    Tree tree;
    tree.Write("fanfare.toml", "[profile.a]\n").Write("profiles.d/a.toml", "\n[profile.a]\n");
    const auto heads = tree.Heads(tree.Load());
    ASSERT_EQ(heads.size(), 1u);
    EXPECT_THAT(heads[0], HasSubstr("error: profile 'a' is already set at "));
    EXPECT_THAT(heads[0], AllOf(HasSubstr("fanfare.toml:1:"), HasSubstr("profiles.d/a.toml:2:")));
}

TEST(RealmProfile, MustBeDefined) {
    EXPECT_THAT(FaultsOf("[profile.github]\n[realm.r]\nprofile = \"githab\"\n"),
                ElementsAre("3:1: error: there is no profile 'githab'"));
    EXPECT_THAT(HintsOf("[profile.github]\n[realm.r]\nprofile = \"githab\"\n"), ElementsAre("did you mean 'github'?"));
    EXPECT_THAT(HintsOf("[realm.r]\nprofile = \"zzz\"\n"), ElementsAre(HasSubstr("profiles.d")));
    EXPECT_THAT(FaultsOf("[realm.r]\nprofile = \"\"\n"), ElementsAre("2:11: error: 'profile' is empty"));
}

TEST(RealmProfile, DoesNotTakeTheIdentityFromWhatIsNotSigned) {
    const std::string realm = "[realm.r]\nprofile = \"p\"\n" + kSigned;
    for (const char* key : {"id", "source"}) {
        const std::string profile = std::string("[profile.p]\n") + key + " = [\"/a\", { header = \"X\" }]\n";
        EXPECT_THAT(FaultsOf(realm + profile),
                    ElementsAre(HasSubstr("2:1: error: the profile 'p' takes the id or the")));
        EXPECT_THAT(FaultsOf("[realm.r]\nprofile = \"p\"\n" + profile), IsEmpty());
    }
    EXPECT_THAT(FaultsOf(realm + "[profile.p]\nid = \"/a\"\ntype = { header = \"X\" }\n"), IsEmpty());
}

}  // namespace
}  // namespace fanfare::config
