// What the plugins for AWS share: where credentials come from, how they are renewed, what an error means.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

#include <fanfare/testing.hpp>

#include "plugins/aws/client.hpp"
#include "plugins/aws/credentials.hpp"
#include "plugins/aws/fault.hpp"
#include "plugins/aws/plan.hpp"
#include "plugins/aws/profile.hpp"
#include "plugins/aws/settings.hpp"
#include "plugins/aws/text.hpp"
#include "unit/plugins/openssl_crypto.hpp"

namespace fanfare::plugins::aws {
namespace {

using namespace std::chrono_literals;
using fanfare::testing::FakeHost;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Surroundings that hold what a test puts there, and nothing else.
struct Around {
    std::map<std::string, std::string> variables;
    std::map<std::string, std::string> files;

    Surroundings Make() const {
        const auto find = [](const auto& map, const std::string& name) -> std::optional<std::string> {
            const auto found = map.find(name);
            return found == map.end() ? std::nullopt : std::optional(found->second);
        };
        return {[=, all = variables](const std::string& name) { return find(all, name); },
                [=, all = files](const std::string& path) { return find(all, path); }};
    }
};

KeysPtr KeysOf(const Plan& plan) { return std::get<KeysPtr>(plan.from); }
std::string Why(const Plan& plan) {
    const auto* nowhere = std::get_if<Nowhere>(&plan.from);
    return nowhere == nullptr ? "(there is a way)" : nowhere->why;
}

constexpr char kCredentialsFile[] =
    "[default]\naws_access_key_id = AKIDFILE\naws_secret_access_key=s3cret+/=\n"
    "[blue]\r\naws_access_key_id=AKIDBLUE\r\naws_secret_access_key=blue\r\naws_session_token = tok\r\n";

TEST(AwsPlan, OptionsComeFirstThenEnvironmentThenTheUsualProfileThenContainerThenInstance) {
    Around around;
    EXPECT_EQ(std::get<InstanceMetadata>(PlanOf({}, around.Make()).from).endpoint, "http://169.254.169.254");
    around.variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/credentials/1";
    EXPECT_EQ(std::get<Container>(PlanOf({}, around.Make()).from).url, "http://169.254.170.2/v2/credentials/1");
    around.files["~/.aws/credentials"] = kCredentialsFile;
    EXPECT_EQ(KeysOf(PlanOf({}, around.Make()))->access_key_id, "AKIDFILE");
    around.variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/token";
    around.variables["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/web";
    EXPECT_EQ(std::get<WebIdentity>(PlanOf({}, around.Make()).from).role.arn, "arn:aws:iam::1:role/web");
    around.variables["AWS_ACCESS_KEY_ID"] = "AKIDENV";
    around.variables["AWS_SECRET_ACCESS_KEY"] = "env";
    EXPECT_EQ(KeysOf(PlanOf({}, around.Make()))->access_key_id, "AKIDENV");
    const Plan profile = PlanOf({nullptr, "blue", {}}, around.Make());
    EXPECT_EQ(KeysOf(profile)->access_key_id, "AKIDBLUE") << "a profile among the options wins over the environment";
    EXPECT_EQ(KeysOf(profile)->session_token, "tok");
    const auto keys = std::make_shared<Keys>("AKIDOPT", "opt", "");
    EXPECT_EQ(KeysOf(PlanOf({keys, "blue", {}}, around.Make())), keys);
}

TEST(AwsPlan, TheCredentialsFileWinsOverTheConfigFileAndOtherPathsMayBeNamed) {
    Around around;
    around.variables = {{"AWS_CONFIG_FILE", "/c"}, {"AWS_SHARED_CREDENTIALS_FILE", "/s"}, {"AWS_PROFILE", "red"}};
    around.files["/c"] =
        "# comment\n[profile red]\nregion = eu-north-1\naws_access_key_id = OLD\naws_secret_access_key = old\n"
        "s3 =\n  region = nested\n[sso-session x]\nregion = no\n";
    around.files["/s"] = "[red]\naws_access_key_id = NEW\naws_secret_access_key = new\n";
    EXPECT_EQ(KeysOf(PlanOf({}, around.Make()))->access_key_id, "NEW");
    EXPECT_EQ(ValueOf(ReadProfiles(around.Make()), "red", "region"), "eu-north-1");
}

TEST(AwsPlan, AProfileMayTakeARoleWithKeysOfAnotherProfileOrOfTheInstance) {
    Around around;
    around.files["~/.aws/credentials"] = kCredentialsFile;
    around.files["~/.aws/config"] =
        "[profile a]\nrole_arn = arn:aws:iam::1:role/a\nsource_profile = blue\nexternal_id = ext\n"
        "[profile b]\nrole_arn = arn:aws:iam::1:role/b\ncredential_source = Ec2InstanceMetadata\n"
        "[profile c]\nrole_arn = arn:aws:iam::1:role/c\nweb_identity_token_file = /t\nrole_session_name = me\n"
        "[profile d]\nrole_arn = arn:aws:iam::1:role/d\nsource_profile = e\n"
        "[profile e]\nrole_arn = arn:aws:iam::1:role/e\nsource_profile = d\n";
    const Plan a = PlanOf({nullptr, "a", {}}, around.Make());
    EXPECT_EQ(KeysOf(a)->access_key_id, "AKIDBLUE");
    EXPECT_EQ(a.assume->arn, "arn:aws:iam::1:role/a");
    EXPECT_EQ(a.assume->external_id, "ext");
    EXPECT_EQ(a.assume->session_name, "fanfare");
    const Plan b = PlanOf({nullptr, "b", {}}, around.Make());
    EXPECT_TRUE(std::holds_alternative<InstanceMetadata>(b.from));
    EXPECT_EQ(b.assume->arn, "arn:aws:iam::1:role/b");
    const Plan c = PlanOf({nullptr, "c", {}}, around.Make());
    EXPECT_EQ(std::get<WebIdentity>(c.from).role.session_name, "me");
    EXPECT_FALSE(c.assume);
    EXPECT_THAT(Why(PlanOf({nullptr, "d", {}}, around.Make())), HasSubstr("gives no keys")) << "a circle ends";
}

TEST(AwsPlan, WhatCannotWorkIsSaidWithTheRemedy) {
    Around around;
    around.variables["AWS_EC2_METADATA_DISABLED"] = "true";
    EXPECT_THAT(Why(PlanOf({}, around.Make())), HasSubstr("set access_key_id"));
    EXPECT_THAT(Why(PlanOf({nullptr, "green", {}}, around.Make())), HasSubstr("AWS profile 'green' gives no"));
    around.variables["AWS_ACCESS_KEY_ID"] = "half";
    EXPECT_THAT(Why(PlanOf({}, around.Make())), HasSubstr("AWS_SECRET_ACCESS_KEY"));
    around.files["~/.aws/config"] = "[profile sso]\nsso_session = x\n";
    EXPECT_THAT(Why(PlanOf({nullptr, "sso", {}}, around.Make())), HasSubstr("sso_session"));
}

TEST(AwsPlan, ATokenForAContainerEndpointLeavesThisMachineOnlyByHttps) {
    for (const char* url :
         {"http://127.0.0.1:1/x", "http://[::1]/x", "http://169.254.170.23/v1/credentials", "https://e.com/"}) {
        Around around;
        around.variables = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", url}, {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "t"}};
        EXPECT_EQ(std::get<Container>(PlanOf({}, around.Make()).from).url, url);
    }
    for (const char* url : {"http://example.com/x", "http://127.0.0.1.example.com/", "ftp://127.0.0.1/", "127.0.0.1"}) {
        Around around;
        around.variables = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", url}};
        EXPECT_THAT(Why(PlanOf({}, around.Make())), HasSubstr("AWS_CONTAINER_CREDENTIALS_FULL_URI")) << url;
    }
}

std::string RegionOf(FakeHost& host, const Around& around, const Service& service = {"sqs", "SQS"}) {
    return ReadSettings(Config(Host(host.table(), host.ctx())), service, around.Make()).region;
}

TEST(AwsSettings, TheRegionIsThatOfTheOptionTheQueueTheEnvironmentOrTheProfile) {
    FakeHost host;
    Around around;
    EXPECT_THROW(RegionOf(host, around), ConfigError);
    around.files["~/.aws/config"] = "[default]\nregion = eu-north-1\n";
    EXPECT_EQ(RegionOf(host, around), "eu-north-1");
    around.variables["AWS_DEFAULT_REGION"] = "us-east-2";
    EXPECT_EQ(RegionOf(host, around), "us-east-2");
    around.variables["AWS_REGION"] = "us-west-1";
    EXPECT_EQ(RegionOf(host, around), "us-west-1");
    EXPECT_EQ(RegionOf(host, around, {"sqs", "SQS", "https://q", "eu-west-3"}), "eu-west-3");
    host.set_str("/region", "cn-north-1");
    EXPECT_EQ(RegionOf(host, around, {"sqs", "SQS", "https://q", "eu-west-3"}), "cn-north-1");
}

TEST(AwsSettings, TheEndpointIsThatOfTheOptionOrTheEnvironmentOrTheRegions) {
    FakeHost host;
    host.set_str("/region", "cn-north-1");
    const auto settings = [&](const Around& around) {
        return ReadSettings(Config(Host(host.table(), host.ctx())), {"email", "SESV2"}, around.Make());
    };
    Around around;
    EXPECT_EQ(settings(around).origin, "https://email.cn-north-1.amazonaws.com.cn");
    EXPECT_EQ(settings(around).sts.url, "https://sts.cn-north-1.amazonaws.com.cn/");
    around.variables["AWS_ENDPOINT_URL"] = "http://localhost:1/";
    EXPECT_EQ(settings(around).origin, "http://localhost:1");
    EXPECT_EQ(settings(around).sts.url, "http://localhost:1/");
    around.variables["AWS_ENDPOINT_URL_SESV2"] = "http://localhost:2";
    EXPECT_EQ(settings(around).origin, "http://localhost:2");
    host.set_str("/endpoint", "HTTP://Example.com:3");
    EXPECT_EQ(settings(around).origin, "http://example.com:3");
    EXPECT_EQ(settings(around).host, "example.com:3");
    host.set_str("/endpoint", "http://example.com/path");
    EXPECT_THROW(settings(around), ConfigError);
}

TEST(AwsCredentials, AreRenewedFiveMinutesBeforeTheyExpireButNotInTheFirstHalfOfTheirTime) {
    const WallTime now(1000s);
    EXPECT_EQ(RenewAt(now, Keys("a", "b", "", now + 60min)), now + 55min);
    EXPECT_EQ(RenewAt(now, Keys("a", "b", "", now + 4s)), now + 2s);
    EXPECT_EQ(RenewAt(now, Keys("a", "b", "", now - 1s)), now);
    EXPECT_GT(RenewAt(now, Keys("a", "b", "")), now);
}

class AwsFetch : public ::testing::Test {
protected:
    AwsFetch() { host_.offer(FANFARE_EXT_CRYPTO, &test::OpenSslCrypto()); }
    Credentials Make(std::function<Plan()> plan) {
        const Host host(host_.table(), host_.ctx());
        return {host, Fetcher(host, around_.Make(), {"http://sts.test/", "eu-west-1"}), std::move(plan),
                [this] { return now_; }};
    }
    static std::string Json(const std::string& id, WallTime expires) {
        const std::time_t time = std::chrono::system_clock::to_time_t(expires);
        char text[32];
        std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&time));
        return nlohmann::json{{"Code", "Success"},
                              {"AccessKeyId", id},
                              {"SecretAccessKey", "s-" + id},
                              {"Token", "t-" + id},
                              {"Expiration", text}}
            .dump();
    }
    void ReplyAsInstance(const std::string& id, WallTime expires) {
        host_.http.reply({200, "imds-token"});
        host_.http.reply({200, "my-role\n"});
        host_.http.reply({200, Json(id, expires)});
    }
    // Asks; what comes of it is noted in got_.
    void Get(Credentials& credentials) {
        credentials.Get([this](const Fetched& fetched) {
            got_.push_back(fetched.keys != nullptr ? fetched.keys->access_key_id : fetched.failure.reason);
            keys_ = fetched.keys;
            failure_ = fetched.failure.kind;
        });
    }

