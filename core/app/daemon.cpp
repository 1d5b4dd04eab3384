#include "app/daemon.hpp"

#include <sys/resource.h>
#include <sysexits.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "admin/activity.hpp"
#include "admin/handler.hpp"
#include "alert/alerts.hpp"
#include "app/assemble.hpp"
#include "app/audit_trail.hpp"
#include "app/error_history.hpp"
#include "app/fleet.hpp"
#include "app/retention.hpp"
#include "app/rules.hpp"
#include "app/service_manager.hpp"
#include "app/signals.hpp"
#include "app/watcher.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "config/config.hpp"
#include "dispatch/dispatcher.hpp"
#include "http/server.hpp"
#include "http_client/client.hpp"
#include "metrics/metrics.hpp"
#include "ingest/handler.hpp"
#include "plugin/catalog.hpp"
#include "store/memory_store.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/store.hpp"

namespace fanfare::app {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

// How long answers may still travel to clients when the process ends because it can no longer store.
constexpr milliseconds kFailureGrace{1000};
// How often the main thread looks after what has no event of its own.
constexpr milliseconds kTick{1000};
constexpr std::chrono::seconds kSpacePause{30};
constexpr std::chrono::seconds kStuck{30};
constexpr std::uint64_t kLowSpace = 512u << 20;  // enough for what the ballast and a full write-ahead log take

int Report(const std::vector<config::Diagnostic>& diagnostics) {
    bool failed = false;
    for (const config::Diagnostic& diagnostic : diagnostics) {
        std::fprintf(stderr, "%s\n", config::Format(diagnostic).c_str());
        failed |= diagnostic.severity == config::Severity::kError;
    }
    return failed ? EX_CONFIG : EX_OK;
}

int Fail(const base::Error& error) {
    log::Error("daemon.failed", {{"error", error.message}});
    return base::ExitStatus(error.code);
}

std::string Joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
    return text;
}

http::Limits LimitsOf(const config::Server& server) {
    http::Limits limits;
    limits.body_bytes = server.max_body;
    limits.connections = server.max_connections;
    limits.connections_per_address = server.max_connections_per_address;
    limits.head_time = duration_cast<milliseconds>(server.head_timeout);
    limits.body_time = duration_cast<milliseconds>(server.body_timeout);
    limits.idle_time = duration_cast<milliseconds>(server.idle_timeout);
    return limits;
}

// The files of TLS are taken anew by every reload; only whether there are any is settled at the start.
bool NeedsRestart(config::Server now, const config::Server& before) {
    if (now.tls && before.tls) now.tls = before.tls;
    if (now.admin_tls && before.admin_tls) now.admin_tls = before.admin_tls;
    return now != before;
}

// Connections and plugins need descriptors; the soft limit is low for the sake of select(), which nothing here uses.
void RaiseFileLimit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) log::Warn("file_limit.kept", {{"limit", std::to_string(limit.rlim_cur)}});
}

// Members are in the order in which they are made; Stop takes them apart the other way round.
class Daemon {
public:
    Daemon(std::string file, config::Config config, Signals& signals)
        : file_(std::move(file)), config_(std::move(config)), signals_(signals), started_at_(clock_.Now()) {}
    ~Daemon() { Stop(milliseconds(0)); }

    base::Status OpenStore() {
        auto store = Open();
        if (!store) return std::move(store).error();
        store_ = *std::move(store);
        store_->OnFailure([this](const base::Error&) {  // the store has said why
            failed_ = true;
            signals_.Fail();
        });
        return {};
    }

    // In the directory of the store, by default; so the store comes first.
    base::Status OpenAuditTrail() {
        auto trail = AuditTrail::Open(config_, clock_);
        if (!trail) return std::move(trail).error();
        audit_trail_ = *std::move(trail);
        return {};
    }

