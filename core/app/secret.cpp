#include "app/secret.hpp"

#include <sys/stat.h>

#include <utility>

#include "base/log.hpp"

namespace fanfare::app {

bool IsWorldReadable(const std::string& file) {
    struct stat status {};
    return stat(file.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

std::optional<base::Secret> TakeSecret(const json::Value& value, const config::Position& where,
                                       std::vector<config::Diagnostic>& diagnostics) {
    auto secret = config::ResolveSecret(value);
    if (!secret) {
        diagnostics.push_back(config::At(where, secret.error().message));
        return std::nullopt;
    }
    if (value.is_string() && IsWorldReadable(where.file)) {
        config::Diagnostic warning = config::At(
            where, "a secret stands in a file that everyone may read",
            "chmod o-r " + where.file + ", or write { file = \"...\" }, { env = \"...\" } or { credential = \"...\" }");
        warning.severity = config::Severity::kWarning;
        diagnostics.push_back(std::move(warning));
    }
    log::Mask(secret->Reveal());
    return *std::move(secret);
}

}  // namespace fanfare::app
