// The admin API over HTTP: finds the operation, checks its parameters, calls it. GET /openapi.json says what there is.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "admin/api.hpp"
#include "http/server.hpp"
#include "model/access.hpp"

namespace fanfare::admin {

class Handler final : public http::Handler {
public:
    // Both outlive it.
    // `tokens`: any of them opens the API on TCP; none given, none is asked for. On a Unix socket the file's mode decides,
    // and /healthz and /readyz are for everyone.
    Handler(store::Ledger& ledger, const base::Clock& clock, Probes probes, std::vector<model::AccessToken> tokens)
        : api_(ledger, clock, std::move(probes)), clock_(clock), tokens_(std::move(tokens)) {}

    std::optional<http::Response> OnHead(const http::RequestHead& head) override;
    void OnRequest(const http::Request& request, http::Exchange exchange) override;

private:
    bool MayEnter(const http::RequestHead& head) const;

    Api api_;
    const base::Clock& clock_;
    const std::vector<model::AccessToken> tokens_;
};

}  // namespace fanfare::admin
