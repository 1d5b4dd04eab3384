// What would become of an event under a configuration: decoded, routed and shaped exactly as `serve` does it, with no
// store, no plugin at work and no daemon. Credentials are not asked for: who rehearses is the operator.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/check.hpp"
#include "config/config.hpp"
#include "ingest/decode.hpp"
#include "ingest/plan.hpp"
#include "route/explain.hpp"

namespace fanfare::app {

// The request that would bring the event.
struct RehearsedRequest {
    std::string realm;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

struct RehearsedEvent {
    model::Envelope envelope;
    ingest::Plan plan;  // borrows from the rehearsal
};

struct Rehearsed {
    std::vector<RehearsedEvent> events;
    std::vector<std::string> dropped;        // ids of events that their profile drops, since they change nothing
    std::optional<ingest::Refusal> refusal;  // nothing would be accepted
};

struct ExplainedRoute {
    std::string name;
    bool taken = false;  // false also for a fallback that matches but is not needed
    route::Explanation explanation;
};

// Threads: immutable; safe from every thread.
class Rehearsal {
public:
    // Of a configuration that Check found no error in; it outlives the rehearsal.
    explicit Rehearsal(const Checked& checked);

    Rehearsed Run(const RehearsedRequest& request) const;
    // Of every route why it takes the event or not, in the order of the files.
    std::vector<ExplainedRoute> Explain(const RehearsedEvent& event) const;

private:
    const config::Config& config_;
    ingest::Rules rules_;
};

}  // namespace fanfare::app
