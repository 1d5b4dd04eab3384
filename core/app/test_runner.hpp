// Runs the [[test]] blocks of a configuration.
#pragma once

#include <string>
#include <vector>

#include "app/rehearsal.hpp"

namespace fanfare::app {

struct TestResult {
    std::string name;
    config::Position where;
    std::vector<std::string> differences;  // between what was expected and what happened, one line each; empty: passed
    bool passed() const { return differences.empty(); }
};

std::vector<TestResult> RunTests(const config::Config& config, const Rehearsal& rehearsal);

}  // namespace fanfare::app
