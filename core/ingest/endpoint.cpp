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

std::optional<std::string_view> FindParameter(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        const std::size_t equals = std::min(pair.find('='), pair.size());
        if (pair.substr(0, equals) == name) return pair.substr(std::min(equals + 1, pair.size()));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
    }
    return std::nullopt;
}

base::Result<bool> IsDryRun(std::string_view query) {
    const auto value = FindParameter(query, "dry_run");
    if (!value || *value == "false" || *value == "0") return false;
    if (value->empty() || *value == "true" || *value == "1") return true;
    return base::MakeError(base::Code::kInvalid, "dry_run is true or false; nothing was stored");
}

}  // namespace fanfare::ingest
