// Deliveries: shown, and steered one by one or many at once.
#include <algorithm>
#include <memory>
#include <utility>

#include "admin/answer.hpp"
#include "admin/api.hpp"
#include "admin/render.hpp"

namespace fanfare::admin {
namespace {

using base::Code;
using base::MakeError;
using model::DeliveryState;

base::Result<store::DeliveryFilter> FilterOf(const Call& call, base::Time now) {
    store::DeliveryFilter filter;
    filter.state = model::ParseDeliveryState(call.Get("state"));
    filter.destination = call.Get("destination");
    filter.realm = call.Get("realm");
    filter.type = call.Get("type");
    filter.text = call.Get("text");
    if (auto age = TakeAge(call, now, filter.created_after, filter.created_before); !age) return age.error();
    const auto limit = Number(call, "limit", 1, kMostPerPage);
    if (!limit) return limit.error();
    if (*limit) filter.limit = static_cast<std::size_t>(**limit);
    if (const std::string text = call.Get("after"); !text.empty()) {
        const auto after = model::ParseDeliveryId(text);
        if (!after) return MakeError(Code::kInvalid, "after is not the id of a delivery; take it from 'next'");
        filter.after = *after;
    }
    return filter;
}

// Everything there is would be too much for a request that forgot to say what.
bool IsFiltered(const Call& call) {
    return std::any_of(call.query.begin(), call.query.end(), [](const auto& one) {
        return one.first != "limit" && one.first != "after" && one.first != "preview";
    });
}

json::Value NextOf(const store::DeliveryPage& page) {
    return page.next ? json::Value(model::ToText(*page.next)) : json::Value(nullptr);
}

}  // namespace

void Api::Deliveries(const Call& call, http::Exchange exchange) {
    const auto filter = FilterOf(call, clock_.Now());
    if (!filter) return exchange.Respond(http::Problem(filter.error()));
    const auto page = ledger_.ListDeliveries(*filter);
    if (!page) return exchange.Respond(http::Problem(page.error()));
    json::Value out;
    out["deliveries"] = json::Value::array();
    for (const model::DeliveryView& delivery : page->deliveries) out["deliveries"].push_back(Render(delivery));
    out["next"] = NextOf(*page);
    exchange.Respond(Json(out));
}

void Api::Delivery(const Call& call, http::Exchange exchange) {
    const auto id = model::ParseDeliveryId(call.id);
    if (!id) return exchange.Respond(http::Problem(id.error()));
    const auto detail = ledger_.FindDelivery(*id);
    if (!detail) return exchange.Respond(http::Problem(detail.error()));
    json::Value out = Render(detail->delivery);
    out["history"] = json::Value::array();
    for (const model::Attempt& attempt : detail->attempts) out["history"].push_back(Render(attempt));
    out["request"] = detail->request ? Render(*detail->request) : json::Value(nullptr);
    exchange.Respond(Json(out));
}

void Api::RetryOne(const Call& call, http::Exchange exchange) {
    SteerOne(&store::Ledger::Retry, DeliveryState::kWaiting, call, std::move(exchange));
}

void Api::CancelOne(const Call& call, http::Exchange exchange) {
    SteerOne(&store::Ledger::Cancel, DeliveryState::kCancelled, call, std::move(exchange));
}

void Api::RetryMany(const Call& call, http::Exchange exchange) {
    SteerMany(&store::Ledger::Retry, {DeliveryState::kDead, DeliveryState::kCancelled}, call, std::move(exchange));
}

void Api::CancelMany(const Call& call, http::Exchange exchange) {
    SteerMany(&store::Ledger::Cancel, {DeliveryState::kWaiting, DeliveryState::kDead}, call, std::move(exchange));
}

void Api::SteerOne(Steer steer, DeliveryState after, const Call& call, http::Exchange exchange) {
    const auto id = model::ParseDeliveryId(call.id);
    if (!id) return exchange.Respond(http::Problem(id.error()));
    auto shared = std::make_shared<http::Exchange>(std::move(exchange));
    (ledger_.*steer)({*id}, [shared, id = *id, after](const std::vector<base::Status>& results) {
        if (!results[0]) return shared->Respond(http::Problem(results[0].error()));
        shared->Respond(Json({{"id", model::ToText(id)}, {"state", model::Name(after)}}));
    });
}

void Api::SteerMany(Steer steer, const std::vector<DeliveryState>& from, const Call& call, http::Exchange exchange) {
    const auto filter = FilterOf(call, clock_.Now());
    if (!filter) return exchange.Respond(http::Problem(filter.error()));
    if (!IsFiltered(call)) {
        return exchange.Respond(http::Problem(MakeError(Code::kInvalid, "which? give a filter, such as destination or state")));
    }
    const auto page = ledger_.ListDeliveries(*filter);
    if (!page) return exchange.Respond(http::Problem(page.error()));
    std::vector<model::DeliveryId> ids;
    for (const model::DeliveryView& one : page->deliveries) {
        if (std::find(from.begin(), from.end(), one.state) != from.end()) ids.push_back(one.id);
    }
    json::Value out{{"matched", ids.size()}, {"changed", 0}, {"skipped", 0}, {"next", NextOf(*page)}};
    if (ids.empty() || call.Get("preview") == "true") return exchange.Respond(Json(out));
    auto shared = std::make_shared<http::Exchange>(std::move(exchange));
    (ledger_.*steer)(std::move(ids), [shared, out = std::move(out)](const std::vector<base::Status>& results) mutable {
        const auto refused = std::find_if(results.begin(), results.end(), [](const base::Status& one) {
            return !one && one.error().code != Code::kConflict && one.error().code != Code::kNotFound;
        });
        if (refused != results.end()) return shared->Respond(http::Problem(refused->error()));
        const auto changed = std::count_if(results.begin(), results.end(), [](const base::Status& one) { return one.ok(); });
        out["changed"] = changed;
        out["skipped"] = static_cast<std::int64_t>(results.size()) - changed;
        shared->Respond(Json(out));
    });
}

}  // namespace fanfare::admin
