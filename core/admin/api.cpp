#include "admin/api.hpp"

#include <memory>
#include <utility>

#include "admin/answer.hpp"
#include "admin/render.hpp"

namespace fanfare::admin {

using base::Code;
using base::MakeError;

namespace {

base::Result<store::EventFilter> EventFilterOf(const Call& call, base::Time now) {
    store::EventFilter filter;
    filter.realm = call.Get("realm");
    filter.type = call.Get("type");
    filter.text = call.Get("text");
    if (auto age = TakeAge(call, now, filter.received_after, filter.received_before); !age) return age.error();
    const auto limit = Number(call, "limit", 1, kMostPerPage);
    if (!limit) return limit.error();
    if (*limit) filter.limit = static_cast<std::size_t>(**limit);
    if (const std::string text = call.Get("after"); !text.empty()) {
        const auto after = model::ParseEventKey(text);
        if (!after) return MakeError(Code::kInvalid, "after is not the key of an event; take it from 'next'");
        filter.after = *after;
    }
    return filter;
}

}  // namespace

Api::Api(store::Ledger& ledger, const base::Clock& clock, Probes probes)
    : ledger_(ledger), clock_(clock), probes_(std::move(probes)) {}

void Api::Health(const Call&, http::Exchange exchange) {
    const base::Status alive = probes_.alive();
    if (!alive) return exchange.Respond(http::Problem(503, base::Name(alive.error().code), alive.error().message));
    exchange.Respond(Text("ok\n"));
}

void Api::Ready(const Call&, http::Exchange exchange) {
    const base::Status ready = probes_.ready();
    if (!ready) return exchange.Respond(http::Problem(503, base::Name(ready.error().code), ready.error().message));
    exchange.Respond(Text("ready\n"));
}

void Api::Metrics(const Call&, http::Exchange exchange) {
    http::Response response = Text(probes_.metrics());
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    exchange.Respond(std::move(response));
}

void Api::Document(const Call&, http::Exchange exchange) {
    exchange.Respond({200, "application/json", {}, OpenApiDocument(probes_.version) + "\n", false});
}

void Api::Status(const Call&, http::Exchange exchange) {
    json::Value status = probes_.status();
    status["deliveries"] = Render(ledger_.counts());
    status["destinations"] = ListDestinations();
    exchange.Respond(Json(status));
}

void Api::Reload(const Call&, http::Exchange exchange) {
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

void Api::Events(const Call& call, http::Exchange exchange) {
    const auto filter = EventFilterOf(call, clock_.Now());
    if (!filter) return exchange.Respond(http::Problem(filter.error()));
    const auto page = ledger_.ListEvents(*filter);
    if (!page) return exchange.Respond(http::Problem(page.error()));
    json::Value out;
    out["events"] = json::Value::array();
    for (const store::EventView& view : page->events) out["events"].push_back(RenderBrief(view));
    out["next"] = page->next ? json::Value(model::ToText(*page->next)) : json::Value(nullptr);
    exchange.Respond(Json(out));
}

void Api::Event(const Call& call, http::Exchange exchange) {
    const auto events = ledger_.FindEvents(call.id);
    if (!events) return exchange.Respond(http::Problem(events.error()));
    if (events->empty()) {
        return exchange.Respond(http::Problem(
            MakeError(Code::kNotFound, "no event has the id '" + call.id + "'; it was never accepted or is pruned")));
    }
    if (events->size() == 1) return exchange.Respond(Json(Render(events->front())));
    std::string keys;
    for (const store::EventView& view : *events) keys += (keys.empty() ? "" : ", ") + model::ToText(view.event->key);
    exchange.Respond(http::Problem(
        MakeError(Code::kConflict, "several events have the id '" + call.id + "'; ask by key: " + keys)));
}

void Api::Prune(const Call& call, http::Exchange exchange) {
    const auto age = Number(call, "older_than", 0, kMostSeconds);
    if (!age) return exchange.Respond(http::Problem(age.error()));
    if (!*age) return exchange.Respond(http::Problem(MakeError(Code::kInvalid, "how old? give older_than, in seconds")));
    const auto limit = Number(call, "limit", 1, 1000);
    if (!limit) return exchange.Respond(http::Problem(limit.error()));
    store::PruneOrder order;
    order.sent_before = clock_.Now() - std::chrono::seconds(**age);
    if (call.Get("dead") == "true") order.dead_before = order.sent_before;
    if (*limit) order.limit = static_cast<std::size_t>(**limit);
    auto shared = std::make_shared<http::Exchange>(std::move(exchange));
    ledger_.Prune(order, [shared](const base::Result<store::Pruned>& pruned) {
        if (!pruned) return shared->Respond(http::Problem(pruned.error()));
        shared->Respond(Json({{"events", pruned->events}, {"deliveries", pruned->deliveries}, {"more", pruned->more}}));
    });
}

void Api::Store(const Call&, http::Exchange exchange) {
    const auto space = ledger_.space();
    if (!space) return exchange.Respond(http::Problem(space.error()));
    exchange.Respond(Json({{"file_bytes", space->file_bytes},
                           {"free_bytes", space->free_bytes},
                           {"wal_bytes", space->wal_bytes},
                           {"disk_free_bytes", space->disk_free_bytes},
                           {"commits", space->commits}}));
}

namespace {

http::Response OtherWork() {
    return http::Problem(MakeError(Code::kConflict, "a backup or a check of the store is under way; wait for its end"));
}

}  // namespace

void Api::Verify(const Call& call, http::Exchange exchange) {
    auto shared = std::make_shared<http::Exchange>(std::move(exchange));
    const bool started = long_work_.Start(call.gone, [this, shared](std::stop_token stop) {
        const auto faults = ledger_.Verify(std::move(stop));
        auto response = faults ? Json({{"faults", *faults}}) : http::Problem(faults.error());
        return [shared, response = std::move(response)] { shared->Respond(response); };
    });
    if (!started) shared->Respond(OtherWork());
}

void Api::Backup(const Call& call, http::Exchange exchange) {
    const std::string path = call.Get("path");
    if (path.empty() || path.front() != '/') {
        return exchange.Respond(http::Problem(MakeError(Code::kInvalid, "where to? give path, an absolute one")));
    }
    auto shared = std::make_shared<http::Exchange>(std::move(exchange));
    const bool started = long_work_.Start(call.gone, [this, shared, path](std::stop_token stop) {
        const auto bytes = ledger_.Backup(path, std::move(stop));
        auto response = bytes ? Json({{"path", path}, {"bytes", *bytes}}) : http::Problem(bytes.error());
        return [shared, response = std::move(response)] { shared->Respond(response); };
    });
    if (!started) shared->Respond(OtherWork());
}

}  // namespace fanfare::admin
