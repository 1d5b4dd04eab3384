#include <sysexits.h>

#include <cstdio>

#include "app/check.hpp"
#include "app/daemon.hpp"
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

}  // namespace

int RunServe(const Arguments& arguments) { return app::Serve(arguments.config); }

int RunCheck(const Arguments& arguments) {
    const app::Checked checked = app::Check(arguments.config);
    for (const config::Diagnostic& diagnostic : checked.diagnostics) {
        if (arguments.json) {
            std::printf("%s\n", json::Dump(ToJson(diagnostic)).c_str());
        } else {
            std::printf("%s\n\n", config::Format(diagnostic).c_str());
        }
    }
    if (!arguments.json) {
        std::printf(checked.ok ? "%s: ok, %zu destinations, %zu routes\n" : "%s: cannot work as it is (%zu destinations, %zu routes read)\n",
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
