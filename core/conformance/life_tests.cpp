// From query to destroy.
#include <algorithm>
#include <cstring>
#include <string>
#include <thread>

#include "base/text.hpp"
#include "conformance/bench.hpp"
#include "conformance/child.hpp"
#include "conformance/options.hpp"
#include "conformance/process.hpp"

namespace fanfare::conformance {
namespace {

constexpr std::chrono::milliseconds kPatience{2000};
constexpr std::chrono::seconds kStopTime{3};
constexpr std::chrono::seconds kInstanceTime{5};
constexpr std::chrono::seconds kStopSlack{2};
constexpr int kQueries = 100;
constexpr int kWarmUp = 20;
constexpr std::size_t kRounds = 1000;
constexpr std::size_t kFewestRounds = 100;
constexpr std::chrono::seconds kLeakTime{10};  // for a create that is not cheap
constexpr int kStarts = 20;
// Less is what an allocator keeps for itself.
constexpr std::size_t kLeakPerRound = 16;

void Query(Bench& bench) {
    const ProcessState before = LookAtProcess();
    const std::size_t printed = PrintedSoFar();
    const plugin::Library& library = bench.library();
    Doing("in its entry function");
    const Host host(Age::kOurs);
    for (int i = 0; i < kQueries; ++i) {
        if (library.entry()(host.border()) == nullptr) {
            throw Failure{"its entry function refused a host that it had taken before: it may be asked any number of times"};
        }
    }
    Doing("done with its entry function");
    if (const std::string left = LeftBehindAfter(before, kPatience); !left.empty()) {
        throw Failure{"to load it and to ask what it is leaves " + left + " behind: start nothing before create"};
    }
    if (PrintedSoFar() > printed) {
        throw Failure{"it prints when it is loaded or asked what it is: standard output and error are the host's, use host->log"};
    }
}

void Create(Bench& bench) {
    Driver driver(bench.library(), bench.Options());
    const std::size_t printed = PrintedSoFar();
    const Outcome made = driver.Make();
    if (made.status != FANFARE_OK && bench.subject().options != nullptr) {
        throw Failure{"it refuses the options that were given, with '" + made.text + "'"};
    }
    if (made.status != FANFARE_OK) {
        throw Failure{"it refuses options made from its schema, with '" + made.text +
                      "': give ones that work in a TOML file, with --options FILE, or put them as \"examples\" into the schema"};
    }
    if (!driver.is_alive()) throw Failure{"create said OK and gave no instance: store it in *out"};
    driver.Destroy();
    if (PrintedSoFar() > printed) {
        throw Failure{"it prints: standard output and error are the host's, use host->log"};
    }
}

// The host checks options before a plugin sees them; what a schema lets pass, or a host does not know, meets the plugin.
void Refusals(Bench& bench) {
    const plugin::Library& library = bench.library();
    const json::Value good = bench.Options();
    for (const BrokenOptions& broken : BreakOptions(library.schema().document(), good)) {
        if (library.schema().Check(broken.options).empty()) {
            throw Failure{"its schema takes options " + broken.what +
                          ": name the type of every option, and \"additionalProperties\": false"};
        }
        Driver driver(library, broken.options);
        const Outcome made = driver.Make();
        if (made.status == FANFARE_OK) {
            driver.Destroy();
        } else if (made.text.empty()) {
            throw Failure{"it refuses options " + broken.what +
                          " without a text: say with host->set_error what is wrong and what to write"};
        } else if (!base::IsUtf8(made.text)) {
            throw Failure{"its text for options " + broken.what + " is not UTF-8"};
        }
        driver.MustBeFaultless();
    }
}

void MakeAndDestroy(const plugin::Library& library, const json::Value& options) {
    Driver driver(library, options);
    if (driver.Make().status != FANFARE_OK) throw Failure{"it refused options that it had taken before"};
    driver.Destroy();
    driver.MustBeFaultless();
}

void Leaks(Bench& bench) {
    const plugin::Library& library = bench.library();
    const json::Value options = bench.Options();
    for (int i = 0; i < kWarmUp; ++i) MakeAndDestroy(library, options);
    const auto until = Steady::now() + kLeakTime;
    const ProcessState before = LookAtProcess();
    const std::size_t heap = HeapInUse();
    std::size_t rounds = 0;
    while (rounds < kRounds && (rounds < kFewestRounds || Steady::now() < until)) {
        MakeAndDestroy(library, options);
        ++rounds;
    }
    const std::size_t after = HeapInUse();
    if (rounds < kRounds) bench.Note("create is slow: time was over after " + std::to_string(rounds) + " instances");
    if (const std::string left = LeftBehindAfter(before, kPatience); !left.empty()) {
        throw Failure{std::to_string(rounds) + " instances, made and destroyed, leave " + left +
                      " behind: close and join in destroy"};
    }
    if (after > heap + kLeakPerRound * rounds) {
        throw Failure{"each instance that is made and destroyed leaves " + std::to_string((after - heap) / rounds) +
                      " bytes behind: free in destroy what create took"};
    }
}

void Starts(Bench& bench) {
    const plugin::Library& library = bench.library();
    const json::Value options = bench.Options();
    const auto once = [&] {
        Driver driver(library, options);
        driver.Up();
        driver.Down();
    };
    once();
    const ProcessState before = LookAtProcess();
    for (int i = 0; i < kStarts; ++i) once();
    if (const std::string left = LeftBehindAfter(before, kPatience); !left.empty()) {
        throw Failure{std::to_string(kStarts) + " instances, started and stopped, leave " + left +
                      " behind: join threads and close files in stop or destroy"};
    }
}

void Stop(Bench& bench) {
    // A sanitizer starts a thread of its own with the first one of the process.
    std::thread([] {}).join();
    const ProcessState before = LookAtProcess();
    {
        const auto driver = bench.Up();
        const auto deadline = Steady::now() + std::chrono::seconds(30);
        const std::size_t size = std::min<std::size_t>(bench.max_batch(), 16);
        for (int i = 0; i < 8; ++i) driver->TryDeliver(Events(size), 0, deadline);
        const auto until = Steady::now() + kStopTime;
        driver->Stop(until);
        if (Steady::now() > until + kStopSlack) {
            throw Failure{"stop was not back by its deadline: give up what is under way, answer it and return"};
        }
        const std::size_t open = driver->host().open_events();
        driver->Destroy();
        driver->MustBeFaultless();
        if (open > 0) {
            throw Failure{std::to_string(open) +
                          " events were under way when stop was called and had no answer when it had returned: answer "
                          "what you hold, as NOT_ATTEMPTED or RETRY, before stop returns"};
        }
        // What is still on its way shows now.
        driver->host().Wait(std::chrono::milliseconds(200));
        driver->MustBeFaultless();
    }
    // Of the plugin: what the loader and the check itself opened is not counted twice.
    const ProcessState now = LookAtProcess();
    if (now.threads > before.threads) {
        if (const std::string left = LeftBehindAfter({before.threads, now.descriptors}, kPatience); !left.empty()) {
            throw Failure{"after stop and destroy it still has " + left + ": join threads in stop or destroy"};
        }
    }
}

void Instances(Bench& bench) {
    constexpr std::uint64_t kFar = 1'000'000;
    const auto one = bench.Up();
    const auto other = bench.Up(Age::kOurs, kFar);
    try {
        const auto deadline = Steady::now() + kInstanceTime;
        const std::uint64_t first = one->Deliver(Events(1), 0, deadline);
        const std::uint64_t second = other->Deliver(Events(1), 0, deadline);
        one->AwaitAll(deadline);
        other->Settle(second, deadline);
        one->Settle(first, deadline);
        one->Down();
        const auto later = Steady::now() + kInstanceTime;
        other->Settle(other->Deliver(Events(1), 0, later), later);
        other->Down();
        one->MustBeFaultless();
    } catch (const Failure& failure) {
        throw Failure{"beside another instance: " + failure.text + "; keep state in the instance, not in globals"};
    }
}

}  // namespace

std::vector<Test> LifeTests() {
    return {{"life.query", "its entry is pure: nothing is started, opened or printed", "static.load", Query},
            {"life.create", "takes options that its schema allows", "static.load", Create},
            {"life.refusals", "refuses bad options, and says why", "life.create", Refusals},
            {"life.leaks", "1000 instances leave no file, thread or memory behind", "life.create", Leaks,
             std::chrono::seconds(120)},
            {"life.starts", "20 instances, started and stopped, leave no file or thread behind", "life.create", Starts,
             std::chrono::seconds(120)},
            {"life.stop", "stop with work under way is back by its deadline, all answered", "deliver.one", Stop},
            {"life.instances", "instances do not feel each other", "deliver.one", Instances}};
}

}  // namespace fanfare::conformance
