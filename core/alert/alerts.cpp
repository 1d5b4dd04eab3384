#include "alert/alerts.hpp"

#include "base/text.hpp"

namespace fanfare::alert {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr int kWarning = 2;
constexpr int kSoftError = 3;
constexpr int kError = 4;
constexpr int kInfo = 1;

json::Value DataOf(const Failure& failure) {
    const model::Event& event = failure.event.envelope.event;
    json::Value data;
    data["level"] = failure.dead ? kError : kSoftError;
    data["count"] = 1;
    data["delivery"] = model::ToText(failure.delivery);
    data["destination"] = failure.destination;
    data["event_id"] = event.id;
    data["event_source"] = event.source;
    data["event_type"] = event.type;
    data["realm"] = failure.event.envelope.realm;
    data["attempts"] = failure.attempts;
    data["code"] = failure.code;
    data["reason"] = failure.reason;
    data["next_try_in_ms"] =
        failure.dead ? json::Value(nullptr) : json::Value(duration_cast<milliseconds>(failure.next_try_in).count());
    if (!failure.letter.empty()) {
        auto letter = json::Parse(failure.letter);
        data["letter"] = letter ? *std::move(letter) : json::Value(failure.letter);
    }
    return data;
}

}  // namespace

Alerts::Alerts(Publish publish, const base::Clock& clock, base::Duration window)
    : publish_(std::move(publish)), clock_(clock), window_(window) {}

void Alerts::DeliveryFailed(const Failure& failure) {
    if (failure.event.envelope.realm == model::kOwnRealm) return;
    if (!failure.letter.empty()) return Tell("fanfare.delivery.dead", std::string(failure.destination), DataOf(failure));
    TellSeldom(failure.dead ? "fanfare.delivery.dead" : "fanfare.delivery.failed", std::string(failure.destination),
               DataOf(failure));
}

void Alerts::DestinationChanged(std::string_view destination, std::string_view state, std::string_view reason) {
    json::Value data;
    data["level"] = state == "unreachable" || state == "paused" ? kWarning : kInfo;
    data["destination"] = destination;
    data["state"] = state;
    data["reason"] = reason;
    Tell("fanfare.destination." + std::string(state), std::string(destination), std::move(data));
}

void Alerts::ConfigReloaded(const std::vector<std::string>& added, const std::vector<std::string>& changed,
                            const std::vector<std::string>& removed) {
    Tell("fanfare.config.reloaded", {}, {{"level", kInfo}, {"added", added}, {"changed", changed}, {"removed", removed}});
}

void Alerts::ConfigRejected(const std::vector<std::string>& errors) {
    Tell("fanfare.config.rejected", {}, {{"level", kError}, {"errors", errors}});
}

void Alerts::LowSpace(std::string_view reason) {
    TellSeldom("fanfare.store.low_space", {}, {{"level", kError}, {"count", 1}, {"reason", reason}});
}

void Alerts::Tick() {
    std::vector<std::pair<Key, json::Value>> due;
    {
        const std::lock_guard lock(mutex_);
        const base::SteadyTime now = clock_.SteadyNow();
        for (auto one = held_.begin(); one != held_.end();) {
            Held& held = one->second;
            if (held.until > now) {
                ++one;
            } else if (held.count == 0) {
                one = held_.erase(one);
            } else {
                held.last["count"] = std::exchange(held.count, 0);
                held.until = now + window_;
                due.emplace_back(one->first, std::move(held.last));
                ++one;
            }
        }
    }
    for (auto& [key, data] : due) Tell(key.first, key.second, std::move(data));
}

void Alerts::TellSeldom(std::string type, std::string subject, json::Value data) {
    {
        const std::lock_guard lock(mutex_);
        const auto [at, is_first] = held_.try_emplace({type, subject}, Held{clock_.SteadyNow() + window_, 0, {}});
        if (!is_first) {
            ++at->second.count;
            at->second.last = std::move(data);
            return;
        }
    }
    Tell(std::move(type), std::move(subject), std::move(data));
}

void Alerts::Tell(std::string type, std::string subject, json::Value data) {
    model::Envelope envelope;
    envelope.realm = model::kOwnRealm;
    envelope.received_at = clock_.Now();
    model::Event& event = envelope.event;
    event.id = base::MakeUuidV7();
    event.source = "/fanfare";
    event.type = std::move(type);
    event.subject = std::move(subject);
    event.time = base::FormatTime(envelope.received_at);
    event.content_type = "application/json";
    event.data = json::Dump(data);
    publish_(std::move(envelope));
}

}  // namespace fanfare::alert
