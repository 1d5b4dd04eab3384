#include "config/report.hpp"

#include <algorithm>
#include <functional>
#include <tuple>

namespace fanfare::config {

void Report::AddFile(const std::string& file, std::string_view text) {
    files_.emplace(file, File{files_.size(), ShowLines(text)});
}

void Report::Error(const Position& where, std::string message, std::string hint) {
    diagnostics_.push_back({Severity::kError, where, std::move(message), std::move(hint), {}});
}

void Report::Warning(const Position& where, std::string message, std::string hint) {
    diagnostics_.push_back({Severity::kWarning, where, std::move(message), std::move(hint), {}});
}

std::size_t Report::errors() const {
    return static_cast<std::size_t>(std::count_if(diagnostics_.begin(), diagnostics_.end(), [](const Diagnostic& d) {
        return d.severity == Severity::kError;
    }));
}

bool Report::HasErrorAt(const Position& where) const {
    return std::any_of(diagnostics_.begin(), diagnostics_.end(), [&](const Diagnostic& d) {
        return d.severity == Severity::kError && d.where.line == where.line && d.where.column == where.column &&
               d.where.file == where.file;
    });
}

bool Report::IsHidden(const Position& where) const {
    const auto file = files_.find(where.file);
    if (file == files_.end() || where.line == 0 || where.line > file->second.lines.size()) return false;
    const std::size_t from = file->second.lines[where.line - 1].secret_from;
    return from != 0 && where.column >= from;
}

std::vector<Diagnostic> Report::Finish() && {
    for (Diagnostic& diagnostic : diagnostics_) {
        const auto& lines = files_[diagnostic.where.file].lines;
        const std::size_t line = diagnostic.where.line;
        if (line > 0 && line <= lines.size()) diagnostic.source = lines[line - 1].text;
    }
    const auto key = [this](const Diagnostic& d) {
        return std::make_tuple(files_[d.where.file].rank, std::cref(d.where.file), d.where.line, d.where.column);
    };
    std::stable_sort(diagnostics_.begin(), diagnostics_.end(),
                     [&](const Diagnostic& a, const Diagnostic& b) { return key(a) < key(b); });
    return std::move(diagnostics_);
}

}  // namespace fanfare::config
