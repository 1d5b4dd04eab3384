// The admin API, for the command line and for probes:
//   GET  /healthz  /readyz  /v1/status  /v1/events/{id}  /v1/deliveries?state=&destination=&limit=&after=
//   GET  /v1/deliveries/{id}     POST /v1/deliveries/{id}/retry|cancel     POST /v1/reload
// Reads of the store run on the loop's thread of the admin server, which therefore has a server of its own: a slow read
// holds up another admin, never an event.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "http/server.hpp"
#include "json/value.hpp"
#include "store/ledger.hpp"

namespace fanfare::admin {

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

    std::function<json::Value()> status;  // all of /v1/status but the deliveries
    std::function<base::Status()> ready;  // an error if events would be refused now
    std::function<void(OnReloaded)> reload;  // returns at once; calls back from another thread
};

class Handler final : public http::Handler {
public:
    // `ledger` outlives it.
    Handler(store::Ledger& ledger, Probes probes);

    std::optional<http::Response> OnHead(const http::RequestHead& head) override;
    void OnRequest(const http::Request& request, http::Exchange exchange) override;

private:
    http::Response Get(const http::RequestHead& head);
    http::Response Status();
    http::Response Event(std::string_view id);
    http::Response Deliveries(std::string_view query);
    http::Response Delivery(std::string_view id);
    void Steer(std::string_view path, http::Exchange exchange);
    void Reload(http::Exchange exchange);

    store::Ledger& ledger_;
    const Probes probes_;
};

}  // namespace fanfare::admin
