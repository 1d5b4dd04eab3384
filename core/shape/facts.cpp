#include "shape/facts.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/clock.hpp"
#include "json/reader.hpp"
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

// The members of an object that have these names; of those that stand there twice, the last. One pass.
template <std::size_t N>
std::array<std::optional<Value>, N> PickMembers(const std::optional<Value>& object,
                                                const std::array<std::string_view, N>& names, Work& work) {
    std::array<std::optional<Value>, N> found;
    if (!object || object->plain || object->kind != json::Kind::kObject) return found;
    work.Charge(object->text.size());
    json::Reader reader(object->text);
    reader.Enter();
    for (std::string_view name; reader.NextMember(name);) {
        const json::Raw member = reader.Take();
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (json::NameIs(name, names[i])) found[i] = OfJson(member);
        }
    }
    return found;
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
    using namespace std::string_view_literals;
    const auto top =
        PickMembers(data(), std::array{"action"sv, "content_type"sv, "old_object"sv, "new_object"sv}, work_);
    const auto& [action, content_type, old_object, new_object] = top;
    const auto of_type = PickMembers(content_type, std::array{"app_label"sv, "model"sv, "id"sv}, work_);
    Change& change = *change_;

    std::string name;
    if (action) AppendText(name, *action);
    if (name == "create") change.event_type = OfText("created");
    if (name == "update") change.event_type = OfText("updated");
    if (name == "delete") change.event_type = OfText("deleted");
    if (of_type[0] && of_type[1]) {
        AppendText(object_type_, *of_type[0]);
        object_type_ += '.';
        AppendText(object_type_, *of_type[1]);
        change.object_type = OfText(object_type_);
    }
    change.object_id = of_type[2];
    change.object_serialization = name == "delete" ? old_object : new_object;

    const std::array<std::pair<bool, std::string_view>, 6> needed = {
        {{action.has_value(), "data.action"},
         {change.event_type.has_value(), "data.action of create, update or delete"},
         {of_type[0].has_value(), "data.content_type.app_label"},
         {of_type[1].has_value(), "data.content_type.model"},
         {of_type[2].has_value(), "data.content_type.id"},
         {change.object_serialization.has_value(), name == "delete" ? "data.old_object" : "data.new_object"}}};
    const auto* const lacks = std::find_if(needed.begin(), needed.end(), [](const auto& need) { return !need.first; });
    if (lacks != needed.end()) change.missing = lacks->second;
}

}  // namespace fanfare::shape
