#include <sysexits.h>

#include <cstdio>

#include "app/check.hpp"
#include "app/test_runner.hpp"
#include "cli/api.hpp"
#include "cli/command.hpp"
#include "cli/test_report.hpp"

namespace fanfare::cli {
namespace {

constexpr int kFailed = 1;  // as test programs end; sysexits.h has no word for it

json::Value ToJson(const app::TestResult& result) {
    return {{"name", result.name},
            {"passed", result.passed()},
            {"file", result.where.file},
            {"line", result.where.line},
            {"differences", result.differences}};
}

void Print(const std::vector<app::TestResult>& results, const Arguments& arguments) {
    if (!arguments.json) {
        const bool junit = arguments.Get("format") == "junit";
        std::fputs((junit ? FormatJUnit(results) : FormatTap(results)).c_str(), stdout);
        return;
    }
    for (const app::TestResult& result : results) std::printf("%s\n", json::Dump(ToJson(result)).c_str());
}

}  // namespace

int RunTest(const Arguments& arguments) {
    const std::string format = arguments.Get("format");
    if (!format.empty() && format != "tap" && format != "junit") {
        return Fail(EX_USAGE, "--format is tap or junit, not '" + format + "'");
    }
    const app::Checked checked = app::Check(arguments.config);
    if (!checked.ok) {
        for (const config::Diagnostic& diagnostic : checked.diagnostics) {
            std::fprintf(stderr, "%s\n\n", config::Format(diagnostic).c_str());
        }
        return Fail(EX_CONFIG, arguments.config + " cannot work as it is, so no test was run");
    }
    const app::Rehearsal rehearsal(checked);
    const std::vector<app::TestResult> results = app::RunTests(checked.config, rehearsal);
    Print(results, arguments);
    for (const app::TestResult& result : results) {
        if (!result.passed()) return kFailed;
    }
    return EX_OK;
}

}  // namespace fanfare::cli
