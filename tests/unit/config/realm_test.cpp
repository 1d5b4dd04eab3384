#include <gmock/gmock.h>

#include "unit/config/tree.hpp"

namespace fanfare::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using namespace std::chrono_literals;

const std::string kHash = "sha256:" + std::string(62, '0') + "aB";
const std::string kOther = "sha256:" + std::string(64, '1');

Realm Only(const std::string& text) {
    Tree tree;
    tree.Write("fanfare.toml", text);
    const Loaded loaded = tree.Load();
    EXPECT_THAT(tree.Heads(loaded), IsEmpty());
    EXPECT_EQ(loaded.config.realms.size(), 1u);
    return loaded.config.realms.empty() ? Realm{} : loaded.config.realms.front();
}

TEST(Realm, FanfaresOwnCannotBeDeclaredButARouteMayNameIt) {
    Tree tree;
    tree.Write("fanfare.toml", "[realm.fanfare]\n[realm.shop]\n[destination.d]\nplugin = \"file\"\npath = \"/tmp/x\"\n"
                               "[[route]]\nname = \"r\"\nrealms = [\"fanfare\", \"shop\"]\nto = [\"d\"]\n");
    const Loaded loaded = tree.Load();
    ASSERT_EQ(loaded.diagnostics.size(), 1u);
    EXPECT_THAT(Format(loaded.diagnostics[0]), AllOf(HasSubstr("fanfare.toml:1:"), HasSubstr("Fanfare's own")));
}

TEST(RealmTokens, AreOneHashAListOrTablesWithValidity) {
    EXPECT_EQ(Only("[realm.r]\ntokens = \"" + kHash + "\"\n").tokens.at(0).hash[31], 0xab);
    const Realm realm = Only("[realm.r]\ntokens = [\"" + kHash + "\", { hash = \"" + kOther +
                             "\", label = \"ci\", not_before = 2026-01-01T02:00:00+02:00, "
                             "not_after = 2027-01-01T00:00:00.5Z }]\n");
    ASSERT_EQ(realm.tokens.size(), 2u);
    EXPECT_EQ(realm.tokens[1].label, "ci");
    EXPECT_EQ(base::FormatTime(realm.tokens[1].not_before.value()), "2026-01-01T00:00:00Z");
    EXPECT_EQ(base::FormatTime(realm.tokens[1].not_after.value()), "2027-01-01T00:00:00.500000Z");
    EXPECT_FALSE(realm.is_open());
    EXPECT_TRUE(Only("[realm.r]\n").is_open());
}

// SEED-SYSTEMS A22.
TEST(RealmTokens, APlainTokenIsRefusedWithHowToHashItAndNeverShown) {
    const std::string token = "fanfare_" + std::string(43, 'Q');
    for (const std::string& text :
         {"tokens = \"" + token + "\"", "tokens = [\"" + token + "\"]", "tokens = [{ hash = \"" + token + "\" }]",
          "tokens = [\n\"" + token + "\"\n]", "tokens = \"sha256:" + token + "\""}) {
        Tree tree;
        tree.Write("fanfare.toml", "[realm.r]\n" + text + "\n");
        const Loaded loaded = tree.Load();
        ASSERT_EQ(loaded.diagnostics.size(), 1u) << text;
        const std::string shown = Format(loaded.diagnostics[0]);
        EXPECT_THAT(
            shown, AllOf(HasSubstr("not the hash of a token"), HasSubstr("fanfare token hash"), Not(HasSubstr("QQQ"))));
    }
}

TEST(RealmTokens, HalfAConfigurationIsAnErrorAtItsPlace) {
    EXPECT_THAT(FaultsOf("[realm.r]\ntokens = []\n"), ElementsAre(HasSubstr("2:10: error: 'tokens' is an empty list")));
    EXPECT_THAT(FaultsOf("[realm.r]\ntokens = 5\n"), ElementsAre(HasSubstr("2:10: error: 'tokens' must be a string")));
    EXPECT_THAT(FaultsOf("[realm.r]\ntokens = [{ label = \"x\" }]\n"),
                ElementsAre(HasSubstr("2:11: error: a token of [realm.r] has no 'hash'")));
    EXPECT_THAT(FaultsOf("[realm.r]\ntokens = [\"" + kOther + "\", \"" + kOther + "\"]\n"),
                ElementsAre(HasSubstr("error: this token stands twice in [realm.r]")));
    EXPECT_THAT(FaultsOf("[realm.r]\ntokens = [{ hash = \"" + kHash + "\", not_afer = 2027-01-01T00:00:00Z }]\n"),
                ElementsAre(HasSubstr("unknown key 'not_afer' in 'tokens' of [realm.r]")));
}

