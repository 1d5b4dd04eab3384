#include <array>

#include "base/clock.hpp"
#include "base/crypto.hpp"
#include "base/json_text.hpp"
#include "base/text.hpp"
#include "json/reader.hpp"
#include "shape/preset.hpp"

namespace fanfare::shape {
namespace {

base::Error Unfit(const std::string& message) {
    return base::MakeError(base::Code::kUnprocessable, "the envelope: " + message);
}

const json::Member* FindMember(const std::vector<json::Member>& members, std::string_view name) {
    for (const json::Member& member : members) {
        if (json::NameIs(member.name, name)) return &member;
    }
    return nullptr;
}

bool IsEnvelope(const std::vector<json::Member>& members) {
    for (const std::string_view name : {"event_name", "event_uuid", "event_creation_time", "event_sender_id"}) {
        const json::Member* const member = FindMember(members, name);
        if (member == nullptr || member->value.kind != json::Kind::kString) return false;
    }
    const json::Member* const data = FindMember(members, "data");
    return data != nullptr && data->value.kind == json::Kind::kObject;
}

std::size_t CountElements(const json::Raw& list) {
    json::Reader reader(list.text);
    reader.Enter();
    std::size_t count = 0;
    for (; reader.NextElement(); ++count) reader.Take();
    return count;
}

// The envelope with errors_count set right; everything else byte for byte.
base::Result<model::Payload> Forward(std::string_view text, const std::vector<json::Member>& members) {
    model::Payload payload{"application/json", std::string(text)};
    const json::Member* const errors = FindMember(members, "errors");
    if (errors == nullptr) return payload;
    if (errors->value.kind != json::Kind::kArray) return Unfit("data.errors is not a list");
    const std::string count = std::to_string(CountElements(errors->value));
    const auto offset = [&](std::string_view piece) { return static_cast<std::size_t>(piece.data() - text.data()); };
    if (const json::Member* const stated = FindMember(members, "errors_count")) {
        payload.body.replace(offset(stated->value.text), stated->value.text.size(), count);
    } else {
        payload.body.insert(offset(errors->value.text) + errors->value.text.size(), ",\"errors_count\":" + count);
    }
    return payload;
}

bool IsUuid(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const char lower = static_cast<char>(text[i] | 0x20);
        const bool hex = (text[i] >= '0' && text[i] <= '9') || (lower >= 'a' && lower <= 'f');
        if (dash ? text[i] != '-' : !hex) return false;
    }
    return true;
}

// The same for the same event wherever and whenever it is made (RFC 9562, 5.8: version 8, as the hash is SHA-256).
std::string DeriveUuid(const model::Event& event) {
    base::Digest digest = base::Sha256(event.source + '\0' + event.id);
    digest[6] = static_cast<std::uint8_t>(0x80 | (digest[6] & 0x0F));
    digest[8] = static_cast<std::uint8_t>(0x80 | (digest[8] & 0x3F));
    std::string text = base::EncodeHex(base::BytesOf(digest).substr(0, 16));
    for (const std::size_t dash : {8, 13, 18, 23}) text.insert(dash, 1, '-');
    return text;
}

// An envelope's data is an object.
base::Status AppendData(std::string& out, const std::optional<Value>& data) {
    if (!data) {
        out += "{}";
        return {};
    }
    if (data->plain && !base::IsUtf8(data->text)) return Unfit("the event's data is neither JSON nor text");
    const bool wrap = data->kind != json::Kind::kObject;
    if (wrap) out += "{\"value\":";
    AppendJson(out, *data);
    if (wrap) out += '}';
    return {};
}

base::Result<model::Payload> Build(const model::Envelope& envelope, const std::optional<Value>& data) {
    const model::Event& event = envelope.event;
    const std::array<std::pair<std::string_view, std::string>, 4> members = {
        {{"event_name", event.type},
         {"event_uuid", IsUuid(event.id) ? event.id : DeriveUuid(event)},
         {"event_creation_time", event.time.empty() ? base::FormatTime(envelope.received_at) : event.time},
         {"event_sender_id", event.source}}};
    std::string out = "{";
    for (const auto& [name, text] : members) {
        out += '"';
        out += name;
        out += "\":";
        base::AppendJsonString(out, text);
        out += ',';
    }
    out += "\"data\":";
    if (auto status = AppendData(out, data); !status) return std::move(status).error();
    out += '}';
    return model::Payload{"application/json", std::move(out)};
}

}  // namespace

base::Result<model::Payload> MakeEnvelope(const model::Envelope& envelope, Facts& facts) {
    const auto& data = facts.data();
    if (!data || data->plain || data->kind != json::Kind::kObject) return Build(envelope, data);
    const auto members = json::Members({data->text, data->kind});
    if (!members) return Unfit("in the event's data " + members.error().message);
    if (!IsEnvelope(*members)) return Build(envelope, data);
    return Forward(data->text, *members);
}

}  // namespace fanfare::shape
