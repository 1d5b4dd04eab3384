#include <sysexits.h>

#include <cstdio>

#include "app/check.hpp"
#include "app/rehearsal.hpp"
#include "base/text.hpp"
#include "cli/api.hpp"
#include "cli/event_input.hpp"
#include "cli/table.hpp"

namespace fanfare::cli {
namespace {

std::string Words(const route::Clause& clause) {
    if (clause.field == "$or") return "none of these holds: " + clause.wants + " (" + clause.has + ")";
    return clause.field + " is " + clause.has + ", the route wants " + clause.wants;
}

// "matches", or the clauses that do not hold.
std::vector<std::string> Verdict(const app::ExplainedRoute& route) {
    if (route.taken) return {"matches"};
    if (route.explanation.matched) return {"no: it is a fallback, and another route takes the event"};
    std::vector<std::string> lines;
    for (const route::Clause& clause : route.explanation.clauses) {
        if (!clause.held) lines.push_back((lines.empty() ? "no: " : "    ") + Words(clause));
    }
    return lines;
}

std::string Attribute(const char* name, const std::string& value) {
    return value.empty() ? "" : std::string("  ") + name + " " + value;
}

// The beginning of a body that is text, on one line.
std::string Preview(const std::string& body) {
    constexpr std::size_t kLongest = 76;
    const std::size_t first = body.find_first_not_of(" \r\n\t");
    if (first == std::string::npos || !base::IsUtf8(body)) return {};
    std::string line = body.substr(first, body.find('\n', first) - first);
    const bool is_cut = line.size() > kLongest || body.find_last_not_of(" \r\n\t") >= first + line.size();
    if (line.size() > kLongest) line.resize(kLongest);
    while (!base::IsUtf8(line)) line.pop_back();
    return is_cut ? line + " ..." : line;
}

// What is sent, in lines: the payload, then each header and option that is made for this event.
std::vector<std::string> Sent(const app::RehearsedEvent& event, const ingest::Planned& delivery) {
    if (!delivery.dead.empty()) return {"nothing, it is dead at once: " + delivery.dead};
    const model::Payload payload = ingest::PayloadOf(event.envelope, delivery);
    const std::string type = payload.content_type.empty() ? "data" : payload.content_type;
    std::vector<std::string> lines{type + ", " + std::to_string(payload.body.size()) + " bytes"};
    if (std::string preview = Preview(payload.body); !preview.empty()) lines.push_back(std::move(preview));
    if (!delivery.request) return lines;
    for (const auto& [name, value] : delivery.request->headers) lines.push_back(name + ": " + value);
    for (const auto& [pointer, value] : delivery.request->options) lines.push_back(pointer.substr(1) + " = " + value);
    return lines;
}

void PrintEvent(const app::RehearsedEvent& event, const std::vector<app::ExplainedRoute>& routes) {
    const model::Envelope& envelope = event.envelope;
    std::printf("%s\n\n", Printable("event " + envelope.event.id + Attribute("type", envelope.event.type) +
                                    Attribute("source", envelope.event.source) + Attribute("realm", envelope.realm))
                              .c_str());
    Table verdicts({"ROUTE", ""});
    for (const app::ExplainedRoute& route : routes) {
        std::string name = route.name;
        for (std::string& line : Verdict(route)) {
            verdicts.Add({name, std::move(line)});
            name.clear();
        }
    }
    // Never cut: the value that did not fit stands at the end of a line.
    std::fputs(verdicts.Format({}).c_str(), stdout);
    std::puts("");
    if (event.plan.deliveries.empty()) {
        std::printf("it goes nowhere\n");
        return;
    }
    Table deliveries({"DESTINATION", "BY ROUTE", "IS SENT"});
    for (const ingest::Planned& delivery : event.plan.deliveries) {
        std::string destination = delivery.entry->destination;
        std::string route = delivery.route->name;
        for (std::string& line : Sent(event, delivery)) {
            deliveries.Add({destination, route, std::move(line)});
            destination.clear();
            route.clear();
        }
    }
    std::fputs(deliveries.Format({}).c_str(), stdout);
}

json::Value ToJson(const app::RehearsedEvent& event, const ingest::Planned& delivery) {
    json::Value out{{"destination", delivery.entry->destination}, {"route", delivery.route->name}};
    if (!delivery.dead.empty()) {
        out["dead"] = delivery.dead;
        return out;
    }
    model::Payload payload = ingest::PayloadOf(event.envelope, delivery);
    json::Value& request = out["request"];
    request = {{"content_type", std::move(payload.content_type)}, {"body", std::move(payload.body)}};
    if (!delivery.request) return out;
    for (const auto& [name, value] : delivery.request->headers) request["headers"][name] = value;
    for (const auto& [pointer, value] : delivery.request->options) request["options"][pointer] = value;
    return out;
}

json::Value ToJson(const app::RehearsedEvent& event, const std::vector<app::ExplainedRoute>& routes) {
    json::Value out{{"id", event.envelope.event.id},         {"type", event.envelope.event.type},
                    {"source", event.envelope.event.source}, {"realm", event.envelope.realm},
                    {"routes", json::Value::array()},        {"deliveries", json::Value::array()}};
    for (const app::ExplainedRoute& route : routes) {
        json::Value clauses = json::Value::array();
        for (const route::Clause& clause : route.explanation.clauses) {
            clauses.push_back(
                {{"field", clause.field}, {"held", clause.held}, {"wants", clause.wants}, {"has", clause.has}});
        }
        out["routes"].push_back({{"name", route.name}, {"matched", route.taken}, {"clauses", std::move(clauses)}});
    }
    for (const ingest::Planned& delivery : event.plan.deliveries) {
        out["deliveries"].push_back(ToJson(event, delivery));
    }
    return out;
}

int PrintRefusal(const ingest::Refusal& refusal) {
    if (refusal.faults.size() > 1) {  // of one alone the error says everything
        for (const model::Fault& fault : refusal.faults) {
            std::fprintf(stderr, "%s\n",
                         Printable((fault.pointer.empty() ? "the body" : fault.pointer) + ": " + fault.message).c_str());
        }
    }
    return Fail(EX_DATAERR, "the event would be refused: " + Printable(refusal.error.message));
}

}  // namespace

int RunExplain(const Arguments& arguments) {
    const std::string file = arguments.Get("event");
    if (file.empty()) return Fail(EX_USAGE, "which event? --event FILE; - is standard input");
    auto headers = EventHeaders(arguments);
    if (!headers) return Fail(EX_USAGE, headers.error().message);
    auto body = ReadAll(file);
    if (!body) return Fail(EX_NOINPUT, "cannot read '" + file + "'");
    const app::Checked checked = app::Check(arguments.config);
    if (!checked.ok) {
        for (const config::Diagnostic& diagnostic : checked.diagnostics) {
            std::fprintf(stderr, "%s\n\n", config::Format(diagnostic).c_str());
        }
        return Fail(EX_CONFIG, arguments.config + " cannot work as it is");
    }
    const app::Rehearsal rehearsal(checked);
    const app::Rehearsed rehearsed = rehearsal.Run({arguments.Get("realm"), *std::move(headers), *std::move(body)});
    if (rehearsed.refusal) return PrintRefusal(*rehearsed.refusal);
    for (const std::string& id : rehearsed.dropped) {
        if (arguments.json) {
            std::printf("%s\n", json::Dump({{"id", id}, {"dropped", true}}).c_str());
        } else {
            std::printf("%s\n", Printable("event " + id +
                                          " goes nowhere: it changes nothing, and its profile drops such events")
                                    .c_str());
        }
    }
    for (const app::RehearsedEvent& event : rehearsed.events) {
        const auto routes = rehearsal.Explain(event);
        if (arguments.json) {
            std::printf("%s\n", json::Dump(ToJson(event, routes)).c_str());
        } else {
            PrintEvent(event, routes);
        }
    }
    return EX_OK;
}

}  // namespace fanfare::cli
