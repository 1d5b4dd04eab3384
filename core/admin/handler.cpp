#include "admin/handler.hpp"

#include <charconv>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "admin/render.hpp"

namespace fanfare::admin {
namespace {

using base::Code;
using base::MakeError;

constexpr std::size_t kMostPerPage = 1000;

http::Response Json(const json::Value& value, int status = 200) {
    return {status, "application/json", {}, json::Dump(value) + "\n", false};
}

http::Response NotFound() {
    return http::Problem(404, "not-found",
                         "the admin API has /healthz, /readyz, /v1/status, /v1/events/{id}, /v1/deliveries, "
                         "/v1/deliveries/{id}, POST /v1/deliveries/{id}/retry, POST /v1/deliveries/{id}/cancel and POST /v1/reload");
}

std::optional<std::string> PercentDecode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        unsigned value = 0;
        if (i + 2 >= text.size()) return std::nullopt;
        const auto [end, error] = std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16);
        if (error != std::errc() || end != text.data() + i + 3) return std::nullopt;
        out += static_cast<char>(value);
        i += 2;
    }
    return out;
}

base::Result<std::map<std::string, std::string>> ParseQuery(std::string_view query) {
    std::map<std::string, std::string> parameters;
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        const auto name = PercentDecode(pair.substr(0, pair.find('=')));
        const auto value =
            PercentDecode(pair.find('=') == std::string_view::npos ? "" : pair.substr(pair.find('=') + 1));
        if (!name || !value) return MakeError(Code::kInvalid, "the query is not percent-encoded");
        parameters[*name] = *value;
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
    }
    return parameters;
}

base::Status SetParameter(store::DeliveryFilter& filter, const std::string& name, const std::string& value) {
    if (value.empty()) return {};
    if (name == "state") {
        filter.state = model::ParseDeliveryState(value);
        if (!filter.state) {
            return MakeError(Code::kInvalid,
                             "state is '" + value + "'; it can be waiting, sending, sent, dead or cancelled");
        }
    } else if (name == "destination") {
        filter.destination = value;
    } else if (name == "after") {
        auto after = model::ParseDeliveryId(value);
        if (!after) return MakeError(Code::kInvalid, "after is not the id of a delivery; take it from 'next'");
        filter.after = *after;
    } else if (name == "limit") {
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), filter.limit);
        if (error != std::errc() || end != value.data() + value.size() || filter.limit == 0 ||
            filter.limit > kMostPerPage) {
            return MakeError(Code::kInvalid,
                             "limit is '" + value + "'; it can be 1 to " + std::to_string(kMostPerPage));
        }
    } else {
        return MakeError(Code::kInvalid,
                         "unknown parameter '" + name + "'; there are state, destination, limit and after");
    }
    return {};
}

std::string_view After(std::string_view path, std::string_view prefix) {
    return path.starts_with(prefix) ? path.substr(prefix.size()) : std::string_view();
}

}  // namespace

Handler::Handler(store::Ledger& ledger, Probes probes) : ledger_(ledger), probes_(std::move(probes)) {}

std::optional<http::Response> Handler::OnHead(const http::RequestHead&) { return std::nullopt; }

void Handler::OnRequest(const http::Request& request, http::Exchange exchange) {
    const http::RequestHead& head = request.head;
    if (head.method == "GET" || head.method == "HEAD") return exchange.Respond(Get(head));
    if (head.method == "POST" && head.path.starts_with("/v1/deliveries/")) return Steer(head.path, std::move(exchange));
    if (head.method == "POST" && head.path == "/v1/reload") return Reload(std::move(exchange));
    exchange.Respond(NotFound());
}

http::Response Handler::Get(const http::RequestHead& head) {
    const std::string_view path = head.path;
    if (path == "/healthz") return {200, "text/plain; charset=utf-8", {}, "ok\n", false};
    if (path == "/readyz") {
        const base::Status ready = probes_.ready();
        if (!ready) return http::Problem(503, base::Name(ready.error().code), ready.error().message);
        return {200, "text/plain; charset=utf-8", {}, "ready\n", false};
    }
    if (path == "/v1/status") return Status();
    if (path == "/v1/deliveries") return Deliveries(head.query);
    if (const auto id = After(path, "/v1/events/"); !id.empty()) return Event(id);
    if (const auto id = After(path, "/v1/deliveries/"); !id.empty()) return Delivery(id);
    return NotFound();
}

