#include "config/document.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "config/file.hpp"

namespace fanfare::config {
namespace {

constexpr int kMaxFaults = 20;  // of syntax, in one file; behind that the rest of the file counts as lost

std::string_view TrimFront(std::string_view line) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    return line;
}

bool IsHeader(std::string_view line) { return TrimFront(line).starts_with('['); }

// Byte of the '=' behind what looks like a key at the start of a line, or npos.
std::size_t FindAssignment(std::string_view line) {
    const std::string_view start = TrimFront(line);
    if (start.empty() || start.front() == '=' || start.front() == '#') return std::string_view::npos;
    const std::size_t end =
        line.find_first_not_of(" \tabcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.\"'");
    return end != std::string_view::npos && line[end] == '=' ? end : std::string_view::npos;
}

bool IsStatement(std::string_view line) { return FindAssignment(line) != std::string_view::npos; }
bool IsEmpty(std::string_view line) { return TrimFront(line).empty(); }

// Lines from `begin` up to but without `end`, from 0.
struct Lines {
    std::size_t begin = 0;
    std::size_t end = 0;
    bool guessed = false;  // they are not where the error was seen: another one right behind may be its echo
};

// An error seen at the start of a line belongs to a list or string above it that was not closed.
bool BelongsAbove(std::string_view line, std::size_t column, std::string_view description) {
    const auto mentions = [&](std::string_view word) { return description.find(word) != std::string_view::npos; };
    if (mentions("key")) return false;
    if (IsHeader(line)) return !mentions("header") && !mentions("redefine");
    const std::size_t assignment = FindAssignment(line);
    return assignment == std::string_view::npos || column <= assignment;
}

// The lines to leave out so that the rest can be read: a header with its section, or a statement.
Lines LinesAtFault(const std::vector<std::string_view>& lines, std::size_t line, std::size_t column,
                   std::string_view description) {
    Lines fault{line, line + 1};
    if (BelongsAbove(lines[line], column, description)) {
        const bool starts_anew = IsHeader(lines[line]) || IsStatement(lines[line]);
        fault = starts_anew && line > 0 ? Lines{line - 1, line, true} : Lines{line, line + 1, true};
        while (fault.begin > 0 && !IsStatement(lines[fault.begin])) --fault.begin;
    }
    const bool section = IsHeader(lines[fault.begin]);
    while (fault.end < lines.size() && !IsHeader(lines[fault.end]) &&
           (section || !(IsStatement(lines[fault.end]) || IsEmpty(lines[fault.end])))) {
        ++fault.end;
    }
    return fault;
}

struct Advice {
    std::string_view sign;  // in what toml++ says
    std::string_view hint;
};
constexpr std::array<Advice, 9> kAdvice{{
    {"end-of-file", "a quote or a bracket that was opened above is not closed"},
    {"could not determine value type", "text stands in quotes: key = \"value\""},
    {"expected value", "text stands in quotes: key = \"value\""},
    {"expected '='", "a setting is written key = value"},
    {"cannot redefine", "keep one of the two"},
    {"expected digit", "text stands in quotes: key = \"value\""},
    {"table header", "a section is written [name], an entry of a list [[name]]"},
    {"unescaped control", "close the string with the quote that began it, on the same line"},
    {"unknown escape", "write '\\\\' for a backslash, or use single quotes"},
}};

std::string HintFor(std::string_view description) {
    for (const Advice& advice : kAdvice) {
        if (description.find(advice.sign) != std::string_view::npos) return std::string(advice.hint);
    }
    return {};
}

// toml++ quotes what it has read: not if that is a secret.
std::string MessageFor(std::string_view description, bool hidden) {
    if (hidden) return "syntax error in this value";
    constexpr std::string_view kPrefix = "Error while parsing ";
    if (!description.starts_with(kPrefix)) return "syntax error: " + std::string(description);
    return "syntax error in " + std::string(description.substr(kPrefix.size()));
}

void ReportSyntax(const Position& where, std::string_view description, Report& report) {
    report.Error(where, MessageFor(description, report.IsHidden(where)), HintFor(description));
}

std::string Join(const std::vector<std::string_view>& lines) {
    std::string text;
    for (const std::string_view line : lines) text.append(line) += '\n';
    return text;
}

}  // namespace

Document ParseDocument(const std::string& file, const std::string& text, Report& report) {
    Document document{file, {}, {}};
    auto parsed = toml::parse(text, file);
    std::vector<std::string_view> lines = SplitLines(text);
    Lines last;
    for (int faults = 0; !parsed; ++faults) {
        const toml::source_position at = parsed.error().source().begin;
        const std::string_view description = parsed.error().description();
        const std::size_t line = std::min<std::size_t>(at.line, lines.size()) - 1;
        const bool echo = last.guessed && line >= last.begin && line <= last.end;
        if (!echo) ReportSyntax(document.PositionOf(at), description, report);
        const bool string_without_end = description.ends_with("string: encountered end-of-file");
        if (lines.empty() || string_without_end || faults == kMaxFaults) return {file, {}, text};

        const Lines fault = LinesAtFault(lines, line, at.column, description);
        std::size_t left_out = 0;
        for (std::size_t i = fault.begin; i < fault.end; ++i) {
            left_out += lines[i].size();
            document.lost.append(lines[i]) += '\n';
            lines[i] = {};
        }
        if (left_out == 0) return {file, {}, text};
        last = fault;
        parsed = toml::parse(Join(lines), file);
    }
    document.table = std::move(parsed).table();
    return document;
}

}  // namespace fanfare::config
