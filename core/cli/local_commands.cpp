#include <sysexits.h>

#include <cstdio>

#include "app/check.hpp"
#include "app/daemon.hpp"
#include "app/editor_schema.hpp"
#include "app/graph.hpp"
#include "cli/api.hpp"
#include "cli/command.hpp"
#include "json/value.hpp"

namespace fanfare::cli {
namespace {

json::Value ToJson(const config::Diagnostic& diagnostic) {
    return {{"severity", diagnostic.severity == config::Severity::kError ? "error" : "warning"},
            {"file", diagnostic.where.file},
            {"line", diagnostic.where.line},
            {"column", diagnostic.where.column},
            {"message", diagnostic.message},
            {"hint", diagnostic.hint}};
}

void Print(const std::vector<config::Diagnostic>& diagnostics, bool as_json, std::FILE* to) {
    for (const config::Diagnostic& diagnostic : diagnostics) {
        if (as_json) {
            std::fprintf(to, "%s\n", json::Dump(ToJson(diagnostic)).c_str());
        } else {
            std::fprintf(to, "%s\n\n", config::Format(diagnostic).c_str());
        }
    }
}

// Only the graph goes to standard output, so that it can be piped on.
int DrawGraph(const Arguments& arguments) {
    const auto format = app::ParseGraphFormat(arguments.Get("graph"));
    if (!format) return Fail(EX_USAGE, format.error().message);
    const app::Checked checked = app::Check(arguments.config);
    Print(checked.diagnostics, arguments.json, stderr);
    if (!checked.ok) return EX_CONFIG;
    std::fputs(app::Graph(checked.config, *format).c_str(), stdout);
    return EX_OK;
}

int PrintSchema(const Arguments& arguments) {
    const auto described = app::DescribeConfiguration(arguments.config);
    if (!described) return Fail(EX_SOFTWARE, described.error().message);
    for (const std::string& sentence : described->left_out) std::fprintf(stderr, "fanfare: %s\n", sentence.c_str());
    const auto dump = arguments.json ? json::Dump : json::DumpPretty;
    std::printf("%s\n", dump(described->schema).c_str());
    return EX_OK;
}

}  // namespace

int RunServe(const Arguments& arguments) { return app::Serve(arguments.config); }

int RunCheck(const Arguments& arguments) {
    const bool draws = arguments.options.contains("graph");
    const bool describes = arguments.options.contains("schema");
    if (draws && describes)
        return Fail(EX_USAGE, "--graph and --schema both print to standard output; take one of the two");
    if (draws) return DrawGraph(arguments);
    if (describes) return PrintSchema(arguments);
    const app::Checked checked = app::Check(arguments.config);
    Print(checked.diagnostics, arguments.json, stdout);
    if (!arguments.json) {
        std::printf(checked.ok ? "%s: ok, %zu destinations, %zu routes\n"
                               : "%s: cannot work as it is (%zu destinations, %zu routes read)\n",
                    arguments.config.c_str(), checked.config.destinations.size(), checked.config.routes.size());
    }
    return checked.ok ? EX_OK : EX_CONFIG;
}

int RunVersion(const Arguments& arguments) {
    if (arguments.json) {
        std::printf("%s\n", json::Dump({{"version", app::Version()}}).c_str());
    } else {
        std::printf("fanfare %s\n", app::Version());
    }
    return EX_OK;
}

}  // namespace fanfare::cli
