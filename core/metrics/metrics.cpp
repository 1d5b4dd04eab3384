#include "metrics/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

namespace fanfare::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

class Writer {
public:
    // The samples that follow belong to it.
    void Begin(std::string name, std::string help, MetricType type) {
        families_.push_back({std::move(name), std::move(help), type, {}});
    }
    template <class Number>
    void Add(Labels labels, Number value) {
        MetricFamily& family = families_.back();
        ClientMetric& metric = family.metric.emplace_back();
        metric.label = std::move(labels);
        if (family.type == MetricType::Counter) {
            metric.counter.value = static_cast<double>(value);
        } else {
            metric.gauge.value = static_cast<double>(value);
        }
    }
    void Add(Labels labels, const dispatch::Histogram& histogram) {
        ClientMetric& metric = families_.back().metric.emplace_back();
        metric.label = std::move(labels);
        std::uint64_t so_far = 0;
        for (std::size_t i = 0; i < histogram.kBounds.size(); ++i) {
            so_far += histogram.counts[i];
            metric.histogram.bucket.push_back({so_far, histogram.kBounds[i]});
        }
        metric.histogram.sample_count = so_far + histogram.counts.back();
        metric.histogram.sample_sum = histogram.sum;
    }
    std::string Text() const { return prometheus::TextSerializer().Serialize(families_); }

private:
    std::vector<MetricFamily> families_;
};

template <class Number>
void One(Writer& writer, const char* name, const char* help, MetricType type, Number value) {
    writer.Begin(name, help, type);
    writer.Add({}, value);
}

void AddEvents(Writer& writer, const Snapshot& snapshot) {
    writer.Begin("fanfare_events_total", "Events by what became of them at the door.", MetricType::Counter);
    writer.Add({{"result", "accepted"}}, snapshot.ingest.accepted);
    writer.Add({{"result", "duplicate"}}, snapshot.ingest.duplicate);
    writer.Add({{"result", "dropped"}}, snapshot.ingest.dropped);
    One(writer, "fanfare_requests_rejected_total", "Requests with events that were refused.", MetricType::Counter,
        snapshot.ingest.rejected);
}

void AddDeliveries(Writer& writer, const Snapshot& snapshot) {
    writer.Begin("fanfare_deliveries", "Deliveries by state.", MetricType::Gauge);
    for (const store::DestinationCounts& one : snapshot.destinations) {
        const auto add = [&](const char* state, std::uint64_t count) {
            writer.Add({{"destination", one.destination}, {"state", state}}, count);
        };
        add("waiting", one.counts.waiting);
        add("sending", one.counts.sending);
        add("sent", one.counts.sent);
        add("dead", one.counts.dead);
        add("cancelled", one.counts.cancelled);
        add("pruned", one.counts.pruned);
    }
    writer.Begin("fanfare_deliveries_created_total", "Deliveries that events have led to.", MetricType::Counter);
    for (const store::DestinationCounts& one : snapshot.destinations) {
        writer.Add({{"destination", one.destination}}, one.counts.created);
    }
}

// Zero where none waits: a series that ends would leave its alert as it was.
void AddOldestWaiting(Writer& writer, const Snapshot& snapshot) {
    if (!snapshot.oldest_waiting) return;
    writer.Begin("fanfare_delivery_oldest_waiting_seconds",
                 "How long ago the event of the oldest waiting delivery was accepted.", MetricType::Gauge);
    for (const store::DestinationCounts& one : snapshot.destinations) {
        const auto oldest = std::find_if(snapshot.oldest_waiting->begin(), snapshot.oldest_waiting->end(),
                                         [&](const auto& other) { return other.destination == one.destination; });
        const bool waits = oldest != snapshot.oldest_waiting->end();
        const std::chrono::duration<double> age = waits ? snapshot.now - oldest->accepted_at : base::Duration::zero();
        writer.Add({{"destination", one.destination}}, std::max(0.0, age.count()));
    }
}

