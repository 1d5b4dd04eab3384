// Completion for bash and zsh, made at build time from the table of commands.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"

namespace fanfare::cli {

// What an option or a positional word is completed to.
struct Completion {
    enum class Kind { kNothing, kFiles, kDestinations, kWords };
    Kind kind = Kind::kNothing;
    std::vector<std::string> words;  // of kWords
};

Completion CompletionOf(const Option& option);
Completion CompletionOfPositional(const Command& command);

// Needs no bash-completion package.
std::string FormatBashCompletion();
std::string FormatZshCompletion();

}  // namespace fanfare::cli
