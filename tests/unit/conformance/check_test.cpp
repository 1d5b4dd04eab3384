// Each deliberately broken plugin fails the one test that is about what it breaks, with the sentence that mends it.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "conformance/check.hpp"

namespace fanfare::conformance {
namespace {

using State = Verdict::State;
using testing::HasSubstr;

std::string FileOf(const std::string& plugin) { return std::string(FANFARE_BROKEN_PLUGINS) + "/" + plugin + ".so"; }

std::vector<Result> ResultsOf(const Order& order) {
    const auto results = Check(order, [](const Result&) {});
    EXPECT_TRUE(results) << results.error().message;
    return results ? *results : std::vector<Result>();
}

std::vector<std::string> NamesIn(const std::vector<Result>& results, State state) {
    std::vector<std::string> names;
    for (const Result& result : results) {
        if (result.verdict.state == state) names.push_back(result.name);
    }
    return names;
}

std::string TextOf(const std::vector<Result>& results, const std::string& name) {
    for (const Result& result : results) {
        if (result.name == name) return result.verdict.text;
    }
    return "no such test";
}

struct Row {
    const char* plugin;
    const char* test;
    const char* sentence;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.plugin; }

class BrokenPlugin : public testing::TestWithParam<Row> {};

TEST_P(BrokenPlugin, FailsTheTestThatIsAboutIt) {
    Order order;
    order.file = FileOf(GetParam().plugin);
    order.limit = std::chrono::seconds(40);
    if (std::string(GetParam().plugin) == "hangs") order.limit = std::chrono::seconds(5);
    order.only = {GetParam().test};
    const std::vector<Result> results = ResultsOf(order);
    EXPECT_THAT(NamesIn(results, State::kFailed), testing::ElementsAre(GetParam().test));
    EXPECT_THAT(TextOf(results, GetParam().test), HasSubstr(GetParam().sentence));
}

// How the kit tells that a plugin ended its process: by a signal, or by what a sanitizer makes of it.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr const char* kCrashed = "the process was ended";
#else
constexpr const char* kCrashed = "(Segmentation fault) while the plugin was in ";
#endif

constexpr Row kRows[] = {
    {"extra_export", "static.exports", "exports 1 symbols besides the entry (helper)"},
    {"unique_symbol", "static.unique", "STB_GNU_UNIQUE"},
    {"runs_its_stack", "static.hardening", "noexecstack"},
    {"undefined_symbol", "static.load", "needs the symbol 'nowhere_to_be_found'"},
    {"no_destroy", "static.load", "no function 'destroy'"},
    {"no_licence", "static.metadata", "its license is empty"},
    {"open_schema", "static.schema", "\"additionalProperties\": false"},
    {"no_description", "static.schema", "'bare' has no description"},
    {"query_thread", "life.query", "threads behind: start nothing before create"},
    {"query_file", "life.query", "(/dev/null) behind"},
    {"query_prints", "life.query", "it prints"},
    {"query_once", "life.query", "refused a host that it had taken before"},
    {"asks_more", "life.create", "'colour is missing'"},
    {"create_throws", "life.create", "an exception came out of create ('no')"},
    {"no_instance", "life.create", "store it in *out"},
    {"crashes_without", "life.refusals", kCrashed},
    {"mute", "life.refusals", "refuses options without 'name' without a text"},
    {"leaks_file", "life.leaks", "close and join in destroy"},
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    {"leaks_memory", "life.leaks", "bytes behind"},  // a sanitizer's allocator does not tell what is in use
#endif
    {"leaves_thread", "life.starts", "leave 20 threads behind"},
    {"stops_late", "life.stop", "stop was not back by its deadline"},
    {"forgets_at_stop", "life.stop", "had no answer when it had returned"},
    {"answers_after_destroy", "life.stop", "answered after destroy had returned"},
    {"shares_instance", "life.instances", "keep state in the instance, not in globals"},
    {"silent", "deliver.one", "1 of the events of a batch were not answered"},
    {"twice", "deliver.one", "answered event 0 of batch 1 twice"},
    {"unset", "deliver.one", "outcome 0 (UNSET)"},
    {"outcome_77", "deliver.one", "outcome 77"},
    {"other_index", "deliver.one", "the index is that within the batch"},
    {"other_batch", "deliver.one", "which it was never handed"},
    {"short_result", "deliver.one", "sizeof(fanfare_result)"},
    {"throws", "deliver.one", "an exception came out of deliver ('broken')"},
    {"exits", "deliver.one", "exit status 3 while the plugin was in deliver"},
    {"aborts", "deliver.one", "(Aborted) while the plugin was in deliver"},
    {"hangs", "deliver.one", "not done after 5 s; the plugin was in deliver"},
    {"fails", "deliver.one", "deliver returned 3"},
    {"always_busy", "deliver.one", "said BUSY 500 times"},
    {"busy_after_answer", "deliver.one", "BUSY means that nothing was taken"},
    {"first_alone", "deliver.full_batch", "15 of the events of a batch were not answered"},
    {"reads_empty", "deliver.empty", kCrashed},
    {"copies_to_stack", "deliver.large", kCrashed},
    {"ascii_only", "deliver.bytes", "not answered"},
    {"drops_repeated", "deliver.repeated", "not answered"},
    {"overtakes", "deliver.ordered", "event 3 was delivered although event 2 before it was not (RETRY)"},
    {"too_late", "deliver.deadline", "not answered"},
    {"answers_on_cancel", "deliver.cancel", "twice"},
    {"thread_each", "deliver.threads", "never with one for each event"},
    {"trusts_extension", "skew.past", kCrashed},
    {"mute_about_host", "skew.past", "without fanfare.http/1 and does not say so"},
    {"sizes_equal", "skew.future", "REJECTED REJECTED REJECTED"},
    {"flags_equal", "skew.future", "test single bits of flags"},
    {"only_200", "remote.204", "a 2xx is DELIVERED"},
    {"takes_404", "remote.404", "nothing was taken over"},
    {"rejects_429", "remote.429", "answer RETRY"},
    {"takes_500", "remote.500", "answer RETRY"},
    {"rejects_503", "remote.503", "answered REJECTED"},
    {"gives_up", "remote.unreachable", "answer UNREACHABLE"},
    {"hopes", "remote.truncated", "nobody knows whether it has the event"},
    {"impatient", "remote.timeout", "nobody knows whether it has the event"},
    {"no_reason", "remote.reasons", "no reason was given"},
    {"tells_secret", "remote.reasons", "a secret of its options"},
    {"rejects_absent", "remote.nobody", "answer UNREACHABLE or RETRY"},
    {"trusts_silence", "remote.silent", "said nothing"},
    {"trusts_end", "remote.hangs_up", "hung up at once"},
};
INSTANTIATE_TEST_SUITE_P(Conformance, BrokenPlugin, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.plugin); });

