// The conformance kit: a plugin's file against the contract of sdk/README.md, one test after the other, each in a process
// of its own with a limit of time. Nothing of the plugin is loaded into the calling process.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "conformance/child.hpp"
#include "json/value.hpp"

namespace fanfare::conformance {

struct Success {
    int status = 200;
    std::string body;
};

struct Order {
    std::string file;
    std::optional<json::Value> options;         // of the plugin, with the places of options.hpp; else from its schema
    // What the far side says when it takes an event, in place of 200 without a body.
    std::optional<Success> success;
    std::string target;                         // "bookworm"; empty: this machine
    std::optional<std::chrono::seconds> limit;  // for each test; else as the test has it
    std::vector<std::string> only;              // names of tests, or of groups ("deliver"); empty: all
    std::map<std::string, std::string> except;  // the same, and why not
};

struct Result {
    std::string name;
    std::string summary;
    Verdict verdict;
};

struct Listed {
    std::string name;
    std::string summary;
};
std::vector<Listed> ListTests();

// `tell` is called after each test. A test that needs another is skipped if that one did not pass: what is wrong is told
// once, where it begins. Errors: kNotFound if there is no such file, kInvalid for a name that no test or system has.
// Threads: the caller has no other threads.
base::Result<std::vector<Result>> Check(const Order& order, const std::function<void(const Result&)>& tell);

}  // namespace fanfare::conformance
