// Lines of a corpus beside the tests.
#pragma once

#include <fstream>
#include <string>
#include <vector>

namespace fanfare::schema {

inline std::vector<std::string> ReadLines(const std::string& name) {
    std::ifstream file(std::string(SCHEMA_TESTS "/") + name);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

}  // namespace fanfare::schema
