// The admin API over HTTP: finds the operation, checks its parameters, calls it. GET /openapi.json says what there is.
#pragma once

#include <optional>

#include "admin/api.hpp"
#include "http/server.hpp"

namespace fanfare::admin {

class Handler final : public http::Handler {
public:
    // Both outlive it.
    Handler(store::Ledger& ledger, const base::Clock& clock, Probes probes) : api_(ledger, clock, std::move(probes)) {}

    std::optional<http::Response> OnHead(const http::RequestHead& head) override;
    void OnRequest(const http::Request& request, http::Exchange exchange) override;

private:
    Api api_;
};

}  // namespace fanfare::admin
