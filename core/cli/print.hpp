// What commands print, and how they ask.
#pragma once

#include <cstdint>
#include <string>

#include "cli/look.hpp"
#include "json/value.hpp"

namespace fanfare::cli {

// A member as text: "-" if it is absent or null.
std::string Cell(const json::Value& object, const char* member);
// One member a line, without the one named `but`; for people with sizes in short and times with their distance.
void PrintMembers(const json::Value& object, const std::string& but);
// A member that is a time, as `look` has it.
std::string Moment(const json::Value& object, const char* member, const Look& look);
// One object, one line; byte for byte unless on a terminal, which it must not steer.
void PrintLine(const json::Value& value);
void PrintDeliveries(const json::Value& deliveries);
// Those in trouble first: not delivered to, then those with dead deliveries.
void SortByTrouble(json::Value& destinations);
void PrintDestinations(json::Value destinations);

// A line on standard error that is written over, on a terminal only.
class Progress {
public:
    explicit Progress(std::string doing, std::uint64_t total = 0);
    ~Progress();  // takes the line away
    void Show(std::uint64_t done);

private:
    const std::string doing_;
    const std::uint64_t total_;  // 0: not known
    const bool shown_;
};

// Asks on the terminal; "y" and "yes" are a yes. False without a terminal.
bool Confirm(const std::string& question);

}  // namespace fanfare::cli
