#include "ingest/signature.hpp"

#include <gtest/gtest.h>

#include "base/crypto.hpp"
#include "unit/ingest/heads.hpp"

namespace fanfare::ingest {
namespace {

using namespace std::chrono_literals;
using model::SignatureScheme;

// Known answers, made by the reference libraries.
constexpr std::string_view kSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
constexpr std::string_view kId = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
constexpr std::string_view kBody = R"({"email":"test@example.com","username":"test_user"})";
constexpr std::string_view kSignature = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";
constexpr base::Time kTime{std::chrono::seconds(1649367553)};

SignatureRule RuleFor(std::initializer_list<std::string_view> secrets) {
    SignatureRule rule;
    for (const std::string_view secret : secrets) {
        rule.keys.push_back(*SigningKey(rule.scheme, base::Secret(std::string(secret))));
    }
    return rule;
}

struct Message {
    std::string id = std::string(kId);
    std::string timestamp = "1649367553";
    std::string signature = std::string(kSignature);
    std::string body = std::string(kBody);
    base::Time now = kTime;
};

std::optional<std::string> Verify(const Message& message, const SignatureRule& rule = RuleFor({kSecret})) {
    const Head head{
        {"Webhook-Id", message.id}, {"webhook-timestamp", message.timestamp}, {"webhook-signature", message.signature}};
    return VerifySignature(rule, head, message.body, message.now);
}

TEST(StandardWebhooks, KnownAnswersHoldAndGiveTheId) {
    EXPECT_EQ(Verify({}), kId);
    EXPECT_EQ(Verify({"msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                      R"({"test": 2432232314})", base::Time(std::chrono::seconds(1614265330))},
                     RuleFor({"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})),
              "msg_p5jXN8AQM9LWM0D4loKWxJek");
}

TEST(StandardWebhooks, EverySingleBitCounts) {
    for (std::size_t bit = 0; bit < kBody.size() * 8; ++bit) {
        Message message;
        message.body[bit / 8] = static_cast<char>(message.body[bit / 8] ^ (1 << bit % 8));
        EXPECT_FALSE(Verify(message)) << bit;
    }
    const std::string bytes = *base::DecodeBase64(kSignature.substr(3));
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        std::string other = bytes;
        other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << bit % 8));
        EXPECT_FALSE(Verify({.signature = "v1," + base::EncodeBase64(other)})) << bit;
    }
    EXPECT_FALSE(Verify({.id = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpK"}));
    EXPECT_FALSE(Verify({.timestamp = "1649367554"}));
}

TEST(StandardWebhooks, TruncatedOrOtherwiseEncodedSignaturesDoNotHold) {
    for (std::size_t length = 0; length < kSignature.size(); ++length) {
        EXPECT_FALSE(Verify({.signature = std::string(kSignature.substr(0, length))})) << length;
    }
    const std::string bytes = *base::DecodeBase64(kSignature.substr(3));
    for (const std::string& signature :
         {std::string(kSignature.substr(3)), "V1," + std::string(kSignature.substr(3)),
          "v1a" + std::string(kSignature.substr(2)), "v1," + base::EncodeHex(bytes),
          std::string("v1,tZ1I4_hDygAJgO5TYxiSd6Sd0kDW6hPenDe-bTa3Kkw="), std::string(kSignature) + "=",
          "v1, " + std::string(kSignature.substr(3)), std::string("v1,"), std::string(" ")}) {
        EXPECT_FALSE(Verify({.signature = signature})) << signature;
    }
}

TEST(StandardWebhooks, TheTimeMayDifferByTheToleranceInBothDirections) {
    EXPECT_TRUE(Verify({.now = kTime + 5min}));
    EXPECT_TRUE(Verify({.now = kTime - 5min}));
    EXPECT_FALSE(Verify({.now = kTime + 5min + 1us}));
    EXPECT_FALSE(Verify({.now = kTime - 5min - 1us}));
}

TEST(StandardWebhooks, TheTimestampIsDigitsOnly) {
    const SignatureRule rule = RuleFor({kSecret});
    for (const std::string timestamp : {"", " 1649367553", "+1649367553", "-1", "1649367553.0", "0x6250", "1649367553s",
                                        "999999999999", "\xd9\xa1\xd9\xa6"}) {
        const auto digest = base::HmacSha256(rule.keys[0].Reveal(), {kId, ".", timestamp, ".", kBody});
        const std::string signature = "v1," + base::EncodeBase64(base::BytesOf(digest));
        EXPECT_FALSE(Verify({.timestamp = timestamp, .signature = signature})) << timestamp;
    }
}

TEST(StandardWebhooks, AnIdThatCouldBeCutTwoWaysOrIsNoTextIsRefused) {
    const SignatureRule rule = RuleFor({kSecret});
    for (const std::string& id :
         {std::string("a.b"), std::string("a b"), std::string("\xc3\xa9"), std::string(129, 'x')}) {
        const auto digest = base::HmacSha256(rule.keys[0].Reveal(), {id, ".", "1649367553", ".", kBody});
        EXPECT_FALSE(Verify({.id = id, .signature = "v1," + base::EncodeBase64(base::BytesOf(digest))})) << id;
    }
}

TEST(StandardWebhooks, AnyOfTheSecretsAndAnyOfTheSignaturesMayMatch) {
    const SignatureRule both = RuleFor({"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", kSecret});
    const std::string other = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    EXPECT_TRUE(Verify({}, both));
    EXPECT_TRUE(Verify({.signature = other + " v1a,hnO3 v2 " + std::string(kSignature)}, both));
    EXPECT_FALSE(Verify({}, RuleFor({"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})));
}

// RELIABILITY 4.5.
TEST(StandardWebhooks, AThousandSignaturesAreAllLookedAt) {
    std::string many;
    for (int i = 0; i < 1000; ++i) many += "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= ";
    EXPECT_FALSE(Verify({.signature = many}));
    EXPECT_TRUE(Verify({.signature = many + std::string(kSignature)}));
}

TEST(StandardWebhooks, AHeaderThatIsMissingOrThereTwiceIsARefusal) {
    const std::vector<std::pair<std::string, std::string>> headers{{"webhook-id", std::string(kId)},
                                                                   {"webhook-timestamp", "1649367553"},
                                                                   {"webhook-signature", std::string(kSignature)}};
    for (std::size_t which = 0; which < headers.size(); ++which) {
        Head missing{}, twice{};
        for (std::size_t i = 0; i < headers.size(); ++i) {
            if (i != which) missing.Add(headers[i].first, headers[i].second);
            twice.Add(headers[i].first, headers[i].second);
        }
        twice.Add(headers[which].first, headers[which].second);
        EXPECT_FALSE(VerifySignature(RuleFor({kSecret}), missing, kBody, kTime)) << headers[which].first;
        EXPECT_FALSE(VerifySignature(RuleFor({kSecret}), twice, kBody, kTime)) << headers[which].first;
    }
}

TEST(StandardWebhooks, ASecretThatIsNotBase64IsNamedAsSuchAndNotShown) {
    for (const std::string secret : {"whsec_", "whsec_not base64", "whsec_Zg", "plainpassword!"}) {
        const auto key = SigningKey(SignatureScheme::kStandardWebhooks, base::Secret(secret));
        ASSERT_FALSE(key) << secret;
        EXPECT_EQ(key.error().message.find("password"), std::string::npos);
    }
}

// GitHub Docs, "Validating webhook deliveries", "Testing the webhook payload validation".
constexpr std::string_view kGithubSecret = "It's a Secret to Everybody";
constexpr std::string_view kGithubBody = "Hello, World!";
constexpr std::string_view kGithubHex = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

std::optional<std::string> VerifyGithub(const std::string& signature, std::string_view body = kGithubBody,
                                        std::string_view secret = kGithubSecret) {
    SignatureRule rule;
    rule.scheme = SignatureScheme::kGithub;
    rule.keys = {base::Secret("another"), base::Secret(std::string(secret))};
    return VerifySignature(rule, Head{{"X-Hub-Signature-256", signature}}, body, kTime);
}

TEST(GithubSignature, TheDocumentedExampleHoldsAndGivesTheDigestOfTheBody) {
    const std::string digest = base::EncodeHex(base::BytesOf(base::Sha256(kGithubBody)));
    EXPECT_EQ(VerifyGithub("sha256=" + std::string(kGithubHex)), digest);
}

TEST(GithubSignature, AnythingElseDoesNotHold) {
    const std::string good = "sha256=" + std::string(kGithubHex);
    for (std::size_t length = 0; length < good.size(); ++length) EXPECT_FALSE(VerifyGithub(good.substr(0, length)));
    for (const std::string& signature :
         {std::string(kGithubHex), "sha1=" + std::string(kGithubHex), good + "00",
          "sha256=" + base::EncodeBase64(*base::DecodeHex(kGithubHex)), good + "," + good}) {
        EXPECT_FALSE(VerifyGithub(signature)) << signature;
    }
    EXPECT_FALSE(VerifyGithub(good, "Hello, World?"));
    EXPECT_FALSE(VerifyGithub(good, kGithubBody, "it's a Secret to Everybody"));
}

}  // namespace
}  // namespace fanfare::ingest
