#include "shape/facts.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/clock.hpp"
#include "model/media_type.hpp"

namespace fanfare::shape {
namespace {

std::optional<Value> OfAttribute(const std::string& text) {
    if (text.empty()) return std::nullopt;
    return OfText(text);
}

json::Kind KindOf(model::AttributeKind kind) {
    switch (kind) {
        case model::AttributeKind::kString:
            return json::Kind::kString;
        case model::AttributeKind::kInteger:
            return json::Kind::kNumber;
        case model::AttributeKind::kBoolean:
            return json::Kind::kBoolean;
    }
    return json::Kind::kString;
}

std::string JoinPath(const std::vector<std::string>& path) {
    std::string name = "data";
    for (const std::string& part : path) name += "." + part;
    return name;
}

}  // namespace

std::optional<Value> Facts::Find(std::string_view name) {
    if (name == "data") return data();
    if (name == "event_type") return change().event_type;
    if (name == "object_type") return change().object_type;
    if (name == "object_id") return change().object_id;
    if (name == "object_serialization") return change().object_serialization;
    return Attribute(name);
}

std::optional<Value> Facts::Attribute(std::string_view name) {
    const model::Event& event = envelope_.event;
    const std::array<std::pair<std::string_view, const std::string*>, 8> attributes = {
        {{"id", &event.id},
         {"source", &event.source},
         {"type", &event.type},
         {"subject", &event.subject},
         {"time", &event.time},
         {"datacontenttype", &event.content_type},
         {"dataschema", &event.data_schema},
         {"realm", &envelope_.realm}}};
    for (const auto& [known, text] : attributes) {
        if (name == known) return OfAttribute(*text);
    }
    if (name == "specversion") return OfText("1.0");
    if (name != "received_at") return Extension(name);
    if (received_at_.empty()) received_at_ = base::FormatTime(envelope_.received_at);
    return OfText(received_at_);
}

std::optional<Value> Facts::Extension(std::string_view name) const {
    for (const model::Attribute& extension : envelope_.event.extensions) {
        if (extension.name != name) continue;
        const json::Kind kind = KindOf(extension.kind);
        return Value{kind, extension.value, kind == json::Kind::kString, false};
    }
    return std::nullopt;
}

const std::optional<Value>& Facts::data() {
    if (!data_) {
        work_.Charge(envelope_.event.data.size());
        data_ = ReadData();
    }
    return *data_;
}

// What says that it is JSON was scanned when it came in; what says nothing may be anything.
std::optional<Value> Facts::ReadData() const {
    const model::Event& event = envelope_.event;
    if (event.data.empty()) return std::nullopt;
    if (event.content_type.empty() || model::IsJson(event.content_type)) {
        if (const auto raw = json::Scan(event.data, kJsonLimits)) return OfJson(*raw);
    }
    return OfText(event.data);
}

const Change& Facts::change() {
    if (!change_) {
        change_.emplace();
        ReadChange();
    }
    return *change_;
}

void Facts::ReadChange() {
    Change& change = *change_;
    const auto action = Member({"action"});
    std::string name;
    if (action) AppendText(name, *action);
    if (name == "create") change.event_type = OfText("created");
    if (name == "update") change.event_type = OfText("updated");
    if (name == "delete") change.event_type = OfText("deleted");
    if (action && !change.event_type && change.missing.empty())
        change.missing = "data.action of create, update or delete";

    const auto app = Member({"content_type", "app_label"});
    const auto model = Member({"content_type", "model"});
    if (app && model) {
        AppendText(object_type_, *app);
        object_type_ += '.';
        AppendText(object_type_, *model);
        change.object_type = OfText(object_type_);
    }
    change.object_id = Member({"content_type", "id"});
    change.object_serialization = Member({name == "delete" ? "old_object" : "new_object"});
}

std::optional<Value> Facts::Member(const std::vector<std::string>& path) {
    const auto& whole = data();
    if (whole && !whole->plain) {
        work_.Charge(whole->text.size());
        if (const auto raw = json::Find({whole->text, whole->kind}, path)) return OfJson(*raw);
    }
    if (change_->missing.empty()) change_->missing = JoinPath(path);
    return std::nullopt;
}

}  // namespace fanfare::shape
