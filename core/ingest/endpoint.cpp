#include "ingest/endpoint.hpp"

#include <algorithm>

namespace fanfare::ingest {

Endpoint FindEndpoint(std::string_view path) {
    constexpr std::string_view kEvents = "/v1/events";
    constexpr std::string_view kRealms = "/v1/realms/";
    constexpr std::string_view kRealmTail = "/events";
    if (path == kEvents) return {true, false, {}};
    if (!path.starts_with(kRealms) || !path.ends_with(kRealmTail)) return {};
    path.remove_prefix(kRealms.size());
    if (path.size() < kRealmTail.size()) return {};
    path.remove_suffix(kRealmTail.size());
    return {true, true, path};
}

bool HasParameter(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        if (pair.substr(0, pair.find('=')) == name) return true;
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
    }
    return false;
}

}  // namespace fanfare::ingest
