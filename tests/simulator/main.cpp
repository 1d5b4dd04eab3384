// simulator [--seed N] [--seeds COUNT] [--steps COUNT] [--control NAME]
// Runs COUNT worlds from seed N on. The first that breaks a promise ends it with status 1, its seed and the way to have
// it again. With --control a promise is broken on purpose, and it fails unless a world notices.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "base/log.hpp"
#include "simulator/world.hpp"

namespace {

using fanfare::simulator::Broken;
using fanfare::simulator::Control;
using fanfare::simulator::World;

struct Arguments {
    std::uint64_t seed = 1;
    std::uint64_t seeds = 100;
    std::uint64_t steps = 200;
    Control control = Control::kNone;
    std::string control_name;
};

Control ControlOf(const std::string& name) {
    constexpr std::pair<const char*, Control> kControls[] = {{"forget-retry", Control::kForgetRetry},
                                                             {"send-unproven", Control::kSendUnproven},
                                                             {"hand-out-twice", Control::kHandOutTwice},
                                                             {"trust-clock", Control::kTrustClock},
                                                             {"lose-accepted", Control::kLoseAccepted}};
    for (const auto& [known, control] : kControls) {
        if (name == known) return control;
    }
    std::fprintf(stderr, "simulator: no control is called %s\n", name.c_str());
    std::exit(64);
}

Arguments Parse(int count, char** values) {
    Arguments arguments;
    for (int i = 1; i + 1 < count; i += 2) {
        const std::string name = values[i];
        if (name == "--seed") arguments.seed = std::strtoull(values[i + 1], nullptr, 10);
        if (name == "--seeds") arguments.seeds = std::strtoull(values[i + 1], nullptr, 10);
        if (name == "--steps") arguments.steps = std::strtoull(values[i + 1], nullptr, 10);
        if (name == "--control") arguments.control = ControlOf(arguments.control_name = values[i + 1]);
    }
    return arguments;
}

struct Totals {
    std::uint64_t delivered = 0;
    std::uint64_t crashes = 0;
};

// False if a promise was broken, after saying which.
bool Run(const Arguments& arguments, std::uint64_t seed, const std::string& directory, Totals& totals) {
    World world(seed, directory, arguments.control);
    std::uint64_t step = 0;
    try {
        for (; step < arguments.steps; ++step) world.Step();
        world.Drain();
    } catch (const Broken& broken) {
        std::printf("seed=%llu step=%llu: %s\n", static_cast<unsigned long long>(seed),
                    static_cast<unsigned long long>(step), broken.what());
        if (arguments.control != Control::kNone) return false;
        std::printf("what happened last:\n");
        for (const std::string& line : world.story()) std::printf("  %s\n", line.c_str());
        std::printf("again: simulator --seed %llu --seeds 1 --steps %llu\n", static_cast<unsigned long long>(seed),
                    static_cast<unsigned long long>(arguments.steps));
        return false;
    }
    totals.delivered += world.delivered();
    totals.crashes += world.crashes();
    return true;
}

}  // namespace

int main(int count, char** values) {
    const Arguments arguments = Parse(count, values);
    fanfare::log::Configure(fanfare::log::Level::kOff, fanfare::log::Format::kText);
    // In memory if there is such a place: it is not the disk that is tried here.
    std::string root = std::filesystem::is_directory("/dev/shm") ? "/dev/shm/fanfare-simulator.XXXXXX"
                                                                 : "/tmp/fanfare-simulator.XXXXXX";
    if (mkdtemp(root.data()) == nullptr) return 74;
    Totals totals;
    bool whole = true;
    for (std::uint64_t seed = arguments.seed; whole && seed < arguments.seed + arguments.seeds; ++seed) {
        const std::string directory = root + "/" + std::to_string(seed);
        std::filesystem::create_directory(directory);
        whole = Run(arguments, seed, directory, totals);
        std::filesystem::remove_all(directory);
    }
    std::filesystem::remove_all(root);
    if (arguments.control != Control::kNone) {
        std::printf("control %s: %s\n", arguments.control_name.c_str(),
                    whole ? "not noticed" : "noticed, as it must be");
        return whole ? 1 : 0;
    }
    if (!whole) return 1;
    std::printf("worlds=%llu steps=%llu delivered=%llu crashes=%llu\n",
                static_cast<unsigned long long>(arguments.seeds), static_cast<unsigned long long>(arguments.steps),
                static_cast<unsigned long long>(totals.delivered), static_cast<unsigned long long>(totals.crashes));
    return 0;
}
