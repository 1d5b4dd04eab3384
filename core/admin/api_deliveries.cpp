// Deliveries: shown, and steered one by one or many at once.
#include <algorithm>
#include <chrono>
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

const std::vector<DeliveryState> kRetried{DeliveryState::kDead, DeliveryState::kCancelled};

// What one call renders anew before it stops and says where to go on: other admins wait for it, and its memory is ours.
constexpr std::size_t kMostRenderedBytes = 8u << 20;
constexpr std::chrono::seconds kMostRenderTime{1};

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
        return one.first != "limit" && one.first != "after" && one.first != "preview" && one.first != "render";
    });
}

json::Value NextOf(const store::DeliveryPage& page) {
    return page.next ? json::Value(model::ToText(*page.next)) : json::Value(nullptr);
}

json::Value Failure(const model::DeliveryId& id, const base::Error& error) {
    return {{"id", model::ToText(id)}, {"detail", error.message}};
}

store::Ledger::OnSteered AnswerOne(http::Exchange exchange, const model::DeliveryId& id, DeliveryState after) {
    auto shared = std::make_shared<http::Exchange>(std::move(exchange));
    return [shared, id, after](const std::vector<base::Status>& results) {
        if (!results[0]) return shared->Respond(http::Problem(results[0].error()));
        shared->Respond(Json({{"id", model::ToText(id)}, {"state", model::Name(after)}}));
    };
}

// `ids`: of the results, where one of them can be that it cannot be rendered.
store::Ledger::OnSteered AnswerMany(http::Exchange exchange, json::Value answer, std::vector<model::DeliveryId> ids) {
    auto shared = std::make_shared<http::Exchange>(std::move(exchange));
    return
        [shared, answer = std::move(answer), ids = std::move(ids)](const std::vector<base::Status>& results) mutable {
            std::size_t changed = 0;
            std::size_t skipped = 0;
            for (std::size_t i = 0; i < results.size(); ++i) {
                const Code code = results[i] ? Code{} : results[i].error().code;
                if (results[i]) {
                    ++changed;
                } else if (code == Code::kUnprocessable) {
                    answer["failed"].push_back(Failure(ids[i], results[i].error()));
                } else if (code == Code::kConflict || code == Code::kNotFound) {
                    ++skipped;
                } else {
                    return shared->Respond(http::Problem(results[i].error()));
                }
            }
            answer["changed"] = changed;
            answer["skipped"] = skipped;
            shared->Respond(Json(answer));
        };
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
    if (call.Get("render") != "true") {
        return SteerOne(&store::Ledger::Retry, DeliveryState::kWaiting, call, std::move(exchange));
    }
    const auto id = model::ParseDeliveryId(call.id);
    if (!id) return exchange.Respond(http::Problem(id.error()));
    auto anew = RenderAnew(*id);
    if (!anew) return exchange.Respond(http::Problem(anew.error()));
    ledger_.RetryAnew({*std::move(anew)}, AnswerOne(std::move(exchange), *id, DeliveryState::kWaiting));
}

void Api::CancelOne(const Call& call, http::Exchange exchange) {
    SteerOne(&store::Ledger::Cancel, DeliveryState::kCancelled, call, std::move(exchange));
}

void Api::RetryMany(const Call& call, http::Exchange exchange) {
    if (call.Get("render") == "true") return RetryManyAnew(call, std::move(exchange));
    SteerMany(&store::Ledger::Retry, kRetried, call, std::move(exchange));
}

void Api::CancelMany(const Call& call, http::Exchange exchange) {
    SteerMany(&store::Ledger::Cancel, {DeliveryState::kWaiting, DeliveryState::kDead}, call, std::move(exchange));
}

void Api::SteerOne(Steer steer, DeliveryState after, const Call& call, http::Exchange exchange) {
    const auto id = model::ParseDeliveryId(call.id);
    if (!id) return exchange.Respond(http::Problem(id.error()));
    (ledger_.*steer)({*id}, AnswerOne(std::move(exchange), *id, after));
}

void Api::SteerMany(Steer steer, const std::vector<DeliveryState>& from, const Call& call, http::Exchange exchange) {
    auto chosen = Choose(from, call);
    if (!chosen) return exchange.Respond(http::Problem(chosen.error()));
    if (chosen->ids.empty() || call.Get("preview") == "true") return exchange.Respond(Json(chosen->answer));
    (ledger_.*steer)(std::move(chosen->ids), AnswerMany(std::move(exchange), std::move(chosen->answer), {}));
}

void Api::RetryManyAnew(const Call& call, http::Exchange exchange) {
    auto chosen = Choose(kRetried, call);
    if (!chosen) return exchange.Respond(http::Problem(chosen.error()));
    json::Value& answer = chosen->answer;
    answer["failed"] = json::Value::array();
    if (call.Get("preview") == "true") return exchange.Respond(Json(answer));
    const base::SteadyTime end = clock_.SteadyNow() + kMostRenderTime;
    std::vector<store::Anew> all;
    std::vector<model::DeliveryId> ids;
    std::size_t handled = 0;
    std::size_t bytes = 0;
    for (const model::DeliveryId& id : chosen->ids) {
        if (bytes > kMostRenderedBytes || clock_.SteadyNow() > end) {
            answer["next"] = model::ToText(chosen->ids[handled - 1]);
            break;
        }
        ++handled;
        auto anew = RenderAnew(id);
        if (anew) {
            if (anew->request) bytes += model::BytesOf(*anew->request);
            all.push_back(*std::move(anew));
            ids.push_back(id);
        } else {
            answer["failed"].push_back(Failure(id, anew.error()));
        }
    }
    answer["matched"] = handled;
    ledger_.RetryAnew(std::move(all), AnswerMany(std::move(exchange), std::move(answer), std::move(ids)));
}

base::Result<store::Anew> Api::RenderAnew(const model::DeliveryId& id) {
    const auto debt = ledger_.FindDebt(id);
    if (!debt) return debt.error();
    auto request = probes_.render(*debt);
    if (request) return store::Anew{id, *std::move(request), {}};
    const base::Error& error = request.error();
    if (error.code == Code::kUnprocessable) return store::Anew{id, nullptr, error.message};
    return MakeError(error.code, "delivery " + model::ToText(id) + " stays as it is: " + error.message);
}

base::Result<Api::Chosen> Api::Choose(const std::vector<DeliveryState>& from, const Call& call) {
    const auto filter = FilterOf(call, clock_.Now());
    if (!filter) return filter.error();
    if (!IsFiltered(call)) return MakeError(Code::kInvalid, "which? give a filter, such as destination or state");
    const auto page = ledger_.ListDeliveries(*filter);
    if (!page) return page.error();
    Chosen chosen;
    for (const model::DeliveryView& one : page->deliveries) {
        if (std::find(from.begin(), from.end(), one.state) != from.end()) chosen.ids.push_back(one.id);
    }
    chosen.answer = {{"matched", chosen.ids.size()}, {"changed", 0}, {"skipped", 0}, {"next", NextOf(*page)}};
    return chosen;
}

}  // namespace fanfare::admin