    FakeHost host_;
    Around around_;
    WallTime now_ = WallTime(1'800'000'000s);
    std::vector<std::string> got_;
    KeysPtr keys_;
    fanfare_outcome failure_ = FANFARE_UNSET;
};

TEST_F(AwsFetch, InstanceMetadataIsAskedWithATokenOfItsVersion2) {
    Credentials credentials = Make([] { return Plan{InstanceMetadata{"http://imds.test"}, {}}; });
    ReplyAsInstance("ONE", now_ + 1h);
    Get(credentials);
    host_.http.pump();
    EXPECT_THAT(got_, ElementsAre("ONE"));
    EXPECT_EQ(keys_->secret_access_key, "s-ONE");
    EXPECT_EQ(keys_->session_token, "t-ONE");
    EXPECT_EQ(keys_->expires_at, now_ + 1h);
    const auto& requests = host_.http.requests();
    ASSERT_EQ(requests.size(), 3u);
    EXPECT_EQ(requests[0].method + ' ' + requests[0].url, "PUT http://imds.test/latest/api/token");
    EXPECT_NE(requests[0].header("x-aws-ec2-metadata-token-ttl-seconds"), "");
    EXPECT_EQ(requests[1].url, "http://imds.test/latest/meta-data/iam/security-credentials/");
    EXPECT_EQ(requests[2].url, "http://imds.test/latest/meta-data/iam/security-credentials/my-role");
    EXPECT_EQ(requests[2].header("x-aws-ec2-metadata-token"), "imds-token");
}

TEST_F(AwsFetch, AllWhoWaitShareOneFetchAndLaterOnesNeedNone) {
    Credentials credentials = Make([] { return Plan{InstanceMetadata{"http://imds.test"}, {}}; });
    ReplyAsInstance("ONE", now_ + 1h);
    for (int i = 0; i < 5; ++i) Get(credentials);
    host_.http.pump();
    Get(credentials);
    EXPECT_THAT(got_, ElementsAre("ONE", "ONE", "ONE", "ONE", "ONE", "ONE"));
    EXPECT_EQ(host_.http.requests().size(), 3u);
}

TEST_F(AwsFetch, CredentialsThatAreDueAreGivenOutWhileNewOnesAreFetched) {
    Credentials credentials = Make([] { return Plan{InstanceMetadata{"http://imds.test"}, {}}; });
    ReplyAsInstance("ONE", now_ + 1h);
    Get(credentials);
    host_.http.pump();
    now_ += 56min;
    ReplyAsInstance("TWO", now_ + 1h);
    Get(credentials);
    Get(credentials);
    EXPECT_THAT(got_, ElementsAre("ONE", "ONE", "ONE"));
    host_.http.pump();
    EXPECT_EQ(host_.http.requests().size(), 6u);
    Get(credentials);
    EXPECT_EQ(got_.back(), "TWO");
}

TEST_F(AwsFetch, ExpiredOnesAreNotGivenOutAndAFailureToRenewThemIsUnreachable) {
    Credentials credentials = Make([] { return Plan{InstanceMetadata{"http://imds.test"}, {}}; });
    ReplyAsInstance("ONE", now_ + 1h);
    Get(credentials);
    host_.http.pump();
    now_ += 2h;
    host_.http.reply({404, "<html>secret page</html>"});
    Get(credentials);
    EXPECT_EQ(got_.size(), 1u);
    host_.http.pump();
    EXPECT_THAT(got_.back(), HasSubstr("no AWS credentials"));
    EXPECT_EQ(failure_, FANFARE_UNREACHABLE);
}

TEST_F(AwsFetch, AFailedRenewalKeepsTheOldOnesWhileTheyAreGood) {
    Credentials credentials = Make([] { return Plan{InstanceMetadata{"http://imds.test"}, {}}; });
    ReplyAsInstance("ONE", now_ + 1h);
    Get(credentials);
    host_.http.pump();
    now_ += 56min;
    host_.http.reply({500, ""});
    Get(credentials);
    host_.http.pump();
    Get(credentials);
    EXPECT_THAT(got_, ElementsAre("ONE", "ONE", "ONE"));
    EXPECT_EQ(host_.http.requests().size(), 4u) << "not tried again at once";
}

TEST_F(AwsFetch, AStoppingHostMeansNotAttempted) {
    Credentials credentials = Make([] { return Plan{InstanceMetadata{"http://imds.test"}, {}}; });
    Get(credentials);
    host_.http.stop();
    EXPECT_EQ(failure_, FANFARE_NOT_ATTEMPTED);
}

TEST_F(AwsFetch, WebIdentityIsTradedInAtStsUnsigned) {
    around_.files["/token"] = "ey.J+w/t==\n";
    Credentials credentials = Make([] { return Plan{WebIdentity{{"arn:aws:iam::1:role/w", "me", {}}, "/token"}, {}}; });
    host_.http.reply({200,
                      "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
                      "<SessionToken>to&amp;ken</SessionToken><SecretAccessKey>sec</SecretAccessKey>"
                      "<Expiration>2027-01-15T09:00:00Z</Expiration><AccessKeyId>ASIA1</AccessKeyId></Credentials>"
                      "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"});
    Get(credentials);
    host_.http.pump();
    ASSERT_NE(keys_, nullptr);
    EXPECT_EQ(keys_->access_key_id, "ASIA1");
    EXPECT_EQ(keys_->session_token, "to&ken");
    EXPECT_TRUE(keys_->expires_at);
    const auto& request = host_.http.requests().at(0);
    EXPECT_EQ(request.method + ' ' + request.url, "POST http://sts.test/");
    EXPECT_EQ(request.body,
              "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fw&"
              "RoleSessionName=me&WebIdentityToken=ey.J%2Bw%2Ft%3D%3D");
    EXPECT_EQ(request.count("authorization"), 0u);
}

TEST_F(AwsFetch, ARoleIsTakenWithASignedRequest) {
    const auto base = std::make_shared<Keys>("AKIDBASE", "base", "");
    Credentials credentials = Make([&] { return Plan{base, Role{"arn:aws:iam::1:role/r", "s", "ext"}}; });
    host_.http.reply(
        {200,
         "<AccessKeyId>ASIA2</AccessKeyId><SecretAccessKey>x</SecretAccessKey><SessionToken>t</SessionToken>"
         "<Expiration>2027-01-15T09:00:00Z</Expiration>"});
    Get(credentials);
    host_.http.pump();
    Get(credentials);
    EXPECT_THAT(got_, ElementsAre("ASIA2", "ASIA2"));
    ASSERT_EQ(host_.http.requests().size(), 1u) << "kept until it expires";
    const auto& request = host_.http.requests().at(0);
    EXPECT_THAT(request.body, HasSubstr("Action=AssumeRole&"));
    EXPECT_THAT(request.body, HasSubstr("&ExternalId=ext"));
    EXPECT_THAT(request.header("authorization"), HasSubstr("Credential=AKIDBASE/"));
    EXPECT_THAT(request.header("authorization"), HasSubstr("/eu-west-1/sts/aws4_request"));
}

TEST_F(AwsFetch, AContainerIsAskedWithItsToken) {
    around_.files["/t"] = "Bearer now\n";
    Credentials credentials = Make([] { return Plan{Container{"http://127.0.0.1:1/creds", "old", "/t"}, {}}; });
    host_.http.reply({200, Json("BOX", now_ + 1h)});
    Get(credentials);
    host_.http.pump();
    EXPECT_THAT(got_, ElementsAre("BOX"));
    EXPECT_EQ(host_.http.requests().at(0).header("authorization"), "Bearer now");
}

// A client of one service with an instance that has a role.
class AwsClient : public AwsFetch {
protected:
    AwsClient() {
        around_.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://imds.test";
        host_.set_str("/region", "eu-west-1");
        host_.set_str("/endpoint", "http://sqs.test");
    }
    Client MakeClient() {
        const Host host(host_.table(), host_.ctx());
        const Config config(host);
        return {host, config, ReadSettings(config, {"sqs", "SQS"}, around_.Make()), "sqs", around_.Make()};
    }
    Outcome Send(Client& client) {
        Outcome outcome;
        Call call;
        call.headers = {{"content-type", "text/plain"}};
        call.deadline = std::chrono::steady_clock::now() + 10s;
        client.Send(std::move(call), [&](const Answer& answer) { outcome = answer.outcome; });
        host_.http.pump();
        return outcome;
    }
    void ReplyAsFreshInstance(const std::string& id) { ReplyAsInstance(id, std::chrono::system_clock::now() + 1h); }
};

TEST_F(AwsClient, ExpiredCredentialsAreFetchedAnewAndTheRequestIsSentOnceMore) {
    Client client = MakeClient();
    ReplyAsFreshInstance("ONE");
    host_.http.reply({400, R"({"__type":"com.amazon#ExpiredTokenException","message":"expired"})"});
    ReplyAsFreshInstance("TWO");
    EXPECT_EQ(Send(client).kind, FANFARE_DELIVERED);
    ASSERT_EQ(host_.http.requests().size(), 8u);
    EXPECT_THAT(host_.http.requests()[3].header("authorization"), HasSubstr("Credential=ONE/"));
    EXPECT_THAT(host_.http.requests()[7].header("authorization"), HasSubstr("Credential=TWO/"));
    EXPECT_EQ(host_.http.requests()[7].header("x-amz-security-token"), "t-TWO");
    EXPECT_EQ(host_.http.requests()[7].count("x-amz-date"), 1u);
}

TEST_F(AwsClient, CredentialsThatStayExpiredMeanRetryWithoutEnd) {
    Client client = MakeClient();
    ReplyAsFreshInstance("ONE");
    host_.http.reply({400, R"({"__type":"ExpiredTokenException"})"});
    ReplyAsFreshInstance("ONE");
    const Outcome outcome = Send(client);
    EXPECT_EQ(outcome.kind, FANFARE_RETRY);
    EXPECT_THAT(outcome.reason, HasSubstr("ExpiredTokenException"));
    EXPECT_EQ(host_.http.requests().size(), 7u);
}

TEST_F(AwsClient, WhatTheServiceEchoesIsShownWithoutKeysTokensAndSignatures) {
    Client client = MakeClient();
    ReplyAsFreshInstance("AKIDECHO");
    host_.http.reply(
        {403,
         R"({"__type":"x#InvalidSignatureException","message":"bad AKIDECHO t-AKIDECHO s-AKIDECHO\nx-amz-security-token:t-AKIDECHO"})"});
    const Outcome outcome = Send(client);
    EXPECT_EQ(outcome.kind, FANFARE_REJECTED);
    EXPECT_EQ(outcome.code, 403);
    EXPECT_EQ(outcome.reason, "sqs.test says InvalidSignatureException: bad *** *** ***");
    EXPECT_THAT(outcome.response, Not(HasSubstr("AKIDECHO")));
}

TEST_F(AwsClient, OptionsKeysAreReadAtEachRequest) {
    host_.set_secret("/access_key_id", "AKID1");
    host_.set_secret("/secret_access_key", "s1\n");
    Client client = MakeClient();
    Send(client);
    host_.set_secret("/access_key_id", "AKID2");
    Send(client);
    ASSERT_EQ(host_.http.requests().size(), 2u);
    EXPECT_THAT(host_.http.requests()[0].header("authorization"), HasSubstr("Credential=AKID1/"));
    EXPECT_THAT(host_.http.requests()[1].header("authorization"), HasSubstr("Credential=AKID2/"));
    host_.drop_secret("/secret_access_key");
    EXPECT_EQ(Send(client).kind, FANFARE_UNREACHABLE) << "half a key, while it is rotated";
    host_.set_secret("/secret_access_key", "s2");
    EXPECT_EQ(Send(client).kind, FANFARE_DELIVERED);
}

struct FaultCase {
    const char* what;
    int status;
    const char* body;
    fanfare_outcome outcome;
    const char* reason;
};

TEST_F(AwsClient, ErrorsBecomeOutcomes) {
    host_.set_secret("/access_key_id", "AKID");
    host_.set_secret("/secret_access_key", "s");
    const std::vector<FaultCase> cases = {
        {"throttled", 400, R"({"__type":"com.amazonaws.sqs#RequestThrottled","message":"slow"})", FANFARE_RETRY,
         "RequestThrottled: slow"},
        {"wrong key", 403,
         R"({"__type":"InvalidClientTokenId","message":"The security token included in the request is invalid."})",
         FANFARE_REJECTED, "InvalidClientTokenId: The security token included"},
        {"denied", 403, R"({"__type":"AccessDeniedException","Message":"no"})", FANFARE_REJECTED,
         "AccessDeniedException: no"},
        {"query protocol", 400,
         "<ErrorResponse><Error><Code>Throttling</Code><Message>Rate &lt;x&gt;</Message></Error></ErrorResponse>",
         FANFARE_RETRY, "Throttling: Rate <x>"},
        {"wrong clock", 403,
         R"({"__type":"InvalidSignatureException","message":"Signature expired: 20200101T000000Z"})", FANFARE_RETRY,
         "clock"},
        {"no such queue", 400, R"({"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"gone"})", FANFARE_REJECTED,
         "QueueDoesNotExist"},
        {"their fault", 500, R"({"__type":"InternalFailure"})", FANFARE_RETRY, "InternalFailure"},
        {"no words", 503, "", FANFARE_RETRY, "HTTP 503 from sqs.test"},
        {"not AWS", 404, "<html>", FANFARE_REJECTED, "HTTP 404 from sqs.test"},
        {"moved", 301, "", FANFARE_REJECTED, "redirects are not followed"}};
    Client client = MakeClient();
    for (const FaultCase& one : cases) {
        host_.http.reply({one.status, one.body});
        const Outcome outcome = Send(client);
        EXPECT_EQ(outcome.kind, one.outcome) << one.what;
        EXPECT_THAT(outcome.reason, HasSubstr(one.reason)) << one.what;
        EXPECT_EQ(outcome.code, one.status) << one.what;
    }
}

TEST_F(AwsClient, TheTypeOfAnErrorMayStandInAHeader) {
    host_.set_secret("/access_key_id", "AKID");
    host_.set_secret("/secret_access_key", "s");
    Client client = MakeClient();
    host_.http.reply(
        {400, R"({"message":"paused"})", {{"x-amzn-errortype", "SendingPausedException:http://internal/"}}});
    const Outcome outcome = Send(client);
    EXPECT_EQ(outcome.kind, FANFARE_RETRY);
    EXPECT_EQ(outcome.reason, "sqs.test says SendingPausedException: paused");
}

TEST(AwsText, TimesAreReadInUtcOnly) {
    EXPECT_EQ(ParseTime("2027-01-15T08:00:00Z"), WallTime(1'800'000'000s));
    EXPECT_EQ(ParseTime("2027-01-15T08:00:00.123Z"), WallTime(1'800'000'000s));
    EXPECT_EQ(ParseTime("2027-01-15T08:00:00+01:00"), std::nullopt);
    EXPECT_EQ(ParseTime(""), std::nullopt);
    EXPECT_EQ(BasicTime(1'800'000'000), "20270115T080000Z");
}

TEST(AwsText, UrlsThatAreNoneAreRefused) {
    EXPECT_EQ(ParseUrl("https://a.b:8/p?q")->path, "/p");
    EXPECT_EQ(ParseUrl("https://[::1]:8/p?q")->host, "[::1]");
    for (const char* url : {"", "a.b", "ftp://a", "http://", "http://u@h/", "http://h/#f", "http://h:x/", "http://h:/",
                            "http://[::1", "http://a b", "http://a\\b"}) {
        EXPECT_FALSE(ParseUrl(url)) << url;
    }
}

}  // namespace
}  // namespace fanfare::plugins::aws
