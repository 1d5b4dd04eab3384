#include <sysexits.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <thread>

#include "cli/api.hpp"
#include "cli/print.hpp"
#include "cli/table.hpp"
#include "config/quantity.hpp"

namespace fanfare::cli {
namespace {

// What reads the whole store.
constexpr std::chrono::hours kLongTimeout{6};
// Between two looks at a test.
constexpr std::chrono::milliseconds kTestPause{50};

}  // namespace

int RunDestinationsList(const Arguments& arguments) {
    const Reply reply = CallAdmin(arguments, "GET", "/v1/destinations");
    if (reply.exit_status != EX_OK) return reply.exit_status;
    const json::Value destinations = reply.body.value("destinations", json::Value::array());
    if (arguments.json) {
        for (const json::Value& one : destinations) PrintLine(one);
    } else {
        PrintDestinations(destinations);
    }
    return EX_OK;
}

int RunDestinationsShow(const Arguments& arguments) {
    const Reply reply = CallAdmin(arguments, "GET", "/v1/destinations/" + PercentEncode(arguments.positional[0]));
    if (reply.exit_status != EX_OK) return reply.exit_status;
    if (arguments.json) {
        PrintLine(reply.body);
        return EX_OK;
    }
    PrintMembers(reply.body, "");
    return EX_OK;
}

namespace {

int SetPaused(const Arguments& arguments, const std::string& verb, const char* done) {
    int exit_status = EX_OK;
    const std::string reason = arguments.Get("reason");
    for (const std::string& name : arguments.positional) {
        const std::string query = reason.empty() ? "" : "?reason=" + PercentEncode(reason);
        const Reply reply = CallAdmin(arguments, "POST", "/v1/destinations/" + PercentEncode(name) + "/" + verb + query);
        if (reply.exit_status != EX_OK) {
            exit_status = reply.exit_status;
        } else if (arguments.json) {
            PrintLine(reply.body);
        } else {
            std::printf("%s %s\n", Printable(name).c_str(), done);
        }
    }
    return exit_status;
}

}  // namespace

int RunDestinationsPause(const Arguments& arguments) {
    return SetPaused(arguments, "pause", "is paused; what waits for it stays, until 'fanfare destinations resume'");
}

int RunDestinationsResume(const Arguments& arguments) { return SetPaused(arguments, "resume", "is delivered to again"); }

namespace {

bool IsFinal(const std::string& state) { return state == "sent" || state == "dead" || state == "cancelled"; }

int PrintTest(const Arguments& arguments, const json::Value& delivery) {
    const std::string state = Cell(delivery, "state");
    const json::Value history = delivery.value("history", json::Value::array());
    const int status = state == "sent" ? EX_OK : history.empty() && state != "dead" ? EX_TEMPFAIL : EX_UNAVAILABLE;
    if (arguments.json) {
        PrintLine(delivery);
        return status;
    }
    const json::Value last = history.empty() ? json::Value::object() : history.back();
    if (status == EX_OK) {
        std::printf("%s took it: code %s, %s ms\n", Printable(Cell(delivery, "destination")).c_str(), Cell(last, "code").c_str(),
                    Cell(last, "took_ms").c_str());
    } else if (status == EX_TEMPFAIL) {
        std::printf("%s was not tried in time; 'fanfare destinations show' says what holds it\n", Printable(Cell(delivery, "destination")).c_str());
    } else {
        const std::string reason = Cell(last, "reason");
        std::printf("%s did not take it: %s\n", Printable(Cell(delivery, "destination")).c_str(),
                    Printable(reason == "-" ? Cell(delivery, "reason") : reason).c_str());
    }
    return status;
}

}  // namespace

int RunDestinationsTest(const Arguments& arguments) {
    const std::string limit = arguments.Get("timeout");
    const auto timeout = config::ParseDuration(limit.empty() ? "30s" : limit);
    if (!timeout) return Fail(EX_USAGE, "--timeout is '" + limit + "'; write it as 30s or 2m");
    const auto deadline = std::chrono::steady_clock::now() + *timeout;
    const Reply sent = CallAdmin(arguments, "POST", "/v1/destinations/" + PercentEncode(arguments.positional[0]) + "/test");
    if (sent.exit_status != EX_OK) return sent.exit_status;
    const Reply event = CallAdmin(arguments, "GET", "/v1/events/" + PercentEncode(Cell(sent.body, "event")));
    if (event.exit_status != EX_OK) return event.exit_status;
    const std::string path = "/v1/deliveries/" + Cell(event.body["deliveries"][0], "id");
    while (true) {
        const Reply delivery = CallAdmin(arguments, "GET", path);
        if (delivery.exit_status != EX_OK) return delivery.exit_status;
        const bool tried = !delivery.body.value("history", json::Value::array()).empty();
        const bool final = IsFinal(Cell(delivery.body, "state"));
        if (final || tried || std::chrono::steady_clock::now() >= deadline) {
            if (!final) AskAdmin(arguments, "POST", path + "/cancel");
            return PrintTest(arguments, delivery.body);
        }
        std::this_thread::sleep_for(kTestPause);
    }
}

// SEED-SYSTEMS A49.
int RunPrune(const Arguments& arguments) {
    const std::string days = arguments.positional[0];
    if (days.find_first_not_of("0123456789") != std::string::npos || days.size() > 5) {
        return Fail(EX_USAGE, "'prune' wants a number of days, not '" + days + "'");
    }
    const bool dead = !arguments.All("dead").empty();
    const std::string what = std::string("what was sent") + (dead ? ", cancelled or given up" : " or cancelled") + " more than " + days + " days ago";
    if (arguments.All("yes").empty() && !Confirm("take away " + what + "?")) {
        return Fail(EX_USAGE, "nothing done; say --yes to take away " + what);
    }
    const std::string path = "/v1/prune?limit=1000&older_than=" + std::to_string(std::stoll(days) * 86'400) + (dead ? "&dead=true" : "");
    std::uint64_t events = 0;
    std::uint64_t deliveries = 0;
    {
        Progress progress("pruned");
        for (bool more = true; more; progress.Show(events)) {
            const Reply reply = CallAdmin(arguments, "POST", path);
            if (reply.exit_status != EX_OK) return reply.exit_status;
            events += reply.body.value("events", std::uint64_t{0});
            deliveries += reply.body.value("deliveries", std::uint64_t{0});
            more = reply.body.value("more", false);
        }
    }
    if (arguments.json) {
        PrintLine({{"events", events}, {"deliveries", deliveries}});
    } else {
        std::printf("%llu events and %llu deliveries are gone\n", static_cast<unsigned long long>(events),
                    static_cast<unsigned long long>(deliveries));
    }
    return EX_OK;
}

int RunStoreInfo(const Arguments& arguments) {
    const Reply reply = CallAdmin(arguments, "GET", "/v1/store");
    if (reply.exit_status != EX_OK) return reply.exit_status;
    if (arguments.json) {
        PrintLine(reply.body);
        return EX_OK;
    }
    PrintMembers(reply.body, "");
    return EX_OK;
}

int RunStoreVerify(const Arguments& arguments) {
    const Reply reply = CallAdmin(arguments, "POST", "/v1/store/verify", kLongTimeout);
    if (reply.exit_status != EX_OK) return reply.exit_status;
    const json::Value faults = reply.body.value("faults", json::Value::array());
    if (arguments.json) {
        PrintLine(reply.body);
    } else if (faults.empty()) {
        std::puts("the store is sound");
    } else {
        for (const json::Value& fault : faults) std::printf("%s\n", Printable(fault.get<std::string>()).c_str());
    }
    return faults.empty() ? EX_OK : EX_DATAERR;
}

int RunStoreBackup(const Arguments& arguments) {
    std::error_code error;
    const std::string path = std::filesystem::absolute(arguments.positional[0], error).string();
    const Reply reply = CallAdmin(arguments, "POST", "/v1/store/backup?path=" + PercentEncode(path), kLongTimeout);
    if (reply.exit_status != EX_OK) return reply.exit_status;
    if (arguments.json) {
        PrintLine(reply.body);
    } else {
        std::printf("%s is a copy of the store; to start from it, see 'man fanfare-store-backup'\n", Printable(path).c_str());
    }
    return EX_OK;
}

}  // namespace fanfare::cli
