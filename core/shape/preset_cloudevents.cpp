#include "base/json_text.hpp"
#include "base/text.hpp"
#include "model/media_type.hpp"
#include "shape/preset.hpp"

namespace fanfare::shape {
namespace {

void AppendMember(std::string& out, std::string_view name, std::string_view text) {
    if (text.empty()) return;
    out += ",\"";
    out += name;
    out += "\":";
    base::AppendJsonString(out, text);
}

void AppendExtension(std::string& out, const model::Attribute& extension) {
    out += ",\"" + extension.name + "\":";
    if (extension.kind == model::AttributeKind::kString) {
        base::AppendJsonString(out, extension.value);
    } else {
        out += extension.value;
    }
}

// JSON format, 3.1. A text may be sent as a JSON string only where the type says that it is not JSON.
void AppendData(std::string& out, const model::Event& event, Facts& facts) {
    const auto& data = facts.data();
    if (!data) return;
    const bool json_type = event.content_type.empty() || model::IsJson(event.content_type);
    if (!data->plain || (!json_type && base::IsUtf8(event.data))) {
        out += ",\"data\":";
        AppendJson(out, *data);
        return;
    }
    out += ",\"data_base64\":\"" + base::EncodeBase64(event.data) + "\"";
}

}  // namespace

model::Payload MakeCloudEvent(const model::Event& event, Facts& facts) {
    std::string out = "{\"specversion\":\"1.0\"";
    out.reserve(event.data.size() + 512);
    AppendMember(out, "id", event.id);
    AppendMember(out, "source", event.source);
    AppendMember(out, "type", event.type);
    AppendMember(out, "subject", event.subject);
    AppendMember(out, "time", event.time);
    AppendMember(out, "datacontenttype", event.content_type);
    AppendMember(out, "dataschema", event.data_schema);
    for (const model::Attribute& extension : event.extensions) AppendExtension(out, extension);
    AppendData(out, event, facts);
    out += '}';
    return {"application/cloudevents+json", std::move(out)};
}

}  // namespace fanfare::shape
