#include "ingest/request.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "model/quote.hpp"

namespace fanfare::ingest {

using model::Quote;

std::optional<std::string_view> FindHeader(const Input& input, std::string_view name, Faults& faults) {
    std::optional<std::string_view> found;
    for (const NamedValue& header : input.headers) {
        if (!base::EqualsIgnoreCase(header.name, name)) continue;
        if (found) {
            faults.Add(std::string(name), "stands there twice");
            break;
        }
        found = base::Trim(header.value);
    }
    return found;
}

std::string_view RealmOf(const Input& input, Faults& faults) {
    constexpr std::string_view kHeader = "Fanfare-Realm";
    const std::string_view in_header = FindHeader(input, kHeader, faults).value_or("");
    const std::string_view in_path = input.realm_in_path;
    if (!in_header.empty() && !in_path.empty() && in_header != in_path) {
        faults.Add(std::string(kHeader),
                   "names the realm " + Quote(in_header) + ", but the path names " + Quote(in_path));
        return {};
    }
    const std::string_view realm = in_path.empty() ? in_header : in_path;
    if (realm.empty() || base::IsName(realm)) return realm;
    faults.Add(std::string(in_path.empty() ? kHeader : "path"),
               Quote(realm) + " is not the name of a realm: 1 to 64 of A-Z a-z 0-9 . _ -, first a letter or digit");
    return {};
}

bool HasForeignCharset(const model::MediaType& media) {
    return !media.charset.empty() && !base::EqualsIgnoreCase(media.charset, "utf-8");
}

std::string* FindCore(model::Event& event, std::string_view name) {
    if (name == "id") return &event.id;
    if (name == "source") return &event.source;
    if (name == "type") return &event.type;
    if (name == "time") return &event.time;
    if (name == "subject") return &event.subject;
    if (name == "datacontenttype") return &event.content_type;
    if (name == "dataschema") return &event.data_schema;
    return nullptr;
}

bool SettleEnvelope(const Request& request, model::Envelope& envelope, std::string& cause) {
    envelope.received_at = request.input.now;
    envelope.realm = request.realm.empty() ? request.input.default_realm : request.realm;
    const auto& extensions = envelope.event.extensions;
    const auto own = std::find_if(extensions.begin(), extensions.end(),
                                  [](const model::Attribute& extension) { return extension.name == "realm"; });
    if (own == extensions.end()) return true;
    if (own->kind != model::AttributeKind::kString) {
        cause = "must be a string";
        return false;
    }
    if (own->value.empty()) return true;
    if (!request.realm.empty() && request.realm != own->value) {
        cause = "names the realm " + Quote(own->value) + ", but the request names " + Quote(request.realm);
        return false;
    }
    envelope.realm = own->value;
    return true;
}

Guide GuideTo(const Request& request, std::string_view realm) {
    return request.guide_of ? request.guide_of(realm) : Guide{};
}

void CheckData(const Request& request, const model::Envelope& envelope, const std::string& place, Faults& faults) {
    const profile::DataSchema* const schema = GuideTo(request, envelope.realm).schema;
    if (schema == nullptr) return;
    if (envelope.event.data.empty() || !model::IsJson(envelope.event.content_type)) {
        return faults.AddViolation(place, "must be JSON: this realm has a schema for its data");
    }
    for (model::Fault& fault : schema->Check(envelope.event.data)) {
        faults.AddViolation(place + fault.pointer, std::move(fault.message));
    }
}

Decoded RefuseSize(const Request& request, std::string pointer, std::size_t bytes) {
    return Refuse(base::Code::kTooLarge, std::move(pointer),
                  "the data of the event has " + std::to_string(bytes) + " bytes; the limit for one event is " +
                      std::to_string(request.limits.event_bytes));
}

}  // namespace fanfare::ingest
