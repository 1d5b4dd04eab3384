#include <exception>
#include <cstdio>

#include "cli/run.hpp"

int main(int argc, char** argv) {
    try {
        return fanfare::cli::Run(argc, argv);
    } catch (const std::exception& error) {
        // Every room catches its own; what still comes here is a mistake of ours, and it must not pass in silence.
        std::fprintf(stderr, "fanfare: internal error: %s\n", error.what());
        return 70;  // EX_SOFTWARE
    }
}
