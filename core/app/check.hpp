// Everything `serve` would refuse, found without starting anything.
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"

namespace fanfare::app {

struct Checked {
    std::vector<config::Diagnostic> diagnostics;  // in order of file and line
    std::size_t destinations = 0;
    std::size_t routes = 0;
    bool ok = false;  // no error among the diagnostics
};

Checked Check(const std::string& file);

}  // namespace fanfare::app
