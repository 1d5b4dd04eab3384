// What a command is given, and the table they stand in.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fanfare::cli {

struct Option {
    std::string name;   // without dashes
    std::string value;  // name of its value for --help; empty for a switch
    std::string help;
    bool repeats = false;  // may be given more than once
};

struct Arguments {
    std::string config;
    std::string admin;  // address; empty: the one of the configuration
    std::string ca;     // PEM files for https; empty: none
    std::string cert;
    std::string key;
    bool json = false;
    std::map<std::string, std::vector<std::string>> options;  // as given; a switch maps to one ""
    std::vector<std::string> positional;

    std::vector<std::string> All(const std::string& name) const {
        const auto found = options.find(name);
        return found == options.end() ? std::vector<std::string>() : found->second;
    }
    std::string Get(const std::string& name) const {
        const auto found = options.find(name);
        return found == options.end() ? std::string() : found->second.front();
    }
};

struct Command {
    std::string name;        // "deliveries list"
    std::string positional;  // "ID", "[FILE ...]", or empty
    std::string summary;
    std::vector<Option> options;
    std::size_t least_positional = 0;
    std::size_t most_positional = 0;
    std::function<int(const Arguments&)> run;
};

// In the order of --help.
const std::vector<Command>& Commands();

// Local: no daemon needed.
int RunServe(const Arguments& arguments);
int RunCheck(const Arguments& arguments);
int RunTest(const Arguments& arguments);
int RunExplain(const Arguments& arguments);
int RunVersion(const Arguments& arguments);
int RunStoreSalvage(const Arguments& arguments);
int RunPluginList(const Arguments& arguments);
int RunPluginInfo(const Arguments& arguments);
int RunPluginDoc(const Arguments& arguments);
int RunPluginNew(const Arguments& arguments);
int RunPluginCheck(const Arguments& arguments);
int RunAuditVerify(const Arguments& arguments);
int RunTokenNew(const Arguments& arguments);
int RunTokenHash(const Arguments& arguments);
// Over the ingest API.
int RunSend(const Arguments& arguments);
// Over the admin API.
int RunStatus(const Arguments& arguments);
int RunTop(const Arguments& arguments);
int RunTail(const Arguments& arguments);
int RunReload(const Arguments& arguments);
int RunEventsList(const Arguments& arguments);
int RunEventsShow(const Arguments& arguments);
int RunDeliveriesList(const Arguments& arguments);
int RunDeliveriesShow(const Arguments& arguments);
int RunDeliveriesRetry(const Arguments& arguments);
int RunDeliveriesCancel(const Arguments& arguments);
int RunMonitor(const Arguments& arguments);
int RunDestinationsList(const Arguments& arguments);
int RunDestinationsShow(const Arguments& arguments);
int RunDestinationsTest(const Arguments& arguments);
int RunDestinationsPause(const Arguments& arguments);
int RunDestinationsResume(const Arguments& arguments);
int RunPrune(const Arguments& arguments);
int RunStoreInfo(const Arguments& arguments);
int RunStoreVerify(const Arguments& arguments);
int RunStoreBackup(const Arguments& arguments);

}  // namespace fanfare::cli
