// The admin API, for the command line and for probes:
//   GET  /healthz  /readyz  /v1/status  /v1/events/{id}  /v1/deliveries?state=&destination=&limit=&after=
//   GET  /v1/deliveries/{id}     POST /v1/deliveries/{id}/retry
// Reads of the store run on the loop's thread of the admin server, which therefore has a server of its own: a slow read
// holds up another admin, never an event.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "http/server.hpp"
#include "json/value.hpp"
#include "store/ledger.hpp"

namespace fanfare::admin {

// What the daemon tells about itself. Threads: called on the admin server's thread.
struct Probes {
    std::function<json::Value()> status;  // all of /v1/status but the deliveries
    std::function<base::Status()> ready;  // an error if events would be refused now
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
    void Retry(std::string_view id, http::Exchange exchange);

    store::Ledger& ledger_;
    const Probes probes_;
};

}  // namespace fanfare::admin
