#include "app/check.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "app/assemble.hpp"
#include "http_client/client.hpp"

namespace fanfare::app {

Checked Check(const std::string& file) {
    config::Loaded loaded = config::Load(file);
    Checked checked;
    checked.config = std::move(loaded.config);
    checked.diagnostics = std::move(loaded.diagnostics);
    if (auto client = http_client::Client::Open({})) {
        plugin::Catalog catalog(checked.config.plugins.path, **client);
        Assembly assembly = Assemble(checked.config, catalog);
        checked.templates = std::move(assembly.templates);
        std::move(assembly.diagnostics.begin(), assembly.diagnostics.end(), std::back_inserter(checked.diagnostics));
    } else {
        config::Position where;
        where.file = file;
        checked.diagnostics.push_back(config::At(where, client.error().message));
    }
    const auto place = [](const config::Diagnostic& diagnostic) {
        return std::tie(diagnostic.where.file, diagnostic.where.line, diagnostic.where.column);
    };
    std::stable_sort(checked.diagnostics.begin(), checked.diagnostics.end(),
                     [&](const auto& a, const auto& b) { return place(a) < place(b); });
    checked.ok = std::none_of(checked.diagnostics.begin(), checked.diagnostics.end(),
                              [](const auto& diagnostic) { return diagnostic.severity == config::Severity::kError; });
    return checked;
}

}  // namespace fanfare::app
