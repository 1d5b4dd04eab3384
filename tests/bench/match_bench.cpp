// How fast events are parsed and matched, and what many routes cost: one thread, the change events of etc/examples with
// varied names, rules of mixed operators.
//   match_bench [SECONDS of each run, default 1 [NUMBER of routes, default 10, 100, 1000 and 10000 in turn]]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "json/outline.hpp"
#include "json/scan.hpp"
#include "json/value.hpp"
#include "route/router.hpp"

namespace fanfare {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kEvents = 3000;

std::string ReadFile(const std::string& name) {
    std::ifstream file(std::string(FANFARE_SAMPLES) + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string Replace(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

std::vector<model::Envelope> MakeEvents(bool compact) {
    const char* const actions[] = {"create", "update", "delete"};
    std::vector<model::Envelope> events;
    for (std::size_t i = 0; i < kEvents; ++i) {
        const std::string action = actions[i % 3];
        std::string data = ReadFile("change-" + action + ".json");
        if (compact) data = json::Dump(*json::Parse(data));
        const std::string number = std::to_string(i * 7919 % 20000);
        data = Replace(data, "myname", "host-" + number + ".example.com");
        model::Envelope envelope;
        envelope.event.id = number;
        envelope.event.source = "/inventory";
        envelope.event.type = "change." + action;
        envelope.event.content_type = "application/json";
        envelope.event.data = std::move(data);
        envelope.realm = "inventory";
        events.push_back(std::move(envelope));
    }
    return events;
}

// Ten kinds of rules in turn; a few of each match an event, however many there are.
route::Rule MakeRule(std::size_t i) {
    const std::string n = std::to_string(i);
    const std::string name = "host-" + n + ".example.com";
    json::Value match;
    json::Value& object = match["data"]["new_object"];
    switch (i % 10) {
        case 0:
            object["name"] = {name};
            break;
        case 1:
            object["name"] = {{{"prefix", "host-" + n + "."}}};
            break;
        case 2:
            object["resource_type"] = {{{"suffix", ".kind" + n}}};
            break;
        case 3:
            object["name"] = {{{"wildcard", "*-" + n + ".*.com"}}};
            break;
        case 4:
            object["provider"] = {{{"anything-but", "gcp"}}};
            object["name"] = {name};
            break;
        case 5:
            object["id"] = {{{"numeric", {">", 100 + i, "<=", 110 + i}}}};
            break;
        case 6:
            match["data"]["address"] = {
                {{"cidr", "10." + std::to_string(i / 250 % 250) + "." + std::to_string(i % 250) + ".0/24"}}};
            break;
        case 7:
            object["owner"] = {{{"exists", false}}};
            object["slug"] = {"slug-" + n};
            break;
        case 8:
            match["data"]["$or"] = {{{"action", {"action-" + n}}}, {{"content_type", {{"model", {"model-" + n}}}}}};
            break;
        case 9:
            object["tags"] = {{"name", {"tag-" + n}}, {"provider", {"aws"}}};
            break;
    }
    return {"route-" + n, {}, {}, match, {"destination-" + std::to_string(i % 50)}};
}

// In rounds over all events. Of each hundred the fastest time counts: what others do on the machine only ever adds.
double NsPerEvent(const std::vector<model::Envelope>& events, double seconds, const auto& use) {
    constexpr std::size_t kSlice = 100;
    std::vector<double> best(events.size() / kSlice, std::numeric_limits<double>::infinity());
    const auto start = Clock::now();
    for (auto now = start; std::chrono::duration<double>(now - start).count() < seconds;) {
        for (std::size_t slice = 0; slice < best.size(); ++slice) {
            const auto before = now;
            for (std::size_t i = 0; i < kSlice; ++i) use(events[slice * kSlice + i]);
            now = Clock::now();
            best[slice] = std::min(best[slice], std::chrono::duration<double>(now - before).count());
        }
    }
    return std::accumulate(best.begin(), best.end(), 0.0) / static_cast<double>(events.size()) * 1e9;
}

// As ingest does it: the outline is made by the scan, and gone when the request is answered. How many hits.
std::size_t ScanAndRoute(const model::Envelope& event, const route::Router& router) {
    json::Outline outline;
    if (!json::Scan(event.event.data, {}, &outline)) std::abort();
    const json::OutlinedText data(event.event.data, outline, {});
    return router.Route(event, data).hits.size();
}

void Run(bool compact, double seconds, const std::vector<std::size_t>& counts) {
    const std::vector<model::Envelope> events = MakeEvents(compact);
    std::size_t bytes = 0;
    for (const model::Envelope& event : events) bytes += event.event.data.size();
    std::printf("%s, %zu bytes on average\n", compact ? "compact" : "as the files are", bytes / events.size());
    std::printf("%8s %14s %14s %16s %10s\n", "routes", "scan ns", "scan+route ns", "scan+route /s", "hits/event");
    std::size_t hits = 0;
    double first = 0;
    for (const std::size_t count : counts) {
        std::vector<route::Rule> rules;
        for (std::size_t i = 0; i < count; ++i) rules.push_back(MakeRule(i));
        const auto router = route::Router::Compile(rules);
        hits = 0;
        for (const model::Envelope& event : events) hits += ScanAndRoute(event, *router);
        const double scanned = NsPerEvent(events, seconds, [&](const model::Envelope& event) {
            json::Outline outline;
            if (!json::Scan(event.event.data, {}, &outline)) std::abort();
        });
        const double both = NsPerEvent(events, seconds, [&](const model::Envelope& event) {
            if (ScanAndRoute(event, *router) > 50) std::abort();
        });
        if (first == 0) first = both;
        std::printf("%8zu %14.0f %14.0f %16.0f %10.3f   %.2fx of the first\n", count, scanned, both, 1e9 / both,
                    static_cast<double>(hits) / static_cast<double>(events.size()), both / first);
    }
}

}  // namespace
}  // namespace fanfare

int main(int argc, char** argv) {
    const double seconds = argc > 1 ? std::atof(argv[1]) : 1;
    std::vector<std::size_t> counts{10, 100, 1000, 10000};
    if (argc > 2) counts = {static_cast<std::size_t>(std::atoll(argv[2]))};
    fanfare::Run(true, seconds, counts);
    fanfare::Run(false, seconds, counts);
}
