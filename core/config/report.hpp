// Collects what is wrong with a configuration, and puts it in order.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "config/mask.hpp"

namespace fanfare::config {

class Report {
public:
    // Files rank in the order in which they are added. `text` empty: no lines to show.
    void AddFile(const std::string& file, std::string_view text);

    void Error(const Position& where, std::string message, std::string hint = {});
    void Warning(const Position& where, std::string message, std::string hint = {});

    std::size_t errors() const;
    bool HasErrorAt(const Position& where) const;
    // True if a secret stands at this place, or before it on the same line.
    bool IsHidden(const Position& where) const;

    // In order of file, line and column; the lines filled in.
    std::vector<Diagnostic> Finish() &&;

private:
    struct File {
        std::size_t rank = 0;
        std::vector<ShownLine> lines;
    };
    std::map<std::string, File> files_;
    std::vector<Diagnostic> diagnostics_;
};

}  // namespace fanfare::config
