// One file of configuration as TOML, with as much of it as can be read where its syntax is broken.
#pragma once

#include <string>
#include <string_view>

#include "config/report.hpp"
#include "config/toml.hpp"

namespace fanfare::config {

struct Document {
    std::string file;
    toml::table table;
    // Lines that could not be read. What they may have held is unknown: nobody must be told that it is missing.
    std::string lost;

    Position PositionOf(const toml::source_position& at) const { return {file, at.line, at.column}; }
    Position PositionOf(const toml::node& node) const { return PositionOf(node.source().begin); }
    Position PositionOf(const toml::key& key) const { return PositionOf(key.source().begin); }

    // Whether `word` may stand in a line that could not be read.
    bool MayHaveLost(std::string_view word) const { return lost.find(word) != std::string::npos; }
};

// Reports every fault of syntax it can tell from the one before, and reads on behind each.
Document ParseDocument(const std::string& file, const std::string& text, Report& report);

}  // namespace fanfare::config
