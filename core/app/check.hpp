// Everything `serve` would refuse, found without starting anything.
#pragma once

#include <string>
#include <vector>

#include "app/templates.hpp"
#include "config/config.hpp"

namespace fanfare::app {

struct Checked {
    config::Config config;                        // complete only if ok
    std::vector<config::Diagnostic> diagnostics;  // in order of file and line
    Templates templates;
    bool ok = false;  // no error among the diagnostics
};

Checked Check(const std::string& file);

}  // namespace fanfare::app
