#include "profile/order_by.hpp"

#include <cstring>

#include "base/crypto.hpp"
#include "json/scan.hpp"
#include "model/media_type.hpp"
#include "profile/pointer.hpp"

namespace fanfare::profile {
namespace {

// Empty: the event has none.
std::string AttributeOf(const model::Envelope& envelope, const std::string& name) {
    const model::Event& event = envelope.event;
    if (name == "id") return event.id;
    if (name == "source") return event.source;
    if (name == "type") return event.type;
    if (name == "subject") return event.subject;
    if (name == "time") return event.time;
    if (name == "realm") return envelope.realm;
    for (const model::Attribute& extension : event.extensions) {
        if (extension.name == name) return extension.value;
    }
    return {};
}

std::string DataAt(const model::Event& event, const std::vector<std::string>& path) {
    if (!model::IsJson(event.content_type)) return {};
    // It was scanned when it came in, under the limits that the operator set.
    json::ScanLimits limits;
    limits.depth = 1000;
    const auto data = json::Scan(event.data, limits);
    if (!data) return {};
    const auto found = FindAt(*data, path);
    if (!found) return {};
    switch (found->kind) {
        case json::Kind::kString:
            return "s" + json::Unescape(*found);
        case json::Kind::kNumber:
        case json::Kind::kBoolean:
            return "v" + std::string(found->text);
        case json::Kind::kObject:
        case json::Kind::kArray:
        case json::Kind::kNull:
            break;
    }
    return {};
}

}  // namespace

std::optional<OrderBy> OrderBy::Parse(std::string_view pointer) {
    auto path = ParsePointer(pointer);
    if (!path || path->empty()) return std::nullopt;
    if (path->front() != "data" && path->size() > 1) return std::nullopt;
    return OrderBy(*std::move(path));
}

std::optional<std::uint64_t> OrderBy::KeyOf(const model::Envelope& envelope) const {
    const std::string value = path_.front() == "data" ? DataAt(envelope.event, {path_.begin() + 1, path_.end()})
                                                      : AttributeOf(envelope, path_.front());
    if (value.empty()) return std::nullopt;
    const base::Digest digest = base::Sha256(value);
    std::uint64_t key = 0;
    for (std::size_t i = 0; i < sizeof key; ++i) key = key << 8 | digest[i];
    return key;
}

}  // namespace fanfare::profile
