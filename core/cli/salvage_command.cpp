#include <sysexits.h>

#include <cstdio>

#include "cli/api.hpp"
#include "cli/print.hpp"
#include "cli/table.hpp"
#include "store/sqlite/salvage.hpp"

namespace fanfare::cli {
namespace {

using store::sqlite::Salvaged;
using store::sqlite::SalvagedDestination;
using store::sqlite::SeqRange;

int ExitStatusOf(base::Code code) {
    if (code == base::Code::kNotFound) return EX_NOINPUT;
    if (code == base::Code::kConflict || code == base::Code::kConfig) return EX_CANTCREAT;
    return base::ExitStatus(code);
}

std::string ToText(const SeqRange& range) {
    return range.first == range.last ? std::to_string(range.first)
                                     : std::to_string(range.first) + " to " + std::to_string(range.last);
}

json::Value ToJson(const SeqRange& range) { return {{"first", range.first}, {"last", range.last}}; }

json::Value ToJson(const SalvagedDestination& one) {
    json::Value value{{"name", one.name},
                      {"waiting", one.waiting},
                      {"sent", one.sent},
                      {"dead", one.dead},
                      {"cancelled", one.cancelled},
                      {"maybe_sent_before", one.in_doubt},
                      {"remade", one.remade},
                      {"unrendered", one.unrendered},
                      {"lost_waiting", one.lost_waiting},
                      {"lost_ended", one.lost_ended},
                      {"gone_without_trace", one.untraced}};
    if (one.lost.last > 0) value["lost_events"] = ToJson(one.lost);
    return value;
}

json::Value ToJson(const Salvaged& report) {
    json::Value lost = json::Value::array();
    for (const SeqRange& range : report.lost) lost.push_back(ToJson(range));
    json::Value destinations = json::Value::array();
    for (const SalvagedDestination& one : report.destinations) destinations.push_back(ToJson(one));
    return {{"whole", report.whole},
            {"events", report.events},
            {"deliveries", report.deliveries},
            {"damaged_events", report.damaged_events},
            {"lost_events", report.lost_events},
            {"lost", lost},
            {"numbers_without_trace", report.untraced},
            {"pages", report.pages},
            {"damaged_pages", report.damaged_pages},
            {"damaged_rows", report.damaged_rows},
            {"broken_log_pages", report.broken_log_pages},
            {"destinations", destinations},
            {"notes", report.notes},
            {"faults", report.faults}};
}

void PrintDestinationTable(const Salvaged& report) {
    Table table({"DESTINATION", "WAITING", "SENT BEFORE?", "SENT", "DEAD", "CANCELLED", "LOST WAITING", "LOST ENDED",
                 "NO TRACE", "EVENTS LOST"});
    for (const SalvagedDestination& one : report.destinations) {
        table.Add({one.name, std::to_string(one.waiting), std::to_string(one.in_doubt), std::to_string(one.sent),
                   std::to_string(one.dead), std::to_string(one.cancelled), std::to_string(one.lost_waiting),
                   std::to_string(one.lost_ended), std::to_string(one.untraced),
                   one.lost.last == 0 ? "-" : ToText(one.lost)});
    }
    if (!table.empty()) table.Print();
}

void PrintCount(std::uint64_t count, const char* what) {
    if (count > 0) std::printf("%llu %s\n", static_cast<unsigned long long>(count), what);
}

void PrintLosses(const Salvaged& report) {
    std::uint64_t remade = 0;
    std::uint64_t unrendered = 0;
    std::uint64_t in_doubt = 0;
    for (const SalvagedDestination& one : report.destinations) {
        in_doubt += one.in_doubt;
        remade += one.remade;
        unrendered += one.unrendered;
    }
    PrintCount(report.damaged_pages, "pages cannot be read");
    PrintCount(report.broken_log_pages, "pages of the write-ahead log are damaged");
    PrintCount(report.damaged_rows, "rows that are not events are damaged");
    PrintCount(report.damaged_events, "events are there, but damaged: left out");
    PrintCount(report.lost_events, "accepted events are lost, the damaged ones among them; their numbers:");
    for (const SeqRange& range : report.lost) std::printf("  %s\n", ToText(range).c_str());
    PrintCount(report.untraced, "numbers have no event and no trace of one: pruned, or lost");
    PrintCount(remade, "deliveries had lost their row and wait again: they may be sent twice");
    PrintCount(in_doubt, "waiting deliveries in all may have been sent before");
    PrintCount(unrendered, "deliveries are dead as what they send is lost: see 'fanfare deliveries retry --render'");
}

void Print(const Salvaged& report, const std::string& to) {
    PrintDestinationTable(report);
    PrintLosses(report);
    for (const std::string& note : report.notes) std::printf("%s\n", Printable(note).c_str());
    for (const std::string& fault : report.faults)
        std::printf("a fault in the new store: %s\n", Printable(fault).c_str());
    std::printf("%s has %llu events and %llu deliveries%s; to start on it, name it in [store] path\n",
                Printable(to).c_str(), static_cast<unsigned long long>(report.events),
                static_cast<unsigned long long>(report.deliveries),
                !report.whole          ? ""
                : report.notes.empty() ? ", and nothing is lost"
                                       : ", and nothing is known to be lost");
}

}  // namespace

int RunStoreSalvage(const Arguments& arguments) {
    const std::string from = arguments.Get("from");
    const std::string to = arguments.Get("to");
    if (from.empty() || to.empty()) {
        return Fail(EX_USAGE,
                    "'store salvage' wants --from with the damaged store's directory, and --to with one to make for "
                    "the new store");
    }
    const auto report = store::sqlite::Salvage(from, to);
    if (!report) return Fail(ExitStatusOf(report.error().code), report.error().message);
    if (arguments.json) {
        PrintLine(ToJson(*report));
    } else {
        Print(*report, to);
    }
    return report->whole && report->faults.empty() ? EX_OK : EX_DATAERR;
}

}  // namespace fanfare::cli
