#include <sysexits.h>

#include <cstdio>
#include <map>
#include <string>

#include "cli/api.hpp"
#include "cli/filter.hpp"
#include "cli/print.hpp"
#include "cli/table.hpp"

namespace fanfare::cli {
namespace {

// "2 sent, 1 dead"
std::string StatesOf(const json::Value& event) {
    std::map<std::string, int> counts;
    for (const json::Value& delivery : event.value("deliveries", json::Value::array()))
        ++counts[Cell(delivery, "state")];
    std::string text;
    for (const auto& [state, count] : counts) text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + state;
    return text.empty() ? "no route took it" : text;
}

void PrintEvents(const json::Value& events) {
    const Look look = LookOfStdout();
    Table table({"ID", "RECEIVED", "REALM", "TYPE", "SOURCE", "BYTES", "DELIVERIES"});
    for (const json::Value& event : events) {
        table.Add({Cell(event, "id"), Moment(event, "received_at", look), Cell(event, "realm"), Cell(event, "type"),
                   Cell(event, "source"), Cell(event, "data_bytes"), StatesOf(event)});
    }
    table.Print();
}

}  // namespace

int RunEventsList(const Arguments& arguments) {
    const auto filter = FilterQuery(arguments);
    if (!filter) return EX_USAGE;
    std::string query = "?" + *filter;
    for (const char* const name : {"limit", "after"}) {
        if (const std::string value = arguments.Get(name); !value.empty())
            query += "&" + std::string(name) + "=" + PercentEncode(value);
    }
    const Reply reply = CallAdmin(arguments, "GET", "/v1/events" + query);
    if (reply.exit_status != EX_OK) return reply.exit_status;
    const json::Value events = reply.body.value("events", json::Value::array());
    if (arguments.json) {
        for (const json::Value& event : events) PrintLine(event);
    } else {
        PrintEvents(events);
    }
    if (const std::string next = Cell(reply.body, "next"); next != "-")
        std::fprintf(stderr, "there are more: --after %s\n", next.c_str());
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
    std::printf("%s\n\n", PrintableLines(json::DumpPretty(event)).c_str());
    if (deliveries.empty()) {
        std::puts("no route took it");
    } else {
        PrintDeliveries(deliveries);
    }
    return EX_OK;
}

}  // namespace fanfare::cli
