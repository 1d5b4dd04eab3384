// The ingest API: POST /v1/events and POST /v1/realms/{realm}/events.
//
// Refuses what it can before the body is read; decodes, checks and routes on the loop's thread, which is pure work on
// bytes in memory; hands the batch to the store and answers from its commit: no thread waits for one.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "http/server.hpp"
#include "ingest/authenticate.hpp"
#include "ingest/failures.hpp"
#include "ingest/rates.hpp"
#include "ingest/rules.hpp"
#include "model/event.hpp"
#include "store/inbox.hpp"

namespace fanfare::ingest {

struct IngestStats {
    std::uint64_t accepted = 0;   // events
    std::uint64_t duplicate = 0;  // events
    std::uint64_t dropped = 0;    // events, by their profile
    std::uint64_t rejected = 0;   // requests
};

class Handler final : public http::Handler {
public:
    // `inbox` and `clock` outlive it, and it outlives every exchange it was given: stop the server first, then the
    // store, then this.
    Handler(Rules rules, store::Inbox& inbox, const base::Clock& clock);

    // Called with every request that is refused for what it is, on the loop's thread; must not wait.
    using OnRefused = std::function<void(std::string_view peer, const http::Response& answer)>;
    // Before the first request.
    void Watch(OnRefused on_refused) { on_refused_ = std::move(on_refused); }

    std::optional<http::Response> OnHead(const http::RequestHead& head) override;
    void OnRequest(const http::Request& request, http::Exchange exchange) override;

    // From the next look at a request on; a request may be admitted by the old rules and routed by these. What each
    // realm may still send starts anew. Threads: safe from every thread.
    void SetRules(Rules rules);
    // An event of Fanfare's own: routed by the rules in force and stored, if a route takes it. Nobody is told of it;
    // what goes wrong is logged. Threads: safe from every thread.
    void Publish(model::Envelope envelope);

    // Stores an event for this destination alone, shaped as its own section has it; then calls back, on the store's thread.
    // kNotFound: there is no such destination, or it is switched off. Threads: safe from every thread.
    void Try(const std::string& destination, std::function<void(base::Result<model::EventKey>)> done);

    // What a delivery that this route once made is sent by the rules in force (PlanAnew); null: the event as it came.
    // kUnprocessable: it cannot be rendered. kConflict: there is no such destination. Threads: safe from every thread.
    base::Result<model::RequestPtr> RenderAnew(const std::string& route, const std::string& destination,
                                               const model::Envelope& envelope) const;

    IngestStats stats() const;

private:
    // The rules and what is made of them: a reload exchanges all of it at once.
    struct RuleBook {
        RuleBook(Rules given, base::SteadyTime now);

        const RealmRules* FindRealm(std::string_view realm) const;

        const Rules rules;
        const Authenticator authenticator;
        Rates rates;
    };
    using RuleBookPtr = std::shared_ptr<RuleBook>;

    RuleBookPtr book() const;
    std::optional<http::Response> CheckHead(RuleBook& book, const http::RequestHead& head);
    std::optional<http::Response> CheckShare(RuleBook& book, const Caller& caller, std::uint64_t body_bytes);
    std::optional<http::Response> CheckEvents(RuleBook& book, const std::vector<model::Envelope>& events,
                                              const Caller& caller, const http::RequestHead& head);
    http::Response Deny(const Caller& caller, Decision decision, const http::RequestHead& head);
    // Errors: kTooLarge, if what is to be sent would not fit.
    static base::Result<store::AcceptBatch> Route(const RuleBook& book, Decoded& decoded);
    void Accept(store::AcceptBatch batch, std::vector<Dropped> dropped, http::Exchange exchange);
    void Refuse(std::string_view peer, http::Exchange& exchange, http::Response response);
    void CountRefused(std::string_view peer, const http::Response& answer);

    store::Inbox& inbox_;
    const base::Clock& clock_;
    OnRefused on_refused_;
    mutable std::mutex book_mutex_;
    RuleBookPtr book_;  // guarded by book_mutex_; never null
    Failures failures_;
    std::atomic<std::uint64_t> accepted_{0};
    std::atomic<std::uint64_t> duplicate_{0};
    std::atomic<std::uint64_t> dropped_{0};
    std::atomic<std::uint64_t> rejected_{0};
};

}  // namespace fanfare::ingest
