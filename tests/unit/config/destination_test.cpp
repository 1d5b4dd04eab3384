#include <gmock/gmock.h>

#include "unit/config/tree.hpp"

namespace fanfare::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Destination Only(const Loaded& loaded) {
    for (const Diagnostic& diagnostic : loaded.diagnostics) ADD_FAILURE() << Format(diagnostic);
    return loaded.config.destinations.size() == 1 ? loaded.config.destinations[0] : Destination();
}

TEST(Destination, OptionsArriveAsJsonInTheOrderInWhichTheyAreWritten) {
    Tree tree;
    tree.Write("fanfare.toml", R"([destination.team]
url = "https://example.com"
plugin = "webhook"
count = 7
ratio = 0.5
on = true
headers = { "X-B" = "é", "X-A" = "2" }
list = ["a", { deep = [1] }]
[destination.team.nested]
z.y = 1
)");
    const Destination destination = Only(tree.Load());
    EXPECT_EQ(destination.plugin, "webhook");
    EXPECT_TRUE(destination.enabled);
    EXPECT_EQ(destination.options.dump(),
              R"({"url":"https://example.com","count":7,"ratio":0.5,"on":true,"headers":{"X-B":"é","X-A":"2"},)"
              R"("list":["a",{"deep":[1]}],"nested":{"z":{"y":1}}})");
}

TEST(Destination, EveryOptionHasAPlaceUnderItsEscapedPointer) {
    Tree tree;
    tree.Write("fanfare.toml", R"([destination.team]
plugin = "webhook"
headers."a/b~c" = "x"
list = ["é", { k = 1 }]
)");
    const auto positions = Only(tree.Load()).option_positions;
    std::vector<std::string> places;
    for (const auto& [pointer, where] : positions) {
        places.push_back(pointer + " " + std::to_string(where.line) + ":" + std::to_string(where.column));
    }
    EXPECT_THAT(places, ElementsAre(" 1:14", "/headers 3:1", "/headers/a~1b~0c 3:19", "/list 4:8", "/list/0 4:9",
                                    "/list/1 4:14", "/list/1/k 4:20", "/plugin 2:10"));
}

TEST(Destination, DeliveryHasItsDefaultsAndTakesEveryKey) {
    Tree tree;
    tree.Write("fanfare.toml", R"([destination.a]
plugin = "file"
[destination.b]
plugin = "file"
enabled = false
[destination.b.delivery]
retry = { base = "500ms", factor = 1.5, max_delay = "2h", jitter = 0, max_attempts = 3, max_age = "1d12h" }
timeout = "10s"
concurrency = 2
rate = "600/m"
breaker = { failures = 3, probe = "1m" }
)");
    const Loaded loaded = tree.Load();
    ASSERT_THAT(tree.Heads(loaded), IsEmpty());
    const model::DeliveryPolicy& defaults = loaded.config.destinations[0].delivery;
    EXPECT_EQ(defaults.retry.base, 5s);
    EXPECT_EQ(defaults.retry.max_attempts, 48u);
    EXPECT_EQ(defaults.retry.max_age, 72h);
    EXPECT_EQ(defaults.timeout, 30s);
    EXPECT_EQ(defaults.concurrency, 8u);
    const model::DeliveryPolicy& set = loaded.config.destinations[1].delivery;
    EXPECT_FALSE(loaded.config.destinations[1].enabled);
    EXPECT_EQ(set.retry.base, 500ms);
    EXPECT_EQ(set.retry.factor, 1.5);
    EXPECT_EQ(set.retry.max_delay, 2h);
    EXPECT_EQ(set.retry.jitter, 0);
    EXPECT_EQ(set.retry.max_attempts, 3u);
    EXPECT_EQ(set.retry.max_age, 36h);
    EXPECT_EQ(set.timeout, 10s);
    EXPECT_EQ(set.concurrency, 2u);
    EXPECT_EQ(defaults.rate, std::nullopt);
    EXPECT_EQ(defaults.breaker, (model::BreakerPolicy{5, 30s}));
    EXPECT_EQ(set.rate, (model::Rate{600, 1min}));
    EXPECT_EQ(set.breaker, (model::BreakerPolicy{3, 1min}));
}

