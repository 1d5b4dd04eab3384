#include "cli/run.hpp"

#include <sysexits.h>

#include <cstdio>
#include <string_view>

#include "cli/event_input.hpp"
#include "cli/parse.hpp"
#include "isolation/child.hpp"
#include "isolation/runner.hpp"

namespace fanfare::cli {
namespace {

std::vector<Option> With(std::vector<Option> options, const std::vector<Option>& more) {
    options.insert(options.end(), more.begin(), more.end());
    return options;
}

std::vector<Option> FilterOptions() {
    return {{"state", "STATE", "waiting, sending, sent, dead or cancelled"},
            {"destination", "NAME", "only of this destination"},
            {"realm", "NAME", "only of events in this realm"},
            {"type", "TYPE", "only of events of this type"},
            {"text", "TEXT", "only with this in the event's id or type, or in the reason"},
            {"older-than", "AGE", "only of events accepted longer ago: 30s, 10m, 2h, 3d"},
            {"newer-than", "AGE", "only of events accepted since"}};
}

std::vector<Option> EventFilterOptions() {
    return {{"realm", "NAME", "only of this realm"},
            {"type", "TYPE", "only of this type"},
            {"text", "TEXT", "only with this in the id, the source, the type or the subject"},
            {"older-than", "AGE", "only accepted longer ago: 30s, 10m, 2h, 3d"},
            {"newer-than", "AGE", "only accepted since"},
            {"limit", "N", "at most N (default 100)"},
            {"after", "KEY", "go on behind this event"}};
}

std::vector<Option> SteerOptions() {
    return {{"preview", "", "only say how many a filter takes"}, {"yes", "", "do not ask"}};
}

}  // namespace

const std::vector<Command>& Commands() {
    static const std::vector<Command> commands{
        {"serve", "", "run the daemon in the foreground", {}, 0, 0, RunServe},
        {"check", "", "check the configuration and everything it names; exit 78 if it cannot work",
         {{"graph", "dot|mermaid", "print realms, routes and destinations as a picture"},
          {"schema", "", "print the JSON Schema of the configuration, for editors"}},
         0, 0, RunCheck},
        {"test", "", "run the [[test]] blocks of the configuration; exit 1 if one fails",
         {{"format", "tap|junit", "how results are written (default tap)"}}, 0, 0, RunTest},
        {"explain", "", "say why an event goes where it goes, or nowhere; nothing is sent",
         With({{"event", "FILE", "the event, as a producer would send it; - is standard input"},
               {"realm", "NAME", "the realm it would be sent in"}},
              EventOptions()),
         0, 0, RunExplain},
        {"send", "[FILE ...]", "send events from files, or from standard input; FANFARE_TOKEN holds the token, if the realm asks for one",
         With({{"to", "URL", "ingest API (default: as configured, http://127.0.0.1:8640)"},
               {"realm", "NAME", "the realm to send them in"}},
              EventOptions()),
         0, 1000, RunSend},
        {"status", "", "what the daemon is doing", {}, 0, 0, RunStatus},
        {"top", "", "the destinations at work, live; q ends it", {}, 0, 0, RunTop},
        {"tail", "", "what happens to deliveries and destinations, line by line, until Ctrl-C",
         {{"destination", "NAME", "only of this destination"}}, 0, 0, RunTail},
        {"reload", "", "take the configuration anew; exit 78, and everything stays as it was, if it has faults", {}, 0, 0, RunReload},
        {"events list", "", "events, the newest first, and the states of their deliveries", EventFilterOptions(), 0, 0, RunEventsList},
        {"events show", "ID", "an event and what became of it", {}, 1, 1, RunEventsShow},
        {"deliveries list", "", "deliveries and their state",
         With(FilterOptions(), {{"limit", "N", "at most N (default 100)"},
                                {"after", "ID", "go on behind this delivery"},
                                {"all", "", "all of them; with --json one a line, as an export"},
                                {"details", "", "with --all: each with its attempts and what it sends, one JSON object a line"}}),
         0, 0, RunDeliveriesList},
        {"deliveries show", "ID", "a delivery, its attempts, and what it sends", {}, 1, 1, RunDeliveriesShow},
        {"deliveries retry", "[ID ...]", "make dead or cancelled deliveries waiting again, by id or by filter",
         With(With(FilterOptions(), {{"render", "", "send what the configuration makes of the event now, not what is stored"}}), SteerOptions()),
         0, 1000, RunDeliveriesRetry},
        {"deliveries cancel", "[ID ...]", "end waiting or dead deliveries as cancelled, by id or by filter",
         With(FilterOptions(), SteerOptions()), 0, 1000, RunDeliveriesCancel},
        {"monitor", "", "exit 1 if too many deliveries are in a state for too long; for cron and probes",
         {{"state", "STATE", "dead (default), waiting, ..."},
          {"destination", "NAME", "only of this destination"},
          {"limit", "N", "so many are too many (default 10)"},
          {"minutes-ago", "M", "only of events accepted M minutes ago or earlier (default 0)"}},
         0, 0, RunMonitor},
        {"destinations list", "", "destinations, those in trouble first", {}, 0, 0, RunDestinationsList},
        {"destinations show", "NAME", "one destination: its state and why, its limits and counts", {}, 1, 1, RunDestinationsShow},
        {"destinations test", "NAME", "send it an event that is for it alone, and show what came of it",
         {{"timeout", "AGE", "how long to wait for its answer (default 30s)"}}, 1, 1, RunDestinationsTest},
        {"destinations pause", "NAME ...", "hand them nothing until they are resumed, over restarts too",
         {{"reason", "TEXT", "for those who look"}}, 1, 1000, RunDestinationsPause},
        {"destinations resume", "NAME ...", "deliver to them again", {}, 1, 1000, RunDestinationsResume},
        {"prune", "DAYS", "take away events whose deliveries ended more than DAYS days ago",
         {{"dead", "", "dead deliveries too"}, {"yes", "", "do not ask"}}, 1, 1, RunPrune},
        {"store info", "", "how much room the store takes", {}, 0, 0, RunStoreInfo},
        {"store verify", "", "look at every check sum and every count of the store; exit 65 if one is wrong", {}, 0, 0, RunStoreVerify},
        {"store backup", "FILE", "write a consistent copy of the store while events flow", {}, 1, 1, RunStoreBackup},
        {"store salvage", "", "write everything that is still good in a damaged store to a new one; exit 65 if something is lost",
         {{"from", "DIRECTORY", "the damaged store; it is only read, and no fanfare may use it"},
          {"to", "DIRECTORY", "the directory to make for the new store"}},
         0, 0, RunStoreSalvage},
        {"plugin list", "", "the plugins that can be named in the configuration", {}, 0, 0, RunPluginList},
        {"plugin info", "NAME", "a plugin and its options", {}, 1, 1, RunPluginInfo},
        {"plugin doc", "NAME", "its options as a table in Markdown; with --json their JSON Schema", {}, 1, 1, RunPluginDoc},
        {"plugin new", "NAME", "start a plugin of your own: source, unit tests, packages and an example configuration",
         {{"lang", "cpp|c", "the language (default cpp)"},
          {"kind", "http|blocking", "posts by the host's HTTP client, or waits in a call of its own (default http)"},
          {"dir", "DIR", "the directory to make (default ./NAME)"}},
         1, 1, RunPluginNew},
        {"plugin check", "[FILE]", "try a plugin's .so against the contract of plugins; exit 65 if a test fails",
         {{"options", "FILE", "TOML file with the plugin's options (default: made from its schema)"},
          {"success", "STATUS[:BODY]", "what its HTTP far side says when it takes an event (default 200)"},
          {"target", "SYSTEM", "the system it is to run on: bookworm, trixie or el9 (default: this machine)"},
          {"limit", "TIME", "how long one test may take: 30s, 5m (default: 1 or 2 minutes)"},
          {"only", "TEST", "this test or group of tests; may be repeated", true},
          {"except", "TEST=WHY", "not this test or group, and why not; may be repeated", true},
          {"junit", "FILE", "write the results as JUnit XML as well"},
          {"list", "", "the tests, without running any"}},
         0, 1, RunPluginCheck},
        {"audit verify", "[FILE]", "check that no line of the audit log was changed, taken out or put in; exit 65 if one was",
         {}, 0, 1, RunAuditVerify},
        {"token new", "", "make a token for senders, and its hash for the configuration",
         {{"realm", "NAME", "the realm whose line for the configuration is shown"}}, 0, 0, RunTokenNew},
        {"token hash", "", "the hash of a token that is read from standard input", {}, 0, 0, RunTokenHash},
        {"version", "", "print the version", {}, 0, 0, RunVersion},
    };
    return commands;
}

int Run(int argc, char** argv) {
    if (argc == 2 && std::string_view(argv[1]) == isolation::kRunnerArgument) return isolation::RunPlugin();
    const auto parsed = Parse({argv + 1, argv + argc});
    if (!parsed) {
        std::fprintf(stderr, "fanfare: %s\n", parsed.error().message.c_str());
        return EX_USAGE;
    }
    if (parsed->help) {
        std::fputs((parsed->command == nullptr ? Help() : Help(*parsed->command)).c_str(), stdout);
        return EX_OK;
    }
    return parsed->command->run(parsed->arguments);
}

}  // namespace fanfare::cli
