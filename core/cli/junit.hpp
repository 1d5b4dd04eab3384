// Results of tests as the JUnit XML that CI servers take.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fanfare::cli {

struct JUnitCase {
    std::string name;
    std::string file;
    std::size_t line = 0;  // 0: the file as a whole
    std::string failure;   // its first line is what is shown first; empty: it did not fail
    std::string skipped;   // why; empty: it was run
};

std::string FormatJUnit(std::string_view suite, const std::vector<JUnitCase>& cases);

}  // namespace fanfare::cli
