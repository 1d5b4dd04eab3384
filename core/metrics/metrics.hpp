// What Prometheus scrapes: from what the rooms count to the text format (METRICS.md has the names).
// Labels are names of destinations and words of the house, never anything a producer sends: their number is bounded.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "dispatch/lane.hpp"
#include "http/server.hpp"
#include "ingest/handler.hpp"
#include "plugin/catalog.hpp"
#include "store/types.hpp"

namespace fanfare::metrics {

// The process, as the kernel counts it (proc(5)).
struct Process {
    std::uint64_t resident_bytes = 0;
    std::uint64_t open_files = 0;
    double cpu_seconds = 0;
};
Process ReadProcess();

struct Snapshot {
    std::string version;
    base::Time started_at;
    bool ready = false;
    ingest::IngestStats ingest;
    std::vector<store::DestinationCounts> destinations;
    base::Time now;
    std::optional<std::vector<store::OldestWaiting>> oldest_waiting;  // nullopt: it could not be read
    std::vector<dispatch::LaneStats> lanes;
    std::vector<plugin::Misbehaviour> misbehaviour;
    store::Space space;
    http::ServerStats ingest_server;
    http::ServerStats admin_server;
    Process process;
};

// Prometheus' text format, version 0.0.4.
std::string Render(const Snapshot& snapshot);

}  // namespace fanfare::metrics
