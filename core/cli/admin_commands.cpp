#include <sysexits.h>

#include <cstdio>

#include "cli/api.hpp"
#include "cli/print.hpp"
#include "cli/table.hpp"

namespace fanfare::cli {
int RunStatus(const Arguments& arguments) {
    const Reply reply = CallAdmin(arguments, "GET", "/v1/status");
    if (reply.exit_status != EX_OK) return reply.exit_status;
    if (arguments.json) {
        PrintLine(reply.body);
        return EX_OK;
    }
    std::printf("fanfare %s, listening on %s, started %s\n\n", Cell(reply.body, "version").c_str(), Cell(reply.body, "listen").c_str(),
                Moment(reply.body, "started_at", LookOfStdout()).c_str());
    for (const char* group : {"events", "deliveries"}) {
        if (!reply.body.contains(group)) continue;
        std::string counts;
        for (const auto& [name, value] : reply.body[group].items()) counts += (counts.empty() ? "" : ", ") + json::Dump(value) + " " + name;
        std::printf("%-12s%s\n", group, Printable(counts).c_str());
    }
    std::puts("");
    PrintDestinations(reply.body.value("destinations", json::Value::array()));
    const json::Value recovery = reply.body.value("recovery", json::Value::object());
    if (recovery.value("in_doubt", 0) != 0) {
        std::printf("\n%s deliveries may have been sent before the last stop and were sent again\n", Cell(recovery, "in_doubt").c_str());
    }
    return EX_OK;
}

int RunReload(const Arguments& arguments) {
    const Reply reply = CallAdmin(arguments, "POST", "/v1/reload");
    // 65 would say that the command was wrong; it is the configuration.
    if (reply.exit_status != EX_OK) return reply.exit_status == EX_DATAERR ? EX_CONFIG : reply.exit_status;
    if (arguments.json) {
        PrintLine(reply.body);
        return EX_OK;
    }
    for (const char* group : {"added", "changed", "removed"}) {
        for (const json::Value& name : reply.body.value(group, json::Value::array())) {
            std::printf("%-8s %s\n", group, Printable(name.get<std::string>()).c_str());
        }
    }
    std::printf("the configuration is in force; %s destinations were not touched\n", Cell(reply.body, "kept").c_str());
    for (const json::Value& section : reply.body.value("needs_restart", json::Value::array())) {
        std::printf("%s differs and needs a restart\n", Printable(section.get<std::string>()).c_str());
    }
    return EX_OK;
}

}  // namespace fanfare::cli