TEST(RealmTokens, TimesNeedAnOffsetAndAnOrder) {
    for (const char* time : {"2027-01-01", "2027-01-01T00:00:00", "\"2027-01-01T00:00:00Z\"", "1"}) {
        EXPECT_THAT(FaultsOf("[realm.r]\ntokens = [{ hash = \"" + kHash + "\", not_after = " + time + " }]\n"),
                    ElementsAre(HasSubstr("'not_after' must be a date and time with its offset")))
            << time;
    }
    EXPECT_THAT(FaultsOf("[realm.r]\ntokens = [{ hash = \"" + kHash +
                         "\", not_before = 2027-01-01T00:00:00Z, not_after = 2027-01-01T00:00:00Z }]\n"),
                ElementsAre(HasSubstr("2:11: error: a token of [realm.r] is never valid")));
}

TEST(RealmSignature, TakesEveryFormOfASecretAndAListWhileRotating) {
    const Realm realm = Only(
        "[realm.r.signature]\nscheme = \"standard-webhooks\"\ntolerance = \"30s\"\n"
        "secret = [\"whsec_AAAA\", { env = \"NEXT\" }, { file = \"/run/x\" }, { credential = \"y\" }]\n");
    ASSERT_TRUE(realm.signature);
    EXPECT_EQ(realm.signature->scheme, model::SignatureScheme::kStandardWebhooks);
    EXPECT_EQ(realm.signature->tolerance, 30s);
    ASSERT_EQ(realm.signature->secrets.size(), 4u);
    EXPECT_EQ(realm.signature->secrets[1].value["env"], "NEXT");
    EXPECT_EQ(realm.signature->secrets[1].where.line, 4u);
    EXPECT_FALSE(realm.is_open());
    const Realm github = Only("[realm.r]\nsignature = { scheme = \"github\", secret = \"s\" }\n");
    EXPECT_EQ(github.signature->scheme, model::SignatureScheme::kGithub);
    EXPECT_EQ(github.signature->tolerance, 5min);
}

TEST(RealmSignature, HalfAConfigurationIsAnErrorAtItsPlace) {
    EXPECT_THAT(FaultsOf("[realm.r]\nsignature = { secret = \"s\" }\n"), ElementsAre(HasSubstr("has no 'scheme'")));
    EXPECT_THAT(FaultsOf("[realm.r]\nsignature = { scheme = \"github\" }\n"),
                ElementsAre(HasSubstr("has no 'secret'")));
    EXPECT_THAT(FaultsOf("[realm.r]\nsignature = { scheme = \"github\", secret = [] }\n"),
                ElementsAre(HasSubstr("'secret' is an empty list")));
    EXPECT_THAT(FaultsOf("[realm.r]\nsignature = { scheme = \"githup\", secret = \"s\" }\n"),
                ElementsAre(HasSubstr("'scheme' must be one of: standard-webhooks, github")));
    EXPECT_THAT(FaultsOf("[realm.r]\nsignature = { scheme = \"github\", tolerance = \"5m\", secret = \"s\" }\n"),
                ElementsAre(HasSubstr("'tolerance' means nothing for the scheme 'github'")));
    EXPECT_THAT(FaultsOf("[realm.r]\nsignature = \"s3cret\"\n"),
                ElementsAre("2:13: error: 'signature' must be a table, not a string"));
}

TEST(RealmRate, IsEventsInASecondAMinuteOrAnHour) {
    EXPECT_EQ(Only("[realm.r]\nrate = \"100/s\"\n").rate, (model::Rate{100, 1s}));
    EXPECT_EQ(Only("[realm.r]\nrate = \"6/m\"\n").rate, (model::Rate{6, 1min}));
    EXPECT_EQ(Only("[realm.r]\nrate = \"1000000000/h\"\n").rate, (model::Rate{1'000'000'000, 1h}));
    for (const char* rate : {"", "100", "100/", "100/d", "100/ms", "0/s", "-1/s", "1.5/s", "100 /s", "1000000001/s",
                             "99999999999999999999/s", "/s", "100/s "}) {
        EXPECT_THAT(FaultsOf("[realm.r]\nrate = \"" + std::string(rate) + "\"\n"),
                    ElementsAre("2:8: error: 'rate' is not a rate"))
            << rate;
    }
}

TEST(OpenDoors, AreAWarningOnlyWhereOtherMachinesReachThem) {
    const std::string listen = "[server]\nlisten = \"0.0.0.0:8640\"\n";
    EXPECT_THAT(FaultsOf(listen), ElementsAre(AllOf(HasSubstr("2:10: warning:"), HasSubstr("events in any realm"))));
    EXPECT_THAT(FaultsOf(listen + "[realm.a]\n[realm.b]\n"),
                ElementsAre(HasSubstr("events without a realm or into realm 'a', 'b'")));
    const std::string guarded = "[realm.g]\ntokens = \"" + kHash + "\"\n";
    EXPECT_THAT(FaultsOf(listen + guarded + "[realm.a]\n"), ElementsAre(HasSubstr("may send events into realm 'a'")));
    EXPECT_THAT(FaultsOf(listen + guarded), IsEmpty());
    EXPECT_THAT(FaultsOf("[realm.a]\n"), IsEmpty());
}

}  // namespace
}  // namespace fanfare::config