    base::Status Connect(Assembly assembly, std::unique_ptr<plugin::Catalog> catalog) {
        catalog_ = std::move(catalog);
        tls_ = std::move(assembly.tls);
        admin_tls_ = std::move(assembly.admin_tls);
        alerts_ = std::make_unique<alert::Alerts>([this](model::Envelope envelope) { ingest_->Publish(std::move(envelope)); }, clock_);
        watcher_ = std::make_unique<Watcher>(*alerts_, activity_, [this](const dispatch::Failed& failed) {
            return fleet_->HasErrorHistory(failed.destination) ? DeadLetterOf(failed, store_->ledger()) : std::nullopt;
        });
        dispatcher_ = std::make_unique<dispatch::Dispatcher>(store_->outbox(), clock_, watcher_.get());
        fleet_ = std::make_unique<Fleet>(*store_, *dispatcher_);
        auto change = fleet_->Prepare(std::move(assembly.parts));
        if (!change) return std::move(change).error();
        auto rules = IngestRules(config_, std::move(assembly.realms), assembly.templates, *change);
        if (!rules) return std::move(rules).error();
        fleet_->Apply(*change);
        ingest_ = std::make_unique<ingest::Handler>(*std::move(rules), store_->inbox(), clock_);
        ingest_->Watch([this](std::string_view peer, const http::Response& answer) {
            audit_trail_->IntakeRefused(peer, answer.status, answer.body);
        });
        admin_ = std::make_unique<admin::Handler>(store_->ledger(), clock_, MakeProbes(), config_.server.admin_tokens, audit_trail_->log());
        return {};
    }

    base::Status Listen() {
        const auto admin = service_manager::ResolveAddress(config_.server.admin);
        if (!admin) return admin.error();
        const auto listen = service_manager::ResolveAddress(config_.server.listen);
        if (!listen) return listen.error();
        auto admin_server = http::Server::Open(*admin, {}, *admin_, 1, std::move(admin_tls_));
        if (!admin_server) return std::move(admin_server).error();
        const std::size_t threads = config_.server.threads.value_or(http::UsualThreads(std::thread::hardware_concurrency()));
        auto ingest_server = http::Server::Open(*listen, LimitsOf(config_.server), *ingest_, threads, std::move(tls_));
        if (!ingest_server) return std::move(ingest_server).error();
        admin_server_ = *std::move(admin_server);
        ingest_server_ = *std::move(ingest_server);
        dispatcher_->Start();
        retention_ = std::make_unique<Retention>(store_->ledger(), clock_, config_.store);
        admin_server_->Start();
        ingest_server_->Start();
        log::Info("daemon.started", {{"version", Version()}, {"listen", ingest_server_->address()}, {"admin", admin_server_->address()}});
        audit_trail_->Tell("daemon.started", {{"version", Version()}, {"listen", ingest_server_->address()}, {"admin", admin_server_->address()}});
        service_manager::TellReady("taking events at " + ingest_server_->address());
        return {};
    }

    // Until it is to end; says why.
    std::string Run() {
        const auto watchdog = service_manager::WatchdogInterval();
        const milliseconds pause = watchdog ? std::min(kTick, duration_cast<milliseconds>(*watchdog)) : kTick;
        while (true) {
            const Signals::Event event = signals_.Wait(pause);
            if (event.wake == Wake::kStop || event.wake == Wake::kFailure) return event.reason;
            if (event.wake == Wake::kReload) Reload(event.reason);
            alerts_->Tick();
            LookAtSpace();
            const base::Status alive = Alive();
            if (!alive) log::Error("daemon.stuck", {{"error", alive.error().message}});
            if (watchdog && alive) service_manager::TellAlive();
        }
    }

    void TellStopping(const std::string& reason) {
        log::Info("daemon.stopping", {{"reason", reason}});
        audit_trail_->Tell("daemon.stopping", {{"reason", reason}});
    }

    // Takes no more events, finishes what is in flight within `grace`, leaves the rest in the store.
    void Stop(milliseconds grace) {
        const base::SteadyTime deadline = clock_.SteadyNow() + grace;
        const auto left = [&] { return std::max(milliseconds(0), duration_cast<milliseconds>(deadline - clock_.SteadyNow())); };
        if (ingest_server_) ingest_server_->Stop(left());
        retention_.reset();
        if (dispatcher_) dispatcher_->Stop(deadline);
        if (admin_server_) admin_server_->Stop(milliseconds(0));
        if (audit_trail_) audit_trail_->Drain();
        dispatcher_.reset();
        ingest_server_.reset();
        admin_server_.reset();
        admin_.reset();  // ends a backup or a check that reads the store
        audit_trail_.reset();
        store_.reset();
    }

    bool failed() const { return failed_; }
    const config::Server& server() const { return config_.server; }
    http_client::Client& client() { return *client_; }

