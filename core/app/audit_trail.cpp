#include "app/audit_trail.hpp"

#include <filesystem>
#include <utility>

namespace fanfare::app {
namespace {

constexpr std::size_t kKeptAnswer = 1024;

}  // namespace

std::string AuditPath(const config::Config& config) {
    if (!config.log.audit.empty()) return config.log.audit;
    return config.store.kind == "memory" ? std::string()
                                         : (std::filesystem::path(config.store.path) / "audit.ndjson").string();
}

base::Result<std::unique_ptr<AuditTrail>> AuditTrail::Open(const config::Config& config, const base::Clock& clock) {
    std::unique_ptr<audit::Log> log;
    if (std::string path = AuditPath(config); !path.empty()) {
        auto opened = audit::Log::Open(std::move(path), clock);
        if (!opened) return std::move(opened).error();
        log = *std::move(opened);
    }
    return std::unique_ptr<AuditTrail>(new AuditTrail(std::move(log), clock));
}

void AuditTrail::Drain() {
    if (log_) log_->Drain();
}

void AuditTrail::Reopen() {
    if (log_) log_->Reopen();
}

void AuditTrail::Tell(const std::string& action, std::vector<std::pair<std::string, std::string>> facts) {
    if (log_) log_->Append({action, "fanfare", std::move(facts)});
}

void AuditTrail::IntakeRefused(std::string_view peer, int status, std::string_view answer) {
    if (status / 100 != 4 || status == 429) return;
    refusals_.Note({"intake.refused",
                    std::string(peer),
                    {{"status", std::to_string(status)}, {"answer", std::string(answer.substr(0, kKeptAnswer))}}});
}

}  // namespace fanfare::app
