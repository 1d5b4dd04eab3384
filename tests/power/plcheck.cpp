// plcheck: cuts the power at many points of a recorded run and asks a verifier about each image.
//
//   plcheck --log FILE --work DIR [--images N] [--seed N] [--shard I/N] [--control early-ack]
//           [--only IMAGE] -- VERIFIER ARGUMENT...
//
// Exit: 0 nothing lost, damaged or partial; 1 something was; 2 the harness itself could not do its work.
// An image is named by its number and the seed; --only builds that one and leaves it in DIR/image.
#include <signal.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <iostream>
#include <numeric>
#include <optional>
#include <stdexcept>

#include "power/disk.hpp"
#include "power/image.hpp"
#include "power/log.hpp"
#include "power/verifier.hpp"

namespace fanfare::power {
namespace {

struct Options {
    std::string log, work;
    bool early_ack = false;
    std::size_t images = 1000, shard = 0, shards = 1;
    std::uint64_t seed = 20240229;
    std::optional<std::size_t> only;
    std::vector<std::string> verifier;
};

Options ParseOptions(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        if (name == "--") {
            options.verifier.assign(argv + i + 1, argv + argc);
            break;
        }
        if (i + 1 >= argc) throw std::runtime_error(name + " wants a value");
        const std::string value = argv[++i];
        if (name == "--log") options.log = value;
        else if (name == "--work") options.work = value;
        else if (name == "--control" && value == "early-ack") options.early_ack = true;
        else if (name == "--images") options.images = std::stoul(value);
        else if (name == "--seed") options.seed = std::stoull(value);
        else if (name == "--only") options.only = std::stoul(value);
        else if (name == "--shard") {
            options.shard = std::stoul(value);
            options.shards = std::stoul(value.substr(value.find('/') + 1));
        } else throw std::runtime_error("unknown option " + name);
    }
    if (options.log.empty() || options.work.empty() || options.verifier.empty()) {
        throw std::runtime_error("--log, --work and a verifier are needed");
    }
    return options;
}

struct CrashPoint {
    std::size_t image = 0;
    std::size_t after = 0;  // this many entries were replayed
    Model model = Model::kStrict;
    Tear tear = Tear::kNone;
};

// Half anywhere; a quarter right after an acknowledgement; a quarter close to a write of something other than the log
// or a change of size, which is where checkpoints are.
std::vector<CrashPoint> Plan(const RecordLog& log, const Options& options) {
    std::vector<std::size_t> acks, turns;
    std::map<std::uint64_t, bool> is_wal;
    for (std::size_t i = 0; i < log.entries().size(); ++i) {
        const Entry& entry = log.entries()[i];
        if (entry.head.op == POWER_OPEN) is_wal[entry.head.handle] = entry.payload.ends_with("-wal");
        if (entry.head.op == POWER_ACK) acks.push_back(i);
        const bool turn = entry.head.op == POWER_TRUNCATE || entry.head.op == POWER_START ||
                          (entry.head.op == POWER_WRITE && !is_wal[entry.head.handle]);
        if (turn) turns.push_back(i);
    }
    const std::size_t last = log.entries().size();
    std::mt19937_64 random(options.seed);
    const auto Draw = [&](std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random); };
    std::vector<CrashPoint> points;
    for (std::size_t i = 0; i < options.images; ++i) {
        CrashPoint point{i, 0, i / 4 % 2 == 0 ? Model::kStrict : Model::kExt4, static_cast<Tear>(i % 4)};
        const std::size_t kind = i / 8 % 4;
        point.after = kind == 2 && !acks.empty()    ? acks[Draw(acks.size())] + 1
                      : kind == 3 && !turns.empty() ? std::min(last, turns[Draw(turns.size())] + Draw(4))
                                                    : Draw(last + 1);
        points.push_back(point);
    }
    std::stable_sort(points.begin(), points.end(), [](const auto& a, const auto& b) { return a.after < b.after; });
    return points;
}

