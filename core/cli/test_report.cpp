#include "cli/test_report.hpp"

#include "cli/junit.hpp"

namespace fanfare::cli {
namespace {

std::string PlaceOf(const app::TestResult& result) {
    return result.where.file + ":" + std::to_string(result.where.line);
}

// A line of TAP: no line breaks, and no '#', which would begin a directive.
std::string TapName(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (c == '#' || c == '\\') out += '\\';
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return out;
}

// YAML's block form takes text as it is, line by line.
void AppendDiagnostics(std::string& out, const app::TestResult& result) {
    out += "  ---\n  at: " + PlaceOf(result) + "\n  message: |\n";
    for (const std::string& line : result.differences) {
        out += "    ";
        for (const char c : line) {
            out += c == '\n' ? "\n    " : std::string(1, static_cast<unsigned char>(c) < 0x20 && c != '\t' ? '?' : c);
        }
        out += '\n';
    }
    out += "  ...\n";
}

}  // namespace

std::string FormatTap(const std::vector<app::TestResult>& results) {
    std::string out = "TAP version 13\n1.." + std::to_string(results.size()) + "\n";
    std::size_t number = 0;
    for (const app::TestResult& result : results) {
        out += std::string(result.passed() ? "ok " : "not ok ") + std::to_string(++number) + " - " +
               TapName(result.name) + "\n";
        if (!result.passed()) AppendDiagnostics(out, result);
    }
    return out;
}

std::string FormatJUnit(const std::vector<app::TestResult>& results) {
    std::vector<JUnitCase> cases;
    for (const app::TestResult& result : results) {
        JUnitCase one{result.name, result.where.file, result.where.line, {}, {}};
        for (const std::string& line : result.differences) one.failure += line + "\n";
        cases.push_back(std::move(one));
    }
    return FormatJUnit("fanfare", cases);
}

}  // namespace fanfare::cli
