#include "cli/print.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <utility>

#include "cli/table.hpp"

namespace fanfare::cli {
namespace {

constexpr std::uint64_t kBarWidth = 30;

}  // namespace

std::string Cell(const json::Value& object, const char* member) {
    if (!object.contains(member) || object[member].is_null()) return "-";
    const json::Value& value = object[member];
    return value.is_string() ? value.get<std::string>() : json::Dump(value);
}

void PrintMembers(const json::Value& object, const std::string& but) {
    const Look look = LookOfStdout();
    for (const auto& [name, value] : object.items()) {
        if (name == but) continue;
        std::string text = Cell(object, name.c_str());
        if (look.now && name.ends_with("_bytes") && value.is_number_unsigned())
            text = HumanSize(value.get<std::uint64_t>());
        if (look.now && text != "-" && (name.ends_with("_at") || name == "since"))
            text += " (" + Distance(text, *look.now) + ")";
        std::printf("%-16s %s\n", name.c_str(), Printable(text).c_str());
    }
}

std::string Moment(const json::Value& object, const char* member, const Look& look) {
    const std::string absolute = Cell(object, member);
    return look.now ? Distance(absolute, *look.now) : absolute;
}

void PrintLine(const json::Value& value) {
    const std::string line = json::Dump(value);
    std::printf("%s\n", (isatty(STDOUT_FILENO) != 0 ? Printable(line) : line).c_str());
}

void PrintDeliveries(const json::Value& deliveries) {
    const Look look = LookOfStdout();
    Table table({"DELIVERY", "EVENT", "TYPE", "DESTINATION", "STATE", "ATTEMPTS", "NEXT", "REASON"});
    for (const json::Value& delivery : deliveries) {
        table.Add({Cell(delivery, "id"), Cell(delivery, "event_id"), Cell(delivery, "type"),
                   Cell(delivery, "destination"), Cell(delivery, "state"), Cell(delivery, "attempts"),
                   Moment(delivery, "next_attempt_at", look), Cell(delivery, "reason")});
    }
    table.Print();
}

void SortByTrouble(json::Value& destinations) {
    const auto rank = [](const json::Value& one) {
        if (Cell(one, "state") != "open") return 0;
        return one.value("dead", std::uint64_t{0}) > 0 ? 1 : 2;
    };
    std::stable_sort(destinations.begin(), destinations.end(),
                     [&](const json::Value& a, const json::Value& b) { return rank(a) < rank(b); });
}

void PrintDestinations(json::Value destinations) {
    SortByTrouble(destinations);
    const Look look = LookOfStdout();
    Table table({"DESTINATION", "PLUGIN", "STATE", "SINCE", "WAITING", "SENDING", "SENT", "DEAD", "REASON"});
    for (const json::Value& one : destinations) {
        table.Add({Cell(one, "name"), Cell(one, "plugin"), Cell(one, "state"), Moment(one, "since", look),
                   Cell(one, "waiting"), Cell(one, "sending"), Cell(one, "sent"), Cell(one, "dead"),
                   Cell(one, "reason")});
    }
    table.Print();
}

Progress::Progress(std::string doing, std::uint64_t total)
    : doing_(std::move(doing)), total_(total), shown_(isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
    if (shown_) std::fputs("\r\x1b[K", stderr);
}

void Progress::Show(std::uint64_t done) {
    if (!shown_) return;
    if (total_ == 0) {
        std::fprintf(stderr, "\r\x1b[K%s %llu", doing_.c_str(), static_cast<unsigned long long>(done));
    } else {
        const std::uint64_t filled = std::min(done, total_) * kBarWidth / total_;
        const std::string bar = std::string(filled, '#') + std::string(kBarWidth - filled, '.');
        std::fprintf(stderr, "\r\x1b[K%s [%s] %llu of %llu", doing_.c_str(), bar.c_str(),
                     static_cast<unsigned long long>(done), static_cast<unsigned long long>(total_));
    }
    std::fflush(stderr);
}

bool Confirm(const std::string& question) {
    if (isatty(STDIN_FILENO) == 0) return false;
    std::fprintf(stderr, "%s [y/N] ", question.c_str());
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "yes";
}

}  // namespace fanfare::cli
