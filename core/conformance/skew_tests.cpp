// The same plugin on hosts that are older or newer than this one.
#include <algorithm>

#include "conformance/bench.hpp"

namespace fanfare::conformance {
namespace {

constexpr std::chrono::seconds kTime{10};

std::vector<fanfare_outcome> Outcomes(Driver& driver, std::size_t size) {
    const auto deadline = Steady::now() + kTime;
    driver.Settle(driver.Deliver(Events(size), 0, deadline), deadline);
    std::vector<Given> given = driver.host().given();
    std::sort(given.begin(), given.end(), [](const Given& a, const Given& b) { return a.index < b.index; });
    std::vector<fanfare_outcome> outcomes;
    for (const Given& each : given) outcomes.push_back(each.outcome);
    return outcomes;
}

std::string Words(const std::vector<fanfare_outcome>& outcomes) {
    std::string words;
    for (const fanfare_outcome outcome : outcomes) words += (words.empty() ? "" : " ") + NameOf(outcome);
    return words;
}

void AskEntry(Bench& bench, const Host& host, const char* which) {
    if (bench.library().entry()(host.border()) == nullptr) {
        throw Failure{std::string("it refuses a host of ") + which +
                      " minor: say in required_minor what you need, the host compares"};
    }
}

void Past(Bench& bench) {
    Driver driver(bench.library(), bench.Options(), Age::kPast);
    AskEntry(bench, driver.host(), "the first");
    const Outcome made = driver.Make();
    if (made.status != FANFARE_OK) {
        if (driver.host().asked().empty()) {
            throw Failure{"it refuses a host of minor 0, with '" + made.text +
                          "': look with FANFARE_HAS at what is there, or raise required_minor"};
        }
        if (made.text.empty()) {
            throw Failure{"it refuses a host without " + *driver.host().asked().begin() +
                          " and does not say so: name the missing service with host->set_error"};
        }
        return bench.Note("refuses a host without " + *driver.host().asked().begin() + ", and says so");
    }
    if (const Outcome started = driver.Start(); started.status != FANFARE_OK) {
        throw Failure{"start failed on a host of minor 0, with '" + started.text + "'"};
    }
    Outcomes(driver, 1);
    driver.Down();
}

void Future(Bench& bench) {
    const std::size_t size = std::min<std::size_t>(bench.max_batch(), 3);
    std::vector<fanfare_outcome> ours;
    {
        const auto driver = bench.Up();
        ours = Outcomes(*driver, size);
        driver->Down();
    }
    const auto driver = bench.Up(Age::kFuture);
    AskEntry(bench, driver->host(), "a later");
    const std::vector<fanfare_outcome> theirs = Outcomes(*driver, size);
    driver->Down();
    if (ours == theirs) return;
    throw Failure{"on a host whose structs are longer and whose flags have unknown bits the outcomes are " +
                  Words(theirs) + ", and " + Words(ours) +
                  " on this one: step by pointers, never by sizeof, and test single bits of flags"};
}

}  // namespace

std::vector<Test> SkewTests() {
    return {{"skew.past", "works, or refuses with words, on a host of minor 0 without services", "deliver.one", Past},
            {"skew.future", "does the same on a host whose structs have grown", "deliver.one", Future}};
}

}  // namespace fanfare::conformance
