#include "ingest/handler.hpp"

#include <algorithm>
#include <utility>

#include "base/json_text.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "ingest/answer.hpp"
#include "ingest/endpoint.hpp"
#include "ingest/inflate.hpp"
#include "ingest/plan.hpp"
#include "ingest/trace.hpp"

namespace fanfare::ingest {
namespace {

using base::Code;
using base::MakeError;

std::map<std::string, Access, std::less<>> AccessOf(const Rules& rules) {
    std::map<std::string, Access, std::less<>> access;
    for (const auto& [name, realm] : rules.realms) access[name] = realm.access;
    return access;
}

std::map<std::string, model::Rate, std::less<>> RatesOf(const Rules& rules) {
    std::map<std::string, model::Rate, std::less<>> rates;
    for (const auto& [name, realm] : rules.realms) {
        if (realm.rate) rates[name] = *realm.rate;
    }
    return rates;
}

// Of Fanfare's own realm, so that nobody is told if it fails: who sent it is looking.
model::Envelope TestEvent(const std::string& destination, base::Time now) {
    model::Envelope envelope;
    envelope.realm = model::kOwnRealm;
    envelope.received_at = now;
    model::Event& event = envelope.event;
    event.id = base::MakeUuidV7();
    event.source = "/fanfare";
    event.type = "fanfare.destination.test";
    event.subject = destination;
    event.time = base::FormatTime(now);
    event.content_type = "application/json";
    event.data = R"({"destination":)";
    base::AppendJsonString(event.data, destination);
    event.data += R"(,"message":"This is a test of Fanfare. Nothing happened."})";
    return envelope;
}

}  // namespace

Handler::RuleBook::RuleBook(Rules given, base::SteadyTime now)
    : rules(std::move(given)), authenticator(AccessOf(rules)), rates(RatesOf(rules), now) {}

const RealmRules* Handler::RuleBook::FindRealm(std::string_view realm) const {
    const auto found = rules.realms.find(realm);
    return found == rules.realms.end() ? nullptr : &found->second;
}

Handler::Handler(Rules rules, store::Inbox& inbox, const base::Clock& clock)
    : inbox_(inbox), clock_(clock), book_(std::make_shared<RuleBook>(std::move(rules), clock.SteadyNow())) {}

void Handler::SetRules(Rules rules) {
    auto book = std::make_shared<RuleBook>(std::move(rules), clock_.SteadyNow());
    const std::lock_guard lock(book_mutex_);
    book_.swap(book);
}

// A lock and not std::atomic<std::shared_ptr>, which in GCC 12 is a lock too, and one that ThreadSanitizer cannot see.
Handler::RuleBookPtr Handler::book() const {
    const std::lock_guard lock(book_mutex_);
    return book_;
}

IngestStats Handler::stats() const {
    return {accepted_.load(std::memory_order_relaxed), duplicate_.load(std::memory_order_relaxed),
            dropped_.load(std::memory_order_relaxed), rejected_.load(std::memory_order_relaxed)};
}

std::optional<http::Response> Handler::OnHead(const http::RequestHead& head) {
    auto refusal = CheckHead(*book(), head);
    if (refusal) CountRefused(head.peer, *refusal);
    return refusal;
}

std::optional<http::Response> Handler::CheckHead(RuleBook& book, const http::RequestHead& head) {
    const Endpoint endpoint = FindEndpoint(head.path);
    if (!endpoint.known) {
        return http::Problem(404, "not-found",
                             "there is nothing here; events go to POST /v1/events or POST /v1/realms/{realm}/events");
    }
    if (head.method != "POST") {
        http::Response response = http::Problem(405, "method-not-allowed", "events are sent with POST");
        response.headers.emplace_back("Allow", "POST");
        return response;
    }
    if (endpoint.names_realm && !base::IsName(endpoint.realm)) {
        return http::Problem(MakeError(Code::kInvalid,
                                       "the realm in the path is not a name: use 1 to 64 letters, digits, '.', "
                                       "'_' or '-', a letter or digit first"));
    }
    if (const auto dry = IsDryRun(head.query); !dry) return http::Problem(dry.error());
    // HTTP would read it as an empty body (RFC 9112, 6.3); from a producer of events it is a request cut short.
    if (!head.content_length && head.Find("transfer-encoding") == nullptr) {
        return http::Problem(411, "length-required",
                             "the request says nothing of the length of its body: send Content-Length");
    }
    if (const base::Status ready = inbox_.Ready(); !ready) return NotNow(ready.error());
    const Caller caller = book.authenticator.CheckHead(head, endpoint.realm, clock_.Now());
    if (caller.decision != Decision::kAdmitted) return Deny(caller, caller.decision, head);
    return caller.is_proof_due ? std::nullopt : CheckShare(book, caller, head.content_length.value_or(0));
}

// What depends on the realm: only those who may enter it are to learn of it.
std::optional<http::Response> Handler::CheckShare(RuleBook& book, const Caller& caller, std::uint64_t body_bytes) {
    const RealmRules* const realm = book.FindRealm(caller.realm);
    const std::size_t limit = realm != nullptr && realm->max_body ? *realm->max_body : book.rules.max_body;
    if (body_bytes > limit) return TooLarge(limit);
    if (const auto wait = book.rates.Wait(caller.realm, clock_.SteadyNow())) return TooManyEvents(*wait);
    return std::nullopt;
}

http::Response Handler::Deny(const Caller& caller, Decision decision, const http::RequestHead& head) {
    // At debug, since strangers make these lines.
    log::Debug("request.denied", {{"peer", std::string(head.peer)},
                                  {"realm", std::string(caller.realm)},
                                  {"credentials", caller.has_credentials ? "not valid here" : "none"}});
    if (caller.has_credentials) {
        if (const auto wait = failures_.Count(head.peer, clock_.SteadyNow())) return TooManyFailures(*wait);
    }
    return Denied(decision);
}

void Handler::OnRequest(const http::Request& request, http::Exchange exchange) {
    const RuleBookPtr held = book();
    RuleBook& book = *held;
    const base::Time now = clock_.Now();
    const std::string_view path_realm = FindEndpoint(request.head.path).realm;
    Caller caller = book.authenticator.CheckHead(request.head, path_realm, now);
    if (caller.decision == Decision::kAdmitted) book.authenticator.CheckBody(caller, request.head, request.body, now);
    if (caller.decision != Decision::kAdmitted) return Refuse(request.head.peer, exchange, Deny(caller, caller.decision, request.head));
    if (auto refusal = CheckShare(book, caller, request.body.size())) return Refuse(request.head.peer, exchange, *std::move(refusal));

    std::string inflated;
    std::string_view body = request.body;
    if (const std::string_view* coding = request.head.Find("content-encoding");
        coding != nullptr && *coding != "identity") {
        if (!base::EqualsIgnoreCase(*coding, "gzip") || request.head.Count("content-encoding") != 1) {
            return Refuse(request.head.peer, exchange,
                          http::Problem(MakeError(Code::kUnsupported, "the only Content-Encoding taken is gzip")));
        }
        auto result = Inflate(body, book.rules.max_body);
        if (!result) return Refuse(request.head.peer, exchange, http::Problem(result.error()));
        inflated = *std::move(result);
        body = inflated;
    }

    Input input;
    input.realm_in_path = path_realm;
    input.default_realm = caller.realm;
    input.signed_id = caller.signed_id;
    input.headers.reserve(request.head.headers.size());
    for (const http::Header& header : request.head.headers) input.headers.push_back({header.name, header.value});
    input.body = body;
    input.now = now;

    const auto guide_of = [&](std::string_view realm) {
        const bool admitted = book.authenticator.CheckEvent(caller, realm) == Decision::kAdmitted;
        return admitted ? book.rules.GuideTo(realm) : Guide{};
    };
    Decoded decoded = Decode(input, book.rules.limits, guide_of);
    if (decoded.refusal) return Refuse(request.head.peer, exchange, ToResponse(*decoded.refusal));
    for (model::Envelope& envelope : decoded.events) AddTrace(request.head, envelope.event);
    if (auto refusal = CheckEvents(book, decoded.events, caller, request.head)) return Refuse(request.head.peer, exchange, *std::move(refusal));
    if (const auto dry = IsDryRun(request.head.query); dry && *dry) {
        return exchange.Respond(WouldHappen(book.rules, decoded));
    }
    auto batch = Route(book, decoded);
    if (!batch) return Refuse(request.head.peer, exchange, http::Problem(batch.error()));
    batch->bytes += body.size();
    Accept(*std::move(batch), std::move(decoded.dropped), std::move(exchange));
}

std::optional<http::Response> Handler::CheckEvents(RuleBook& book, const std::vector<model::Envelope>& events,
                                                   const Caller& caller, const http::RequestHead& head) {
    Rates::Counts counts;
    for (const model::Envelope& envelope : events) {
        if (envelope.realm == model::kOwnRealm) {
            return http::Problem(
                MakeError(Code::kForbidden, "the realm 'fanfare' is Fanfare's own; send events in another"));
        }
        const Decision decision = book.authenticator.CheckEvent(caller, envelope.realm);
        if (decision != Decision::kAdmitted) return Deny(caller, decision, head);
        if (envelope.realm.empty() || book.rules.realms.empty()) continue;
        const RealmRules* const realm = book.FindRealm(envelope.realm);
        if (realm == nullptr) return Denied(Decision::kForbidden);
        if (realm->max_body && envelope.event.data.size() > *realm->max_body) {
            return http::Problem(MakeError(Code::kTooLarge, "the event is larger than its realm takes"));
        }
        if (realm->rate) ++counts[envelope.realm];
    }
    if (const auto wait = book.rates.Take(counts, clock_.SteadyNow())) return TooManyEvents(*wait);
    return std::nullopt;
}

base::Result<store::AcceptBatch> Handler::Route(const RuleBook& book, Decoded& decoded) {
    store::AcceptBatch batch;
    batch.events.reserve(decoded.events.size());
    for (std::size_t i = 0; i < decoded.events.size(); ++i) {
        model::Envelope& envelope = decoded.events[i];
        store::NewEvent event;
        const RealmRules* const realm = book.FindRealm(envelope.realm);
        event.dedup_window = realm != nullptr ? realm->dedup_window : RealmRules{}.dedup_window;
        for (Planned& planned : MakePlan(book.rules, envelope, decoded.DataOf(i)).deliveries) {
            store::Target& target = event.targets.emplace_back(planned.entry->target);
            if (planned.request) batch.bytes += model::BytesOf(*planned.request);
            target.request = std::move(planned.request);
            target.dead = std::move(planned.dead);
            if (planned.entry->order_by) target.order_key = planned.entry->order_by->KeyOf(envelope);
        }
        if (batch.bytes > store::kMaxQueuedBytes) {
            return MakeError(Code::kTooLarge, "what its destinations are to be sent is larger than " +
                                                  std::to_string(store::kMaxQueuedBytes) +
                                                  " bytes in all; send smaller batches");
        }
        event.envelope = std::move(envelope);
        batch.events.push_back(std::move(event));
    }
    return batch;
}

void Handler::Accept(store::AcceptBatch batch, std::vector<Dropped> dropped, http::Exchange exchange) {
    if (batch.events.empty() && !dropped.empty()) {
        dropped_.fetch_add(dropped.size(), std::memory_order_relaxed);
        return exchange.Respond(Taken({}, {}, dropped));
    }
    std::vector<std::string> ids;
    ids.reserve(batch.events.size());
    for (const store::NewEvent& event : batch.events) ids.push_back(event.envelope.event.id);

    // std::function wants to be copied, an exchange does not.
    auto shared = std::make_shared<http::Exchange>(std::move(exchange));
    batch.done = [this, shared, ids = std::move(ids),
                  dropped = std::move(dropped)](base::Result<std::vector<store::Accepted>> result) {
        if (!result) {
            const Code code = result.error().code;
            const bool later = code == Code::kBusy || code == Code::kFull || code == Code::kIo;
            rejected_.fetch_add(1, std::memory_order_relaxed);
            return shared->Respond(later ? NotNow(result.error()) : http::Problem(result.error()));
        }
        std::uint64_t duplicates = 0;
        for (const store::Accepted& one : *result) duplicates += one.duplicate;
        duplicate_.fetch_add(duplicates, std::memory_order_relaxed);
        accepted_.fetch_add(result->size() - duplicates, std::memory_order_relaxed);
        dropped_.fetch_add(dropped.size(), std::memory_order_relaxed);
        shared->Respond(Taken(ids, *result, dropped));
    };
    inbox_.Accept(std::move(batch));
}

void Handler::Publish(model::Envelope envelope) {
    const std::string type = envelope.event.type;
    const auto complain = [type](const base::Error& error) {
        log::Error("alert.lost", {{"type", type}, {"error", error.message}});
    };
    Decoded ours;
    ours.events.push_back(std::move(envelope));
    auto batch = Route(*book(), ours);
    if (!batch) return complain(batch.error());
    if (batch->events.front().targets.empty()) return;
    batch->bytes += batch->events.front().envelope.event.data.size();
    batch->done = [complain](const base::Result<std::vector<store::Accepted>>& result) {
        if (!result) complain(result.error());
    };
    inbox_.Accept(*std::move(batch));
}

void Handler::Try(const std::string& destination, std::function<void(base::Result<model::EventKey>)> done) {
    const RuleBookPtr held = book();
    const RouteEntries& direct = held->rules.direct;
    const auto entry = std::find_if(direct.to.begin(), direct.to.end(), [&](const Entry& one) {
        return one.destination == destination && one.target.destination != 0;
    });
    if (entry == direct.to.end()) {
        return done(MakeError(Code::kNotFound, "there is no destination '" + destination + "', or it is switched off"));
    }
    store::AcceptBatch batch;
    store::NewEvent& event = batch.events.emplace_back();
    event.envelope = TestEvent(destination, clock_.Now());
    Planned planned = MakePlanned(direct, *entry, event.envelope);
    store::Target& target = event.targets.emplace_back(entry->target);
    target.request = std::move(planned.request);
    target.dead = std::move(planned.dead);
    batch.done = [done = std::move(done)](const base::Result<std::vector<store::Accepted>>& result) {
        done(result ? base::Result<model::EventKey>(result->front().key) : base::Result<model::EventKey>(result.error()));
    };
    inbox_.Accept(std::move(batch));
}

base::Result<model::RequestPtr> Handler::RenderAnew(const std::string& route, const std::string& destination,
                                                    const model::Envelope& envelope) const {
    const RuleBookPtr held = book();
    auto planned = PlanAnew(held->rules, route, destination, envelope);
    if (!planned) {
        return MakeError(Code::kConflict, "the configuration has no destination '" + destination +
                                              "' any more; add it again, or retry without rendering anew");
    }
    if (!planned->dead.empty()) return MakeError(Code::kUnprocessable, std::move(planned->dead));
    return std::move(planned->request);
}

void Handler::Refuse(std::string_view peer, http::Exchange& exchange, http::Response response) {
    CountRefused(peer, response);
    exchange.Respond(std::move(response));
}

void Handler::CountRefused(std::string_view peer, const http::Response& answer) {
    rejected_.fetch_add(1, std::memory_order_relaxed);
    if (on_refused_) on_refused_(peer, answer);
}

}  // namespace fanfare::ingest
