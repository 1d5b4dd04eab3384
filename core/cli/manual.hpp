// The manual pages, made at build time from the table of commands, so that they cannot say anything else than --help.
// Source: mdoc(7).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"

namespace fanfare::cli {

struct Example {
    std::string what;
    std::string line;  // begins with "fanfare "
};

// What a manual page says beyond the table.
struct Manual {
    std::string description;  // paragraphs, an empty line between them
    std::vector<Example> examples;
    std::string exit_status;  // beyond those of all commands; may be empty
};

// Of the command of that name; empty for one that has no text.
const Manual& ManualOf(std::string_view command);

// "fanfare-deliveries-list" for "deliveries list".
std::string PageName(const Command& command);

// `date` as mdoc has it: "November 26, 2026".
std::string FormatManual(const Command& command, const std::string& date);
std::string FormatOverview(const std::string& date);

// Text such that roff sets it as it stands: no request, no escape, a hyphen that can be copied.
std::string EscapeRoff(std::string_view text);

}  // namespace fanfare::cli
