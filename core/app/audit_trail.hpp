// What the daemon as a whole writes to the audit log: its start and end, its configurations, requests it refused.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audit/collapse.hpp"
#include "audit/log.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/config.hpp"

namespace fanfare::app {

// Where the audit log is; empty if there is none.
std::string AuditPath(const config::Config& config);

// Threads: safe from every thread.
class AuditTrail {
public:
    // Errors: kIo.
    static base::Result<std::unique_ptr<AuditTrail>> Open(const config::Config& config, const base::Clock& clock);

    // nullptr if there is none.
    audit::Log* log() { return log_.get(); }
    // Waits for what the admin API asked for before it was stopped.
    void Drain();
    // logrotate may have moved the file away.
    void Reopen();

    void Tell(const std::string& action, std::vector<std::pair<std::string, std::string>> facts);
    // A request to the ingest API that was answered 4xx (SEED-SYSTEMS A28).
    void IntakeRefused(std::string_view peer, int status, std::string_view answer);

private:
    AuditTrail(std::unique_ptr<audit::Log> log, const base::Clock& clock)
        : log_(std::move(log)), refusals_(log_.get(), clock) {}

    std::unique_ptr<audit::Log> log_;
    audit::Collapse refusals_;
};

}  // namespace fanfare::app
