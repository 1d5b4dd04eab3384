#include "cli/junit.hpp"

#include <algorithm>

namespace fanfare::cli {
namespace {

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

void Append(std::string& out, const JUnitCase& one) {
    out += "  <testcase name=\"" + EscapeXml(one.name) + "\" file=\"" + EscapeXml(one.file) + "\"";
    if (one.line > 0) out += " line=\"" + std::to_string(one.line) + "\"";
    if (!one.failure.empty()) {
        out += ">\n    <failure message=\"" + EscapeXml(one.failure.substr(0, one.failure.find('\n'))) + "\">" +
               EscapeXml(one.failure) + "</failure>\n  </testcase>\n";
    } else if (!one.skipped.empty()) {
        out += ">\n    <skipped message=\"" + EscapeXml(one.skipped) + "\"/>\n  </testcase>\n";
    } else {
        out += "/>\n";
    }
}

}  // namespace

std::string FormatJUnit(std::string_view suite, const std::vector<JUnitCase>& cases) {
    const auto number = [&](auto member) {
        const auto has = [&](const JUnitCase& one) { return !(one.*member).empty(); };
        return std::to_string(std::count_if(cases.begin(), cases.end(), has));
    };
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"" + EscapeXml(suite) +
                      "\" tests=\"" + std::to_string(cases.size()) + "\" failures=\"" + number(&JUnitCase::failure) +
                      "\" skipped=\"" + number(&JUnitCase::skipped) + "\">\n";
    for (const JUnitCase& one : cases) Append(out, one);
    return out + "</testsuite>\n";
}

}  // namespace fanfare::cli
