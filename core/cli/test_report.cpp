#include "cli/test_report.hpp"

#include <algorithm>

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

std::string EscapeXml(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\n': out += "&#10;"; break;
            case '\t': out += "&#9;"; break;
            default: out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;  // XML 1.0 has no other control characters
        }
    }
    return out;
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
    const auto failures =
        std::count_if(results.begin(), results.end(), [](const auto& result) { return !result.passed(); });
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"fanfare\" tests=\"" +
                      std::to_string(results.size()) + "\" failures=\"" + std::to_string(failures) + "\">\n";
    for (const app::TestResult& result : results) {
        out += "  <testcase name=\"" + EscapeXml(result.name) + "\" file=\"" + EscapeXml(result.where.file) +
               "\" line=\"" + std::to_string(result.where.line) + "\"";
        if (result.passed()) {
            out += "/>\n";
            continue;
        }
        std::string text;
        for (const std::string& line : result.differences) text += line + "\n";
        out += ">\n    <failure message=\"" + EscapeXml(result.differences.front()) + "\">" + EscapeXml(text) +
               "</failure>\n  </testcase>\n";
    }
    return out + "</testsuite>\n";
}

}  // namespace fanfare::cli