    base::Status OpenClient() {
        auto client = http_client::Client::Open({UserAgent(), {}});
        if (!client) return std::move(client).error();
        client_ = *std::move(client);
        return {};
    }
    const config::Config& config() const { return config_; }

private:
    base::Result<std::unique_ptr<store::Store>> Open() {
        if (config_.store.kind == "memory") return store::MakeMemoryStore(clock_);
        store::sqlite::Options options;
        options.directory = config_.store.path;
        return store::sqlite::Open(std::move(options), clock_);
    }

    base::Result<ingest::Rules> IngestRules(const config::Config& config, Realms realms, const Templates& templates,
                                            const Fleet::Change& fleet) {
        const auto destination = [&](const std::string& name) -> base::Result<model::NameId> { return Fleet::IdOf(fleet, name); };
        const auto route = [this](const std::string& name) { return store_->Intern(name); };
        return MakeRules(config, std::move(realms), templates, destination, route);
    }

    // A stuck disk is no reason for a restart, which would not mend it; /readyz tells of that.
    base::Status Alive() {
        const base::Duration silence = dispatcher_->Silence();
        if (silence < kStuck) return {};
        return base::MakeError(base::Code::kInternal, "the dispatcher has taken no turn for " +
                                                          std::to_string(duration_cast<std::chrono::seconds>(silence).count()) + " s");
    }

    // Told before the store has to refuse events: then it could not take the alert either.
    void LookAtSpace() {
        if (clock_.SteadyNow() < look_at_space_) return;
        look_at_space_ = clock_.SteadyNow() + kSpacePause;
        const auto space = store_->ledger().space();
        if (!space || space->disk_free_bytes == 0 || space->disk_free_bytes > kLowSpace) return;
        const std::string left = std::to_string(space->disk_free_bytes >> 20) + " MiB are left on the disk of the store";
        log::Warn("store.low_space", {{"disk_free_bytes", std::to_string(space->disk_free_bytes)}});
        alerts_->LowSpace(left);
    }

    // Threads: safe from every thread; `done` comes on the main one.
    void AskToReload(admin::Probes::OnReloaded done) {
        {
            const std::lock_guard lock(reload_mutex_);
            waiting_for_reload_.push_back(std::move(done));
        }
        signals_.AskToReload();
    }

    void Reload(const std::string& reason) {
        log::Info("config.reloading", {{"reason", reason}});
        audit_trail_->Reopen();
        service_manager::TellReloading();
        std::vector<admin::Probes::OnReloaded> waiting;
        {
            const std::lock_guard lock(reload_mutex_);
            waiting.swap(waiting_for_reload_);
        }
        const admin::Reloaded reloaded = Exchange();
        if (reloaded.errors.empty()) {
            log::Info("config.reloaded", {{"added", Joined(reloaded.added)}, {"changed", Joined(reloaded.changed)}, {"removed", Joined(reloaded.removed)}, {"kept", std::to_string(reloaded.kept)}});
            alerts_->ConfigReloaded(reloaded.added, reloaded.changed, reloaded.removed);
            audit_trail_->Tell("config.reloaded", {{"reason", reason}, {"added", Joined(reloaded.added)}, {"changed", Joined(reloaded.changed)}, {"removed", Joined(reloaded.removed)}});
        } else {
            for (const std::string& error : reloaded.errors) log::Error("config.rejected", {{"error", error}});
            alerts_->ConfigRejected(reloaded.errors);
            audit_trail_->Tell("config.rejected", {{"reason", reason}, {"error", reloaded.errors.front()}});
        }
        for (const std::string& section : reloaded.needs_restart) log::Warn("config.needs_restart", {{"section", section}});
        service_manager::TellReady("taking events at " + ingest_server_->address());
        for (const admin::Probes::OnReloaded& done : waiting) done(reloaded);
    }

