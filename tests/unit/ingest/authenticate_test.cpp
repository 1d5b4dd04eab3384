#include "ingest/authenticate.hpp"

#include <gtest/gtest.h>

#include "unit/ingest/heads.hpp"

namespace fanfare::ingest {
namespace {

using namespace std::chrono_literals;

constexpr base::Time kNow{std::chrono::hours(500'000)};
const std::string kAda = "fanfare_" + std::string(43, 'a');
const std::string kBob = "fanfare_" + std::string(43, 'b');
const std::string kBoth = "fanfare_" + std::string(43, 'c');

Access Tokens(std::initializer_list<std::string> tokens) {
    Access access;
    for (const std::string& token : tokens) access.tokens.push_back(HashOf(token));
    return access;
}

Access Signed(Access access = {}) {
    access.signature.emplace();
    access.signature->scheme = model::SignatureScheme::kGithub;
    access.signature->keys.emplace_back("s");
    return access;
}

// ada and bob have tokens of their own and one in common; `signed` and `sealed` want a signature, `sealed` a token too.
std::map<std::string, Access, std::less<>> Realms() {
    return {{"ada", Tokens({kAda, kBoth})},
            {"bob", Tokens({kBob, kBoth})},
            {"signed", Signed()},
            {"sealed", Signed(Tokens({kBob}))}};
}

std::map<std::string, Access, std::less<>> WithOpen() {
    auto realms = Realms();
    realms["open"];
    return realms;
}

// 401, 403, or 202 for what the head does not refuse.
int Status(Decision decision) {
    switch (decision) {
        case Decision::kAdmitted:
            return 202;
        case Decision::kUnauthorized:
            return 401;
        case Decision::kForbidden:
            return 403;
    }
    return 0;
}

int AtHead(const std::string& realm, const Head& head,
           const std::map<std::string, Access, std::less<>>& realms = Realms()) {
    return Status(Authenticator(realms).CheckHead(head, realm, kNow).decision);
}

std::pair<std::string, std::string> Bearer(const std::string& token) { return {"Authorization", "Bearer " + token}; }

TEST(Authenticate, NobodyIsRefusedWhereEveryRealmIsOpen) {
    std::map<std::string, Access, std::less<>> open;
    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(AtHead("", Head{}, open), 202);
        EXPECT_EQ(AtHead("open", Head{Bearer("wrong")}, open), 202);
        EXPECT_EQ(Status(Authenticator(open).CheckEvent(Caller{}, "")), 202);
        open["open"];
    }
}

TEST(Authenticate, ATokenOpensItsRealmsAndNoOther) {
    EXPECT_EQ(AtHead("ada", Head{Bearer(kAda)}), 202);
    EXPECT_EQ(AtHead("ada", Head{Bearer(kBob)}), 403);
    EXPECT_EQ(AtHead("ada", Head{Bearer(kBoth)}), 202);
    EXPECT_EQ(AtHead("bob", Head{Bearer(kBoth)}), 202);
    EXPECT_EQ(AtHead("", Head{{"Fanfare-Realm", "ada"}, Bearer(kAda)}), 202);
    EXPECT_EQ(AtHead("", Head{{"Fanfare-Realm", "bob"}, Bearer(kAda)}), 403);
}

// SEED-SYSTEMS A18.
TEST(Authenticate, NamesOfRealmsAreComparedExactly) {
    for (const char* name : {"Ada", "ADA", "ad", "adaa", "ada ", "ada%20"}) {
        EXPECT_EQ(AtHead(name, Head{Bearer(kAda)}), 403) << name;
    }
}

TEST(Authenticate, ARealmThatIsUnknownIsLikeOneThatIsClosedToTheCaller) {
    for (const char* realm : {"ada", "nowhere", "signed", "sealed"}) {
        EXPECT_EQ(AtHead(realm, Head{}), 401) << realm;
        EXPECT_EQ(AtHead(realm, Head{Bearer("unknown")}), 401) << realm;
    }
    for (const char* realm : {"bob", "nowhere", "signed", "sealed"}) {
        EXPECT_EQ(AtHead(realm, Head{Bearer(kAda)}), 403) << realm;
    }
}

// Or the limit on failures would tell which realms ask for a signature.
TEST(Authenticate, ASignatureIsACredentialInWhateverRealmItIsTried) {
    const Authenticator authenticator(Realms());
    for (const char* realm : {"ada", "nowhere", "signed"}) {
        for (const char* name : {"X-Hub-Signature-256", "webhook-signature"}) {
            EXPECT_TRUE(authenticator.CheckHead(Head{{name, "x"}}, realm, kNow).has_credentials) << realm << name;
        }
        EXPECT_FALSE(authenticator.CheckHead(Head{}, realm, kNow).has_credentials) << realm;
    }
}

TEST(Authenticate, OnlyOneWellFormedBearerHeaderCounts) {
    EXPECT_EQ(AtHead("ada", Head{{"authorization", "bEARER   " + kAda}}), 202);
    for (const std::string& value :
         {std::string(), std::string("Bearer"), std::string("Bearer "), kAda, "Basic " + kAda, "Token " + kAda,
          "Bearer" + kAda, "Bearer " + kAda + " ", "Bearer \"" + kAda + "\"", "Bearer " + kAda + ",",
          "Bearer " + kAda + " " + kAda, "Bearer =" + kAda}) {
        EXPECT_EQ(AtHead("ada", Head{{"Authorization", value}}), 401) << value;
    }
    EXPECT_EQ(AtHead("ada", Head{Bearer(kAda), Bearer(kAda)}), 401);
}

TEST(Authenticate, ATokenIsValidFromNotBeforeUpToNotAfter) {
    model::AccessToken token = HashOf(kAda);
    token.not_before = kNow;
    token.not_after = kNow + 1h;
    const Authenticator authenticator({{"ada", Access{{token}, {}}}});
    const auto at = [&](base::Time now) {
        return Status(authenticator.CheckHead(Head{Bearer(kAda)}, "ada", now).decision);
    };
    EXPECT_EQ(at(kNow - 1us), 401);
    EXPECT_EQ(at(kNow), 202);
    EXPECT_EQ(at(kNow + 1h - 1us), 202);
    EXPECT_EQ(at(kNow + 1h), 401);
}

TEST(Authenticate, TheOnlyRealmOfATokenIsMeantWhereNoneIsNamed) {
    const Authenticator authenticator(Realms());
    const Head head{Bearer(kAda)};
    const Caller caller = authenticator.CheckHead(head, "", kNow);
    EXPECT_EQ(Status(caller.decision), 202);
    EXPECT_EQ(caller.realm, "ada");
    EXPECT_EQ(Status(authenticator.CheckEvent(caller, "ada")), 202);
}

// SEED-SYSTEMS A17.
TEST(Authenticate, AnEventWithoutRealmIsRefusedAsSoonAsOneRealmIsGuarded) {
    EXPECT_EQ(AtHead("", Head{}), 401);
    EXPECT_EQ(AtHead("", Head{}, WithOpen()), 401);
    EXPECT_EQ(AtHead("", Head{Bearer(kBoth)}), 403);
    const Authenticator authenticator(WithOpen());
    const Head head{{"Content-Type", "application/cloudevents+json"}, Bearer(kBoth)};
    const Caller caller = authenticator.CheckHead(head, "", kNow);
    EXPECT_EQ(Status(caller.decision), 202);
    EXPECT_EQ(Status(authenticator.CheckEvent(caller, "")), 403);
    EXPECT_EQ(Status(authenticator.CheckEvent(Caller{}, "")), 401);
}

TEST(Authenticate, ARealmInTheBodyIsHeldToTheSameRules) {
    const Authenticator authenticator(WithOpen());
    const Head head{{"content-type", "Application/CloudEvents-Batch+json"}, Bearer(kAda)};
    const Caller caller = authenticator.CheckHead(head, "", kNow);
    ASSERT_EQ(Status(caller.decision), 202);
    for (const auto& [realm, status] : std::map<std::string, int>{
             {"ada", 202}, {"open", 202}, {"bob", 403}, {"nowhere", 403}, {"signed", 403}, {"sealed", 403}}) {
        EXPECT_EQ(Status(authenticator.CheckEvent(caller, realm)), status) << realm;
    }
}

TEST(Authenticate, WithoutATokenTheBodyIsReadOnlyIfItMayNameAnOpenRealm) {
    const Head cloudevent{{"Content-Type", "application/cloudevents+json"}};
    const Head binary{{"ce-realm", "open"}};
    const Head plain{{"Content-Type", "application/json"}};
    EXPECT_EQ(AtHead("", cloudevent, WithOpen()), 202);
    EXPECT_EQ(AtHead("", binary, WithOpen()), 202);
    EXPECT_EQ(AtHead("", plain, WithOpen()), 401);
    EXPECT_EQ(AtHead("", cloudevent), 401);
    const Authenticator authenticator(WithOpen());
    const Caller caller = authenticator.CheckHead(cloudevent, "", kNow);
    EXPECT_EQ(Status(authenticator.CheckEvent(caller, "open")), 202);
    EXPECT_EQ(Status(authenticator.CheckEvent(caller, "ada")), 401);
    EXPECT_EQ(Status(authenticator.CheckEvent(caller, "signed")), 401);
}

TEST(Authenticate, AnOpenRealmTakesEverybodyEvenWithAWrongToken) {
    EXPECT_EQ(AtHead("open", Head{}, WithOpen()), 202);
    EXPECT_EQ(AtHead("open", Head{Bearer("wrong")}, WithOpen()), 202);
}

std::string GithubSignature(std::string_view body, std::string_view key = "s") {
    return "sha256=" + base::EncodeHex(base::BytesOf(base::HmacSha256(key, body)));
}

int Through(const std::string& realm, const Head& head, std::string_view body) {
    const Authenticator authenticator(Realms());
    Caller caller = authenticator.CheckHead(head, realm, kNow);
    if (caller.decision == Decision::kAdmitted) authenticator.CheckBody(caller, head, body, kNow);
    if (caller.decision != Decision::kAdmitted) return Status(caller.decision);
    return Status(authenticator.CheckEvent(caller, realm));
}

TEST(Authenticate, ASignedRealmTakesWhatItsSecretSigned) {
    EXPECT_EQ(Through("signed", Head{{"X-Hub-Signature-256", GithubSignature("{}")}}, "{}"), 202);
    EXPECT_EQ(Through("signed", Head{{"X-Hub-Signature-256", GithubSignature("{}")}}, "{ }"), 401);
    EXPECT_EQ(Through("signed", Head{{"X-Hub-Signature-256", GithubSignature("{}", "t")}}, "{}"), 401);
    EXPECT_EQ(Through("signed", Head{}, "{}"), 401);
}

TEST(Authenticate, WhereBothAreAskedForBothMustHold) {
    const std::string good = GithubSignature("{}");
    EXPECT_EQ(Through("sealed", Head{Bearer(kBob), {"X-Hub-Signature-256", good}}, "{}"), 202);
    EXPECT_EQ(Through("sealed", Head{{"X-Hub-Signature-256", good}}, "{}"), 401);
    EXPECT_EQ(Through("sealed", Head{Bearer(kBob)}, "{}"), 401);
    EXPECT_EQ(Through("sealed", Head{Bearer(kBob), {"X-Hub-Signature-256", GithubSignature("")}}, "{}"), 401);
    EXPECT_EQ(Through("sealed", Head{Bearer(kAda), {"X-Hub-Signature-256", good}}, "{}"), 403);
}

TEST(Authenticate, ASignatureForOneRealmProvesNothingForAnother) {
    auto realms = Realms();
    realms["other"] = Signed();
    const Authenticator authenticator(realms);
    const Head head{{"X-Hub-Signature-256", GithubSignature("{}")}};
    Caller caller = authenticator.CheckHead(head, "signed", kNow);
    authenticator.CheckBody(caller, head, "{}", kNow);
    ASSERT_EQ(Status(caller.decision), 202);
    EXPECT_FALSE(caller.signed_id.empty());
    for (const char* realm : {"sealed", "other", "ada", "nowhere", ""}) {
        EXPECT_EQ(Status(authenticator.CheckEvent(caller, realm)), 401) << realm;
    }
}

}  // namespace
}  // namespace fanfare::ingest