http::Response Handler::Status() {
    json::Value status = probes_.status();
    status["deliveries"] = Render(ledger_.counts());
    return Json(status);
}

http::Response Handler::Event(std::string_view encoded) {
    const auto id = PercentDecode(encoded);
    if (!id) return http::Problem(MakeError(Code::kInvalid, "the id is not percent-encoded"));
    const auto events = ledger_.FindEvents(*id);
    if (!events) return http::Problem(events.error());
    if (events->empty()) {
        return http::Problem(
            MakeError(Code::kNotFound, "no event has the id '" + *id + "'; it was never accepted or is pruned"));
    }
    if (events->size() == 1) return Json(Render(events->front()));
    std::string keys;
    for (const store::EventView& view : *events) keys += (keys.empty() ? "" : ", ") + model::ToText(view.event->key);
    return http::Problem(MakeError(Code::kConflict, "several events have the id '" + *id + "'; ask by key: " + keys));
}

http::Response Handler::Deliveries(std::string_view query) {
    const auto parameters = ParseQuery(query);
    if (!parameters) return http::Problem(parameters.error());
    store::DeliveryFilter filter;
    for (const auto& [name, value] : *parameters) {
        if (const base::Status set = SetParameter(filter, name, value); !set) return http::Problem(set.error());
    }
    const auto page = ledger_.ListDeliveries(filter);
    if (!page) return http::Problem(page.error());
    json::Value out;
    out["deliveries"] = json::Value::array();
    for (const model::DeliveryView& delivery : page->deliveries) out["deliveries"].push_back(Render(delivery));
    out["next"] = page->next ? json::Value(model::ToText(*page->next)) : json::Value(nullptr);
    return Json(out);
}

http::Response Handler::Delivery(std::string_view text) {
    const auto id = model::ParseDeliveryId(text);
    if (!id) return http::Problem(id.error());
    const auto detail = ledger_.FindDelivery(*id);
    if (!detail) return http::Problem(detail.error());
    json::Value out = Render(detail->delivery);
    out["history"] = json::Value::array();
    for (const model::Attempt& attempt : detail->attempts) out["history"].push_back(Render(attempt));
    out["request"] = detail->request ? Render(*detail->request) : json::Value(nullptr);
    return Json(out);
}

// "/v1/deliveries/{id}/retry" and ".../cancel".
void Handler::Steer(std::string_view path, http::Exchange exchange) {
    const std::string_view rest = After(path, "/v1/deliveries/");
    const std::size_t slash = rest.find('/');
    const std::string_view verb = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
    if (verb != "retry" && verb != "cancel") return exchange.Respond(NotFound());
    const auto id = model::ParseDeliveryId(rest.substr(0, slash));
    if (!id) return exchange.Respond(http::Problem(id.error()));
    const auto state = verb == "retry" ? model::DeliveryState::kWaiting : model::DeliveryState::kCancelled;
    auto shared = std::make_shared<http::Exchange>(std::move(exchange));
    auto done = [shared, id = *id, state](const std::vector<base::Status>& results) {
        if (!results[0]) return shared->Respond(http::Problem(results[0].error()));
        shared->Respond(Json({{"id", model::ToText(id)}, {"state", model::Name(state)}}));
    };
    if (verb == "retry") return ledger_.Retry({*id}, std::move(done));
    ledger_.Cancel({*id}, std::move(done));
}

void Handler::Reload(http::Exchange exchange) {
    auto shared = std::make_shared<http::Exchange>(std::move(exchange));
    probes_.reload([shared](const Reloaded& reloaded) {
        if (reloaded.errors.empty()) {
            return shared->Respond(Json({{"added", reloaded.added},
                                         {"changed", reloaded.changed},
                                         {"removed", reloaded.removed},
                                         {"kept", reloaded.kept},
                                         {"needs_restart", reloaded.needs_restart}}));
        }
        json::Value errors = json::Value::array();
        for (const std::string& error : reloaded.errors) errors.push_back({{"detail", error}});
        shared->Respond(http::Problem(422, "config-rejected", "the configuration has faults; everything stays as it was",
                                      "\"errors\":" + json::Dump(errors)));
    });
}

}  // namespace fanfare::admin