// Where each id stands in the order of promises, so that a count says which hold at a point.
class Promises {
public:
    Promises(const RecordLog& log, bool early, const std::string& path) {
        const std::vector<std::size_t> places = AckPlaces(log, early);
        std::vector<std::pair<std::size_t, std::string_view>> acks;
        for (const Entry& entry : log.entries()) {
            if (entry.head.op == POWER_ACK) acks.emplace_back(places[acks.size()], entry.payload);
        }
        std::stable_sort(acks.begin(), acks.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        std::ofstream out(path, std::ios::binary);
        for (const auto& [place, ids] : acks) {
            out << ids;
            places_.push_back(place);
            totals_.push_back((totals_.empty() ? 0 : totals_.back()) + std::count(ids.begin(), ids.end(), '\n'));
        }
        if (!out.flush()) throw std::runtime_error("cannot write " + path);
    }
    std::size_t HeldAfter(std::size_t entries) const {
        const auto end = std::lower_bound(places_.begin(), places_.end(), entries);
        return end == places_.begin() ? 0 : static_cast<std::size_t>(totals_[end - places_.begin() - 1]);
    }
    std::size_t total() const { return totals_.empty() ? 0 : static_cast<std::size_t>(totals_.back()); }

private:
    std::vector<std::size_t> places_;
    std::vector<std::ptrdiff_t> totals_;
};

struct Totals {
    std::array<std::size_t, 4> findings{};
    std::size_t images = 0, most_lost = 0;

    std::size_t operator[](Finding finding) const { return findings[static_cast<std::size_t>(finding)]; }
};

constexpr std::array kModels{"strict", "ext4"};
constexpr std::array kTears{"none", "all", "subset", "sectors"};

void Report(const CrashPoint& point, std::size_t promised, const Verdict& verdict) {
    std::cout << "image=" << point.image << " after=" << point.after
              << " model=" << kModels[static_cast<std::size_t>(point.model)]
              << " tear=" << kTears[static_cast<std::size_t>(point.tear)] << " promised=" << promised << " "
              << verdict.text << "\n";
}

Totals Check(const RecordLog& log, const Options& options) {
    constexpr std::size_t kReported = 5;
    const Promises promises(log, options.early_ack, options.work + "/promises");
    Verifier verifier(options.verifier, options.work + "/promises");
    Disk disk;
    Totals totals;
    std::size_t at = 0;
    for (const CrashPoint& point : Plan(log, options)) {
        if (options.only ? point.image != *options.only : point.image % options.shards != options.shard) continue;
        for (; at < point.after; ++at) disk.Replay(log.entries()[at].head, log.entries()[at].payload);
        std::mt19937_64 random(options.seed * 1'000'003 + point.image);
        BuildImage(disk, point.model, point.tear, random, options.work + "/image");
        const std::size_t promised = promises.HeldAfter(point.after);
        const Verdict verdict =
            options.only ? Verdict{Finding::kOk, 0, "built"} : verifier.Ask(options.work + "/image", promised);
        ++totals.images;
        ++totals.findings[static_cast<std::size_t>(verdict.finding)];
        totals.most_lost = std::max(totals.most_lost, verdict.lost);
        const bool bad = verdict.finding != Finding::kOk;
        if ((bad && totals.images - totals[Finding::kOk] <= kReported) || options.only) Report(point, promised, verdict);
    }
    for (; at < log.entries().size(); ++at) disk.Replay(log.entries()[at].head, log.entries()[at].payload);
    for (const std::string& what : disk.escapes()) throw std::runtime_error("not replayable: " + what);
    std::cout << "images=" << totals.images << " lost=" << totals[Finding::kLost]
              << " damaged=" << totals[Finding::kDamaged] << " partial=" << totals[Finding::kPartial]
              << " most_lost=" << totals.most_lost << " promised=" << promises.total()
              << " records=" << log.entries().size() << " seed=" << options.seed << "\n";
    return totals;
}

int Main(int argc, char** argv) {
    signal(SIGPIPE, SIG_IGN);
    try {
        const Options options = ParseOptions(argc, argv);
        const Totals totals = Check(RecordLog(options.log), options);
        return totals[Finding::kOk] == totals.images ? 0 : 1;
    } catch (const std::exception& error) {
        std::cerr << "plcheck: " << error.what() << "\n";
        return 2;
    }
}

}  // namespace
}  // namespace fanfare::power

int main(int argc, char** argv) { return fanfare::power::Main(argc, argv); }
