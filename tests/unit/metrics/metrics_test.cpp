#include "metrics/metrics.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <set>
#include <sstream>

namespace fanfare::metrics {
namespace {

using testing::HasSubstr;

Snapshot Full() {
    Snapshot snapshot;
    snapshot.version = "1.2.3";
    snapshot.destinations = {{"team", {3, 1, 5, 2, 1, 4, 16}}};
    snapshot.now = base::Time(std::chrono::seconds(100));
    snapshot.oldest_waiting = {{"team", base::Time(std::chrono::seconds(58))}};
    dispatch::LaneStats lane;
    lane.destination = "team";
    lane.outcomes = {5, 2, 1, 7, 0};
    lane.gate = dispatch::GateState::kUnreachable;
    lane.attempt_took.Add(std::chrono::milliseconds(2));
    lane.attempt_took.Add(std::chrono::minutes(2));
    snapshot.lanes = {lane};
    snapshot.misbehaviour = {{"team", "threw", 1}};
    snapshot.process = ReadProcess();
    return snapshot;
}

std::string ReadAll(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_FALSE(text.str().empty()) << path;
    return text.str();
}

std::set<std::string> NamesIn(const std::string& text) {
    constexpr const char* kLetters = "abcdefghijklmnopqrstuvwxyz_";
    std::set<std::string> names;
    for (const std::string prefix : {"fanfare_", "process_"}) {
        for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at + 1)) {
            names.insert(text.substr(at, text.find_first_not_of(kLetters, at) - at));
        }
    }
    return names;
}

std::set<std::string> Exported() {
    std::set<std::string> names;
    std::istringstream lines(Render(Full()));
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("# TYPE ")) names.insert(line.substr(7, line.find(' ', 7) - 7));
    }
    return names;
}

TEST(Metrics, EachStateOutcomeAndHistogramIsThere) {
    const std::string text = Render(Full());
    EXPECT_THAT(text, HasSubstr("fanfare_deliveries{destination=\"team\",state=\"waiting\"} 3"));
    EXPECT_THAT(text, HasSubstr("fanfare_deliveries{destination=\"team\",state=\"pruned\"} 4"));
    EXPECT_THAT(text, HasSubstr("fanfare_deliveries_created_total{destination=\"team\"} 16"));
    EXPECT_THAT(text, HasSubstr("fanfare_attempts_total{destination=\"team\",outcome=\"unreachable\"} 7"));
    EXPECT_THAT(text, HasSubstr("fanfare_destination_state{destination=\"team\",state=\"unreachable\"} 1"));
    EXPECT_THAT(text, HasSubstr("fanfare_destination_state{destination=\"team\",state=\"open\"} 0"));
    EXPECT_THAT(text, HasSubstr("fanfare_attempt_duration_seconds_count{destination=\"team\"} 2"));
    EXPECT_THAT(text, HasSubstr("fanfare_attempt_duration_seconds_bucket{destination=\"team\",le=\"30\"} 1"));
    EXPECT_THAT(text, HasSubstr("le=\"+Inf\"} 2"));
    EXPECT_THAT(text, HasSubstr("fanfare_build_info{version=\"1.2.3\"} 1"));
}

TEST(Metrics, TheOldestThatWaitsHasItsAgeAndZeroWhereNoneWaits) {
    Snapshot snapshot = Full();
    snapshot.destinations.push_back({"idle", {}});
    const std::string text = Render(snapshot);
    EXPECT_THAT(text, HasSubstr("fanfare_delivery_oldest_waiting_seconds{destination=\"team\"} 42"));
    EXPECT_THAT(text, HasSubstr("fanfare_delivery_oldest_waiting_seconds{destination=\"idle\"} 0"));
    snapshot.oldest_waiting = std::nullopt;
    EXPECT_THAT(Render(snapshot), testing::Not(HasSubstr("oldest_waiting")));
}

TEST(Metrics, ThePageDocumentsWhatIsExportedAndNothingElse) {
    EXPECT_EQ(NamesIn(ReadAll(FANFARE_METRICS_PAGE)), Exported());
}

TEST(Metrics, RulesAndDashboardUseOnlyWhatIsExported) {
    const std::set<std::string> exported = Exported();
    for (const char* file : {"/prometheus/fanfare.rules.yml", "/grafana/fanfare.json"}) {
        for (std::string name : NamesIn(ReadAll(std::string(FANFARE_ETC) + file))) {
            for (const char* tail : {"_bucket", "_count", "_sum"}) {
                if (name.ends_with(tail) && !exported.contains(name)) name.resize(name.size() - std::string(tail).size());
            }
            EXPECT_TRUE(exported.contains(name)) << file << ": " << name;
        }
    }
}

TEST(Metrics, TheProcessKnowsItsMemoryItsFilesAndItsTime) {
    const Process process = ReadProcess();
    EXPECT_GT(process.resident_bytes, 0u);
    EXPECT_GE(process.open_files, 3u);
    EXPECT_GT(process.cpu_seconds, 0);
}

}  // namespace
}  // namespace fanfare::metrics
