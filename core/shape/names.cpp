#include "shape/names.hpp"

#include <algorithm>
#include <charconv>

namespace fanfare::shape {
namespace {

// A place in a list as people write it: no sign, no needless 0.
std::optional<std::uint32_t> ParseIndex(std::string_view part) {
    std::uint32_t index = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
    if (error != std::errc() || end != part.data() + part.size()) return std::nullopt;
    if (part.size() > 1 && part.front() == '0') return std::nullopt;
    return index;
}

}  // namespace

NameId NameTree::Add(const std::vector<std::string_view>& parts) {
    NameId at = kRoot;
    for (const std::string_view part : parts) {
        const auto child = Child(at, part);
        at = child ? *child : AddChild(at, part);
    }
    return at;
}

std::optional<NameId> NameTree::Child(NameId parent, std::string_view part) const {
    const auto& children = nodes_[parent].children;
    const auto it = std::lower_bound(children.begin(), children.end(), part,
                                     [&](NameId id, std::string_view wanted) { return nodes_[id].part < wanted; });
    if (it == children.end() || nodes_[*it].part != part) return std::nullopt;
    return *it;
}

NameId NameTree::AddChild(NameId parent, std::string_view part) {
    const auto id = static_cast<NameId>(nodes_.size());
    nodes_.push_back({std::string(part), parent == kRoot ? id : nodes_[parent].first, ParseIndex(part), {}, {}});
    auto& children = nodes_[parent].children;
    children.insert(std::upper_bound(children.begin(), children.end(), id,
                                     [&](NameId a, NameId b) { return nodes_[a].part < nodes_[b].part; }),
                    id);
    if (nodes_[id].index) {
        auto& places = nodes_[parent].places;
        places.insert(std::upper_bound(places.begin(), places.end(), id,
                                       [&](NameId a, NameId b) { return nodes_[a].index < nodes_[b].index; }),
                      id);
    }
    return id;
}

const std::vector<std::string_view>& EventNames() {
    static const std::vector<std::string_view> kNames = {"id",          "source",      "type",
                                                         "subject",     "time",        "datacontenttype",
                                                         "dataschema",  "specversion", "realm",
                                                         "received_at", "data",        "event_type",
                                                         "object_type", "object_id",   "object_serialization"};
    return kNames;
}

bool IsEventName(std::string_view name) {
    const auto& names = EventNames();
    if (std::find(names.begin(), names.end(), name) != names.end()) return true;
    return !name.empty() && std::all_of(name.begin(), name.end(),
                                        [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

bool HasMembers(std::string_view name) { return name == "data" || name == "object_serialization"; }

}  // namespace fanfare::shape
