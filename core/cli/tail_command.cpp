#include <signal.h>
#include <sysexits.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <string>
#include <utility>

#include "cli/api.hpp"
#include "cli/print.hpp"
#include "cli/table.hpp"

namespace fanfare::cli {
namespace {

constexpr timespec kPause{0, 500'000'000};
constexpr const char* kEverything = "&limit=4096";
constexpr std::size_t kTimeOfDay = 11;  // in RFC 3339, behind the date
constexpr std::size_t kTimeOfDayLength = 8;

// Every line is flushed before a signal can come: there is nothing left to do, not even for a daemon that hangs.
void OnEnd(int) { _exit(EX_OK); }

// Ctrl-C, SIGTERM and SIGHUP end the program with 0, but for those that it was started to ignore; never inside a line.
class Ends {
public:
    Ends() {
        sigemptyset(&ends_);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
            struct sigaction before {};
            sigaction(signal, nullptr, &before);
            if (before.sa_handler == SIG_IGN) continue;
            struct sigaction action {};
            action.sa_handler = OnEnd;
            sigaction(signal, &action, nullptr);
            sigaddset(&ends_, signal);
        }
    }
    void Hold() { sigprocmask(SIG_BLOCK, &ends_, nullptr); }
    void Release() { sigprocmask(SIG_UNBLOCK, &ends_, nullptr); }

private:
    sigset_t ends_{};
};

// Columns that do not move from one page to the next: an unseen row holds them apart.
class Lines {
public:
    explicit Lines(const Look& look) : look_(look) {}

    std::string Of(const json::Value& entries) {
        Table table({"TIME", "KIND", "STATE", "DESTINATION", "DELIVERY", "EVENT", "TYPE", "TRY", "CODE", "REASON"});
        const auto room = [](std::size_t width) { return std::string(width, ' '); };
        table.Add({room(look_.now ? 8 : 27), room(6), room(11), room(12), room(22), room(12), room(14), room(3), room(4),
                   room(16)});
        for (const json::Value& one : entries) {
            const std::string time = Cell(one, "time");
            table.Add({look_.now && time.size() > kTimeOfDay ? time.substr(kTimeOfDay, kTimeOfDayLength) : time,
                       Cell(one, "kind"), Cell(one, "state"), Cell(one, "destination"), Cell(one, "delivery"),
                       Cell(one, "event_id"), Cell(one, "type"), Cell(one, "attempts"), Cell(one, "code"),
                       Cell(one, "reason")});
        }
        const std::string text = table.Format(look_);
        const std::size_t heads = text.find('\n') + 1;
        const std::size_t unseen = text.find('\n', heads) + 1;
        return (std::exchange(first_, false) ? text.substr(0, heads) : "") + text.substr(unseen);
    }

private:
    const Look look_;
    bool first_ = true;
};

// How many were overwritten before they could be read: numbers leave none out.
std::uint64_t Missed(std::uint64_t after, const json::Value& entries) {
    const std::uint64_t first = entries.empty() ? 0 : entries.front().value("n", std::uint64_t{0});
    return first > after + 1 ? first - after - 1 : 0;
}

json::Value Only(const std::string& destination, const json::Value& entries) {
    if (destination.empty()) return entries;
    json::Value out = json::Value::array();
    for (const json::Value& one : entries) {
        if (Cell(one, "destination") == destination) out.push_back(one);
    }
    return out;
}

}  // namespace

int RunTail(const Arguments& arguments) {
    const std::string destination = arguments.Get("destination");
    Ends ends;
    // A name that does not exist would be silence for ever.
    if (!destination.empty()) {
        const Reply known = CallAdmin(arguments, "GET", "/v1/destinations/" + PercentEncode(destination));
        if (known.exit_status != EX_OK) return known.exit_status;
    }
    std::string path = "/v1/activity";
    std::uint64_t after = 0;
    Lines lines(LookOfStdout());
    for (bool first = true;; first = false) {
        const Reply reply = AskAdmin(arguments, "GET", path);
        if (reply.exit_status != EX_OK) return Fail(reply.exit_status, reply.error);
        const json::Value entries = reply.body.value("activity", json::Value::array());
        const json::Value shown = Only(destination, entries);
        ends.Hold();
        const std::uint64_t missed = first ? 0 : Missed(after, entries);
        if (missed > 0) std::fprintf(stderr, "fanfare: %llu more came too fast to be shown\n", static_cast<unsigned long long>(missed));
        if (!arguments.json) std::fputs(lines.Of(shown).c_str(), stdout);
        if (arguments.json) {
            for (const json::Value& one : shown) PrintLine(one);
        }
        if (std::fflush(stdout) != 0) return EX_IOERR;
        ends.Release();
        after = reply.body.value("next", std::uint64_t{0});
        path = "/v1/activity?after=" + std::to_string(after) + kEverything;
        nanosleep(&kPause, nullptr);
    }
}

}  // namespace fanfare::cli
