// What the operations of the admin API do. One entry of Operations() calls each.
//
// Reads of the store run on the loop's thread of the admin server, which therefore has a server of its own: a slow read
// holds up another admin, never an event. Changes are answered when they are durable.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "admin/long_work.hpp"
#include "admin/operation.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "http/server.hpp"
#include "json/value.hpp"
#include "store/ledger.hpp"

namespace fanfare::admin {

class Activity;

// What became of a reload.
struct Reloaded {
    std::vector<std::string> errors;  // not empty: nothing has changed, and these are why
    std::vector<std::string> added, changed, removed;  // destinations
    std::size_t kept = 0;
    std::vector<std::string> needs_restart;  // sections that differ and stay as they were at the start
};

// What the daemon tells about itself, and does. Threads: called on the admin server's thread.
struct Probes {
    using OnReloaded = std::function<void(const Reloaded&)>;
    using OnPaused = std::function<void(base::Status)>;
    using OnTried = std::function<void(base::Result<model::EventKey>)>;

    std::string version;
    std::function<json::Value()> status;         // all of /v1/status but deliveries and destinations
    std::function<base::Status()> alive;         // an error if a part no longer works and only a restart will help
    std::function<base::Status()> ready;         // an error if events would be refused now
    std::function<std::string()> metrics;        // in Prometheus' text format
    std::function<json::Value()> destinations;   // a list, each with its "name", without the counts of the store
    std::function<void(OnReloaded)> reload;      // returns at once; calls back from another thread
    Activity* activity = nullptr;                // outlives the API
    // Returns at once; calls back when it is durable, from another thread.
    std::function<void(const std::string& destination, bool paused, std::string reason, OnPaused)> set_paused;
    // Sends a destination an event that is for it alone. Calls back once it is stored, from another thread. kNotFound: there
    // is no such destination.
    std::function<void(const std::string& destination, OnTried)> try_destination;
    // What a delivery is sent by the configuration in force; null: the event as it came. kUnprocessable: it cannot be
    // rendered, and this is why.
    std::function<base::Result<model::RequestPtr>(const store::Debt& debt)> render;
};

class Api {
public:
    // Both outlive it.
    Api(store::Ledger& ledger, const base::Clock& clock, Probes probes);

    void Health(const Call& call, http::Exchange exchange);
    void Ready(const Call& call, http::Exchange exchange);
    void Metrics(const Call& call, http::Exchange exchange);
    void Document(const Call& call, http::Exchange exchange);
    void Status(const Call& call, http::Exchange exchange);
    void Reload(const Call& call, http::Exchange exchange);
    void Events(const Call& call, http::Exchange exchange);
    void Event(const Call& call, http::Exchange exchange);
    void Deliveries(const Call& call, http::Exchange exchange);
    void Delivery(const Call& call, http::Exchange exchange);
    void RetryOne(const Call& call, http::Exchange exchange);
    void CancelOne(const Call& call, http::Exchange exchange);
    void RetryMany(const Call& call, http::Exchange exchange);
    void CancelMany(const Call& call, http::Exchange exchange);
    void Destinations(const Call& call, http::Exchange exchange);
    void Destination(const Call& call, http::Exchange exchange);
    void Pause(const Call& call, http::Exchange exchange);
    void Resume(const Call& call, http::Exchange exchange);
    void TryDestination(const Call& call, http::Exchange exchange);
    void Activity(const Call& call, http::Exchange exchange);
    void Prune(const Call& call, http::Exchange exchange);
    void Store(const Call& call, http::Exchange exchange);
    void Verify(const Call& call, http::Exchange exchange);
    void Backup(const Call& call, http::Exchange exchange);

private:
    using Steer = void (store::Ledger::*)(std::vector<model::DeliveryId>, store::Ledger::OnSteered);

    // What a call by filter is about, and the answer as far as it is known.
    struct Chosen {
        std::vector<model::DeliveryId> ids;
        json::Value answer;
    };

    base::Result<Chosen> Choose(const std::vector<model::DeliveryState>& from, const Call& call);
    void RetryManyAnew(const Call& call, http::Exchange exchange);
    // kUnprocessable does not show here: it is in the result.
    base::Result<store::Anew> RenderAnew(const model::DeliveryId& id);
    void SteerOne(Steer steer, model::DeliveryState after, const Call& call, http::Exchange exchange);
    void SteerMany(Steer steer, const std::vector<model::DeliveryState>& from, const Call& call, http::Exchange exchange);
    json::Value ListDestinations();
    void SetPaused(const Call& call, bool paused, http::Exchange exchange);

    store::Ledger& ledger_;
    const base::Clock& clock_;
    const Probes probes_;
    LongWork long_work_;  // last: ends before what it works on
};

}  // namespace fanfare::admin
