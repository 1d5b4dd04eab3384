#include "ingest/handler.hpp"

#include <utility>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "ingest/inflate.hpp"
#include "ingest/plan.hpp"

namespace fanfare::ingest {
namespace {

using base::Code;
using base::MakeError;

constexpr std::string_view kEvents = "/v1/events";
constexpr std::string_view kRealms = "/v1/realms/";
constexpr std::string_view kRealmTail = "/events";

struct Endpoint {
    bool known = false;
    std::string_view realm;  // as sent; a legal name needs no percent-encoding
};

Endpoint FindEndpoint(std::string_view path) {
    if (path == kEvents) return {true, {}};
    if (!path.starts_with(kRealms) || !path.ends_with(kRealmTail)) return {};
    path.remove_prefix(kRealms.size());
    if (path.size() < kRealmTail.size()) return {};
    path.remove_suffix(kRealmTail.size());
    return {true, path};
}

http::Response TooLarge(std::size_t limit) {
    return http::Problem(MakeError(Code::kTooLarge, "the body is larger than " + std::to_string(limit) +
                                                        " bytes; send smaller events or smaller batches"));
}

http::Response ToResponse(const Refusal& refusal) {
    std::string extra;
    for (const model::Fault& fault : refusal.faults) {
        extra += extra.empty() ? "\"errors\":[{\"pointer\":" : ",{\"pointer\":";
        base::AppendJsonString(extra, fault.pointer);
        extra += ",\"detail\":";
        base::AppendJsonString(extra, fault.message);
        extra += '}';
    }
    if (!extra.empty()) extra += ']';
    const int status = base::HttpStatus(refusal.error.code);
    return http::Problem(status, base::Name(refusal.error.code), refusal.error.message, extra);
}

http::Response NotNow(const base::Error& error) {
    http::Response response = http::Problem(error);
    response.headers.emplace_back("Retry-After", "1");
    return response;
}

bool WantsDryRun(std::string_view query) {
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        if (pair.substr(0, pair.find('=')) == "dry_run") return true;
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
    }
    return false;
}

std::string Answer(const std::vector<std::string>& ids, const std::vector<store::Accepted>& accepted) {
    std::string body = "{\"accepted\":[";
    for (std::size_t i = 0; i < accepted.size(); ++i) {
        body += i == 0 ? "{\"id\":" : ",{\"id\":";
        base::AppendJsonString(body, ids[i]);
        body += accepted[i].duplicate ? ",\"duplicate\":true,\"deliveries\":" : ",\"duplicate\":false,\"deliveries\":";
        body += std::to_string(accepted[i].deliveries);
        body += '}';
    }
    return body + "]}";
}

}  // namespace

Handler::Handler(Rules rules, store::Inbox& inbox, const base::Clock& clock)
    : rules_(std::move(rules)), inbox_(inbox), clock_(clock) {}

IngestStats Handler::stats() const {
    return {accepted_.load(std::memory_order_relaxed), duplicate_.load(std::memory_order_relaxed),
            rejected_.load(std::memory_order_relaxed)};
}

const RealmRules* Handler::FindRealm(std::string_view realm) const {
    const auto found = rules_.realms.find(realm);
    return found == rules_.realms.end() ? nullptr : &found->second;
}

std::optional<http::Response> Handler::OnHead(const http::RequestHead& head) {
    auto refusal = CheckHead(head);
    if (refusal) rejected_.fetch_add(1, std::memory_order_relaxed);
    return refusal;
}

std::optional<http::Response> Handler::CheckHead(const http::RequestHead& head) const {
    const Endpoint endpoint = FindEndpoint(head.path);
    if (!endpoint.known) {
        return http::Problem(404, "not-found", "there is nothing here; events go to POST /v1/events or POST /v1/realms/{realm}/events");
    }
    if (head.method != "POST") {
        http::Response response = http::Problem(405, "method-not-allowed", "events are sent with POST");
        response.headers.emplace_back("Allow", "POST");
        return response;
    }
    if (head.path != kEvents && !base::IsName(endpoint.realm)) {
        return http::Problem(MakeError(Code::kInvalid, "the realm in the path is not a name: use 1 to 64 letters, digits, '.', "
                                                       "'_' or '-', a letter or digit first"));
    }
    if (WantsDryRun(head.query)) {
        return http::Problem(MakeError(Code::kInvalid, "dry_run is not offered by this version; nothing was stored"));
    }
    // HTTP would read it as an empty body (RFC 9112, 6.3); from a producer of events it is a request cut short.
    if (!head.content_length && head.Find("transfer-encoding") == nullptr) {
        return http::Problem(411, "length-required", "the request says nothing of the length of its body: send Content-Length");
    }
    const RealmRules* const realm = FindRealm(endpoint.realm);
    const std::size_t limit = realm != nullptr && realm->max_body ? *realm->max_body : rules_.max_body;
    if (head.content_length && *head.content_length > limit) return TooLarge(limit);
    if (const base::Status ready = inbox_.Ready(); !ready) return NotNow(ready.error());
    return std::nullopt;
}

