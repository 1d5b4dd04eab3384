#include "config/table.hpp"

#include "config/document.hpp"
#include "config/file.hpp"
#include "config/to_json.hpp"

namespace fanfare::config {
namespace {

constexpr std::size_t kMaxBytes = 1u << 20;

}  // namespace

base::Result<json::Value> ReadTable(const std::string& path) {
    const base::Result<std::string> text = ReadFile(path, kMaxBytes);
    if (!text) return base::MakeError(text.error().code, "cannot read " + path + ": " + text.error().message);
    Report report;
    report.AddFile(path, *text);
    const Document document = ParseDocument(path, *text, report);
    json::Value table = json::Value::object();
    ElementPositions positions;
    ToJson(Scope{document, report}, document.table, "", table, positions);
    std::string faults;
    for (const Diagnostic& fault : std::move(report).Finish()) {
        faults += (faults.empty() ? "" : "\n") + Format(fault);
    }
    if (!faults.empty()) return base::MakeError(base::Code::kConfig, faults);
    return table;
}

}  // namespace fanfare::config
