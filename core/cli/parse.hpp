// Words of the command line to a command and its arguments, over Boost.Program_options.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/command.hpp"

namespace fanfare::cli {

struct Parsed {
    const Command* command = nullptr;  // null: only help was asked for
    bool help = false;
    Arguments arguments;
};

// Errors: kInvalid, with the sentence to print; for an unknown command or option with the nearest known one.
base::Result<Parsed> Parse(const std::vector<std::string>& words);

// What every command takes, besides its own.
const std::vector<Option>& CommonOptions();

std::string Help();
std::string Help(const Command& command);

}  // namespace fanfare::cli
