// The admin API over HTTP: finds the operation, checks its parameters, calls it. GET /openapi.json says what there is.
//
// With an audit log, what is no GET is done only once the line that tells of it is on the disk; a second line tells how it
// was answered.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "admin/api.hpp"
#include "audit/collapse.hpp"
#include "audit/log.hpp"
#include "http/server.hpp"
#include "model/access.hpp"

namespace fanfare::admin {

class Handler final : public http::Handler {
public:
    // What is referred to outlives it.
    // `tokens`: any of them opens the API on TCP; none given, none is asked for. On a Unix socket the file's mode decides,
    // and /healthz and /readyz are for everyone. `audit`: nullptr for none.
    Handler(store::Ledger& ledger, const base::Clock& clock, Probes probes, std::vector<model::AccessToken> tokens,
            audit::Log* audit = nullptr)
        : api_(ledger, clock, std::move(probes)), clock_(clock), tokens_(std::move(tokens)), audit_(audit), refusals_(audit, clock) {}

    std::optional<http::Response> OnHead(const http::RequestHead& head) override;
    void OnRequest(const http::Request& request, http::Exchange exchange) override;

private:
    struct Asked {
        std::string id;  // as in the path
        std::string query;
        std::stop_source gone;
    };

    bool MayEnter(const http::RequestHead& head) const;
    void Perform(const Operation& operation, Asked asked, http::Exchange exchange);
    void PerformAudited(const Operation& operation, Asked asked, const http::RequestHead& head, http::Exchange exchange);

    Api api_;
    const base::Clock& clock_;
    const std::vector<model::AccessToken> tokens_;
    audit::Log* const audit_;
    audit::Collapse refusals_;
};

}  // namespace fanfare::admin
