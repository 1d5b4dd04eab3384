// Bearer tokens: from a token to the realms it opens.
//
// Tokens are found by the first bytes of their SHA-256, and what is found is compared in constant time. The lookup may
// take longer for some hashes than for others, but that tells at most how a stored hash begins: to use it, one would
// need a token with a given hash, which is what SHA-256 keeps from everyone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/access.hpp"

namespace fanfare::ingest {

// Threads: safe from every thread once it is filled.
class TokenIndex {
public:
    void Add(std::string_view realm, const model::AccessToken& token);
    bool empty() const { return tokens_.empty(); }

    // The realms that the token opens now; none for one that is unknown, expired or not yet valid. The views live as
    // long as this.
    std::vector<std::string_view> Find(std::string_view token, base::Time now) const;

private:
    struct Entry {
        model::AccessToken token;
        std::string realm;
    };
    // By the first bytes of the hash. One token may open several realms.
    std::unordered_multimap<std::uint64_t, Entry> tokens_;
};

}  // namespace fanfare::ingest
