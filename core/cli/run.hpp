// The command line: one table of commands, from which the parser and --help are made.
#pragma once

namespace fanfare::cli {

// Returns an exit status of sysexits.h: 0, 64 for wrong usage, 65 for bad data, 66 for something not found, 69 if the
// daemon does not answer, 77 if a token is missing or wrong, 78 for a configuration that cannot work.
int Run(int argc, char** argv);

}  // namespace fanfare::cli