void Handler::OnRequest(const http::Request& request, http::Exchange exchange) {
    std::string inflated;
    std::string_view body = request.body;
    if (const std::string_view* coding = request.head.Find("content-encoding"); coding != nullptr && *coding != "identity") {
        if (!base::EqualsIgnoreCase(*coding, "gzip") || request.head.Count("content-encoding") != 1) {
            return Refuse(exchange, http::Problem(MakeError(Code::kUnsupported, "the only Content-Encoding taken is gzip")));
        }
        auto result = Inflate(body, rules_.max_body);
        if (!result) return Refuse(exchange, http::Problem(result.error()));
        inflated = *std::move(result);
        body = inflated;
    }

    Input input;
    input.realm_in_path = FindEndpoint(request.head.path).realm;
    input.headers.reserve(request.head.headers.size());
    for (const http::Header& header : request.head.headers) input.headers.push_back({header.name, header.value});
    input.body = body;
    input.now = clock_.Now();

    Decoded decoded = Decode(input, rules_.limits);
    if (decoded.refusal) return Refuse(exchange, ToResponse(*decoded.refusal));
    auto events = Route(std::move(decoded.events));
    if (!events) return Refuse(exchange, http::Problem(events.error()));
    Accept(*std::move(events), body.size(), std::move(exchange));
}

base::Result<std::vector<store::NewEvent>> Handler::Route(std::vector<model::Envelope> envelopes) const {
    std::vector<store::NewEvent> events;
    events.reserve(envelopes.size());
    for (model::Envelope& envelope : envelopes) {
        store::NewEvent event;
        event.dedup_window = RealmRules{}.dedup_window;
        if (!envelope.realm.empty() && !rules_.realms.empty()) {
            const RealmRules* const realm = FindRealm(envelope.realm);
            if (realm == nullptr) return MakeError(Code::kForbidden, "this realm is not open to you");
            if (realm->max_body && envelope.event.data.size() > *realm->max_body) {
                return MakeError(Code::kTooLarge, "the event is larger than its realm takes");
            }
            event.dedup_window = realm->dedup_window;
        }
        for (const Planned& planned : MakePlan(rules_, envelope).deliveries) {
            event.targets.push_back(planned.entry->target);
        }
        event.envelope = std::move(envelope);
        events.push_back(std::move(event));
    }
    return events;
}

void Handler::Accept(std::vector<store::NewEvent> events, std::size_t bytes, http::Exchange exchange) {
    std::vector<std::string> ids;
    ids.reserve(events.size());
    for (const store::NewEvent& event : events) ids.push_back(event.envelope.event.id);

    // std::function wants to be copied, an exchange does not.
    auto shared = std::make_shared<http::Exchange>(std::move(exchange));
    store::AcceptBatch batch;
    batch.events = std::move(events);
    batch.bytes = bytes;
    batch.done = [this, shared, ids = std::move(ids)](base::Result<std::vector<store::Accepted>> result) {
        if (!result) {
            const Code code = result.error().code;
            const bool later = code == Code::kBusy || code == Code::kFull || code == Code::kIo;
            return Refuse(*shared, later ? NotNow(result.error()) : http::Problem(result.error()));
        }
        std::uint64_t duplicates = 0;
        for (const store::Accepted& one : *result) duplicates += one.duplicate;
        duplicate_.fetch_add(duplicates, std::memory_order_relaxed);
        accepted_.fetch_add(result->size() - duplicates, std::memory_order_relaxed);
        shared->Respond({202, "application/json", {}, Answer(ids, *result), false});
    };
    inbox_.Accept(std::move(batch));
}

void Handler::Refuse(http::Exchange& exchange, http::Response response) {
    rejected_.fetch_add(1, std::memory_order_relaxed);
    exchange.Respond(std::move(response));
}

}  // namespace fanfare::ingest
