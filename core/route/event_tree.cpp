#include "route/event_tree.hpp"

#include "json/scan.hpp"
#include "model/media_type.hpp"

namespace fanfare::route {
namespace {

// What is deeper is stepped over, and the stack stays small.
constexpr std::size_t kDeepest = 1000;

}  // namespace

void EventTree::Read(const FieldTree& fields, const model::Envelope& envelope, const json::OutlinedText* data) {
    fields_ = &fields;
    data_ = data;
    items_.assign(1, Item{});
    if (marks_.size() < fields.size() || ++round_ == 0) {
        marks_.assign(fields.size(), {});
        round_ = 1;
    }
    texts_used_ = 0;
    ReadAttributes(envelope);
    ReadData(envelope.event);
}

std::uint32_t EventTree::Child(std::uint32_t item, std::uint32_t field) const {
    for (std::uint32_t child = items_[item].first_child; child != 0; child = items_[child].next) {
        if (items_[child].field == field) return child;
    }
    return kNone;
}

void EventTree::ReadAttributes(const model::Envelope& envelope) {
    const model::Event& event = envelope.event;
    AddAttribute("id", event.id);
    AddAttribute("source", event.source);
    AddAttribute("type", event.type);
    AddAttribute("subject", event.subject);
    AddAttribute("time", event.time);
    AddAttribute("datacontenttype", event.content_type);
    AddAttribute("dataschema", event.data_schema);
    AddAttribute("realm", envelope.realm);
    for (const model::Attribute& extension : event.extensions) {
        if (extension.name != "realm") AddAttribute(extension.name, extension.value);
    }
}

void EventTree::AddAttribute(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    const std::uint32_t field = fields_->Find(FieldTree::kEvent, name);
    if (field == 0) return;
    const std::uint32_t item = Append(kEvent, field, Item::Kind::kScalar);
    items_[item].value = {Scalar::Kind::kText, value};
    ++MarkOf(field).leaves;
}

void EventTree::ReadData(const model::Event& event) {
    const std::uint32_t field = fields_->Find(FieldTree::kEvent, "data");
    if (field == 0) return;
    if (data_ == nullptr) data_ = Outlined(event);
    if (data_ != nullptr) ReadValue(kEvent, field, data_->root(), 0);
}

// What says nothing of its type may be JSON too.
const json::OutlinedText* EventTree::Outlined(const model::Event& event) {
    if (!event.content_type.empty() && !model::IsJson(event.content_type)) return nullptr;
    own_outline_.Clear();
    if (!json::Scan(event.data, {kDeepest}, &own_outline_)) return nullptr;
    return &own_data_.emplace(event.data, own_outline_, json::Outline::Place{});
}

void EventTree::ReadValue(std::uint32_t parent, std::uint32_t field, const json::Outline::Mark& value,
                          std::size_t depth) {
    switch (data_->kind(value)) {
        case json::Kind::kObject:
            if (!fields_->HasChildren(field) || depth >= kDeepest) return;
            return ReadMembers(Append(parent, field, Item::Kind::kObject), value, depth + 1);
        case json::Kind::kArray: {
            if (depth >= kDeepest) return;
            const std::uint32_t list = Append(parent, field, Item::Kind::kList);
            for (const json::Outline::Mark& element : data_->Elements(value)) {
                ReadValue(list, field, element, depth + 1);
            }
            items_[list].end = static_cast<std::uint32_t>(items_.size());
            return;
        }
        case json::Kind::kString:
        case json::Kind::kNumber:
        case json::Kind::kBoolean:
        case json::Kind::kNull: {
            const std::uint32_t item = Append(parent, field, Item::Kind::kScalar);
            items_[item].value = ReadScalar(value);
            ++MarkOf(field).leaves;
            return;
        }
    }
}

std::uint32_t EventTree::FindField(std::uint32_t parent, const json::Outline::Mark& name) const {
    const std::string_view text = data_->Name(name);
    if (!name.is_escaped) [[likely]] {
        return fields_->Find(parent, text);
    }
    return fields_->Find(parent, json::UnescapeName(text));
}

void EventTree::ReadMembers(std::uint32_t item, const json::Outline::Mark& object, std::size_t depth) {
    const std::uint32_t parent_field = items_[item].field;
    for (const auto& [name, value] : data_->Members(object)) {
        const std::uint32_t field = FindField(parent_field, name);
        if (field == 0) continue;
        Mark& mark = MarkOf(field);
        if (mark.member > item) Remove(item, mark.member);  // items of other objects stand before this one
        const auto member = static_cast<std::uint32_t>(items_.size());
        ReadValue(item, field, value, depth);
        mark.member = member < items_.size() ? member : 0;
    }
    items_[item].end = static_cast<std::uint32_t>(items_.size());
}

Scalar EventTree::ReadScalar(const json::Outline::Mark& value) {
    json::Reader reader = data_->ReaderAt(value);
    const json::Raw raw = reader.Take();
    switch (raw.kind) {
        case json::Kind::kString:
            break;
        case json::Kind::kNumber:
            return {Scalar::Kind::kNumber, raw.text};
        case json::Kind::kBoolean:
            return {raw.text == "true" ? Scalar::Kind::kTrue : Scalar::Kind::kFalse, raw.text};
        case json::Kind::kNull:
        case json::Kind::kObject:
        case json::Kind::kArray:
            return {Scalar::Kind::kNull, raw.text};
    }
    if (!reader.escaped()) return {Scalar::Kind::kText, raw.text.substr(1, raw.text.size() - 2)};
    if (texts_used_ == texts_.size()) texts_.emplace_back();
    std::string& text = texts_[texts_used_++];
    text = json::Unescape(raw);
    return {Scalar::Kind::kText, text};
}

EventTree::Mark& EventTree::MarkOf(std::uint32_t field) {
    Mark& mark = marks_[field];
    if (mark.round != round_) mark = {round_, 0, 0};
    return mark;
}

std::uint32_t EventTree::Append(std::uint32_t parent, std::uint32_t field, Item::Kind kind) {
    const auto position = static_cast<std::uint32_t>(items_.size());
    items_.push_back({field, kind, items_[parent].first_child, 0, position + 1, {}});
    items_[parent].first_child = position;
    return position;
}

void EventTree::Remove(std::uint32_t parent, std::uint32_t child) {
    for (std::uint32_t at = child; at < items_[child].end; ++at) {
        if (items_[at].kind == Item::Kind::kScalar && items_[at].field != 0) {
            --marks_[items_[at].field].leaves;
            items_[at].field = 0;  // a twin below it may have been counted off already
        }
    }
    std::uint32_t* link = &items_[parent].first_child;
    while (*link != child) link = &items_[*link].next;
    *link = items_[child].next;
}

}  // namespace fanfare::route
