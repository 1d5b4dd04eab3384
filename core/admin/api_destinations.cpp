// Destinations: their state and counts, pause and resume.
#include <memory>
#include <utility>
#include <vector>

#include "admin/answer.hpp"
#include "admin/api.hpp"
#include "admin/render.hpp"

namespace fanfare::admin {
namespace {

http::Response NoSuchDestination(const std::string& name) {
    return http::Problem(base::MakeError(base::Code::kNotFound, "there is no destination '" + name + "'"));
}

const json::Value* FindNamed(const json::Value& list, const std::string& name) {
    for (const json::Value& one : list) {
        if (one["name"] == name) return &one;
    }
    return nullptr;
}

const base::Time* FindOldest(const std::vector<store::OldestWaiting>& all, const std::string& destination) {
    for (const store::OldestWaiting& one : all) {
        if (one.destination == destination) return &one.accepted_at;
    }
    return nullptr;
}

}  // namespace

// Those that run, then those that only the store knows: deliveries may wait for one that the configuration no longer has.
json::Value Api::ListDestinations() {
    json::Value list = probes_.destinations();
    const auto oldest = ledger_.oldest_waiting();
    for (const store::DestinationCounts& one : ledger_.counts_by_destination()) {
        const json::Value* const found = FindNamed(list, one.destination);
        json::Value entry = found != nullptr ? *found : json::Value{{"name", one.destination}, {"state", "absent"}};
        const json::Value counts = Render(one.counts);
        for (const auto& [name, value] : counts.items()) entry[name] = value;
        const base::Time* const since = oldest ? FindOldest(*oldest, one.destination) : nullptr;
        if (since != nullptr) entry["oldest_waiting_accepted_at"] = base::FormatTime(*since);
        if (found != nullptr) {
            list[static_cast<std::size_t>(found - &list[0])] = std::move(entry);
        } else if (one.counts.created > 0) {
            list.push_back(std::move(entry));
        }
    }
    return list;
}

void Api::Destinations(const Call&, http::Exchange exchange) {
    exchange.Respond(Json({{"destinations", ListDestinations()}}));
}

void Api::Destination(const Call& call, http::Exchange exchange) {
    const json::Value list = ListDestinations();
    const json::Value* const found = FindNamed(list, call.id);
    exchange.Respond(found == nullptr ? NoSuchDestination(call.id) : Json(*found));
}

void Api::Pause(const Call& call, http::Exchange exchange) { SetPaused(call, true, std::move(exchange)); }

void Api::Resume(const Call& call, http::Exchange exchange) { SetPaused(call, false, std::move(exchange)); }

void Api::SetPaused(const Call& call, bool paused, http::Exchange exchange) {
    auto shared = std::make_shared<http::Exchange>(std::move(exchange));
    const std::string name = call.id;
    probes_.set_paused(name, paused, call.Get("reason"), [shared, name, paused](const base::Status& status) {
        if (!status) return shared->Respond(http::Problem(status.error()));
        shared->Respond(Json({{"name", name}, {"paused", paused}}));
    });
}

void Api::TryDestination(const Call& call, http::Exchange exchange) {
    auto shared = std::make_shared<http::Exchange>(std::move(exchange));
    const std::string name = call.id;
    probes_.try_destination(name, [shared, name](const base::Result<model::EventKey>& key) {
        if (!key) return shared->Respond(http::Problem(key.error()));
        shared->Respond(Json({{"name", name}, {"event", model::ToText(*key)}}));
    });
}

}  // namespace fanfare::admin
