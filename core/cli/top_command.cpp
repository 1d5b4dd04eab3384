#include <sysexits.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <utility>

#include "cli/api.hpp"
#include "cli/print.hpp"
#include "cli/screen.hpp"
#include "cli/table.hpp"

namespace fanfare::cli {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kRedraw{1000};

// What was sent per second since the call before; "-" the first time.
class Rates {
public:
    void Begin() {
        const Steady::time_point now = Steady::now();
        seconds_ = std::chrono::duration<double>(now - last_).count();
        last_ = now;
    }

    std::string Of(const std::string& destination, std::uint64_t sent) {
        const auto [before, is_new] = sent_.try_emplace(destination, sent);
        const std::uint64_t was = std::exchange(before->second, sent);
        // Less than before: the daemon was started on another store.
        if (is_new || sent < was || seconds_ <= 0) return "-";
        char text[32];
        std::snprintf(text, sizeof text, "%.1f", static_cast<double>(sent - was) / seconds_);
        return text;
    }

private:
    Steady::time_point last_;
    double seconds_ = 0;
    std::map<std::string, std::uint64_t> sent_;
};

std::string Page(json::Value destinations, Rates& rates, const Look& look) {
    rates.Begin();
    SortByTrouble(destinations);
    Table table({"DESTINATION", "STATE", "SINCE", "WAITING", "SENDING", "SENT/S", "SENT", "DEAD", "REASON"});
    for (const json::Value& one : destinations) {
        table.Add({Cell(one, "name"), Cell(one, "state"), Moment(one, "since", look), Cell(one, "waiting"),
                   Cell(one, "sending"), rates.Of(Cell(one, "name"), one.value("sent", std::uint64_t{0})),
                   Cell(one, "sent"), Cell(one, "dead"), Cell(one, "reason")});
    }
    return "fanfare top: " + std::to_string(destinations.size()) + " destinations; q ends\n\n" + table.Format(look);
}

}  // namespace

int RunTop(const Arguments& arguments) {
    if (!Screen::IsThere()) {
        return Fail(EX_USAGE, "'top' wants a terminal; for a program there is 'fanfare destinations list --json'");
    }
    Reply reply;
    {
        Screen screen;
        Rates rates;
        do {
            reply = AskAdmin(arguments, "GET", "/v1/destinations");
            if (reply.exit_status != EX_OK) break;
            screen.Draw(Page(reply.body.value("destinations", json::Value::array()), rates, LookOfStdout()));
        } while (screen.Wait(kRedraw));
    }
    // Said when the screen is back, where it stays.
    return reply.exit_status == EX_OK ? EX_OK : Fail(reply.exit_status, reply.error);
}

}  // namespace fanfare::cli
