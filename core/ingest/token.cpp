#include "ingest/token.hpp"

#include <cstring>

namespace fanfare::ingest {
namespace {

std::uint64_t KeyOf(const base::Digest& hash) {
    std::uint64_t key = 0;
    std::memcpy(&key, hash.data(), sizeof key);
    return key;
}

}  // namespace

void TokenIndex::Add(std::string_view realm, const model::AccessToken& token) {
    tokens_.emplace(KeyOf(token.hash), Entry{token, std::string(realm)});
}

std::vector<std::string_view> TokenIndex::Find(std::string_view token, base::Time now) const {
    const base::Digest hash = base::Sha256(token);
    std::vector<std::string_view> realms;
    const auto [first, last] = tokens_.equal_range(KeyOf(hash));
    for (auto at = first; at != last; ++at) {
        if (at->second.token.Opens(hash, now)) realms.push_back(at->second.realm);
    }
    return realms;
}

}  // namespace fanfare::ingest
