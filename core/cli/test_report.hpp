// Results of tests in the forms that programs read.
// Sources: TAP version 13 (testanything.org/tap-version-13-specification.html); the JUnit XML that CI servers take.
#pragma once

#include <string>
#include <vector>

#include "app/test_runner.hpp"

namespace fanfare::cli {

std::string FormatTap(const std::vector<app::TestResult>& results);
std::string FormatJUnit(const std::vector<app::TestResult>& results);

}  // namespace fanfare::cli
