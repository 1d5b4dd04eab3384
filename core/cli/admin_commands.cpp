#include <sysexits.h>

#include <cstdio>

#include "cli/api.hpp"
#include "cli/table.hpp"

namespace fanfare::cli {
namespace {

// A member as text: "-" if it is absent or null.
std::string Cell(const json::Value& object, const char* member) {
    if (!object.contains(member) || object[member].is_null()) return "-";
    const json::Value& value = object[member];
    return value.is_string() ? value.get<std::string>() : json::Dump(value);
}

void PrintLine(const json::Value& value) { std::printf("%s\n", json::Dump(value).c_str()); }

void PrintDeliveries(const json::Value& deliveries) {
    Table table({"DELIVERY", "EVENT", "TYPE", "DESTINATION", "STATE", "ATTEMPTS", "NEXT", "REASON"});
    for (const json::Value& delivery : deliveries) {
        table.Add({Cell(delivery, "id"), Cell(delivery, "event_id"), Cell(delivery, "type"), Cell(delivery, "destination"),
                   Cell(delivery, "state"), Cell(delivery, "attempts"), Cell(delivery, "next_attempt_at"), Cell(delivery, "reason")});
    }
    std::fputs(table.Format().c_str(), stdout);
}

}  // namespace

int RunStatus(const Arguments& arguments) {
    const Reply reply = CallAdmin(arguments, "GET", "/v1/status");
    if (reply.exit_status != EX_OK) return reply.exit_status;
    if (arguments.json) {
        PrintLine(reply.body);
        return EX_OK;
    }
    std::printf("fanfare %s, listening on %s since %s\n\n", Cell(reply.body, "version").c_str(), Cell(reply.body, "listen").c_str(),
                Cell(reply.body, "started_at").c_str());
    Table counts({"COUNT OF", "", ""});
    for (const char* group : {"events", "deliveries"}) {
        if (!reply.body.contains(group)) continue;
        for (const auto& [name, value] : reply.body[group].items()) counts.Add({group, name, json::Dump(value)});
    }
    std::fputs(counts.Format().c_str(), stdout);
    Table destinations({"DESTINATION", "PLUGIN", "IN FLIGHT"});
    for (const json::Value& one : reply.body.value("destinations", json::Value::array())) {
        destinations.Add({Cell(one, "name"), Cell(one, "plugin"), Cell(one, "in_flight")});
    }
    std::printf("\n%s", destinations.Format().c_str());
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

int RunEventsShow(const Arguments& arguments) {
    const Reply reply = CallAdmin(arguments, "GET", "/v1/events/" + PercentEncode(arguments.positional[0]));
    if (reply.exit_status != EX_OK) return reply.exit_status;
    if (arguments.json) {
        PrintLine(reply.body);
        return EX_OK;
    }
    json::Value event = reply.body;
    const json::Value deliveries = event.value("deliveries", json::Value::array());
    event.erase("deliveries");
    std::printf("%s\n\n", json::DumpPretty(event).c_str());
    if (deliveries.empty()) {
        std::puts("no route took it");
    } else {
        PrintDeliveries(deliveries);
    }
    return EX_OK;
}

int RunDeliveriesList(const Arguments& arguments) {
    std::string query;
    for (const char* name : {"state", "destination", "limit", "after"}) {
        const std::string value = arguments.Get(name);
        if (!value.empty()) query += (query.empty() ? "?" : "&") + std::string(name) + "=" + PercentEncode(value);
    }
    const Reply reply = CallAdmin(arguments, "GET", "/v1/deliveries" + query);
    if (reply.exit_status != EX_OK) return reply.exit_status;
    const json::Value deliveries = reply.body.value("deliveries", json::Value::array());
    if (arguments.json) {
        for (const json::Value& delivery : deliveries) PrintLine(delivery);
    } else {
        PrintDeliveries(deliveries);
    }
    if (const std::string next = Cell(reply.body, "next"); next != "-") {
        std::fprintf(stderr, "there are more: --after %s\n", next.c_str());
    }
    return EX_OK;
}

int RunDeliveriesShow(const Arguments& arguments) {
    const Reply reply = CallAdmin(arguments, "GET", "/v1/deliveries/" + PercentEncode(arguments.positional[0]));
    if (reply.exit_status != EX_OK) return reply.exit_status;
    if (arguments.json) {
        PrintLine(reply.body);
        return EX_OK;
    }
    for (const auto& [name, value] : reply.body.items()) {
        if (name != "history") std::printf("%-16s %s\n", name.c_str(), Cell(reply.body, name.c_str()).c_str());
    }
    Table history({"ATTEMPT", "STARTED", "TOOK MS", "OUTCOME", "CODE", "REASON"});
    for (const json::Value& attempt : reply.body.value("history", json::Value::array())) {
        history.Add({Cell(attempt, "number"), Cell(attempt, "started_at"), Cell(attempt, "took_ms"), Cell(attempt, "outcome"),
                     Cell(attempt, "code"), Cell(attempt, "reason")});
    }
    std::printf("\n%s", history.Format().c_str());
    return EX_OK;
}

int RunDeliveriesRetry(const Arguments& arguments) {
    int exit_status = EX_OK;
    for (const std::string& id : arguments.positional) {
        const Reply reply = CallAdmin(arguments, "POST", "/v1/deliveries/" + PercentEncode(id) + "/retry");
        if (reply.exit_status != EX_OK) {
            exit_status = reply.exit_status;
        } else if (arguments.json) {
            PrintLine(reply.body);
        } else {
            std::printf("%s is waiting again\n", id.c_str());
        }
    }
    return exit_status;
}

}  // namespace fanfare::cli