    // Takes the configuration as it is now on disk, whole, or leaves everything as it was.
    admin::Reloaded Exchange() {
        admin::Reloaded reloaded;
        config::Loaded loaded = config::Load(file_);
        Assembly assembly = Assemble(loaded.config, *catalog_);
        std::move(assembly.diagnostics.begin(), assembly.diagnostics.end(), std::back_inserter(loaded.diagnostics));
        for (const config::Diagnostic& diagnostic : loaded.diagnostics) {
            if (diagnostic.severity == config::Severity::kError) reloaded.errors.push_back(config::Format(diagnostic));
        }
        if (!reloaded.errors.empty()) return reloaded;
        auto change = fleet_->Prepare(std::move(assembly.parts));
        if (!change) return reloaded.errors.push_back(change.error().message), reloaded;
        auto rules = IngestRules(loaded.config, std::move(assembly.realms), assembly.templates, *change);
        if (!rules) return reloaded.errors.push_back(rules.error().message), reloaded;
        // First the rules, so that no new event is owed to a destination that goes.
        ingest_->SetRules(*std::move(rules));
        fleet_->Apply(*change);
        if (config_.server.tls && assembly.tls) ingest_server_->SetTls(std::move(assembly.tls));
        if (config_.server.admin_tls && assembly.admin_tls) admin_server_->SetTls(std::move(assembly.admin_tls));
        log::Configure(loaded.config.log.level, loaded.config.log.format);
        reloaded.added = std::move(change->added);
        reloaded.changed = std::move(change->changed);
        reloaded.removed = std::move(change->removed);
        reloaded.kept = change->kept;
        // What was open at the start stays as it is; the rest of a configuration lives in the rules and the fleet.
        if (NeedsRestart(loaded.config.server, config_.server)) reloaded.needs_restart.push_back("[server]");
        retention_->SetRules(loaded.config.store);
        if (loaded.config.log.audit != config_.log.audit) reloaded.needs_restart.push_back("[log] audit");
        if (loaded.config.store.kind != config_.store.kind || loaded.config.store.path != config_.store.path) reloaded.needs_restart.push_back("[store]");
        if (!(loaded.config.plugins == config_.plugins)) reloaded.needs_restart.push_back("[plugins]");
        return reloaded;
    }

    admin::Probes MakeProbes() {
        admin::Probes probes;
        probes.version = Version();
        probes.status = [this] { return StatusDocument(); };
        probes.alive = [this] { return Alive(); };
        probes.ready = [this] { return store_->inbox().Ready(); };
        probes.metrics = [this] { return metrics::Render(Snapshot()); };
        probes.destinations = [this] { return DestinationsDocument(); };
        probes.activity = &activity_;
        probes.reload = [this](admin::Probes::OnReloaded done) { AskToReload(std::move(done)); };
        probes.try_destination = [this](const std::string& destination, admin::Probes::OnTried done) {
            ingest_->Try(destination, std::move(done));
        };
        probes.render = [this](const store::Debt& debt) {
            return ingest_->RenderAnew(debt.delivery.route, debt.delivery.destination, debt.event->envelope);
        };
        probes.set_paused = [this](const std::string& destination, bool paused, std::string reason, admin::Probes::OnPaused done) {
            dispatcher_->SetPaused(destination, paused, std::move(reason), std::move(done));
        };
        return probes;
    }

    metrics::Snapshot Snapshot() const {
        metrics::Snapshot snapshot;
        snapshot.version = Version();
        snapshot.started_at = started_at_;
        snapshot.ready = store_->inbox().Ready().ok();
        snapshot.ingest = ingest_->stats();
        snapshot.destinations = store_->ledger().counts_by_destination();
        snapshot.now = clock_.Now();
        // A scrape is better with a gap than not at all.
        if (auto oldest = store_->ledger().oldest_waiting()) snapshot.oldest_waiting = *std::move(oldest);
        snapshot.lanes = dispatcher_->stats();
        snapshot.misbehaviour = catalog_->misbehaviour();
        if (auto space = store_->ledger().space()) snapshot.space = *space;
        snapshot.ingest_server = ingest_server_->stats();
        snapshot.admin_server = admin_server_->stats();
        snapshot.process = metrics::ReadProcess();
        return snapshot;
    }

    json::Value StatusDocument() const {
        const ingest::IngestStats events = ingest_->stats();
        const store::Recovery& recovery = store_->recovery();
        json::Value status;
        status["version"] = Version();
        status["listen"] = ingest_server_->address();
        status["started_at"] = base::FormatTime(started_at_);
        status["events"] = {{"accepted", events.accepted}, {"duplicate", events.duplicate}, {"dropped", events.dropped}, {"rejected", events.rejected}};
        status["recovery"] = {{"unclean", recovery.unclean}, {"in_doubt", recovery.in_doubt}, {"lost_events", recovery.lost_events}};
        return status;
    }