TEST(Check, PluginsThatKeepTheContractPass) {
    for (const char* const plugin : {"keeps_all", "keeps_all_http", "keeps_all_connection"}) {
        Order order;
        order.file = FileOf(plugin);
        EXPECT_THAT(NamesIn(ResultsOf(order), State::kFailed), testing::IsEmpty()) << plugin;
    }
}

TEST(Check, AnExceptionIsShownWithItsReasonAndHoldsNobodyUp) {
    Order order;
    order.file = FileOf("twice");
    order.only = {"deliver.one", "deliver.empty"};
    order.except = {{"deliver.one", "known, issue 7"}};
    const std::vector<Result> results = ResultsOf(order);
    EXPECT_EQ(TextOf(results, "deliver.one"), "known, issue 7");
    EXPECT_THAT(NamesIn(results, State::kFailed), testing::ElementsAre("deliver.empty"));
}

TEST(Check, AnUnknownTestIsRefusedWithTheNearestName) {
    Order order;
    order.file = FileOf("keeps_all");
    order.only = {"deliver.oen"};
    const auto results = Check(order, [](const Result&) {});
    ASSERT_FALSE(results);
    EXPECT_THAT(results.error().message, HasSubstr("did you mean 'deliver.one'?"));
}

TEST(Check, AnExceptionWithoutAReasonIsRefused) {
    Order order;
    order.file = FileOf("keeps_all");
    order.except = {{"deliver", ""}};
    const auto results = Check(order, [](const Result&) {});
    ASSERT_FALSE(results);
    EXPECT_EQ(results.error().code, base::Code::kInvalid);
}

TEST(Check, AFileThatIsNotThereIsNotFound) {
    Order order;
    order.file = FileOf("no_such_plugin");
    const auto results = Check(order, [](const Result&) {});
    ASSERT_FALSE(results);
    EXPECT_EQ(results.error().code, base::Code::kNotFound);
}

}  // namespace
}  // namespace fanfare::conformance
