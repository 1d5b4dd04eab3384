// Rows for people: columns as wide as their widest cell, no borders, the last column unpadded.
#pragma once

#include <string>
#include <vector>

#include "cli/look.hpp"

namespace fanfare::cli {

// What a producer sent must not steer a terminal: control characters (of C1 too, and those that turn the direction of
// writing) and bytes that are not UTF-8 become '?'.
std::string Printable(const std::string& text);
// The same for text of several lines.
std::string PrintableLines(const std::string& text);

class Table {
public:
    explicit Table(std::vector<std::string> heads);
    // Cells are shown as Printable has them.
    void Add(std::vector<std::string> cells);
    bool empty() const { return rows_.size() == 1; }
    // Fitted to look.width by cutting the widest columns, a cut cell ending in an ellipsis. The column STATE has
    // colour.
    std::string Format(const Look& look) const;
    // To standard output, as that looks.
    void Print() const;

private:
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace fanfare::cli
