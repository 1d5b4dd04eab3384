// What the host does for a plugin.
#include <gmock/gmock.h>

#include "base/log_limit.hpp"
#include "http_client/settings.hpp"
#include "plugin/text.hpp"
#include "support.hpp"

namespace fanfare::plugin {
namespace {

using model::OutcomeKind;
using testing::HasSubstr;
using namespace std::chrono_literals;

std::string LineOf(const std::string& log, const std::string& start) {
    const std::size_t at = log.find("\n" + start) + 1;
    return log.substr(at, log.find('\n', at) - at);
}

std::string Recorded(const std::string& options, std::map<std::string, base::Secret> secrets, const std::string& line) {
    const TempDir dir;
    { const Rig rig("recorder", R"({"path":")" + (dir / "log") + "\"" + options + "}", {}, std::move(secrets)); }
    return LineOf(ReadFile(dir / "log"), line);
}

TEST(Options, AreReadByPointerAndTypeAndHoldNoSecret) {
    EXPECT_EQ(Recorded(R"(,"list":["a","b"],"flag":true,"ratio":1.5,"secret":"hunter22")",
                       {{"/secret", base::Secret("hunter22")}}, "options"),
              "options n=0:7 ratio=0:1.5 flag=0:1 list=0:2 first=a key0=path none=3 secret_in_options=3 secret=hunt:8 "
              "no_secret=3");
}

TEST(Options, OfAnotherTypeAreNotThere) {
    EXPECT_EQ(Recorded(R"(,"list":5,"flag":1,"ratio":"x","n":18446744073709551615)", {}, "options"),
              "options n=3:-1 ratio=3:-1 flag=3:9 list=3:99 key0=path none=3 secret_in_options=3 no_secret=3");
}

// RFC 4231, test case 2: 5bdc...3843.
TEST(CryptoExtension, AnswersRfc4231AndAnUnknownExtensionIsNull) {
    EXPECT_EQ(Recorded("", {}, "hmac"), "hmac=5b43 other=0");
}

TEST(HttpExtension, CarriesTheRequestAndTheResponseOnTheInstancesThread) {
    Rig rig("caller");
    rig.Start();
    sink::Batch batch = MakeBatch(1);
    batch.deadline = In(1h);
    const base::SteadyTime deadline = batch.deadline;
    rig.sink->Deliver(1, std::move(batch));
    const http_client::Request request = rig.client.WaitFor(0);
    EXPECT_EQ(request.method, "PUT");
    EXPECT_EQ(request.url, "http://localhost/hook");
    EXPECT_THAT(request.headers, testing::ElementsAre(testing::Pair("x-kind", "test")));
    EXPECT_EQ(request.body, "{}");
    EXPECT_EQ(request.deadline, deadline);
    EXPECT_EQ(request.max_response_bytes, 64u << 10);

    http_client::Response response;
    response.end = http_client::End::kDone;
    response.status = 503;
    response.headers = {{"retry-after", "7"}};
    response.body = "slow\ndown";
    response.retry_after = 7000ms;
    rig.client.Answer(0, response);
    const model::Outcome outcome = rig.answers.WaitFor(1)[0].outcome;
    EXPECT_EQ(outcome.kind, OutcomeKind::kRetry);
    EXPECT_EQ(outcome.code, 503);
    EXPECT_EQ(outcome.retry_after, base::Duration(7s));
    EXPECT_EQ(outcome.reason, "7");
    EXPECT_EQ(outcome.response, "slow\\ndown");
    EXPECT_TRUE(rig.IsClean());
}

TEST(HttpExtension, GivesEveryRequestTheSettingsOfItsDestination) {
    const auto settings = std::make_shared<const http_client::Settings>();
    Rig rig("caller", "{}", {}, {}, settings);
    rig.Start();
    rig.sink->Deliver(1, MakeBatch(1));
    EXPECT_EQ(rig.client.WaitFor(0).settings, settings);
    rig.client.Answer(0, {});
    rig.answers.WaitFor(1);
}

TEST(HttpExtension, MapsEveryEndOfARequest) {
    const std::vector<std::pair<http_client::End, OutcomeKind>> ends{
        {http_client::End::kUnreachable, OutcomeKind::kUnreachable},
        {http_client::End::kInDoubt, OutcomeKind::kRetry},
        {http_client::End::kTimeout, OutcomeKind::kRetry},
        {http_client::End::kInvalid, OutcomeKind::kRejected},
        {http_client::End::kStopped, OutcomeKind::kNotAttempted}};
    Rig rig("caller");
    rig.Start();
    for (std::size_t i = 0; i < ends.size(); ++i) {
        rig.sink->Deliver(i + 1, MakeBatch(i + 1));
        http_client::Response response;
        response.end = ends[i].first;
        response.error = "because";
        rig.client.Answer(i, response);
        const model::Outcome outcome = rig.answers.WaitFor(i + 1)[i].outcome;
        EXPECT_EQ(outcome.kind, ends[i].second) << i;
        EXPECT_EQ(outcome.code, 0);
        EXPECT_EQ(outcome.reason, "because");
    }
}

TEST(HttpExtension, AnswersOpenRequestsAsStoppedWhenTheInstanceStops) {
    Rig rig("caller");
    rig.Start();
    rig.sink->Deliver(1, MakeBatch(1, 2));
    rig.client.WaitFor(1);
    rig.sink->Stop(In(2s));
    const auto answers = rig.answers.All();
    ASSERT_EQ(answers.size(), 2u);
    EXPECT_EQ(answers[0].outcome.kind, OutcomeKind::kNotAttempted);
    EXPECT_TRUE(rig.IsClean());
    http_client::Response late;
    late.end = http_client::End::kDone;
    rig.client.Answer(0, late);
    rig.sink.reset();
    rig.client.Answer(1, late);
    EXPECT_EQ(rig.answers.All().size(), 2u) << "an answer after the end reaches no one";
}

TEST(HttpExtension, LetsOpenRequestsFinishWithinTheTimeToStop) {
    Rig rig("caller");
    rig.Start();
    rig.sink->Deliver(1, MakeBatch(1));
    rig.client.WaitFor(0);
    std::thread answerer([&] {
        http_client::Response response;
        response.end = http_client::End::kDone;
        response.status = 200;
        rig.client.Answer(0, response);
    });
    rig.sink->Stop(In(kPatience));
    answerer.join();
    ASSERT_EQ(rig.answers.All().size(), 1u);
    EXPECT_EQ(rig.answers.All()[0].outcome.kind, OutcomeKind::kDelivered);
}

TEST(Clean, MakesOneLineOfUtf8WithinTheLimit) {
    EXPECT_EQ(Clean("plain \xC3\xA9", 100, {}), "plain \xC3\xA9");
    EXPECT_EQ(Clean(std::string_view("a\r\n\t\x1b\x7f\0b", 8), 100, {}), "a\\x0d\\n\\t\\x1b\\x7f\\x00b");
    EXPECT_EQ(Clean("a\xFF\xC3z", 100, {}), "a\xEF\xBF\xBD\xEF\xBF\xBDz");
    EXPECT_EQ(Clean("abcdefghij", 10, {}), "abcdefghij");
    EXPECT_EQ(Clean("abcdefghijk", 10, {}), "abcdefg...");
    EXPECT_EQ(Clean("aaaaaaa\xC3\xA9\xC3\xA9", 10, {}), "aaaaaaa...") << "no character is cut in two";
    EXPECT_EQ(Clean("abc", 2, {}), "..");
}

TEST(Clean, HidesSecretsAlsoWhereTheTextIsCut) {
    const std::vector<base::Secret> secrets{base::Secret("hunter22"), base::Secret("hunter22-long"),
                                            base::Secret("abc")};
    EXPECT_EQ(Clean("pw=hunter22!", 100, secrets), "pw=***!");
    EXPECT_EQ(Clean("pw=hunter22-long!", 100, secrets), "pw=***!") << "the longest wins";
    EXPECT_EQ(Clean("abc", 100, secrets), "abc") << "too short to be told from a word";
    EXPECT_EQ(Clean("xxxxxxhunter22", 8, secrets).find("hu"), std::string::npos);
}

TEST(LogLimit, LetsABurstPassThenARateAndCountsTheRest) {
    log::LogLimit limit(50, 10);
    base::SteadyTime now{1h};
    int passed = 0;
    for (int i = 0; i < 60; ++i) passed += limit.Pass(now).has_value();
    EXPECT_EQ(passed, 50);
    now += 100ms;
    EXPECT_EQ(limit.Pass(now), 10u);
    EXPECT_EQ(limit.Pass(now), std::nullopt);
}

}  // namespace
}  // namespace fanfare::plugin
