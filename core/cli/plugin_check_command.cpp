// A plugin's file against the contract, as its author or an admin runs it before it is installed.
#include <sysexits.h>

#include <cstdio>
#include <fstream>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "cli/api.hpp"
#include "cli/command.hpp"
#include "cli/junit.hpp"
#include "cli/table.hpp"
#include "config/quantity.hpp"
#include "config/table.hpp"
#include "conformance/check.hpp"

namespace fanfare::cli {
namespace {

using conformance::Result;
using State = conformance::Verdict::State;

constexpr int kNameWidth = 20;

const char* Word(State state) {
    switch (state) {
        case State::kPassed: return "ok";
        case State::kFailed: return "FAILED";
        case State::kSkipped: return "skipped";
    }
    return "";
}

// `before`: what was said of the test before; the same is not said twice.
void Print(const Result& result, const std::string& before, bool json) {
    const conformance::Verdict& verdict = result.verdict;
    if (json) {
        const json::Value line{{"name", result.name},
                               {"summary", result.summary},
                               {"state", verdict.state == State::kFailed ? "failed" : Word(verdict.state)},
                               {"text", verdict.text},
                               {"notes", verdict.notes}};
        std::printf("%s\n", json::Dump(line).c_str());
    } else {
        std::printf("%-8s %-*s %s\n", Word(verdict.state), kNameWidth, result.name.c_str(), result.summary.c_str());
        if (!verdict.text.empty() && verdict.text != before) std::printf("         %s\n", Printable(verdict.text).c_str());
        for (const std::string& note : verdict.notes) std::printf("         note: %s\n", Printable(note).c_str());
    }
    std::fflush(stdout);
}

std::string JUnitOf(const std::string& file, const std::vector<Result>& results) {
    std::vector<JUnitCase> cases;
    for (const Result& result : results) {
        JUnitCase one{result.name, file, 0, {}, {}};
        if (result.verdict.state == State::kFailed) one.failure = result.verdict.text;
        if (result.verdict.state == State::kSkipped) one.skipped = result.verdict.text;
        cases.push_back(std::move(one));
    }
    return FormatJUnit("fanfare plugin check", cases);
}

int List(bool json) {
    Table table({"TEST", "WHAT IS TRUE IF IT PASSES"});
    for (const conformance::Listed& test : conformance::ListTests()) {
        if (json) {
            std::printf("%s\n", json::Dump({{"name", test.name}, {"summary", test.summary}}).c_str());
        } else {
            table.Add({test.name, test.summary});
        }
    }
    if (!json) table.Print();
    return EX_OK;
}

// "201", "200:ok"
std::optional<conformance::Success> SuccessOf(const std::string& text) {
    const std::size_t colon = text.find(':');
    const std::string digits = text.substr(0, colon);
    const bool is_status = digits.size() == 3 && digits.find_first_not_of("0123456789") == std::string::npos;
    if (!is_status) return std::nullopt;
    return conformance::Success{std::stoi(digits), colon == std::string::npos ? "" : text.substr(colon + 1)};
}

base::Result<conformance::Order> OrderOf(const Arguments& arguments) {
    conformance::Order order;
    order.file = arguments.positional.front();
    order.target = arguments.Get("target");
    order.only = arguments.All("only");
    for (const std::string& except : arguments.All("except")) {
        const std::size_t equals = except.find('=');
        order.except[except.substr(0, equals)] = equals == std::string::npos ? "" : except.substr(equals + 1);
    }
    if (const std::string limit = arguments.Get("limit"); !limit.empty()) {
        const std::optional<base::Duration> parsed = config::ParseDuration(limit);
        if (!parsed || *parsed < std::chrono::seconds(1)) {
            return base::MakeError(base::Code::kInvalid, "--limit is a time of a second or more, like 30s or 5m; not '" + limit + "'");
        }
        order.limit = std::chrono::ceil<std::chrono::seconds>(*parsed);
    }
    if (const std::string success = arguments.Get("success"); !success.empty()) {
        order.success = SuccessOf(success);
        if (!order.success) {
            return base::MakeError(base::Code::kInvalid, "--success is a status, or one with a body: 201, 200:ok; not '" + success + "'");
        }
    }
    if (const std::string file = arguments.Get("options"); !file.empty()) {
        base::Result<json::Value> options = config::ReadTable(file);
        if (!options) return std::move(options).error();
        order.options = *std::move(options);
    }
    return order;
}

// What is not valid stood on the command line.
int FailWith(const base::Error& error) {
    return Fail(error.code == base::Code::kInvalid ? EX_USAGE : base::ExitStatus(error.code), error.message);
}

int Sum(const std::vector<Result>& results) {
    std::size_t number[3] = {};
    for (const Result& result : results) ++number[static_cast<std::size_t>(result.verdict.state)];
    const std::size_t failed = number[static_cast<std::size_t>(State::kFailed)];
    std::fprintf(stderr, "%zu passed, %zu failed, %zu skipped\n", number[static_cast<std::size_t>(State::kPassed)],
                 failed, number[static_cast<std::size_t>(State::kSkipped)]);
    return failed == 0 ? EX_OK : EX_DATAERR;
}

}  // namespace

int RunPluginCheck(const Arguments& arguments) {
    if (!arguments.All("list").empty()) return List(arguments.json);
    if (arguments.positional.empty()) return Fail(EX_USAGE, "'plugin check' wants FILE, the plugin's .so; or --list");
    const base::Result<conformance::Order> order = OrderOf(arguments);
    if (!order) return FailWith(order.error());
    std::string before;
    const auto results = conformance::Check(*order, [&](const Result& result) {
        Print(result, before, arguments.json);
        before = result.verdict.text;
    });
    if (!results) return FailWith(results.error());
    if (const std::string file = arguments.Get("junit"); !file.empty()) {
        std::ofstream out(file, std::ios::binary);
        out << JUnitOf(order->file, *results);
        out.close();
        if (!out) return Fail(EX_CANTCREAT, "cannot write " + file);
    }
    return Sum(*results);
}

}  // namespace fanfare::cli