void AddLanes(Writer& writer, const Snapshot& snapshot) {
    writer.Begin("fanfare_attempts_total", "Attempts of this process by outcome.", MetricType::Counter);
    for (const dispatch::LaneStats& lane : snapshot.lanes) {
        for (std::size_t i = 0; i < lane.outcomes.size(); ++i) {
            const auto kind = static_cast<model::OutcomeKind>(i);
            writer.Add({{"destination", lane.destination}, {"outcome", std::string(model::Name(kind))}}, lane.outcomes[i]);
        }
    }
    writer.Begin("fanfare_attempt_duration_seconds", "How long attempts took.", MetricType::Histogram);
    for (const dispatch::LaneStats& lane : snapshot.lanes) writer.Add({{"destination", lane.destination}}, lane.attempt_took);
    writer.Begin("fanfare_delivery_duration_seconds", "How long after its acceptance an event was delivered.", MetricType::Histogram);
    for (const dispatch::LaneStats& lane : snapshot.lanes) writer.Add({{"destination", lane.destination}}, lane.delivered_after);
    writer.Begin("fanfare_deliveries_given_up_total", "Deliveries that this process gave up.", MetricType::Counter);
    for (const dispatch::LaneStats& lane : snapshot.lanes) writer.Add({{"destination", lane.destination}}, lane.dead);
    writer.Begin("fanfare_destination_state", "1 for the state that a destination is in.", MetricType::Gauge);
    for (const dispatch::LaneStats& lane : snapshot.lanes) {
        for (const auto state : {dispatch::GateState::kOpen, dispatch::GateState::kPaused, dispatch::GateState::kUnreachable}) {
            writer.Add({{"destination", lane.destination}, {"state", dispatch::Name(state)}}, lane.gate == state ? 1 : 0);
        }
    }
    writer.Begin("fanfare_destination_in_flight", "Deliveries that a plugin has.", MetricType::Gauge);
    for (const dispatch::LaneStats& lane : snapshot.lanes) writer.Add({{"destination", lane.destination}}, lane.in_flight);
    writer.Begin("fanfare_destination_concurrency_limit", "Batches that may be in flight now.", MetricType::Gauge);
    for (const dispatch::LaneStats& lane : snapshot.lanes) writer.Add({{"destination", lane.destination}}, lane.limit);
    writer.Begin("fanfare_plugin_misbehaviour_total", "What plugins did that their contract forbids.", MetricType::Counter);
    for (const plugin::Misbehaviour& one : snapshot.misbehaviour) {
        writer.Add({{"destination", one.destination}, {"kind", one.kind}}, one.count);
    }
}

void AddStore(Writer& writer, const store::Space& space) {
    One(writer, "fanfare_store_file_bytes", "Size of the database.", MetricType::Gauge, space.file_bytes);
    One(writer, "fanfare_store_free_bytes", "Room inside of the database that is used before it grows.", MetricType::Gauge,
        space.free_bytes);
    One(writer, "fanfare_store_wal_bytes", "Size of the write-ahead log.", MetricType::Gauge, space.wal_bytes);
    One(writer, "fanfare_store_disk_free_bytes", "Room on the disk of the store.", MetricType::Gauge, space.disk_free_bytes);
    One(writer, "fanfare_store_commits_total", "Groups committed, each with one fsync.", MetricType::Counter, space.commits);
}

void AddServers(Writer& writer, const Snapshot& snapshot) {
    const auto add = [&](const char* name, const char* help, std::uint64_t http::ServerStats::* count) {
        writer.Begin(name, help, MetricType::Counter);
        writer.Add({{"server", "ingest"}}, snapshot.ingest_server.*count);
        writer.Add({{"server", "admin"}}, snapshot.admin_server.*count);
    };
    add("fanfare_http_connections_total", "Connections taken.", &http::ServerStats::connections);
    add("fanfare_http_requests_total", "Requests read.", &http::ServerStats::requests);
    add("fanfare_http_refused_total", "Requests refused as malformed, too large or too slow.", &http::ServerStats::refused);
    add("fanfare_http_evicted_total", "Connections closed to make room.", &http::ServerStats::evicted);
}

void AddProcess(Writer& writer, const Snapshot& snapshot) {
    writer.Begin("fanfare_build_info", "1, with the version.", MetricType::Gauge);
    writer.Add({{"version", snapshot.version}}, 1);
    One(writer, "fanfare_ready", "1 if events would be taken now.", MetricType::Gauge, snapshot.ready ? 1 : 0);
    One(writer, "process_start_time_seconds", "When the process started.", MetricType::Gauge,
        std::chrono::duration<double>(snapshot.started_at.time_since_epoch()).count());
    One(writer, "process_resident_memory_bytes", "Memory that it holds.", MetricType::Gauge, snapshot.process.resident_bytes);
    One(writer, "process_open_fds", "File descriptors that it holds.", MetricType::Gauge, snapshot.process.open_files);
    One(writer, "process_cpu_seconds_total", "Time it has computed.", MetricType::Counter, snapshot.process.cpu_seconds);
}

}  // namespace

Process ReadProcess() {
    Process process;
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    if (std::ifstream file("/proc/self/statm"); file >> size >> resident) {
        process.resident_bytes = resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    }
    std::error_code error;
    for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end; at.increment(error)) {
        ++process.open_files;
    }
    rusage usage{};
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
        process.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    }
    return process;
}

std::string Render(const Snapshot& snapshot) {
    Writer writer;
    AddProcess(writer, snapshot);
    AddEvents(writer, snapshot);
    AddDeliveries(writer, snapshot);
    AddOldestWaiting(writer, snapshot);
    AddLanes(writer, snapshot);
    AddStore(writer, snapshot.space);
    AddServers(writer, snapshot);
    return writer.Text();
}

}  // namespace fanfare::metrics