TEST(Destination, AScheduleReplacesTheOtherDelaysAndMayNotStandBesideThem) {
    Tree tree;
    tree.Write(
        "fanfare.toml",
        "[destination.a]\nplugin = \"file\"\ndelivery.retry = { schedule = [\"5s\", \"1m\"], max_attempts = 4 }\n");
    EXPECT_THAT(Only(tree.Load()).delivery.retry.schedule, ElementsAre(5s, 60s));
    EXPECT_THAT(FaultsOf("[destination.a]\nplugin = \"file\"\n[destination.a.delivery]\n"
                         "retry = { base = \"1s\", schedule = [\"5s\", 7] }\n"),
                ElementsAre("4:11: error: 'base' has no effect beside 'schedule'",
                            "4:42: error: 'schedule' must be a duration, not an integer"));
    EXPECT_THAT(FaultsOf("[destination.a]\nplugin = \"file\"\ndelivery.retry.schedule = []\n"),
                ElementsAre("3:27: error: 'schedule' must be a list of 1 to 1000 durations"));
}

TEST(Destination, FaultsOfDeliveryAreReportedAtTheirPlace) {
    EXPECT_THAT(FaultsOf("[destination.a]\n"
                         "plugin = \"file\"\n"
                         "[destination.a.delivery]\n"
                         "retry = { base = \"2h\", facter = 2, jitter = 1.5, max_attempts = 0 }\n"
                         "timeout = \"0s\"\n"
                         "concurrency = \"8\"\n"
                         "rate = \"100/s\"\n"
                         "order_by = \"data.id\"\n"
                         "retyr = 1\n"),
                ElementsAre("4:11: error: 'base' is longer than 'max_delay'",
                            "4:24: error: unknown key 'facter' in 'retry' of [destination.a.delivery]",
                            "4:45: error: 'jitter' must be between 0 and 1",
                            "4:65: error: 'max_attempts' must be between 1 and 1000000",
                            "5:11: error: 'timeout' must be between 1ms and 1d",
                            "6:15: error: 'concurrency' must be an integer, not a string",
                            "8:12: error: 'order_by' is no place in an event",
                            "9:1: error: unknown key 'retyr' in [destination.a.delivery]"));
}

TEST(Destination, WithoutAPluginItIsAnError) {
    EXPECT_THAT(FaultsOf("[destination.a]\nurl = \"x\"\n"),
                ElementsAre("1:14: error: destination 'a' has no 'plugin'"));
    EXPECT_THAT(FaultsOf("[destination.a]\nplugin = \"../x\"\n"),
                ElementsAre("2:10: error: 'plugin' is not the name of a plugin"));
    EXPECT_THAT(FaultsOf("[destination.a]\nplugin = 5\nenabled = \"yes\"\n"),
                ElementsAre("2:10: error: 'plugin' must be a string, not an integer",
                            "3:11: error: 'enabled' must be true or false, not a string"));
}

TEST(Destination, DatesAndInfiniteNumbersHaveNoJson) {
    EXPECT_THAT(
        FaultsOf("[destination.a]\nplugin = \"file\"\nday = 2026-01-31\nmost = inf\nat = [07:00:00]\n"),
        ElementsAre("3:7: error: a date cannot stand here: JSON has none", "4:8: error: a number must be finite here",
                    "5:7: error: a time cannot stand here: JSON has none"));
    EXPECT_THAT(HintsOf("[destination.a]\nplugin = \"file\"\nday = 2026-01-31\n"), ElementsAre("put it in quotes"));
}

}  // namespace
}  // namespace fanfare::config