    json::Value DestinationsDocument() const {
        json::Value list = json::Value::array();
        for (const dispatch::LaneStats& lane : dispatcher_->stats()) {
            const bool changed = lane.gate_since != base::Time{};
            list.push_back({{"name", lane.destination},
                            {"plugin", fleet_->PluginOf(lane.destination)},
                            {"state", dispatch::Name(lane.gate)},
                            {"reason", lane.gate_reason.empty() ? json::Value(nullptr) : json::Value(lane.gate_reason)},
                            {"since", changed ? json::Value(base::FormatTime(lane.gate_since)) : json::Value(nullptr)},
                            {"in_flight", lane.in_flight},
                            {"limit", lane.limit},
                            {"concurrency", lane.concurrency},
                            {"misbehaviour", Misbehaviour(lane.destination)}});
        }
        return list;
    }

    json::Value Misbehaviour(const std::string& destination) const {
        json::Value counts = json::Value::object();
        for (const plugin::Misbehaviour& one : catalog_->misbehaviour()) {
            if (one.destination == destination) counts[one.kind] = one.count;
        }
        return counts;
    }

    const std::string file_;
    const config::Config config_;  // that of the start
    Signals& signals_;
    base::SystemClock clock_;
    const base::Time started_at_;
    admin::Activity activity_{clock_};
    std::atomic<bool> failed_{false};
    std::unique_ptr<http_client::Client> client_;
    std::unique_ptr<plugin::Catalog> catalog_;
    std::unique_ptr<ingest::Handler> ingest_;
    std::unique_ptr<AuditTrail> audit_trail_;
    std::unique_ptr<alert::Alerts> alerts_;
    std::unique_ptr<Watcher> watcher_;
    std::unique_ptr<admin::Handler> admin_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<dispatch::Dispatcher> dispatcher_;
    std::unique_ptr<Fleet> fleet_;
    std::unique_ptr<Retention> retention_;
    base::SteadyTime look_at_space_{};  // of the main thread
    std::mutex reload_mutex_;
    std::vector<admin::Probes::OnReloaded> waiting_for_reload_;  // guarded by reload_mutex_
    std::shared_ptr<const http::Tls> tls_;  // until the servers have them, as the next
    std::shared_ptr<const http::Tls> admin_tls_;
    std::unique_ptr<http::Server> admin_server_;
    std::unique_ptr<http::Server> ingest_server_;
};

}  // namespace

const char* Version() { return FANFARE_VERSION; }

std::string UserAgent() { return "fanfare/" + std::string(Version()); }

int Serve(const std::string& config_file) {
    config::Loaded loaded = config::Load(config_file);
    log::Configure(loaded.config.log.level, loaded.config.log.format);
    RaiseFileLimit();
    Signals signals;
    Daemon daemon(config_file, std::move(loaded.config), signals);
    if (const base::Status opened = daemon.OpenClient(); !opened) return Fail(opened.error());

    auto catalog = std::make_unique<plugin::Catalog>(daemon.config().plugins.path, daemon.client());
    Assembly assembly = Assemble(daemon.config(), *catalog);
    std::vector<config::Diagnostic> diagnostics = std::move(loaded.diagnostics);
    std::move(assembly.diagnostics.begin(), assembly.diagnostics.end(), std::back_inserter(diagnostics));
    if (const int status = Report(diagnostics); status != EX_OK) return status;

    if (const base::Status opened = daemon.OpenStore(); !opened) return Fail(opened.error());
    if (const base::Status opened = daemon.OpenAuditTrail(); !opened) return Fail(opened.error());
    if (const base::Status connected = daemon.Connect(std::move(assembly), std::move(catalog)); !connected) return Fail(connected.error());
    if (const base::Status listening = daemon.Listen(); !listening) return Fail(listening.error());

    daemon.TellStopping(daemon.Run());
    service_manager::TellStopping();
    daemon.Stop(daemon.failed() ? kFailureGrace : duration_cast<milliseconds>(daemon.server().shutdown_timeout));
    if (daemon.failed()) return EX_IOERR;
    log::Info("daemon.stopped");
    return EX_OK;
}

}  // namespace fanfare::app
