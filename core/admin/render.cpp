#include "admin/render.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "model/event.hpp"

namespace fanfare::admin {
namespace {

void SetUnlessEmpty(json::Value& object, const char* name, const std::string& value) {
    if (!value.empty()) object[name] = value;
}

json::Value Extension(const model::Attribute& attribute) {
    switch (attribute.kind) {
        case model::AttributeKind::kString:
            return attribute.value;
        case model::AttributeKind::kInteger:
            return std::stoll(attribute.value);
        case model::AttributeKind::kBoolean:
            return attribute.value == "true";
    }
    return attribute.value;
}

bool LooksSecret(std::string_view name) {
    constexpr std::array<std::string_view, 6> kParts = {"authorization", "cookie", "token", "secret", "key", "passw"};
    const std::string lower = base::ToLower(name);
    return std::any_of(kParts.begin(), kParts.end(),
                       [&](std::string_view part) { return lower.find(part) != std::string::npos; });
}

// A list: a name may stand there twice, and the order is that of the request.
json::Value RenderPairs(const model::Request::Pairs& pairs) {
    json::Value out = json::Value::array();
    for (const auto& [name, value] : pairs) {
        json::Value pair;
        pair["name"] = name;
        pair["value"] = LooksSecret(name) ? "***" : value;
        out.push_back(std::move(pair));
    }
    return out;
}

void SetData(json::Value& object, const std::string& data) {
    if (data.empty()) return;
    if (auto parsed = json::ParseData(data)) {
        object["data"] = *std::move(parsed);
    } else if (base::IsUtf8(data)) {
        object["data"] = data;
    } else {
        object["data_base64"] = base::EncodeBase64(data);
    }
}

// Which event it is.
json::Value RenderHead(const model::StoredEvent& stored) {
    const model::Envelope& envelope = stored.envelope;
    json::Value out;
    out["key"] = model::ToText(stored.key);
    out["realm"] = envelope.realm.empty() ? json::Value(nullptr) : json::Value(envelope.realm);
    out["received_at"] = base::FormatTime(envelope.received_at);
    out["id"] = envelope.event.id;
    out["source"] = envelope.event.source;
    out["type"] = envelope.event.type;
    SetUnlessEmpty(out, "subject", envelope.event.subject);
    return out;
}

}  // namespace

json::Value Render(const model::DeliveryView& delivery) {
    json::Value out;
    out["id"] = model::ToText(delivery.id);
    out["event_id"] = delivery.event_id;
    out["realm"] = delivery.realm.empty() ? json::Value(nullptr) : json::Value(delivery.realm);
    out["type"] = delivery.type;
    out["destination"] = delivery.destination;
    out["route"] = delivery.route;
    out["state"] = model::Name(delivery.state);
    out["attempts"] = delivery.attempts;
    out["next_attempt_at"] =
        delivery.next_attempt_at ? json::Value(base::FormatTime(*delivery.next_attempt_at)) : json::Value(nullptr);
    out["reason"] = delivery.reason.empty() ? json::Value(nullptr) : json::Value(delivery.reason);
    out["created_at"] = base::FormatTime(delivery.created_at);
    out["updated_at"] = base::FormatTime(delivery.updated_at);
    return out;
}

json::Value Render(const model::Attempt& attempt) {
    json::Value out;
    out["number"] = attempt.number;
    out["started_at"] = base::FormatTime(attempt.started_at);
    out["took_ms"] = static_cast<double>(attempt.took.count()) / 1000;
    out["outcome"] = model::Name(attempt.outcome);
    out["code"] = attempt.code == 0 ? json::Value(nullptr) : json::Value(attempt.code);
    out["reason"] = attempt.reason.empty() ? json::Value(nullptr) : json::Value(attempt.reason);
    out["response"] = attempt.response.empty() ? json::Value(nullptr) : json::Value(attempt.response);
    out["remote"] = attempt.remote.empty() ? json::Value(nullptr) : json::Value(attempt.remote);
    return out;
}

json::Value Render(const model::Request& request) {
    json::Value out;
    if (request.payload) {
        out["content_type"] = request.payload->content_type;
        const std::string& body = request.payload->body;
        if (base::IsUtf8(body)) {
            out["body"] = body;
        } else {
            out["body_base64"] = base::EncodeBase64(body);
        }
    }
    out["headers"] = RenderPairs(request.headers);
    out["options"] = RenderPairs(request.options);
    return out;
}

json::Value RenderBrief(const store::EventView& view) {
    json::Value out = RenderHead(*view.event);
    out["data_bytes"] = view.event->envelope.event.data.size();
    out["deliveries"] = json::Value::array();
    for (const model::DeliveryView& one : view.deliveries) {
        out["deliveries"].push_back({{"id", model::ToText(one.id)}, {"destination", one.destination}, {"state", model::Name(one.state)}});
    }
    return out;
}

json::Value Render(const store::EventView& view) {
    const model::Event& event = view.event->envelope.event;
    json::Value out = RenderHead(*view.event);
    SetUnlessEmpty(out, "time", event.time);
    SetUnlessEmpty(out, "datacontenttype", event.content_type);
    SetUnlessEmpty(out, "dataschema", event.data_schema);
    for (const model::Attribute& attribute : event.extensions) out["extensions"][attribute.name] = Extension(attribute);
    SetData(out, event.data);
    out["deliveries"] = json::Value::array();
    for (const model::DeliveryView& delivery : view.deliveries) out["deliveries"].push_back(Render(delivery));
    return out;
}

json::Value Render(const store::Counts& counts) {
    json::Value out;
    out["created"] = counts.created;
    out["waiting"] = counts.waiting;
    out["sending"] = counts.sending;
    out["sent"] = counts.sent;
    out["dead"] = counts.dead;
    out["cancelled"] = counts.cancelled;
    out["pruned"] = counts.pruned;
    return out;
}

}  // namespace fanfare::admin
