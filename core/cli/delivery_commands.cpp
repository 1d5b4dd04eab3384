#include <sysexits.h>

#include <cstdio>
#include <functional>
#include <optional>

#include "cli/api.hpp"
#include "cli/filter.hpp"
#include "cli/print.hpp"
#include "cli/table.hpp"

namespace fanfare::cli {
namespace {

constexpr const char* kMostPerPage = "1000";

// Page after page of `method` `path`; stops at the first error, at the end, or when `take` says so.
int ForEachPage(const Arguments& arguments, const char* method, const std::string& path, const std::string& query,
                const std::function<bool(const json::Value&)>& take) {
    std::string after;
    while (true) {
        std::string page = path + "?limit=" + kMostPerPage;
        if (!query.empty()) page += "&" + query;
        if (!after.empty()) page += "&after=" + after;
        const Reply reply = CallAdmin(arguments, method, page);
        if (reply.exit_status != EX_OK) return reply.exit_status;
        if (!take(reply.body)) return EX_OK;
        if (!reply.body.contains("next") || !reply.body["next"].is_string()) return EX_OK;
        after = reply.body["next"].get<std::string>();
    }
}

int PrintAll(const Arguments& arguments, const std::string& query) {
    const bool details = !arguments.All("details").empty();
    int failed = EX_OK;
    const int status = ForEachPage(arguments, "GET", "/v1/deliveries", query, [&](const json::Value& page) {
        const json::Value deliveries = page.value("deliveries", json::Value::array());
        if (!arguments.json && !details) PrintDeliveries(deliveries);
        for (const json::Value& delivery : deliveries) {
            if (!details) {
                if (arguments.json) PrintLine(delivery);
                continue;
            }
            const Reply whole = CallAdmin(arguments, "GET", "/v1/deliveries/" + Cell(delivery, "id"));
            if (whole.exit_status != EX_OK) failed = whole.exit_status;
            if (whole.exit_status == EX_OK) PrintLine(whole.body);
        }
        return true;
    });
    return status != EX_OK ? status : failed;
}

bool IsRendered(const Arguments& arguments) { return !arguments.All("render").empty(); }

int SteerByName(const Arguments& arguments, const std::string& verb, const char* done) {
    const std::string tail = "/" + verb + (IsRendered(arguments) ? "?render=true" : "");
    int exit_status = EX_OK;
    for (const std::string& id : arguments.positional) {
        const Reply reply = CallAdmin(arguments, "POST", "/v1/deliveries/" + PercentEncode(id) + tail);
        if (reply.exit_status != EX_OK) {
            exit_status = reply.exit_status;
        } else if (arguments.json) {
            PrintLine(reply.body);
        } else {
            std::printf("%s %s\n", id.c_str(), done);
        }
    }
    return exit_status;
}

int TellFailed(const json::Value& failed) {
    for (const json::Value& one : failed) Fail(EX_DATAERR, Cell(one, "detail"));
    return failed.empty() ? EX_OK : EX_DATAERR;
}

int SteerByFilter(const Arguments& arguments, const std::string& verb, const std::string& query) {
    const std::string path = "/v1/deliveries/" + verb;
    std::uint64_t matched = 0;
    const auto count = [&](const json::Value& page) { return matched += page.value("matched", std::uint64_t{0}), true; };
    if (const int status = ForEachPage(arguments, "POST", path, query + "&preview=true", count); status != EX_OK) return status;
    if (!arguments.All("preview").empty()) {
        if (arguments.json) {
            PrintLine({{"matched", matched}});
        } else {
            std::printf("%llu deliveries match\n", static_cast<unsigned long long>(matched));
        }
        return EX_OK;
    }
    const std::string question = verb + " " + std::to_string(matched) + " deliveries?";
    if (matched > 0 && arguments.All("yes").empty() && !Confirm(question)) {
        return Fail(EX_USAGE, "nothing done; " + std::to_string(matched) + " deliveries match: say --yes to " + verb + " them");
    }
    std::uint64_t changed = 0;
    std::uint64_t skipped = 0;
    json::Value failed = json::Value::array();
    int status = EX_OK;
    {
        Progress progress(verb, matched);
        const std::string order = query + (IsRendered(arguments) ? "&render=true" : "");
        status = ForEachPage(arguments, "POST", path, order, [&](const json::Value& page) {
            changed += page.value("changed", std::uint64_t{0});
            skipped += page.value("skipped", std::uint64_t{0});
            for (json::Value& one : page.value("failed", json::Value::array())) failed.push_back(std::move(one));
            progress.Show(changed + skipped + failed.size());
            return true;
        });
    }
    if (arguments.json) {
        json::Value out{{"changed", changed}, {"skipped", skipped}};
        if (IsRendered(arguments)) out["failed"] = failed;
        PrintLine(out);
    } else {
        std::printf("%s: %llu done, %llu skipped", verb.c_str(), static_cast<unsigned long long>(changed),
                    static_cast<unsigned long long>(skipped));
        if (!failed.empty()) std::printf(", %zu failed", failed.size());
        std::printf("\n");
        std::fflush(stdout);
    }
    const int worst = TellFailed(failed);
    return status != EX_OK ? status : worst;
}

int Steer(const Arguments& arguments, const std::string& verb, const char* done) {
    const auto query = FilterQuery(arguments);
    if (!query) return EX_USAGE;
    if (!arguments.positional.empty() && !query->empty()) {
        return Fail(EX_USAGE, "'deliveries " + verb + "' takes ids or a filter, not both");
    }
    if (!arguments.positional.empty()) return SteerByName(arguments, verb, done);
    if (query->empty()) return Fail(EX_USAGE, "which? give ids, or a filter such as --destination NAME --state dead");
    return SteerByFilter(arguments, verb, *query);
}

}  // namespace

int RunDeliveriesList(const Arguments& arguments) {
    auto query = FilterQuery(arguments);
    if (!query) return EX_USAGE;
    if (!arguments.All("all").empty()) return PrintAll(arguments, *query);
    for (const char* name : {"limit", "after"}) {
        const std::string value = arguments.Get(name);
        if (!value.empty()) *query += (query->empty() ? "" : "&") + std::string(name) + "=" + PercentEncode(value);
    }
    const Reply reply = CallAdmin(arguments, "GET", "/v1/deliveries" + (query->empty() ? "" : "?" + *query));
    if (reply.exit_status != EX_OK) return reply.exit_status;
    const json::Value deliveries = reply.body.value("deliveries", json::Value::array());
    if (arguments.json) {
        for (const json::Value& delivery : deliveries) PrintLine(delivery);
    } else {
        PrintDeliveries(deliveries);
    }
    if (const std::string next = Cell(reply.body, "next"); next != "-") {
        std::fprintf(stderr, "there are more: --after %s, or --all\n", next.c_str());
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
    PrintMembers(reply.body, "history");
    const json::Value history = reply.body.value("history", json::Value::array());
    Table table({"ATTEMPT", "STARTED", "TOOK MS", "OUTCOME", "CODE", "REMOTE", "REASON"});
    for (const json::Value& attempt : history) {
        table.Add({Cell(attempt, "number"), Cell(attempt, "started_at"), Cell(attempt, "took_ms"), Cell(attempt, "outcome"),
                   Cell(attempt, "code"), Cell(attempt, "remote"), Cell(attempt, "reason")});
    }
    // Never cut: the reasons are what this is asked for.
    std::printf("\n%s", table.Format({}).c_str());
    if (!history.empty() && Cell(history.back(), "response") != "-") {
        std::printf("\nthe last answer began:\n%s\n", Printable(Cell(history.back(), "response")).c_str());
    }
    return EX_OK;
}

int RunDeliveriesRetry(const Arguments& arguments) { return Steer(arguments, "retry", "is waiting again"); }

int RunDeliveriesCancel(const Arguments& arguments) { return Steer(arguments, "cancel", "is cancelled"); }

// SEED-SYSTEMS A48.
int RunMonitor(const Arguments& arguments) {
    const std::string state = arguments.Get("state").empty() ? "dead" : arguments.Get("state");
    const auto number = [&](const char* option, long long otherwise) -> std::optional<long long> {
        const std::string text = arguments.Get(option);
        if (text.empty()) return otherwise;
        const bool digits = text.find_first_not_of("0123456789") == std::string::npos && text.size() < 9;
        return digits ? std::optional(std::stoll(text)) : std::nullopt;
    };
    const auto limit = number("limit", 10);
    const auto minutes = number("minutes-ago", 0);
    if (!limit || *limit == 0 || !minutes) return Fail(EX_USAGE, "--limit and --minutes-ago are whole numbers");
    std::string query = "state=" + PercentEncode(state) + "&older_than=" + std::to_string(*minutes * 60);
    if (!arguments.Get("destination").empty()) query += "&destination=" + PercentEncode(arguments.Get("destination"));
    long long count = 0;
    const int status = ForEachPage(arguments, "GET", "/v1/deliveries", query, [&](const json::Value& page) {
        count += static_cast<long long>(page.value("deliveries", json::Value::array()).size());
        return count < *limit;
    });
    if (status != EX_OK) return status;
    const bool many = count >= *limit;
    if (arguments.json) {
        PrintLine({{"state", state}, {"count", count}, {"limit", *limit}, {"exceeded", many}});
    } else {
        std::printf("%s%lld deliveries are %s for %lld minutes or more; the limit is %lld\n", many ? "at least " : "", count,
                    state.c_str(), *minutes, *limit);
    }
    return many ? 1 : EX_OK;
}

}  // namespace fanfare::cli
