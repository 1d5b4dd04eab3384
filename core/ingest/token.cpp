#include "ingest/token.hpp"

#include <algorithm>
#include <cstring>

#include "base/text.hpp"

namespace fanfare::ingest {
namespace {

std::uint64_t KeyOf(const base::Digest& hash) {
    std::uint64_t key = 0;
    std::memcpy(&key, hash.data(), sizeof key);
    return key;
}

bool IsTokenCharacter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~+/").find(c) != std::string_view::npos;
}

}  // namespace

bool IsBearerToken(std::string_view text) {
    while (!text.empty() && text.back() == '=') text.remove_suffix(1);
    return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenCharacter);
}

std::string_view BearerOf(const http::RequestHead& head) {
    constexpr std::string_view kScheme = "Bearer ";
    const std::string_view* const header = head.Find("authorization");
    if (header == nullptr || head.Count("authorization") != 1) return {};
    if (!base::EqualsIgnoreCase(header->substr(0, kScheme.size()), kScheme)) return {};
    std::string_view token = header->substr(kScheme.size());
    token.remove_prefix(std::min(token.find_first_not_of(' '), token.size()));
    return IsBearerToken(token) ? token : std::string_view();
}

void TokenIndex::Add(std::string_view realm, const model::AccessToken& token) {
    tokens_.emplace(KeyOf(token.hash), Entry{token, std::string(realm)});
}

std::vector<std::string_view> TokenIndex::Find(std::string_view token, base::Time now) const {
    const base::Digest hash = base::Sha256(token);
    std::vector<std::string_view> realms;
    const auto [first, last] = tokens_.equal_range(KeyOf(hash));
    for (auto at = first; at != last; ++at) {
        const model::AccessToken& known = at->second.token;
        const bool same = base::ConstantTimeEqual(base::BytesOf(known.hash), base::BytesOf(hash));
        const bool early = known.not_before && now < *known.not_before;
        const bool late = known.not_after && now >= *known.not_after;
        if (same && !early && !late) realms.push_back(at->second.realm);
    }
    return realms;
}

}  // namespace fanfare::ingest
