#include "conformance/check.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/text.hpp"
#include "conformance/bench.hpp"

namespace fanfare::conformance {
namespace {

namespace fs = std::filesystem;

const std::vector<Test>& AllTests() {
    // In the order in which they run: what another one needs comes first.
    static const std::vector<Test> tests = [] {
        std::vector<Test> all;
        for (const auto& group : {StaticTests(), LifeTests(), DeliverTests(), SkewTests(), RemoteTests()}) {
            all.insert(all.end(), group.begin(), group.end());
        }
        // Of the life cycle, what needs a delivery comes right after it.
        const auto named = [&](const char* name) {
            return std::find_if(all.begin(), all.end(), [&](const Test& test) { return std::string_view(test.name) == name; });
        };
        std::rotate(named("life.stop"), named("deliver.one"), named("deliver.one") + 1);
        return all;
    }();
    return tests;
}

bool IsOf(std::string_view test, std::string_view name) {
    return test == name || (test.size() > name.size() && test.substr(0, name.size()) == name && test[name.size()] == '.');
}

base::Status CheckName(const std::string& name) {
    std::vector<std::string_view> names;
    for (const Test& test : AllTests()) {
        if (IsOf(test.name, name)) return {};
        names.push_back(test.name);
    }
    const std::string_view near = base::DidYouMean(name, names);
    return base::MakeError(base::Code::kInvalid,
                           "there is no test '" + name + "'" +
                               (near.empty() ? "; --list shows them all" : "; did you mean '" + std::string(near) + "'?"));
}

base::Status CheckOrder(const Order& order) {
    for (const std::string& name : order.only) {
        if (base::Status status = CheckName(name); !status) return status;
    }
    for (const auto& [name, reason] : order.except) {
        if (base::Status status = CheckName(name); !status) return status;
        if (reason.empty()) {
            return base::MakeError(base::Code::kInvalid, "--except " + name + " has no reason: write --except " + name + "=WHY");
        }
    }
    const std::vector<std::string_view> targets = Targets();
    if (order.target.empty() || std::find(targets.begin(), targets.end(), order.target) != targets.end()) return {};
    std::string known;
    for (const std::string_view target : targets) known += (known.empty() ? "" : ", ") + std::string(target);
    return base::MakeError(base::Code::kInvalid, "--target is one of " + known + ", not '" + order.target + "'");
}

// An empty directory that goes with its owner.
class Scratch {
public:
    Scratch() {
        std::error_code fault;
        path_ = (fs::temp_directory_path(fault) / "fanfare-check-XXXXXX").string();
        if (mkdtemp(path_.data()) == nullptr) path_.clear();
    }
    ~Scratch() {
        std::error_code ignored;
        if (!path_.empty()) fs::remove_all(path_, ignored);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

Verdict RunTest(const Test& test, const Subject& subject) {
    Bench bench(subject);
    Verdict verdict;
    try {
        test.run(bench);
    } catch (const Failure& failure) {
        verdict = {Verdict::State::kFailed, failure.text, {}};
    } catch (const Skip& skip) {
        verdict = {Verdict::State::kSkipped, skip.text, {}};
    }
    verdict.notes = bench.notes();
    return verdict;
}

class Run {
public:
    Run(const Order& order, Subject subject) : order_(order), subject_(std::move(subject)) {}

    std::optional<Result> One(const Test& test) {
        const auto named = [&](const std::string& name) { return IsOf(test.name, name); };
        if (!order_.only.empty() && std::none_of(order_.only.begin(), order_.only.end(), named)) return std::nullopt;
        Result result{test.name, test.summary, Decide(test)};
        // An exception is somebody's decision: what builds on the test is tried all the same.
        if (result.verdict.state == Verdict::State::kFailed || blocked_) failed_.push_back(test.name);
        return result;
    }

private:
    Verdict Decide(const Test& test) {
        blocked_ = false;
        for (const auto& [name, reason] : order_.except) {
            if (IsOf(test.name, name)) return {Verdict::State::kSkipped, reason, {}};
        }
        if (std::find(failed_.begin(), failed_.end(), test.needs) != failed_.end()) {
            blocked_ = true;
            return {Verdict::State::kSkipped, std::string("says nothing without ") + test.needs, {}};
        }
        const Scratch scratch;
        if (scratch.path().empty()) return {Verdict::State::kFailed, "no directory for temporary files can be made; see TMPDIR", {}};
        subject_.directory = scratch.path();
        return RunInChild([&] { return RunTest(test, subject_); }, order_.limit.value_or(test.limit));
    }

    const Order& order_;
    Subject subject_;
    std::vector<std::string> failed_;
    bool blocked_ = false;
};

}  // namespace

std::vector<Listed> ListTests() {
    std::vector<Listed> listed;
    for (const Test& test : AllTests()) listed.push_back({test.name, test.summary});
    return listed;
}

base::Result<std::vector<Result>> Check(const Order& order, const std::function<void(const Result&)>& tell) {
    if (base::Status status = CheckOrder(order); !status) return std::move(status).error();
    std::error_code fault;
    const fs::path path = fs::absolute(order.file, fault).lexically_normal();
    if (fault || !fs::is_regular_file(path, fault)) {
        return base::MakeError(base::Code::kNotFound, "there is no file " + order.file + "; give the plugin's .so");
    }
    Subject subject{path.string(), path.stem().string(), {}, order.target, order.options ? &*order.options : nullptr,
                    order.success.has_value(), {}};
    if (order.success) {
        subject.success.status = order.success->status;
        subject.success.body = order.success->body;
    }
    Run run(order, std::move(subject));
    std::vector<Result> results;
    for (const Test& test : AllTests()) {
        std::optional<Result> result = run.One(test);
        if (!result) continue;
        tell(*result);
        results.push_back(*std::move(result));
    }
    return results;
}

}  // namespace fanfare::conformance
