#include "app/daemon.hpp"

#include <sys/resource.h>
#include <sysexits.h>

#include <atomic>
#include <cstdio>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "admin/handler.hpp"
#include "app/assemble.hpp"
#include "app/rules.hpp"
#include "app/service_manager.hpp"
#include "app/signals.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "config/config.hpp"
#include "dispatch/dispatcher.hpp"
#include "http/server.hpp"
#include "http_client/client.hpp"
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
    Daemon(config::Config config, Signals& signals)
        : config_(std::move(config)), signals_(signals), started_at_(clock_.Now()) {}
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

    base::Status Connect(Assembly assembly, std::unique_ptr<plugin::Catalog> catalog) {
        catalog_ = std::move(catalog);
        dispatcher_ = std::make_unique<dispatch::Dispatcher>(store_->outbox(), clock_);
        for (Part& part : assembly.parts) {
            const auto id = store_->Intern(part.destination->name);
            if (!id) return id.error();
            ids_[part.destination->name] = *id;
            plugins_[part.destination->name] = part.destination->plugin;
            const base::Status added =
                dispatcher_->Set({*id, part.destination->name, part.destination->delivery, std::move(part.sink)});
            if (!added) return base::MakeError(added.error().code, "destination '" + part.destination->name + "' does not start: " + added.error().message);
        }
        auto rules = IngestRules(std::move(assembly.realms), assembly.templates);
        if (!rules) return std::move(rules).error();
        ingest_ = std::make_unique<ingest::Handler>(*std::move(rules), store_->inbox(), clock_);
        admin_ = std::make_unique<admin::Handler>(
            store_->ledger(), admin::Probes{[this] { return StatusDocument(); }, [this] { return store_->inbox().Ready(); }});
        return {};
    }

    base::Status Listen() {
        const auto admin = service_manager::ResolveAddress(config_.server.admin);
        if (!admin) return admin.error();
        const auto listen = service_manager::ResolveAddress(config_.server.listen);
        if (!listen) return listen.error();
        auto admin_server = http::Server::Open(*admin, {}, *admin_, 1);
        if (!admin_server) return std::move(admin_server).error();
        auto ingest_server = http::Server::Open(*listen, LimitsOf(config_.server), *ingest_, config_.server.threads);
        if (!ingest_server) return std::move(ingest_server).error();
        admin_server_ = *std::move(admin_server);
        ingest_server_ = *std::move(ingest_server);
        dispatcher_->Start();
        admin_server_->Start();
        ingest_server_->Start();
        log::Info("daemon.started", {{"version", Version()}, {"listen", ingest_server_->address()}, {"admin", admin_server_->address()}});
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
            if (watchdog) service_manager::TellAlive();
        }
    }

    // Takes no more events, finishes what is in flight within `grace`, leaves the rest in the store.
    void Stop(milliseconds grace) {
        const base::SteadyTime deadline = clock_.SteadyNow() + grace;
        const auto left = [&] { return std::max(milliseconds(0), duration_cast<milliseconds>(deadline - clock_.SteadyNow())); };
        if (ingest_server_) ingest_server_->Stop(left());
        if (dispatcher_) dispatcher_->Stop(deadline);
        if (admin_server_) admin_server_->Stop(milliseconds(0));
        dispatcher_.reset();
        ingest_server_.reset();
        admin_server_.reset();
        store_.reset();
    }

    bool failed() const { return failed_; }
    const config::Server& server() const { return config_.server; }
    http_client::Client& client() { return *client_; }

    base::Status OpenClient() {
        auto client = http_client::Client::Open({"fanfare/" + std::string(Version()), {}});
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

    base::Result<ingest::Rules> IngestRules(Realms realms, const Templates& templates) {
        const auto destination = [this](const std::string& name) -> base::Result<model::NameId> {
            const auto found = ids_.find(name);
            return found == ids_.end() ? 0 : found->second;
        };
        const auto route = [this](const std::string& name) { return store_->Intern(name); };
        return MakeRules(config_, std::move(realms), templates, destination, route);
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
        status["destinations"] = json::Value::array();
        for (const dispatch::LaneStats& lane : dispatcher_->stats()) {
            status["destinations"].push_back({{"name", lane.destination},
                                              {"plugin", plugins_.at(lane.destination)},
                                              {"in_flight", lane.in_flight},
                                              {"misbehaviour", Misbehaviour(lane.destination)}});
        }
        return status;
    }

    json::Value Misbehaviour(const std::string& destination) const {
        json::Value counts = json::Value::object();
        for (const plugin::Misbehaviour& one : catalog_->misbehaviour()) {
            if (one.destination == destination) counts[one.kind] = one.count;
        }
        return counts;
    }

    const config::Config config_;
    Signals& signals_;
    base::SystemClock clock_;
    const base::Time started_at_;
    std::atomic<bool> failed_{false};
    std::unique_ptr<http_client::Client> client_;
    std::unique_ptr<plugin::Catalog> catalog_;
    std::unique_ptr<ingest::Handler> ingest_;
    std::unique_ptr<admin::Handler> admin_;
    std::map<std::string, model::NameId> ids_;
    std::map<std::string, std::string> plugins_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<dispatch::Dispatcher> dispatcher_;
    std::unique_ptr<http::Server> admin_server_;
    std::unique_ptr<http::Server> ingest_server_;
};

}  // namespace

const char* Version() { return FANFARE_VERSION; }

int Serve(const std::string& config_file) {
    config::Loaded loaded = config::Load(config_file);
    log::Configure(loaded.config.log.level, loaded.config.log.format);
    RaiseFileLimit();
    Signals signals;
    Daemon daemon(std::move(loaded.config), signals);
    if (const base::Status opened = daemon.OpenClient(); !opened) return Fail(opened.error());

    auto catalog = std::make_unique<plugin::Catalog>(daemon.config().plugins.path, daemon.client());
    Assembly assembly = Assemble(daemon.config(), *catalog);
    std::vector<config::Diagnostic> diagnostics = std::move(loaded.diagnostics);
    std::move(assembly.diagnostics.begin(), assembly.diagnostics.end(), std::back_inserter(diagnostics));
    if (const int status = Report(diagnostics); status != EX_OK) return status;

    if (const base::Status opened = daemon.OpenStore(); !opened) return Fail(opened.error());
    if (const base::Status connected = daemon.Connect(std::move(assembly), std::move(catalog)); !connected) return Fail(connected.error());
    if (const base::Status listening = daemon.Listen(); !listening) return Fail(listening.error());

    log::Info("daemon.stopping", {{"reason", daemon.Run()}});
    service_manager::TellStopping();
    daemon.Stop(daemon.failed() ? kFailureGrace : duration_cast<milliseconds>(daemon.server().shutdown_timeout));
    if (daemon.failed()) return EX_IOERR;
    log::Info("daemon.stopped");
    return EX_OK;
}

}  // namespace fanfare::app
