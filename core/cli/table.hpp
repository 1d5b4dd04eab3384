// Rows for people: columns as wide as their widest cell, no borders, the last column unpadded.
#pragma once

#include <string>
#include <vector>

namespace fanfare::cli {

// What a producer sent must not steer a terminal: control characters become '?'.
std::string Printable(std::string text);

class Table {
public:
    explicit Table(std::vector<std::string> heads);
    // Cells are shown as Printable has them.
    void Add(std::vector<std::string> cells);
    std::string Format() const;

private:
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace fanfare::cli
