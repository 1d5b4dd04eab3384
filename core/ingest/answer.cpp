#include "ingest/answer.hpp"

#include <algorithm>
#include <utility>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "ingest/plan.hpp"

namespace fanfare::ingest {
namespace {

using base::Code;
using base::MakeError;

http::Response TooMany(std::string_view detail, base::Duration wait) {
    http::Response response = http::Problem(429, "too-many-requests", detail);
    const auto seconds = std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(wait).count());
    response.headers.emplace_back("Retry-After", std::to_string(seconds));
    return response;
}

// As text where it is text, else in base64.
void AppendBody(std::string& out, const std::string& body) {
    const bool is_text = base::IsUtf8(body);
    out += is_text ? "\"body\":" : "\"body_base64\":";
    base::AppendJsonString(out, is_text ? body : base::EncodeBase64(body));
}

void AppendPairs(std::string& out, std::string_view name, const model::Request::Pairs& pairs) {
    if (pairs.empty()) return;
    out += ",\"";
    out += name;
    out += "\":";
    char before = '{';
    for (const auto& [key, value] : pairs) {
        out += std::exchange(before, ',');
        base::AppendJsonString(out, key);
        out += ':';
        base::AppendJsonString(out, value);
    }
    out += '}';
}

void AppendRequest(std::string& out, const model::Envelope& envelope, const Planned& planned) {
    const model::Payload payload = PayloadOf(envelope, planned);
    out += ",\"request\":{\"content_type\":";
    base::AppendJsonString(out, payload.content_type);
    out += ',';
    AppendBody(out, payload.body);
    if (planned.request) {
        AppendPairs(out, "headers", planned.request->headers);
        AppendPairs(out, "options", planned.request->options);
    }
    out += '}';
}

void AppendDelivery(std::string& out, const model::Envelope& envelope, const Planned& planned) {
    out += "{\"destination\":";
    base::AppendJsonString(out, planned.entry->destination);
    out += ",\"route\":";
    base::AppendJsonString(out, planned.route->name);
    if (planned.dead.empty()) {
        AppendRequest(out, envelope, planned);
    } else {
        out += ",\"dead\":";
        base::AppendJsonString(out, planned.dead);
    }
    out += '}';
}

// Begins the entry of an event.
void AppendId(std::string& out, const std::string& id) {
    out += out.back() == '[' ? "{\"id\":" : ",{\"id\":";
    base::AppendJsonString(out, id);
}

using NextDropped = std::vector<Dropped>::const_iterator;

// The entries of those that come before the event at that position.
void AppendDropped(std::string& out, std::size_t before, const std::vector<Dropped>& dropped, NextDropped& next,
                   std::string_view rest) {
    for (; next != dropped.end() && next->before <= before; ++next) {
        AppendId(out, next->id);
        out += ",\"dropped\":true";
        out += rest;
    }
}

void AppendPlan(std::string& out, const Rules& rules, const Decoded& decoded, std::size_t event) {
    const model::Envelope& envelope = decoded.events[event];
    const Plan plan = MakePlan(rules, envelope, decoded.DataOf(event));
    AppendId(out, envelope.event.id);
    out += ",\"routes\":[";
    for (std::size_t i = 0; i < plan.routes.size(); ++i) {
        if (i > 0) out += ',';
        base::AppendJsonString(out, rules.routes[plan.routes[i]].name);
    }
    out += "],\"deliveries\":[";
    for (std::size_t i = 0; i < plan.deliveries.size(); ++i) {
        if (i > 0) out += ',';
        AppendDelivery(out, envelope, plan.deliveries[i]);
    }
    out += "]}";
}

}  // namespace

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

http::Response Denied(Decision decision) {
    if (decision == Decision::kForbidden) {
        http::Response response = http::Problem(MakeError(Code::kForbidden, "this is not open to you"));
        response.close = true;
        return response;
    }
    http::Response response =
        http::Problem(MakeError(Code::kUnauthorized,
                                "this needs credentials that are valid: a token in the header Authorization, as in "
                                "'Authorization: Bearer TOKEN', or a signature, as the operator has arranged"));
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    response.close = true;  // whether it came before the body or behind it must not show
    return response;
}

http::Response TooManyFailures(base::Duration wait) {
    return TooMany("too many requests from this address brought credentials that are not valid; correct them", wait);
}

http::Response TooManyEvents(base::Duration wait) {
    return TooMany("more events than this realm may send; nothing was stored, send them again later", wait);
}

http::Response Taken(const std::vector<std::string>& ids, const std::vector<store::Accepted>& accepted,
                     const std::vector<Dropped>& dropped) {
    std::string body = "{\"accepted\":[";
    auto next = dropped.begin();
    for (std::size_t i = 0; i <= accepted.size(); ++i) {
        AppendDropped(body, i, dropped, next, ",\"duplicate\":false,\"deliveries\":0}");
        if (i == accepted.size()) break;
        AppendId(body, ids[i]);
        body += accepted[i].duplicate ? ",\"duplicate\":true,\"deliveries\":" : ",\"duplicate\":false,\"deliveries\":";
        body += std::to_string(accepted[i].deliveries);
        body += '}';
    }
    return {202, "application/json", {}, body + "]}", false};
}

http::Response WouldHappen(const Rules& rules, const Decoded& decoded) {
    constexpr std::string_view kNowhere = ",\"routes\":[],\"deliveries\":[]}";
    std::string body = "{\"accepted\":[";
    auto next = decoded.dropped.begin();
    for (std::size_t i = 0; i < decoded.events.size(); ++i) {
        AppendDropped(body, i, decoded.dropped, next, kNowhere);
        AppendPlan(body, rules, decoded, i);
    }
    AppendDropped(body, decoded.events.size(), decoded.dropped, next, kNowhere);
    return {200, "application/json", {}, body + "]}", false};
}

}  // namespace fanfare::ingest
